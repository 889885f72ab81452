"""Made-up values for the tests of detection: makers of every kind of personal data, and of what only looks like it."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from appliance.data_plane.detection.finding import ColumnSample

FIRST = (
    "Anna Bernd Carla Dieter Elena Frank Giulia Henrik Ines Jürgen Katarzyna Luís Marta Niels Olga Pedro Renate Sven Teresa Ulrich".split()
)
LAST = (
    "Albers Bianchi Carvalho Dupont Eriksson Fischer García Hansen Ivanova Jansen Kowalski Lefèvre Müller Novák Olsen Petrov Silva".split()
)
CITIES = (
    "Aachen Bologna Córdoba Dresden Eindhoven Freiburg Göteborg Helsinki Innsbruck Kraków Leeds Marseille Nantes Oslo Porto Rouen".split()
)
COUNTRIES = "Germany France Spain Italy Poland Brazil Canada Japan Norway Austria Hungary Turkey India Mexico".split()
STREETS = (
    "Hauptstraße {n}",
    "{n} Maple Avenue",
    "Rue de la Paix {n}",
    "{n} rue Victor Hugo",
    "Calle Mayor {n}",
    "Via Garibaldi {n}",
    "ul. Długa {n}",
)
FIRMS = (
    "{a} GmbH",
    "{a} & Sons Ltd",
    "{a} Logistics Inc.",
    "{a} S.r.l.",
    "{a} AB",
    "Banco {a}",
    "{a} Sp. z o.o.",
    "{a}, {b} and Partners LLP",
)
THINGS = "Chair Lamp Kettle Backpack Pillow Guitar Boots Mirror Sofa Blender Scooter Jacket".split()
Make = Callable[[random.Random], str]


def digits(draw: random.Random, count: int) -> str:
    """So many random digits."""
    return "".join(draw.choices(string.digits, k=count))


def with_luhn(body: str) -> str:
    """The digits and their Luhn digit."""
    total = sum((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)] if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def sound(make: Callable[[random.Random], str], check: Callable[[str], bool]) -> Make:
    """Draws until the check passes."""

    def draw_one(draw: random.Random) -> str:
        while not check(text := make(draw)):
            pass
        return text

    return draw_one


def iban(draw: random.Random) -> str:
    """A German account number with its check digits, in groups of four."""
    body = digits(draw, 18)
    check = 98 - int(body + "131400") % 97
    text = f"DE{check:02d}{body}"
    return " ".join(text[place : place + 4] for place in range(0, 22, 4))


def ssn(draw: random.Random) -> str:
    """An American social security number as written."""
    return f"{draw.choice([*range(1, 666), *range(667, 900)]):03d}-{draw.randint(1, 99):02d}-{draw.randint(1, 9999):04d}"


def birth(draw: random.Random) -> str:
    """A day of the years 1935 to 2005."""
    return f"{draw.randint(1, 28):02d}.{draw.randint(1, 12):02d}.{draw.randint(1935, 2005)}"


def name(draw: random.Random) -> str:
    """First and last name."""
    return f"{draw.choice(FIRST)} {draw.choice(LAST)}"


def firm(draw: random.Random) -> str:
    """A firm of one of several countries."""
    return draw.choice(FIRMS).format(a=draw.choice(LAST), b=draw.choice(LAST))


def product(draw: random.Random) -> str:
    """A thing that is sold under a first name or a city."""
    return f"{draw.choice([*FIRST, *CITIES])} {draw.choice(THINGS)}"


def street(draw: random.Random) -> str:
    """A street with its house number."""
    return draw.choice(STREETS).format(n=draw.randint(1, 190))


def phone(draw: random.Random) -> str:
    """Telephone numbers of four countries."""
    return draw.choice(
        [
            f"+49 {draw.randint(30, 99)} {digits(draw, 7)}",
            f"({draw.randint(201, 989)}) {draw.randint(200, 999)}-{digits(draw, 4)}",
            f"0{draw.randint(6, 7)} {digits(draw, 2)} {digits(draw, 2)} {digits(draw, 2)} {digits(draw, 2)}",
            f"+44 20 {digits(draw, 4)} {digits(draw, 4)}",
        ]
    )


def sample(header: str, make: Make, rows: int = 90, seed: int = 7) -> ColumnSample:
    """A column of so many made-up values."""
    draw = random.Random(f"{seed} {header}")
    counts: dict[str, int] = {}
    for _ in range(rows):
        value = make(draw)
        counts[value] = counts.get(value, 0) + 1
    return ColumnSample(header, tuple(counts), tuple(counts.values()), rows)


def listed(header: str, *values: str, times: int = 9) -> ColumnSample:
    """A column of a few values that repeat."""
    return ColumnSample(header, values, (times,) * len(values), times * len(values))
