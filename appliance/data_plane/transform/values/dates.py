"""Dates in text, each in its own writing: read, moved by a keyed number of days, written back as they were or in another format.

Which pattern a text follows is decided by that text alone (and `day_first`, which a column's evidence may settle), never by its
neighbours in a batch: results do not depend on batches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from appliance.data_plane.tables.dates import following_patterns, read_dates, write_dates
from appliance.data_plane.transform.values.draws import Draws

Micros = npt.NDArray[np.int64]

DAY, SECOND = 86_400_000_000, 1_000_000
EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds of the years 1 to 9999, which every calendar library can write."""

_DIGITS, _ZONE = re.compile(r"\d+", re.ASCII), re.compile(r"(?: ?Z| ?[-+]\d{2}:?\d{2}| UTC| GMT)\Z", re.ASCII)
_SHAPE = bytes.maketrans(b"123456789", b"000000000")
_OFFSET = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*([a-zA-Z]*)")
_UNITS = {
    "y": 365 * DAY, "year": 365 * DAY, "M": 30 * DAY, "month": 30 * DAY, "w": 7 * DAY, "week": 7 * DAY, "d": DAY, "day": DAY, "": DAY,
    "h": 3600 * SECOND, "hour": 3600 * SECOND, "m": 60 * SECOND, "min": 60 * SECOND, "minute": 60 * SECOND, "s": SECOND, "second": SECOND,
}  # fmt: skip
_VECTOR_FORMATS = re.compile(r"(?:%[YymdHIMSpbB]|[^%])*\Z", re.DOTALL)
_FOUR, _EIGHT = 4, 8
_SHORTEST, _LONGEST = 4, 48
_MOST_SHAPES = 8
"""Shapes of a batch that are told apart by whole-array comparisons; a column has one or two."""


class Writing(msgspec.Struct, frozen=True):
    """How some texts are written: a pattern of `tables/dates.py`, and how many characters behind it name the zone."""

    pattern: str
    tail: int


