"""Texts made from our own frames: names of many countries put into slots, joined, and roughened like text that people write."""

from __future__ import annotations

import random
import re
from importlib.resources import files
from typing import NamedTuple

from scripts.tagger.composed import Composer
from scripts.tagger.lists import Country, Lists
from scripts.tagger.plain_slots import fillers

_SLOT = re.compile(r"\{(\w+)\}")
KINDS = {
    "person": "person_name",
    "first": "person_name",
    "last": "person_name",
    "city": "location",
    "country": "location",
    "region": "location",
    "street": "location",
    "address": "location",
    "org": "organization_name",
}
ENGLISH = (
    "en",
    "en_gb",
    "faker_en_US",
    "faker_en_GB",
    "faker_en",
    "faker_en_IE",
    "faker_en_NZ",
    "faker_en_IN",
    "faker_en_KE",
    "faker_tw_GH",
)
OTHER_SCRIPTS = 0.02


class Text(NamedTuple):
    """A text and the spans `(start, end, label)` in it."""

    text: str
    spans: list[tuple[int, int, str]]


def load(name: str) -> list[str]:
    """The frames of a file beside this one."""
    lines = (files("scripts.tagger") / name).read_text("utf-8").splitlines()
    return [line.replace("\\n", "\n").replace("{{", "\x01").replace("}}", "\x02") for line in lines if line and not line.startswith("#")]


class Writer:
    """Writes labelled texts; the same for the same seed."""

    def __init__(self, lists: Lists, seed: int) -> None:
        self.chance = random.Random(seed)
        self.lists = lists
        self.made = Composer(lists, self.chance)
        self.plain = fillers(self.chance, lists)
        self.frames, self.negatives = load("frames.txt"), load("negatives.txt")
        usable = {code: place for code, place in lists.locales.items() if len(place.firsts) > 20 and len(place.lasts) > 20}
        self.english = [code for code in ENGLISH if code in usable]
        self.latin = [code for code, place in usable.items() if place.firsts[3].isascii() or "À" <= max(place.firsts[3]) < "ɏ"]
        self.scripts = [code for code in usable if code not in self.latin]
        self.alphabets = [code for code in self.scripts if "Ͱ" <= usable[code].firsts[3][0] < "ӿ"]
        self.usable = usable

    def text(self) -> Text:
        """One text of one to four frames."""
        parts = []
        for _ in range(self.chance.choice((1, 1, 1, 2, 2, 3, 4))):
            frame = self.chance.choice(self.negatives if self.chance.random() < 0.2 else self.frames)
            parts.append(self._roughen(self._fill(frame)))
        joined = parts[0]
        for part in parts[1:]:
            between = self.chance.choice((" ", " ", "\n", "\n\n", ". ", "  "))
            offset = len(joined.text) + len(between)
            joined = Text(joined.text + between + part.text, joined.spans + [(s + offset, e + offset, label) for s, e, label in part.spans])
        return joined

    def home(self) -> tuple[Country, str]:
        """A country to draw names from, English-speaking ones more often, and its language."""
        roll = self.chance.random()
        codes = self.scripts if roll < OTHER_SCRIPTS else self.alphabets if roll < 0.05 else self.english if roll < 0.42 else self.latin
        code = self.chance.choice(codes or self.english)
        language = code.removeprefix("faker_").split("_")[0]
        return self.usable[code], language

    def _fill(self, frame: str) -> Text:
        home = self.home()
        pieces: list[str] = []
        spans: list[tuple[int, int, str]] = []
        at = size = 0
        for slot in _SLOT.finditer(frame):
            pieces.append(frame[at : slot.start()])
            size += len(pieces[-1])
            name = slot[1]
            value = self.name(name, home if self.chance.random() < 0.7 else self.home()) if name in KINDS else self.plain[name]()
            if name in KINDS:
                spans.append((size, size + len(value), KINDS[name]))
                if len(spans) > 1 and name == "last" and pieces[-1] == " " and spans[-2][1] == size - 1 and spans[-2][2] == "person_name":
                    spans[-2:] = [(spans[-2][0], spans[-1][1], "person_name")]
            pieces.append(value)
            size += len(value)
            at = slot.end()
        text = "".join([*pieces, frame[at:]]).replace("\x01", "{").replace("\x02", "}")
        return Text(text, spans)

    def name(self, slot: str, home: tuple[Country, str]) -> str:
        """A name for a slot, of a country and its language."""
        country, language = home
        if slot == "first":
            return self.chance.choice(country.firsts)
        if slot == "last":
            return self._last(country)
        if slot == "person":
            return self._person(country)
        made = self.made
        if slot in ("street", "address"):
            return made.street(country, language) if slot == "street" else made.address(country, language)
        return {"city": made.place, "country": made.country, "region": made.region, "org": made.organization}[slot](country)

    def _last(self, country: Country) -> str:
        if self.chance.random() < 0.15:
            return self.lists.census_lasts[int(len(self.lists.census_lasts) * self.chance.random() ** 2)]
        return self.chance.choice(country.lasts)

    def _person(self, country: Country) -> str:
        first, last, roll = self.chance.choice(country.firsts), self._last(country), self.chance.random()
        if roll < 0.7:
            return f"{first} {last}"
        if roll < 0.8:
            return f"{first} {self.chance.choice('ABCDEFGHJKLMNPRSTW')}{self.chance.choice(('.', '.', ''))} {last}"
        if roll < 0.85:
            return f"{first} {self.chance.choice(country.firsts)} {last}"
        if roll < 0.89:
            return f"{first[0]}. {last}"
        if roll < 0.92:
            return f"{first} {last}{self.chance.choice(('-', ' '))}{self.chance.choice(country.lasts)}"
        if roll < 0.95:
            return f"{first} {self.chance.choice(('van', 'de', 'von', 'van der', 'da', 'del', 'di', 'bin', 'al', 'ter', 'dos'))} {last}"
        return f"{last}, {first}" if roll < 0.98 else f"{last} {first}"

    def _roughen(self, text: Text) -> Text:
        """Case, lost punctuation, typing and reading errors; lengths and so offsets stay."""
        roll = self.chance.random()
        changed = text.text
        if roll < 0.07:
            changed = changed.lower()
        elif roll < 0.12:
            changed = changed.upper()
        elif roll < 0.14:
            changed = changed.title()
        elif roll < 0.17:
            changed = re.sub(r"[.,;:!?]", " ", changed)
        elif roll < 0.20:
            changed = re.sub(
                r"[olIS]", lambda m: {"o": "0", "l": "1", "I": "l", "S": "5"}[m[0]] if self.chance.random() < 0.15 else m[0], changed
            )
        elif roll < 0.23:
            changed = re.sub(
                r"(?<=[a-z])[a-z](?=[a-z])", lambda m: self.chance.choice("aeinrst") if self.chance.random() < 0.05 else m[0], changed
            )
        kept = changed if len(changed) == len(text.text) else text.text
        if kept[-1:] in ".!" and self.chance.random() < 0.15 and all(end < len(kept) for _, end, _ in text.spans):
            kept = kept[:-1]
        return Text(kept, text.spans)
