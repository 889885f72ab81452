"""Where to look: hyperscan in one pass for signs and one for words, or RE2 for the same answers where hyperscan is not installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

Hit = tuple[int, int]
"""The end of a match in the buffer, and the number of its pattern."""


class Engine(Protocol):
    """Finds patterns of fixed length and words of a list; both answers in order of ends."""

    def signs(self, data: bytes) -> list[Hit]:
        """Every match of the sign patterns."""

    def words(self, data: bytes) -> list[Hit]:
        """Every word of the list that stands in the buffer between blanks; the ends are those of the words."""


def _kept(hits: list[Hit], lengths: Sequence[int]) -> list[Hit]:
    """Of words that overlap the one that begins first, then the longest. `hits`: in order of ends, which stand one behind the words."""
    kept: list[Hit] = []
    starts: list[int] = []
    for end, number in hits:
        start = end - 1 - lengths[number]
        size = len(starts)
        while size and starts[size - 1] >= start:
            size -= 1
        if not size or kept[size - 1][0] <= start:
            kept[size:] = [(end - 1, number)]
            starts[size:] = [start]
    return kept


class HyperscanEngine:
    """Both databases are compiled when it is made."""

    def __init__(self, patterns: Sequence[str], words: Sequence[str]) -> None:
        import hyperscan

        self._lengths = [len(word) for word in words]
        self._signs = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._signs.compile(
            expressions=[pattern.encode() for pattern in patterns], ids=list(range(len(patterns))), elements=len(patterns), flags=0
        )
        self._words = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        literals = [f" {word} ".encode() for word in words]
        self._words.compile(expressions=literals, ids=list(range(len(words))), elements=len(words), flags=0, literal=True)

    def signs(self, data: bytes) -> list[Hit]:
        """See `Engine`."""
        hits: list[Hit] = []
        self._scan(self._signs, data, hits)
        return hits

    def words(self, data: bytes) -> list[Hit]:
        """See `Engine`."""
        hits: list[Hit] = []
        self._scan(self._words, data, hits)
        return _kept(hits, self._lengths)

    @staticmethod
    def _scan(database: Any, data: bytes, hits: list[Hit]) -> None:
        append = hits.append

        def on_match(number: int, start: int, end: int, flags: int, context: object) -> None:
            append((end, number))

        database.scan(data, match_event_handler=on_match)


def _ends(pattern: Any, data: bytes) -> Iterator[int]:
    """The ends of all matches, overlapping ones too."""
    found = pattern.search(data)
    while found:
        yield found.end()
        found = pattern.search(data, found.start() + 1)


class Re2Engine:
    """A set says which sign patterns are there at all; each of those then runs alone. The words are one alternation, longest first."""

    def __init__(self, patterns: Sequence[str], words: Sequence[str]) -> None:
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        self._signs = [re2.compile(pattern.encode(), options) for pattern in patterns]
        self._present = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._present.Add(pattern.encode())
        self._present.Compile()
        longest = re2.Options()
        longest.encoding = re2.Options.Encoding.LATIN1
        longest.longest_match = True
        longest.max_mem = 64 << 20
        self._numbers = {word.encode(): number for number, word in enumerate(words)}
        self._words = re2.compile(rb"\b(?:" + b"|".join(self._numbers) + rb")\b", longest)

    def signs(self, data: bytes) -> list[Hit]:
        """See `Engine`."""
        return sorted((end, number) for number in self._present.Match(data) for end in _ends(self._signs[number], data))

    def words(self, data: bytes) -> list[Hit]:
        """See `Engine`."""
        return [(found.end(), self._numbers[found.group()]) for found in self._words.finditer(data)]


def engine_of(name: str, patterns: Sequence[str], words: Sequence[str]) -> Engine:
    """`hyperscan`, `re2`, or with `auto` hyperscan where it is installed."""
    if name == "hyperscan" or (name == "auto" and importlib.util.find_spec("hyperscan")):
        return HyperscanEngine(patterns, words)
    return Re2Engine(patterns, words)
