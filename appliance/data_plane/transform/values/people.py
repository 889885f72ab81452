"""Fakes of people: names, mail addresses, user names, work, and the words of surveys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.words import Words, picked

Maker = Callable[[Words, Sequence[str], Draws], list[str]]
"""Makes a fake for each value from its draws; the value is there for its form."""

MAIL_DOMAINS = ["example.com", "example.org", "example.net"]
"""Reserved by RFC 2606: nobody gets mail there."""

_SURVEY: dict[str, tuple[str, ...]] = {
    "blood_type": ("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"),
    "sexuality": ("heterosexual", "homosexual", "bisexual", "asexual", "pansexual", "prefer not to say"),
    "political_view": ("conservative", "liberal", "moderate", "progressive", "libertarian", "socialist", "green", "independent", "none"),
    "race": ("Asian", "Black", "White", "Native American", "Pacific Islander", "Multiracial", "Other"),
    "ethnicity": (
        *("Arab", "Bengali", "Berber", "Celtic", "Chinese", "Filipino", "Greek", "Hispanic or Latino", "Indian", "Italian", "Japanese"),
        *(
            "Kurdish",
            "Malay",
            "Nordic",
            "Not Hispanic or Latino",
            "Persian",
            "Punjabi",
            "Roma",
            "Slavic",
            "Somali",
            "Tamil",
            "Turkish",
            "Yoruba",
        ),
    ),
    "religious_belief": (
        *("agnostic", "atheist", "Baha'i", "Buddhist", "Catholic", "Hindu", "Jain", "Jewish", "Lutheran", "Methodist", "Muslim", "none"),
        *("Orthodox", "Protestant", "Shinto", "Sikh", "Taoist"),
    ),
    "education": (
        *("no degree", "primary school", "secondary school", "high school diploma", "vocational training", "some college"),
        *("associate degree", "bachelor's degree", "master's degree", "professional degree", "doctorate"),
    ),
    "employment_status": (
        *("employed full-time", "employed part-time", "self-employed", "unemployed", "student", "retired", "on leave", "contractor"),
    ),
    "marital_status": ("single", "married", "divorced", "widowed", "separated", "registered partnership"),
    "norp_group": (
        "Argentine",
        "Brazilian",
        "Canadian",
        "Danish",
        "Egyptian",
        "French",
        "German",
        "Indian",
        "Japanese",
        "Kenyan",
        "Mexican",
    ),
}
_GENDERS = (
    ("M", "F", "X", "U"), ("male", "female", "non-binary", "other"), ("man", "woman", "non-binary", "other"), ("boy", "girl", "other"),
    ("männlich", "weiblich", "divers"), ("m", "w", "d"), ("homme", "femme", "autre"), ("masculin", "féminin", "autre"),
    ("hombre", "mujer", "otro"), ("masculino", "femenino", "otro"), ("maschio", "femmina", "altro"), ("man", "vrouw", "anders"),
    ("masculino", "feminino", "outro"), ("mężczyzna", "kobieta", "inna"), ("0", "1", "2"), ("1", "2", "9"),
)  # fmt: skip
"""Words for gender that are used together; a value's fake comes from the first family that has the value."""


def first_name(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A first name."""
    return as_cased(values, picked(words.pool("first_name", calls=8000), draws))


def last_name(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A family name."""
    return as_cased(values, picked(words.pool("last_name", calls=8000), draws))


def full_name(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """First and family name in the order of the locale; `Family, First` where the value has a comma."""
    male = (draws.index(2) == 0).tolist()
    sides = [_written_name(words, sex, draws) for sex in (True, False)]
    made = [one if is_male else other for is_male, one, other in zip(male, *sides, strict=True)]
    if not any("," in value for value in values):
        return as_cased(values, made)
    turned = [_comma(name) if "," in value else name for value, name in zip(values, made, strict=True)]
    return as_cased(values, turned)


def name_of(male: bool) -> Maker:
    """The maker of full names of one sex."""

    def make(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
        return as_cased(values, _written_name(words, male, draws))

    return make


def _written_name(words: Words, male: bool, draws: Draws) -> list[str]:
    made: list[str] | None = None
    for part in words.name_parts(male):
        if part:
            more = [part] * len(draws) if isinstance(part, str) else picked(words.pool(*part, calls=8000), draws)
            made = more if made is None else [one + other for one, other in zip(made, more, strict=True)]
    return made or [""] * len(draws)


def _comma(name: str) -> str:
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first else name


def email(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """`first.last##@example.org`."""
    firsts, lasts = picked(words.slugs("first_name"), draws), picked(words.slugs("last_name"), draws)
    numbers, hosts = draws.index(1000).tolist(), picked(MAIL_DOMAINS, draws)
    return [f"{first}.{last}{number}@{host}" for first, last, number, host in zip(firsts, lasts, numbers, hosts, strict=True)]


def user_name(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """`flast###`."""
    firsts, lasts, numbers = picked(words.slugs("first_name"), draws), picked(words.slugs("last_name"), draws), draws.index(1000).tolist()
    return [f"{first[0]}{last}{number}" for first, last, number in zip(firsts, lasts, numbers, strict=True)]


def job_title(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A profession."""
    return picked(words.pool("job"), draws)


def company(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A company that is named as companies of the locale are."""
    return picked(words.pool("company", calls=6000), draws)


def language(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """The name of a language."""
    return picked(words.pool("language_name", calls=2000), draws)


def gender(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """Another word of the family that the value is of, in the value's case."""
    shares = draws.shares().tolist()
    made = []
    for value, share in zip(values, shares, strict=True):
        family = _family(value)
        word = family[int(share * len(family))]
        made.append(word.upper() if value.isupper() and len(value) > 1 else word)
    return as_cased(values, made)


@lru_cache(maxsize=1024)
def _family(value: str) -> tuple[str, ...]:
    plain = value.strip()
    exact = next((family for family in _GENDERS if plain in family), None)
    folded = plain.casefold()
    return exact or next((family for family in _GENDERS if folded in (word.casefold() for word in family)), _GENDERS[1])


def survey(kind: str) -> Maker:
    """The maker of a word from a short list."""
    answers = list(_SURVEY[kind])

    def make(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
        return as_cased(values, picked(answers, draws)) if kind != "blood_type" else picked(answers, draws)

    return make


def as_cased(values: Sequence[str], fakes: list[str]) -> list[str]:
    """Fakes in capitals or small letters where their values are; otherwise as they are."""
    joined = "".join(values)
    if not joined or not (joined.isupper() or joined.islower() or any(value.isupper() or value.islower() for value in values)):
        return fakes
    return [_cased(value, fake) for value, fake in zip(values, fakes, strict=True)]


def _cased(value: str, fake: str) -> str:
    if len(value) < 2:
        return fake
    return fake.upper() if value.isupper() else fake.lower() if value.islower() else fake
