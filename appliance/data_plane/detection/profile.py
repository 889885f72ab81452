"""What is cheap to know about a column's values before anything is matched: their signs, shapes, lengths, how often they repeat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from appliance.data_plane.detection.finding import ColumnSample

MOST_VALUES = 256
"""Distinct values that are looked at; more of them change no verdict."""
MOST_PROBED = 32
MANY = 50
LONGEST = 400
"""Signs of a value that are looked at."""

SHAPE = {**{ord(sign): "0" for sign in "123456789"}, **dict.fromkeys(range(65, 91), "A"), **dict.fromkeys(range(97, 123), "a")}
"""Translation of ASCII digits to 0, capitals to A, small letters to a."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BLANKS = " \t\u00a0\u3000"
_PLACEHOLDERS = frozenset(
    """na n/a n.a. n.a null none nil nan unknown unbekannt inconnu desconocido sconosciuto desconhecido onbekend okand ukjent ukendt -
    -- --- . .. ?
    ?? ??? x xx xxx tbd tba todo missing redacted anonymous anonymized [redacted] *** **** ***** (none) (blank) not_available unspecified
    not_applicable not_provided undefined test default empty leer vide vacio vuoto vazio leeg tom tyhja brak pusty neznamy 0000-00-00
    #n/a #ref!
    no_data nodata not_set unset keine kein n/d nd s/d nr s/n brak_danych undisclosed private hidden неизвестно нет 不明 なし 无
    없음""".replace("todo", "to-do").split()
)
_LONGEST_PLACEHOLDER = max(map(len, _PLACEHOLDERS))


def cleaned(value: str) -> str:
    """The value without control signs and outer blanks, cut to a bounded length."""
    if len(value) > LONGEST:
        value = value[:LONGEST]
    if not value.isprintable():
        value = _CONTROL.sub(" ", value)
    return value.strip(_BLANKS)


def is_placeholder(value: str) -> bool:
    """A text that stands for "nothing is known"."""
    if len(value) > _LONGEST_PLACEHOLDER:
        return False
    return not value or value.lower().replace(" ", "_") in _PLACEHOLDERS or value.lower() in _PLACEHOLDERS


class ColumnProfile:
    """Distinct values of a column, cleaned, without placeholders, at most `MOST_VALUES` of them spread evenly over the sample."""

    def __init__(self, sample: ColumnSample) -> None:
        kept, counts = _kept(sample.values, sample.counts)
        self.name = sample.name
        self.kind = sample.kind
        self.distinct = len(kept)
        self.filled = sum(counts)
        step = max(1.0, len(kept) / MOST_VALUES)
        places = range(len(kept)) if step == 1.0 else [int(place * step) for place in range(MOST_VALUES)]
        self.values: list[str] = [kept[place] for place in places]
        self.counts: list[int] = [counts[place] for place in places]

    @property
    def size(self) -> int:
        return len(self.values)

    @property
    def unique(self) -> float:
        """Distinct values per filled row: 1 when every row holds another one."""
        return self.distinct / max(1, self.filled)

    @property
    def many(self) -> bool:
        """Whether the values may tell things or people apart: most rows have one of their own, or there are dozens of them."""
        return self.unique > 0.5 or self.distinct >= MANY

    @cached_property
    def text(self) -> str:
        """All values, one a line."""
        return "\n".join(self.values)

    @cached_property
    def signs(self) -> frozenset[str]:
        return frozenset("".join(self.values))

    @cached_property
    def shapes(self) -> list[str]:
        """The values with every ASCII digit as 0, capital as A, small letter as a."""
        return self.text.translate(SHAPE).split("\n")

    @cached_property
    def lengths(self) -> list[int]:
        return sorted(map(len, self.values))

    @property
    def middle(self) -> int:
        """The middle length."""
        return self.lengths[self.size // 2]

    @cached_property
    def digits(self) -> float:
        """Share of digits among all signs."""
        body = "".join(self.shapes)
        return body.count("0") / max(1, len(body))

    @cached_property
    def letters(self) -> float:
        """Share of values that hold a letter."""
        return sum(1 for value in self.values if value.lower() != value.upper() or not value.isascii()) / max(1, self.size)

    @cached_property
    def probe(self) -> list[str]:
        """Some of the values, spread evenly: enough for forms that say little by themselves."""
        return self.values[:: max(1, self.size // MOST_PROBED)]

    def probed(self, pattern: re.Pattern[str]) -> float:
        """Share of the probe that a pattern matches whole."""
        return sum(1 for value in self.probe if pattern.fullmatch(value)) / max(1, len(self.probe))

    def share(self, hits: Sequence[object]) -> float:
        """Share of distinct values among which so many were hit."""
        return len(hits) / max(1, self.size)


def _kept(values: Sequence[str], counts: Sequence[int]) -> tuple[list[str], list[int]]:
    kept: dict[str, int] = {}
    for value, count in zip(values, counts, strict=True):
        text = cleaned(value)
        if not is_placeholder(text):
            kept[text] = kept.get(text, 0) + count
    return list(kept), list(kept.values())