class Moments(msgspec.Struct, frozen=True):
    """Texts read as moments. `micros`: since 1970 on the clock that the text shows; `writing`: for each text an index into `writings`, -1
    where it is no date."""

    texts: Sequence[str]
    micros: Micros
    writing: npt.NDArray[np.int64]
    writings: tuple[Writing, ...]

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Which texts are dates."""
        return self.writing >= 0

    def written(self, micros: Micros) -> list[str | None]:
        """Other moments in the writing of these texts; None where a text is no date or the moment lies outside the years 1 to 9999."""
        made: list[str | None] = [None] * len(self.texts)
        sound = (micros >= EARLIEST) & (micros <= LATEST)
        for number, writing in enumerate(self.writings):
            rows = np.flatnonzero((self.writing == number) & sound)
            done = write_dates(pa.array(micros[rows]).cast(pa.timestamp("us")), writing.pattern).to_pylist()
            if len(rows) == len(made) and not writing.tail:
                return [*done]
            for row, text in zip(rows.tolist(), done, strict=True):
                made[row] = text + self.texts[row][len(self.texts[row]) - writing.tail :]
        return made

    def formatted(self, micros: Micros, pattern: str) -> list[str | None]:
        """Moments in a format of `strftime`; None where a text is no date or the moment lies outside the years 1 to 9999."""
        sound = self.valid & (micros >= EARLIEST) & (micros <= LATEST)
        return format_moments(micros, sound, pattern)


def read_moments(values: Sequence[str], formats: Sequence[str] = (), day_first: bool | None = None) -> Moments:
    """Texts as moments. `formats`: of `strptime`, tried before those that are known here; `day_first`: what 03/04/2020 means (None: the
    month comes first with slashes, the day with dots and dashes)."""
    micros, writing = np.zeros(len(values), np.int64), np.full(len(values), -1, np.int64)
    writings: dict[Writing, int] = {}
    for rows in _shapes(values):
        first = values[rows[0]]
        tail = _tail(first)
        chosen = values if len(rows) == len(values) else [values[row] for row in rows]
        if tail or first != first.strip():
            chosen = [value[: len(value) - tail] if tail else value.strip() for value in chosen]
        texts = pa.array(chosen, pa.string())
        left = np.array(rows)
        for pattern in (*formats, *following_patterns(_sample(first[: len(first) - tail].strip()), day_first)):
            found = read_dates(texts, pattern)
            good = found.is_valid().to_numpy(zero_copy_only=False)
            number = writings.setdefault(Writing(pattern, tail), len(writings)) if good.any() else -1
            micros[left[good]] = found.filter(pa.array(good)).cast(pa.int64()).to_numpy(zero_copy_only=False)
            writing[left[good]] = number
            left, texts = left[~good], texts.filter(pa.array(~good))
            if not len(left):
                break
    return Moments(values, micros, writing, tuple(writings))


def offsets(draws: Draws, low: str | float, high: str | float, unit: int) -> Micros:
    """A drawn offset in microseconds for each value: a multiple of `unit` from `low` to `high`, never 0 where the range allows.

    Raises ValueError where `high` is below `low` or either is no offset."""
    first, last = -(-offset_micros(low) // unit), offset_micros(high) // unit
    if last < first:
        raise ValueError("The greatest offset is below the least.")
    count = last - first + 1
    skips = first <= 0 <= last and count > 1
    drawn = first + np.floor(draws.shares() * (count - skips)).astype(np.int64)
    return np.asarray((drawn + (skips & (drawn >= 0))) * unit)


def offset_micros(offset: str | float) -> int:
    """Microseconds of an offset: a number of days, or texts such as `-30d`, `+2w`, `1y6M`, `-12h`, `today`.

    Raises ValueError for others."""
    if not isinstance(offset, str):
        return round(offset * DAY)
    text = offset.strip()
    if text in ("now", "today", ""):
        return 0
    parts = _OFFSET.findall(text)
    if not parts or _OFFSET.sub("", text).strip(" ,"):
        raise ValueError("An offset is a number of days, or a text such as '-30d' or '+2w'.")
    return sum(round(float(number) * _unit(name)) for number, name in parts)


def format_moments(micros: Micros, valid: npt.NDArray[np.bool_], pattern: str) -> list[str | None]:
    """Moments in a format of `strftime`, None where not valid."""
    if _VECTOR_FORMATS.match(pattern):
        written = write_dates(pa.array(np.where(valid, micros, 0)).cast(pa.timestamp("us")), pattern)
        texts = written.to_pylist() if "%" in pattern else [pattern] * len(micros)
        return [text if good else None for text, good in zip(texts, valid.tolist(), strict=True)]
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return [
        (start + timedelta(microseconds=micro)).strftime(pattern) if good else None
        for micro, good in zip(micros.tolist(), valid.tolist(), strict=True)
    ]


def _unit(name: str) -> int:
    found = _UNITS.get(name) or _UNITS.get(name.lower().removesuffix("s"))
    if found is None:
        raise ValueError("An offset is a number of days, or a text such as '-30d' or '+2w'.")
    return found


def _shapes(values: Sequence[str]) -> list[list[int]]:
    """Rows whose texts differ in their digits only, and in letters."""
    joined = "".join(values)
    sizes = np.fromiter(map(len, values), np.int64, len(values))
    left = np.flatnonzero((sizes >= _SHORTEST) & (sizes <= _LONGEST))
    found: list[list[int]] = []
    if joined.isascii():
        marks = np.frombuffer(joined.encode().translate(_SHAPE), np.uint8)
        starts = np.cumsum(sizes) - sizes
        while len(left) and len(found) < _MOST_SHAPES:
            alike = _like_first(marks, starts[left], sizes[left])
            found.append(left[alike].tolist())
            left = left[~alike]
    groups: dict[object, list[int]] = {}
    for row in left.tolist():
        groups.setdefault(values[row].encode("utf-8", "surrogatepass").translate(_SHAPE), []).append(row)
    return [*found, *groups.values()]


def _like_first(marks: npt.NDArray[np.uint8], starts: Micros, sizes: Micros) -> npt.NDArray[np.bool_]:
    """Which stretches of `marks` equal the first of them."""
    alike = sizes == sizes[0]
    places = starts[alike][:, None] + np.arange(sizes[0])
    alike[alike] = (marks[places] == marks[starts[0] : starts[0] + sizes[0]]).all(axis=1)
    return np.asarray(alike)


def _tail(text: str) -> int:
    found = _ZONE.search(text) if ":" in text else None
    return len(found.group()) if found else 0


def _sample(text: str) -> str:
    """A text of the same shape that follows every pattern that any text of the shape could follow."""

    def neutral(found: re.Match[str]) -> str:
        size = len(found.group())
        return "2001" if size == _FOUR else "20010101" if size == _EIGHT else "01" if size == 2 else "1" if size == 1 else found.group()

    return _DIGITS.sub(neutral, text)
