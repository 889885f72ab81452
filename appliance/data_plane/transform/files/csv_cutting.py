"""Where the cells of a block of CSV lie in its bytes: by whole-array comparisons where quotes are used by the book, else cell by cell."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_LF, _CR, _QUOTE = 10, 13, 34
_AT_ONCE = 1 << 17
"""Bytes compared at a time: they stay in the processor's cache."""


class Cut(msgspec.Struct, frozen=True):
    """Fields of a block in order. `ends`: where each ends, quotes included, which is where the delimiter or line end behind it stands;
    `last`: places among them that end a row, and `after`: where the byte behind that row's end stands.

    `open`: a quote is open at the block's end; `breaks`: line ends in quotes; `regular`: every quote opens at a field's start and closes at
    its end."""

    ends: Offsets
    last: Offsets
    after: Offsets
    open: bool
    breaks: int
    regular: bool

    @property
    def used(self) -> int:
        """Bytes of whole rows."""
        return int(self.after[-1]) if len(self.after) else 0


def cut(block: bytes, delimiter: str, *, final: bool) -> Cut:
    """Cut a block that starts at a row's start. `final`: nothing follows, so its end is a row's end too."""
    data = np.frombuffer(block, np.uint8)
    if not final and block.endswith(b"\r"):
        data = data[:-1]
    mark = ord(delimiter)
    returns = b"\r" in block
    ends = (mark, _LF, _CR) if returns else (mark, _LF)
    opened, breaks = False, 0
    if b'"' in block:
        places = _marked(data, (*ends, _QUOTE))
        quoting = data[places] == _QUOTE
        quotes = places[quoting]
        if not _by_the_book(data, quotes, mark):
            return _cut_slowly(block, delimiter, final)
        places, inside = _told_apart(places, quoting)
        breaks = int(np.count_nonzero(data[places[inside]] == _LF))
        places, opened = places[~inside], len(quotes) % 2 == 1
    else:
        places = _marked(data, ends)
    rest = final and not opened and len(data) > 0
    return _with_returns(data, places, mark, rest, opened, breaks) if returns else _fields(data, places, mark, rest, opened, breaks)


def _marked(data: Bytes, marks: tuple[int, ...]) -> Offsets:
    """Where any of the marks stands."""
    parts: list[Offsets] = []
    for start in range(0, len(data), _AT_ONCE):
        part = data[start : start + _AT_ONCE]
        found = part == marks[0]
        for mark in marks[1:]:
            found |= part == mark
        parts.append(np.flatnonzero(found) + start)
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _told_apart(marks: Offsets, quoting: npt.NDArray[np.bool_]) -> tuple[Offsets, npt.NDArray[np.bool_]]:
    """The marks that are no quotes, and which of them have an odd number of quotes before them."""
    odd = (np.cumsum(quoting, dtype=np.uint8) & 1).astype(np.bool_)
    return marks[~quoting], odd[~quoting]


def _by_the_book(data: Bytes, quotes: Offsets, mark: int) -> bool:
    """Whether quotes open only where a field starts, and close only where it ends; doubled ones count as closed and opened."""
    opens, closes = quotes[0::2], quotes[1::2]
    before = data[opens[opens > 0] - 1]
    behind = data[closes[closes < len(data) - 1] + 1]
    return all(bool(np.isin(edge, (mark, _LF, _CR, _QUOTE)).all()) for edge in (before, behind))


def _fields(data: Bytes, places: Offsets, mark: int, rest: bool, opened: bool, breaks: int) -> Cut:
    """Fields that end at these delimiters and line feeds; `rest`: text behind the last one is a row too."""
    if rest and (not len(places) or places[-1] != len(data) - 1 or data[-1] == mark):
        last = np.append(np.flatnonzero(data[places] != mark), len(places))
        places = np.append(places, len(data))
    else:
        last = np.flatnonzero(data[places] != mark)
    whole = int(last[-1]) + 1 if len(last) else 0
    return Cut(places[:whole], last, np.minimum(places[last] + 1, len(data)), opened, breaks, regular=True)


def _with_returns(data: Bytes, places: Offsets, mark: int, rest: bool, opened: bool, breaks: int) -> Cut:
    """The same where rows end with carriage returns, or with these and line feeds."""
    marks = data[places]
    paired = (marks == _CR) & (data[np.minimum(places + 1, len(data) - 1)] == _LF) & (places + 1 < len(data))
    feeds = np.append(False, paired[:-1]) & (marks == _LF) & (places == np.append(-2, places[:-1]) + 1)
    after = places + 1 + paired
    places, marks, after = places[~feeds], marks[~feeds], after[~feeds]
    last = np.flatnonzero(marks != mark)
    if rest and (not len(places) or after[-1] < len(data) or marks[-1] == mark):
        last, places, after = np.append(last, len(places)), np.append(places, len(data)), np.append(after, len(data))
    whole = int(last[-1]) + 1 if len(last) else 0
    return Cut(places[:whole], last, after[last], opened, breaks, regular=True)


@lru_cache(maxsize=8)
def _field_pattern(delimiter: str) -> re.Pattern[bytes]:
    mark = re.escape(delimiter.encode())
    bare = rb"[^" + mark + rb"\r\n]*"
    return re.compile(rb'("[^"]*(?:""[^"]*)*"' + bare + rb'|(?!")' + bare + rb")(" + mark + rb"|\r\n|\n|\r|\Z)")


def _cut_slowly(block: bytes, delimiter: str, final: bool) -> Cut:
    """The same, field by field: quotes inside bare fields are themselves, text behind a closing quote belongs to the field."""
    pattern, mark, place, breaks = _field_pattern(delimiter), delimiter.encode(), 0, 0
    ends: list[int] = []
    last: list[int] = []
    after: list[int] = []
    while place < len(block):
        match = pattern.match(block, place)
        if match is None or (match.end() == len(block) and not final and not block.endswith((b"\n", mark))):
            break
        place = match.end()
        ends.append(match.end(1))
        breaks += match.group(1).count(b"\n")
        if match.group(2) != mark:
            last.append(len(ends) - 1)
            after.append(place)
        elif place == len(block) and final:
            ends.append(place)
            last.append(len(ends) - 1)
            after.append(place)
    whole = last[-1] + 1 if last else 0
    opened = final and place < len(block)
    return Cut(np.array(ends[:whole], np.int64), np.array(last, np.int64), np.array(after, np.int64), opened, breaks, regular=False)
