"""Things made up for slots: organisations, streets and addresses of many countries, products, dates, numbers, identifiers."""

from __future__ import annotations

import random
from importlib.resources import files

from scripts.tagger.lists import Country, Lists

PARTS = {
    line.partition("|")[0]: line.split("|")[1:]
    for line in (files("scripts.tagger") / "parts.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
}
"""What names of organisations, streets and things are composed of, by the name of the list."""
FRONT = ("en", "fr", "ga")
"""Languages whose house numbers stand before the street."""


class Composer:
    """Draws things for slots, all from one source of chance."""

    def __init__(self, lists: Lists, chance: random.Random) -> None:
        self.lists = lists
        self.chance = chance

    def one(self, words: list[str] | tuple[str, ...] | str) -> str:
        """One of some words."""
        return self.chance.choice(words)

    def fill(self, pattern: str, country: Country) -> str:
        """A pattern with its name slots filled from one country."""
        return pattern.format(
            last=self.one(country.lasts),
            first=self.one(country.firsts),
            city=self.one(country.cities or self.lists.cities),
            country=self.one(self.lists.countries),
            tree=self.one(PARTS["trees"]),
            nth=self.one(PARTS["nths"]),
            compass=self.one("NSEW"),
        )

    def organization(self, country: Country) -> str:
        """A company, school, office, club: of the country's lists, or made up."""
        if self.chance.random() < 0.2:
            listed = country.companies or self.lists.locales["en"].companies
            if listed:
                return self.one(listed)
        roll, last = self.chance.random(), self.one(country.lasts)
        if roll < 0.16:
            return f"{last} {self.one(PARTS['legal'])}"
        if roll < 0.20:
            return f"{last}, {self.one(country.lasts)} and {self.one(country.lasts)}"
        if roll < 0.23:
            return f"{last}-{self.one(country.lasts)}"
        if roll < 0.29:
            return f"{last}{self.one(('-', ' & ', ' and ', ', '))}{self.one(country.lasts)}" + self.one(
                ("", "", f" {self.one(PARTS['legal'])}", f" and {last}")
            )
        if roll < 0.32:
            return f"{last} {self.one(('and Sons', '& Sons', 'Brothers', '& Co', 'Group', 'and Partners', 'Associates', 'Family Trust'))}"
        if roll < 0.55:
            name = self.one(
                (
                    last,
                    self.one(PARTS["fancy"]),
                    self.one(PARTS["fancy"]) + self.one(PARTS["fancy"]).lower(),
                    self.coined(),
                    self.one(country.cities or self.lists.cities),
                )
            )
            return f"{name} {self.one(PARTS['trades'])}" + (f" {self.one(PARTS['legal'])}" if self.chance.random() < 0.3 else "")
        if roll < 0.78:
            return self.coined() + (f" {self.one(PARTS['legal'])}" if self.chance.random() < 0.25 else "")
        if roll < 0.83:
            return "".join(self.one("ABCDEFGHIKLMNOPRSTUVW") for _ in range(self.chance.randint(2, 4)))
        return self.fill(self.one(PARTS["public"]), country)

    def coined(self) -> str:
        """A made-up company word, sometimes with a capital inside or a domain's ending."""
        roll = self.chance.random()
        stem = "".join(self.one(PARTS["syllables"]) for _ in range(self.chance.randint(1, 2)))
        if roll < 0.3:
            return (self.one(PARTS["fancy"]) + self.one(PARTS["fancy"]).lower()).capitalize()
        if roll < 0.4:
            return stem.capitalize() + self.one(PARTS["fancy"])
        if roll < 0.44:
            return stem.capitalize() + self.one(PARTS["endings"]) + self.one((".com", ".io", ".ai", " 360", "24"))
        return stem.capitalize() + self.one(PARTS["endings"])

    def place(self, country: Country) -> str:
        """A town: of the country, of the world, or made up of a name and an ending."""
        roll = self.chance.random()
        if roll < 0.12:
            made = self.one(country.lasts).split()[-1] + self.one(PARTS["place_ends"])
            return self.one(("", "", "", "North ", "East ", "Port ", "New ", "Lake ", "West ", "South ")) + made
        if roll < 0.55 and country.cities:
            return self.one(country.cities)
        return self.lists.cities[int(len(self.lists.cities) * self.chance.random() ** 2)]

    def region(self, country: Country) -> str:
        """A state, province or county."""
        return self.one(country.regions) if country.regions else self.one(self.lists.locales["en"].regions)

    def country(self, country: Country) -> str:
        """A country, mostly by its English name."""
        if country.countries and self.chance.random() < 0.25:
            return self.one(country.countries)
        return (
            self.one(self.lists.countries)
            if self.chance.random() < 0.9
            else self.one(("USA", "UK", "U.S.", "U.K.", "UAE", "EU", "US", "Great Britain"))
        )

    def street(self, country: Country, language: str) -> str:
        """A street without a number."""
        known = PARTS.get(f"street {language}")
        return self.fill(self.one(known if known and self.chance.random() < 0.8 else PARTS["streets"]), country)

    def military(self, country: Country) -> str:
        """An address of an army post office."""
        box, digits = self.chance.randint(1, 9999), "".join(self.one("0123456789") for _ in range(5))
        line = self.one(
            (f"PSC {box}, Box {box + 7}", f"Unit {box} Box {box + 3}", f"USS {self.one(country.lasts)}", f"USNS {self.one(country.lasts)}")
        )
        return f"{line}{self.one((chr(10), ', '))}{self.one(('APO', 'FPO', 'DPO'))} {self.one(('AA', 'AE', 'AP'))} {digits}"

    def address(self, country: Country, language: str) -> str:
        """A street with its number and sometimes a flat, on one or more lines."""
        roll = self.chance.random()
        if roll < 0.03:
            return self.military(country)
        if roll < 0.06:
            return f"{self.one(('PO Box', 'P.O. Box', 'Postfach', 'Apartado', 'PSC'))} {self.chance.randint(1, 9999)}"
        street, number = self.street(country, language), str(self.chance.randint(1, 9999 if self.chance.random() < 0.3 else 250))
        if self.chance.random() < 0.1:
            number += self.one(("a", "b", "A", "-3", "/2", " bis"))
        if roll > 0.96:
            street = f"{self.chance.randint(1000, 99999)} {street}"
        front = language in FRONT or f"street {language}" not in PARTS or self.chance.random() < 0.15
        line = (
            f"{number}{self.one((' ', ' ', ' ', ', '))}{street}"
            if front
            else f"{street}{self.one((' ', ' ', ' ', ', ', ', nr. '))}{number}"
        )
        if self.chance.random() < 0.3:
            unit = self.one(
                (
                    "Apt. {}",
                    "Apt {}",
                    "Suite {}",
                    "Flat {}",
                    "Unit {}",
                    "#{}",
                    "Floor {}",
                    "Ste. {}",
                    "Room {}",
                    "Stiege {}",
                    "dpto. {}",
                    "apt. {}B",
                )
            )
            line += self.one((" ", ", ", " ", "\n", "\n ", "\n   ")) + unit.format(self.chance.randint(1, 999))
        return line
