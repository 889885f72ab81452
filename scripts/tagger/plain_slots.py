"""What fills the slots that are no names: dates, amounts, numbers, identifiers, products."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from scripts.tagger.composed import PARTS
from scripts.tagger.lists import Lists


def _date(chance: random.Random) -> str:
    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(1930, 2030)
    name = PARTS["months"][month - 1]
    return chance.choice(
        (
            f"{year}-{month:02}-{day:02}",
            f"{day:02}.{month:02}.{year}",
            f"{month}/{day}/{year}",
            f"{day:02}/{month:02}/{year % 100:02}",
            f"{day} {name} {year}",
            f"{name} {day}, {year}",
            f"{name} {day}",
            f"{day}. {name[:3]} {year}",
            f"{day}-{name[:3]}-{year}",
            f"{name[:3]} {day} {year}",
            f"{name} {year}",
        )
    )


def _pattern(chance: random.Random, pattern: str) -> str:
    """A pattern with # for a digit, ? for a capital, * for either."""
    draw = {"#": string.digits, "?": string.ascii_uppercase, "*": string.ascii_letters + string.digits}
    return "".join(chance.choice(draw[c]) if c in draw else c for c in pattern)


def _phone(chance: random.Random) -> str:
    return _pattern(
        chance,
        chance.choice(
            ("+## ### #######", "(###) ###-####", "###-###-####", "0## ########", "+#-###-###-####", "0#### / ######", "##########")
        ),
    )


def _identifier(chance: random.Random) -> str:
    return _pattern(
        chance,
        chance.choice(
            ("######", "??-#####", "#########", "###-##-####", "INV-####-##", "?######", "***********", "#### ####", "??###??", "TK#######")
        ),
    )


def _money(chance: random.Random) -> str:
    amount = f"{chance.choice((9, 99, 999, 99999)) * chance.random():,.2f}"
    return chance.choice(
        (
            f"${amount}",
            f"€{amount}",
            f"{amount} EUR",
            f"USD {amount}",
            f"£{amount}",
            f"{amount} kr",
            f"{amount.split('.')[0]} dollars",
            "half a million",
        )
    )


def _product(chance: random.Random, lists: Lists) -> str:
    noun, roll = chance.choice(PARTS["nouns"]), chance.random()
    proper = noun.title() if chance.random() < 0.85 else noun
    if roll < 0.28:
        return noun
    if roll < 0.38:
        return f"{noun.title()} {chance.choice(PARTS['models'])}"
    if roll < 0.6:
        return f"{chance.choice(lists.census_firsts[:1200])} {proper}"
    if roll < 0.68:
        return f"{chance.choice(chance.choice(list(lists.locales.values())).firsts or ['Eva'])} {proper}"
    if roll < 0.78:
        return f"{chance.choice(lists.census_lasts[:1500])} {proper}"
    if roll < 0.9:
        return f"{chance.choice((*lists.cities[:600], *lists.locales['en'].regions))} {proper}"
    return chance.choice((noun.title(), f"{noun} {_identifier(chance)}", f"{chance.choice(PARTS['models'])} {noun}"))


def _user(chance: random.Random, lists: Lists) -> str:
    first, last = chance.choice(lists.census_firsts).lower(), chance.choice(lists.census_lasts).lower()
    number = str(chance.randint(1, 99))
    return chance.choice(
        (
            f"{first}.{last}",
            f"{first[0]}{last}",
            first + number,
            f"{last}{number}",
            f"{first}_{last}",
            f"{first}-{last[0]}",
            f"{last}.{first[:2]}",
        )
    )


def _email(chance: random.Random, lists: Lists) -> str:
    last = chance.choice(lists.census_lasts).lower()
    site = chance.choice(
        (
            "example.com",
            "mail.net",
            f"{last}.org",
            "webpost.de",
            "corp.example",
            f"intern.{last}-group.com",
            f"{last}{chance.randint(1, 99)}.io",
        )
    )
    return f"{_user(chance, lists)}{chance.choice(('', '', '', '+news', '+shop'))}@{site}"


def fillers(chance: random.Random, lists: Lists) -> dict[str, Callable[[], str]]:
    """Per slot without a name, what draws its text."""
    return {
        "date": lambda: _date(chance),
        "time": lambda: f"{chance.randint(0, 23)}:{chance.randint(0, 59):02}" + chance.choice(("", "", " am", " pm", ":07")),
        "phone": lambda: _phone(chance),
        "email": lambda: _email(chance, lists),
        "user": lambda: _user(chance, lists),
        "key": lambda: _pattern(chance, "*" * chance.randint(12, 40) + chance.choice(("", "_****", "-??##", "==", ".***********"))),
        "id": lambda: _identifier(chance),
        "money": lambda: _money(chance),
        "n": lambda: str(chance.choice((chance.randint(1, 9), chance.randint(10, 99), chance.randint(100, 9999)))),
        "age": lambda: str(chance.randint(1, 99)),
        "zip": lambda: _pattern(chance, chance.choice(("#####", "#####", "####", "??# #??", "#####-####", "## ###", "#### ??"))),
        "url": lambda: chance.choice(("https://www.{}.com/help", "www.{}.org", "http://{}.net/?q=1", "{}.io")).format(
            chance.choice(lists.census_lasts).lower()
        ),
        "ip": lambda: ".".join(str(chance.randint(1, 254)) for _ in range(4)),
        "iban": lambda: _pattern(
            chance,
            chance.choice(
                (
                    "DE## #### #### #### #### ##",
                    "GB##????##############",
                    "FR####################",
                    "SA## ##?# ??## #??# #### ?###",
                    "NL## ???? #### #### ##",
                    "GB## ???? #### ####",
                )
            ),
        ),
        "card": lambda: _pattern(chance, chance.choice(("#### #### #### ####", "################", "####-####-####-####"))),
        "product": lambda: _product(chance, lists),
        "job": lambda: chance.choice(PARTS["jobs"]),
        "weekday": lambda: chance.choice(PARTS["weekdays"]),
        "month": lambda: chance.choice(PARTS["months"]),
        "word": lambda: chance.choice(PARTS["words"]),
        "title": lambda: chance.choice(PARTS["titles"]),
    }
