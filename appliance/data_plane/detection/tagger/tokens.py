"""Texts cut into tokens, many texts at once: one regular expression over all of them, then arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]

EDGE = "\x00"
"""Stands between two texts, three times, so that a window of three tokens never looks into the neighbour's."""
MARGIN = 3
GAP_NONE, GAP_BLANK, GAP_LINE = 0, 1, 2
_LETTERS = r"[^\W\d_]"
_TOKEN = re.compile(rf"({_LETTERS}+(?:['’]{_LETTERS}{{2,}}|-(?=[A-ZÀ-ÖØ-ÞĀ-ŽΑ-ΩА-Я]){_LETTERS}+)*|\d+|[^\s\w]|_)")


class Tokens(NamedTuple):
    """The tokens of a batch of texts. Every array but `types` and `edges` has one entry per token, in reading order.

    `types`: the distinct tokens, `ids`: which of them; `starts`, `ends`: places in the joined text; `gaps`: what stands before the
    token (nothing, blanks, a line break). `edges`: where in the token arrays each text starts (its first token) and, last, where all end;
    `bases`: where each text starts in the joined text."""

    types: list[str]
    ids: IntArray
    starts: IntArray
    ends: IntArray
    gaps: NDArray[np.int8]
    edges: IntArray
    bases: IntArray


class _Numbers(dict[str, int]):
    """Numbers handed out in the order of asking."""

    def __missing__(self, key: str) -> int:
        self[key] = number = len(self)
        return number


class _Gaps(dict[str, int]):
    """The kind of a stretch between tokens."""

    def __missing__(self, key: str) -> int:
        self[key] = kind = (GAP_LINE if "\n" in key or "\t" in key else GAP_BLANK) if key else GAP_NONE
        return kind


def tokenize(texts: Sequence[str]) -> Tokens:
    """Tokens of some texts. A word keeps an inner apostrophe (O'Brien) and a hyphen before a capital (Anne-Marie); anything else that is no
    letter or digit is a token of its own."""
    between = EDGE * MARGIN
    clean = [text.replace(EDGE, " ") if EDGE in text else text for text in texts]
    parts = _TOKEN.split(between + between.join(clean) + between)
    lengths = np.fromiter(map(len, parts), np.int32, len(parts))
    ends = np.cumsum(lengths, dtype=np.int32)[1::2]
    numbers = _Numbers({EDGE: 0})
    ids = np.fromiter(map(numbers.__getitem__, islice(parts, 1, None, 2)), np.int32, len(parts) // 2)
    gaps = np.fromiter(map(_Gaps().__getitem__, islice(parts, 0, len(parts) - 1, 2)), np.int8, len(parts) // 2)
    bases = np.cumsum([MARGIN, *(len(text) + MARGIN for text in clean)], dtype=np.int32)[:-1]
    starts = ends - lengths[1::2]
    edges = np.append(np.searchsorted(starts, bases), len(ids) - MARGIN).astype(np.int32)
    return Tokens(list(numbers), ids, starts, ends, gaps, edges, bases)
