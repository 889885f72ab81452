"""`re.*` on RE2, whose time grows with the text alone: the six functions, compiled patterns, and what a search has found."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec

from appliance.data_plane.transform.evaluation.bounds import MOST_ITEMS, check_items, check_text
from appliance.data_plane.transform.evaluation.vectors import CellFault

_REFERENCE = re.compile(r"\\(?:\d|g<\w+>)")
_MOST_MEMORY = 16 << 20


class Found(msgspec.Struct, frozen=True):
    """A match: texts and spans of the whole and of its groups (None and (-1, -1) for one that took no part); `names` of groups."""

    texts: tuple[str | None, ...]
    spans: tuple[tuple[int, int], ...]
    names: dict[str, int]

    def group(self, index: int | str = 0) -> str | None:
        """The text of a group by number or name."""
        return self.texts[self._place(index)]

    def span(self, index: int | str = 0) -> tuple[int, int]:
        """Where a group starts and ends."""
        return self.spans[self._place(index)]

    def _place(self, index: int | str) -> int:
        place = self.names[index] if isinstance(index, str) else index
        if not 0 <= place < len(self.texts):
            raise IndexError
        return place


def run(function: str, pattern: str, text: Any, *rest: Any) -> Any:
    """One of PATTERNS on a text; a missing text has no match, and stays missing in `sub` and `split`."""
    if not isinstance(pattern, str) or not (text is None or isinstance(text, str)):
        raise CellFault
    compiled = _compiled(pattern)
    if text is None:
        return [] if function == "findall" else None
    return _FUNCTIONS[function](compiled, text, *rest)


def sub(pattern: str, replacement: str, text: Any, count: int = 0) -> str | None:
    """The text with every match (or the first `count`) replaced; `\\1` and `\\g<name>` stand for groups."""
    if text is None:
        return None
    if not isinstance(replacement, str) or not isinstance(text, str) or not isinstance(pattern, str):
        raise CellFault
    compiled = _compiled(pattern)
    _check_size(compiled, replacement, text)
    return compiled.sub(replacement, text, count)  # type: ignore[no-any-return]


def _check_size(compiled: Any, replacement: str, text: str) -> None:
    references = len(_REFERENCE.findall(replacement))
    if (len(text) + 1) * len(replacement) + references * len(text) > 1_000_000:
        matches = sum(1 for _ in compiled.finditer(text))
        check_text(len(text) + matches * len(replacement) + references * len(text))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    """The pattern. Raises CellFault for one that RE2 refuses."""
    import re2  # a compiled library: loaded where a pattern is run

    options = re2.Options()
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise CellFault from None


def _found(match: Any) -> Found | None:
    if match is None:
        return None
    count = match.re.groups + 1
    return Found(tuple(match.group(at) for at in range(count)), tuple(match.span(at) for at in range(count)), dict(match.re.groupindex))


def _findall(compiled: Any, text: str) -> list[Any]:
    found = list(islice(compiled.finditer(text), MOST_ITEMS + 1))
    check_items(len(found))
    if compiled.groups == 0:
        return [match.group(0) for match in found]
    if compiled.groups == 1:
        return [match.group(1) or "" for match in found]
    return [[match.group(at) or "" for at in range(1, compiled.groups + 1)] for match in found]


def _split(compiled: Any, text: str, most: int = 0) -> list[Any]:
    pieces = compiled.split(text, most)
    check_items(len(pieces))
    return list(pieces)


_FUNCTIONS = {
    "match": lambda compiled, text: _found(compiled.match(text)),
    "search": lambda compiled, text: _found(compiled.search(text)),
    "fullmatch": lambda compiled, text: _found(compiled.fullmatch(text)),
    "findall": _findall,
    "split": _split,
}
