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
    "zip": "location",
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
HELD = 6
FOREIGN = 0.22
MARKS = ("> ", "   ", " ", "\n", "\t", ">", "| ", "?? ", "* ")
"""What quoting and bad copies put behind line breaks."""


class Text(NamedTuple):
    """A text and the spans `(start, end, label)` in it."""

    text: str
    spans: list[tuple[int, int, str]]


def _language(code: str) -> str:
    return code.removeprefix("faker_").split("_")[0]


def load(name: str) -> list[str]:
    """The frames of a file beside this one."""
    lines = (files("scripts.tagger") / name).read_text("utf-8").splitlines()
    return [line.replace("\\n", "\n").replace("{{", "\x01").replace("}}", "\x02") for line in lines if line and not line.startswith("#")]


class Writer:
    """Writes labelled texts; the same for the same seed. `part`: `all` frames, those `learnt` from, or every sixth, `held` back."""

    def __init__(self, lists: Lists, seed: int, part: str = "all") -> None:
        self.chance = random.Random(seed)
        self.lists = lists
        self.made = Composer(lists, self.chance)
        self.plain = fillers(self.chance, lists)
        frames, negatives = load("frames.txt"), load("negatives.txt") + load("negatives_foreign.txt")
        self.foreign = [(language, frame) for language, _, frame in (line.partition("|") for line in load("frames_foreign.txt"))]
        if part != "all":
            kept = [frame for at, frame in enumerate(frames) if (at % HELD == 0) == (part == "held")]
            frames, negatives = kept, [frame for at, frame in enumerate(negatives) if (at % HELD == 0) == (part == "held")]
            self.foreign = [one for at, one in enumerate(self.foreign) if (at % HELD == 0) == (part == "held")]
        self.frames, self.negatives = frames, negatives
        usable = {code: place for code, place in lists.locales.items() if len(place.firsts) > 20 and len(place.lasts) > 20}
        self.english = [code for code in ENGLISH if code in usable]
        self.latin = [code for code, place in usable.items() if place.firsts[3].isascii() or "À" <= max(place.firsts[3]) < "ɏ"]
        self.scripts = [code for code in usable if code not in self.latin]
        self.alphabets = [code for code in self.scripts if "Ͱ" <= usable[code].firsts[3][0] < "ӿ"]
        self.usable = usable
        self.spoken: dict[str, list[str]] = {}
        for code in usable:
            self.spoken.setdefault(_language(code), []).append(code)

    def text(self) -> Text:
        """One text of one to four frames."""
        parts = []
        for _ in range(self.chance.choice((1, 1, 1, 2, 2, 3, 4))):
            roll = self.chance.random()
            if roll < FOREIGN and self.spoken.keys() & {language for language, _ in self.foreign}:
                parts.append(self._roughen(self._foreign()))
            else:
                frame = self.chance.choice(self.negatives if roll > 0.8 else self.frames)
                parts.append(self._roughen(self._fill(frame, self.home())))
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
        return self.usable[code], _language(code)

    def _foreign(self) -> Text:
        """A frame in another language, filled with names from where it is spoken."""
        language, frame = self.chance.choice([one for one in self.foreign if one[0] in self.spoken])
        return self._fill(frame, (self.usable[self.chance.choice(self.spoken[language])], language))

    def _fill(self, frame: str, home: tuple[Country, str]) -> Text:
        mark = self.chance.choice(MARKS) if self.chance.random() < 0.05 else ""
        frame = self._misread(frame).replace("\n", "\n" + mark)
        pieces: list[str] = []
        spans: list[tuple[int, int, str]] = []
        at = size = 0
        for slot in _SLOT.finditer(frame):
            pieces.append(frame[at : slot.start()])
            size += len(pieces[-1])
            name = slot[1]
            if name in KINDS:
                value = self._written(name, self.name(name, home if self.chance.random() < 0.7 else self.home())).replace("\n", "\n" + mark)
            else:
                value = self.plain[name]()
            if name in KINDS:
                spans.append((size, size + len(value), KINDS[name]))
                if len(spans) > 1 and name == "last" and pieces[-1] == " " and spans[-2][1] == size - 1 and spans[-2][2] == "person_name":
                    spans[-2:] = [(spans[-2][0], spans[-1][1], "person_name")]
            pieces.append(value)
            size += len(value)
            at = slot.end()
        text = "".join([*pieces, frame[at:]]).replace("\x01", "{").replace("\x02", "}")
        return Text(text, spans)

    def _misread(self, frame: str) -> str:
        """The frame, seldom with its quotes read in a wrong encoding."""
        return frame.replace("'", "â€™").replace("-", "â€“") if self.chance.random() < 0.02 else frame

    def name(self, slot: str, home: tuple[Country, str]) -> str:
        """A name for a slot, of a country and its language."""
        country, language = home
        if slot == "first":
            return self.chance.choice(country.firsts)
        if slot == "last":
            return self._last(country)
        if slot == "person":
            return self._person(country)
        if slot == "zip":
            return self.plain["zip"]()
        made = self.made
        if slot in ("street", "address"):
            return made.street(country, language) if slot == "street" else made.address(country, language)
        return {"city": made.place, "country": made.country, "region": made.region, "org": made.organization}[slot](country)

    def _written(self, slot: str, value: str) -> str:
        """The name as some write it: a town, a family name or a company all in capitals."""
        if self.chance.random() > 0.06 or slot in ("zip", "address"):
            return value
        if slot == "person":
            head, _, tail = value.rpartition(" ")
            changed = f"{head} {tail.upper()}" if head else value.upper()
        else:
            changed = value.upper()
        return changed if len(changed) == len(value) else value

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
        spans = [(start, start + len(kept[start:end].rstrip()), label) for start, end, label in text.spans]
        if kept[-1:] in ".!" and self.chance.random() < 0.15 and all(end < len(kept) for _, end, _ in spans):
            kept = kept[:-1]
        return Text(kept, spans)
