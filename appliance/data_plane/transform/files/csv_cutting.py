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


class Cut(msgspec.Struct, frozen=True):
    """Fields of a block in order. `starts` and `ends`: of each field, quotes included; `last`: whether it ends its row; `after`: where the
    byte behind that end stands. `used`: bytes of whole rows; `open`: a quote is open at the block's end; `breaks`: line ends in quotes.

    `regular`: every quote opens at a field's start and closes at its end."""

    starts: Offsets
    ends: Offsets
    last: npt.NDArray[np.bool_]
    after: Offsets
    used: int
    open: bool
    breaks: int
    regular: bool


def cut(block: bytes, delimiter: str, *, final: bool) -> Cut:
    """Cut a block that starts at a row's start. `final`: nothing follows, so its end is a row's end too."""
    data = np.frombuffer(block, np.uint8)
    if not final and block.endswith(b"\r"):
        data = data[:-1]
    mark = ord(delimiter)
    found = (data == mark) | (data == _LF)
    if b"\r" in block:
        found |= data == _CR
    places = np.flatnonzero(found)
    opened, breaks = False, 0
    if b'"' in block:
        quotes = np.flatnonzero(data == _QUOTE)
        if not _by_the_book(data, quotes, mark):
            return _cut_slowly(block, delimiter, final)
        outside = np.searchsorted(quotes, places) % 2 == 0
        breaks = int(np.count_nonzero(data[places[~outside]] == _LF))
        places, opened = places[outside], len(quotes) % 2 == 1
    return _fields(data, places, mark, final=final, opened=opened, breaks=breaks)


def _by_the_book(data: Bytes, quotes: Offsets, mark: int) -> bool:
    """Whether quotes open only where a field starts, and close only where it ends; doubled ones count as closed and opened."""
    opens, closes = quotes[0::2], quotes[1::2]
    before = data[opens[opens > 0] - 1]
    behind = data[closes[closes < len(data) - 1] + 1]
    return all(bool(np.isin(edge, (mark, _LF, _CR, _QUOTE)).all()) for edge in (before, behind))


def _fields(data: Bytes, places: Offsets, mark: int, *, final: bool, opened: bool, breaks: int) -> Cut:
    marks = data[places]
    joined = (marks == _CR) & (np.append(data, 0)[places + 1] == _LF)
    if joined.any():
        places, marks = places[~joined], marks[~joined]
    last = marks != mark
    if final and not opened and len(data) and (not len(places) or places[-1] != len(data) - 1 or not last[-1]):
        places, last = np.append(places, len(data)), np.append(last, True)
    whole = int(np.flatnonzero(last)[-1]) + 1 if last.any() else 0
    places, last = places[:whole], last[:whole]
    after = np.minimum(places + 1, len(data))
    starts = np.concatenate([np.zeros(min(1, whole), np.int64), after[:-1]])
    returned = last & (places > starts) & (places < len(data))
    ends = places - (returned & (data[np.minimum(places, len(data) - 1)] == _LF) & (data[np.maximum(places - 1, 0)] == _CR))
    return Cut(starts, ends, last, after, int(after[-1]) if whole else 0, opened, breaks, regular=True)


@lru_cache(maxsize=8)
def _field_pattern(delimiter: str) -> re.Pattern[bytes]:
    mark = re.escape(delimiter.encode())
    return re.compile(
        rb'(?:"[^"]*(?:""[^"]*)*"[^' + mark + rb'\r\n]*|(?!")[^' + mark + rb"\r\n]*)(?:(" + mark + rb")|\r\n|\n|\r|\Z)", re.DOTALL
    )


def _cut_slowly(block: bytes, delimiter: str, final: bool) -> Cut:
    """The same, field by field: quotes inside bare fields are themselves, text behind a closing quote belongs to the field."""
    pattern, place, breaks = _field_pattern(delimiter), 0, 0
    starts: list[int] = []
    ends: list[int] = []
    last: list[bool] = []
    after: list[int] = []
    while place < len(block):
        match = pattern.match(block, place)
        if match is None or (match.end() == len(block) and not final and not block.endswith((b"\n", delimiter.encode()))):
            break
        text = match.group()
        bare = text.removesuffix(delimiter.encode()) if match.group(1) else text.rstrip(b"\r\n") if text[-1:] in b"\r\n" else text
        starts.append(place)
        ends.append(place + len(bare))
        last.append(match.group(1) is None)
        after.append(match.end())
        breaks += bare.count(b"\n")
        place = match.end()
        if match.group(1) and place == len(block) and final:
            for values in (starts, ends, after):
                values.append(place)
            last.append(True)
    whole = max((number + 1 for number, end in enumerate(last) if end), default=0)
    arrays = [np.array(values[:whole], np.int64) for values in (starts, ends, after)]
    opened = final and place < len(block)
    return Cut(arrays[0], arrays[1], np.array(last[:whole], np.bool_), arrays[2], after[whole - 1] if whole else 0, opened, breaks, False)
