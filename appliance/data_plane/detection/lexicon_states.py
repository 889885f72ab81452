"""Codes of American states, territories and military post offices."""

US_STATE_CODES = frozenset(
    """AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX
    UT VT VA
    WA WV WI WY DC AS GU MP PR VI AA AE AP FM MH PW""".split()
)
