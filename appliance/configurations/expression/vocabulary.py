"""Every word that an expression may use, and what it takes. What is not in these tables is refused when a configuration is read."""

from __future__ import annotations

import msgspec


class Signature(msgspec.Struct, frozen=True):
    """`parameters`: names in their order; the first `required` must be given. Further places are refused, and so are other names."""

    parameters: tuple[str, ...] = ()
    required: int = 0


class MethodSignature(msgspec.Struct, frozen=True):
    """`types`: what a value must be for the method: text, list, mapping, date, duration, match, number."""

    types: frozenset[str]
    signature: Signature


def _read(line: str) -> tuple[str, Signature]:
    name, *parameters = line.split()
    required = sum(not parameter.endswith("?") for parameter in parameters)
    return name, Signature(tuple(parameter.rstrip("?") for parameter in parameters), required)


def _table(text: str) -> dict[str, Signature]:
    return dict(_read(line) for line in text.strip().splitlines())


STATEMENTS = frozenset(
    "for endfor set macro endmacro call endcall import from include extends block endblock with filter do raw lambda while".split()
)
"""Words of templates and programs, which are no expressions."""

FILTERS = _table("""
hash salt?
isna
fake
lookup_country
lookup_locales
normalize allow?
tld
partial_mask left mask right tolerance?
date_parse dayfirst?
date_shift min? max?
date_time_shift min? max?
date_format format?
date_time_format format?
detect_entities entities?
redact_entities entities?
label_entities entities? extended?
hash_entities entities? salt?
fake_entities entities? on_error? extended?
abs
capitalize
center width?
count
default default_value? boolean?
first
float default?
int default? base?
items
join d?
last
length
list
lower
max
min
random
replace old new count?
reverse
round precision? method?
sort reverse? case_sensitive?
string
sum
title
trim chars?
truncate length? killwords? end? leeway?
unique case_sensitive?
upper
wordcount
""")
"""Filters by name; the first eighteen are the appliance's own, the others mean what they mean in Jinja."""

FILTER_ALIASES = {"d": "default"}

PARAMETER_ALIASES = {"min_offset": "min", "max_offset": "max", "fmt": "format"}
"""Names of parameters that other engines use."""

DRAWING_FILTERS = frozenset({"fake", "random"})
"""Filters that draw anew wherever they stand."""

TESTS = _table("""
none
defined
undefined
string
number
integer
float
boolean
true
false
mapping
sequence
iterable
even
odd
divisibleby value
lower
upper
in value
eq value
ne value
lt value
le value
gt value
ge value
""")

TEST_ALIASES = {"equalto": "eq", "lessthan": "lt", "greaterthan": "gt", "sameas": "eq"}


def _methods(text: str) -> dict[str, MethodSignature]:
    found: dict[str, MethodSignature] = {}
    for line in text.strip().splitlines():
        types, _, rest = line.partition(":")
        name, signature = _read(rest)
        found[name] = MethodSignature(frozenset(types.split(",")), signature)
    return found


METHODS = _methods("""
text: lower
text: upper
text: title
text: capitalize
text: swapcase
text: casefold
text: strip chars?
text: lstrip chars?
text: rstrip chars?
text,date: replace old? new? count? year? month? day? hour? minute? second? microsecond?
text: split sep? maxsplit?
text: rsplit sep? maxsplit?
text: splitlines keepends?
text: join iterable
text: startswith prefix start? end?
text: endswith suffix start? end?
text: removeprefix prefix
text: removesuffix suffix
text: find sub start? end?
text: rfind sub start? end?
text: partition sep
text: rpartition sep
text: zfill width
text: ljust width fillchar?
text: rjust width fillchar?
text: center width fillchar?
text: isdigit
text: isalpha
text: isalnum
text: isupper
text: islower
text: isspace
text: isnumeric
text: isdecimal
text: istitle
text,list: index sub start? end?
text,list: count sub start? end?
mapping: get key default?
mapping: keys
mapping: values
mapping: items
date: strftime format
date: isoformat
date: date
date: time
date: weekday
date: isoweekday
duration: total_seconds
match: group index?
match: groups
match: start index?
match: end index?
match: span index?
number: is_integer
""")
"""Methods by name. `replace` is that of texts with places, and that of dates with names (`replace(year=2000)`)."""

PROPERTIES: dict[str, frozenset[str]] = {
    "date": frozenset({"year", "month", "day", "hour", "minute", "second", "microsecond"}),
    "duration": frozenset({"days", "seconds", "microseconds"}),
    "persona": frozenset({"first_name", "last_name", "email", "gender"}),
}
"""What may be read off a value with a dot, by its type; a mapping is read by its keys."""

COLUMN_PROPERTIES = ("name", "entity", "type", "dtype", "position")

RANDOM = _table("""
random
randint a b
randrange start stop? step?
uniform a b
gauss mu? sigma?
choice seq
sample population k
""")

PATTERNS = _table("""
sub pattern repl string count? flags?
match pattern string flags?
search pattern string flags?
fullmatch pattern string flags?
findall pattern string flags?
split pattern string maxsplit? flags?
""")

PATTERN_FLAGS = {"I": "i", "IGNORECASE": "i", "M": "m", "MULTILINE": "m", "S": "s", "DOTALL": "s"}
"""`re.IGNORECASE` and its like, and the letters that say the same inside a pattern."""

DATA_FUNCTIONS = ("unique", "min", "max", "mean", "mode", "nunique", "to_list")

DURATION = Signature(("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"))

PERSONA = Signature(("row_index", "email_format", "domain_type", "gender"))

FAKE = Signature(("locale", "seed"))

PERSONA_CHOICES = {
    "email_format": frozenset({"first_name", "last_name", "flast_name", "first_name.last_name"}),
    "domain_type": frozenset({"all_domains", "free_domains"}),
}
"""Literal values that two arguments of a persona may have."""

ON_ERROR = frozenset({"redact", "label", "hash", "raise"})
"""What `fake_entities(on_error=…)` may say."""
