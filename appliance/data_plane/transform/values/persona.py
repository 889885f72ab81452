"""People whose parts fit together: first name, last name, gender and mail address of one person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.keys import Digests
from appliance.data_plane.transform.values.people import MAIL_DOMAINS
from appliance.data_plane.transform.values.text import slug
from appliance.data_plane.transform.values.words import Words, picked

EMAIL_FORMATS: dict[str, Callable[[str, str], str]] = {
    "first_name": lambda first, last: first,
    "last_name": lambda first, last: last,
    "flast_name": lambda first, last: first[:1] + last,
    "first_name.last_name": lambda first, last: f"{first}.{last}",
}
"""How the part before the `@` is made of slugs of the names."""

FREE_DOMAINS = ["gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com"]
DOMAINS = {"all_domains": MAIL_DOMAINS, "free_domains": FREE_DOMAINS}
"""Domains of mail by type; `all_domains` are those that nobody gets mail at."""

_GENDERS = {"m": True, "male": True, "man": True, "f": False, "female": False, "woman": False, "w": False}


class Personas(msgspec.Struct, frozen=True):
    """Parts of n people, in the order of the values that they were drawn for. `gender`: `male` or `female`."""

    first_name: list[str]
    last_name: list[str]
    email: list[str]
    gender: list[str]


def personas(
    words: Words, digests: Digests, turn: int = 0, *, email_format: str = "first_name.last_name", domain_type: str = "all_domains",
    gender: str | Sequence[str | None] | None = None,
) -> Personas:  # fmt: skip
    """A person for each digest. `gender`: of all, or of each; None or an unknown word is drawn.

    Raises ValueError for an unknown format or domain type."""
    if email_format not in EMAIL_FORMATS or domain_type not in DOMAINS:
        raise ValueError(f"email_format is one of {', '.join(EMAIL_FORMATS)}; domain_type one of {', '.join(DOMAINS)}.")
    draws = Draws(digests, turn)
    male = _males(gender, draws)
    sides = [picked(words.pool(f"first_name_{sex}", "first_name", calls=8000), draws) for sex in ("male", "female")]
    lasts = [picked(words.pool(f"last_name_{sex}", "last_name", calls=8000), draws) for sex in ("male", "female")]
    firsts = [one if is_male else other for is_male, one, other in zip(male, *sides, strict=True)]
    names = [one if is_male else other for is_male, one, other in zip(male, *lasts, strict=True)]
    hosts = picked(DOMAINS[domain_type], draws)
    written = EMAIL_FORMATS[email_format]
    spare = picked(words.slugs("last_name"), draws)
    mailed = [written(slug(first) or other[0], slug(last) or other) for first, last, other in zip(firsts, names, spare, strict=True)]
    emails = [f"{local}@{host}" for local, host in zip(mailed, hosts, strict=True)]
    return Personas(firsts, names, emails, ["male" if is_male else "female" for is_male in male])


def _males(gender: str | Sequence[str | None] | None, draws: Draws) -> list[bool]:
    drawn = (draws.index(2) == 0).tolist()
    wanted = [gender] * len(drawn) if gender is None or isinstance(gender, str) else list(gender)
    return [_GENDERS.get((word or "").strip().lower(), is_male) for word, is_male in zip(wanted, drawn, strict=True)]
