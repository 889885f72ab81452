"""By what overlapping findings are settled: the surer kind of proof first."""

USER = 100
"""A pattern that the configuration names."""

CHECKED = 90
"""A value whose form or check digit hardly fails: an address with an @, an account number with its check digits."""

ANNOUNCED = 80
"""A value that a word before it announces."""

SHAPED = 70
"""A form that is telling by itself."""

STREET = 60
"""A street with its number."""

LOOSE = 50
"""A form that other things have too."""

TAGGED = 40
"""What the tagger says."""

NEAR = 30
"""What stands where such things stand: a number beside a city."""
