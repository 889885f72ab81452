"""Where the values of an object lie in its text: by one pattern for all objects of the same keys, else member by member."""

from __future__ import annotations

import json
import re

import msgspec

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR = _STRING + r"|-?[0-9][0-9.eE+-]*+|true|false|null|NaN|-?Infinity"
_MEMBER = re.compile(rf"\s*({_STRING})\s*:\s*({_SCALAR}|(?=[\[{{]))", re.DOTALL)
_BETWEEN = re.compile(r"\s*([,}])")
_DECODER = json.JSONDecoder()
_PATIENCE = 20
"""Objects in a row that may miss the pattern before it is made anew; and before it is given up for twenty times as many."""


class JsonObject(msgspec.Struct, frozen=True):
    """One object. `before`: the text between the object above and this one. `spans`: where the value of each key lies in `text`."""

    before: str
    text: str
    spans: dict[str, tuple[int, int]]


class Scanner:
    """Scans the objects of a file, most of which have the keys of the one before in the same order."""

    def __init__(self) -> None:
        self._keys: tuple[str, ...] = ()
        self._pattern: re.Pattern[str] | None = None
        self._missed = 0

    def scanned(self, before: str, text: str) -> JsonObject:
        """The object with the spans of its values. One that names a key twice is written anew, with the last value of each."""
        if self._pattern is not None:
            match = self._pattern.fullmatch(text)
            if match is not None:
                self._missed = 0
                return JsonObject(before, text, dict(zip(self._keys, match.regs[1:], strict=True)))
        self._missed += 1
        made = _by_members(before, text)
        if self._pattern is None or self._missed == _PATIENCE:
            self._settle(made)
        return made

    def _settle(self, made: JsonObject) -> None:
        """The pattern of this object's keys, where none of its values is nested."""
        if self._missed > _PATIENCE or any(made.text[start] in "[{" for start, _ in made.spans.values()):
            return
        names = [json.dumps(key, ensure_ascii=False) for key in made.spans]
        members = [rf"\s*{re.escape(name)}\s*:\s*({_SCALAR})\s*" for name in names]
        self._keys = tuple(made.spans)
        self._pattern = re.compile(r"\{" + ",".join(members) + r"\}", re.DOTALL) if members else None


def _by_members(before: str, text: str) -> JsonObject:
    spans: dict[str, tuple[int, int]] = {}
    place, twice = 1, False
    while (member := _MEMBER.match(text, place)) is not None:
        name = member.group(1)
        key = name[1:-1] if "\\" not in name else json.loads(name)
        start, end = member.span(2)
        if start == end:
            _, end = _DECODER.raw_decode(text, start)
        twice = twice or key in spans
        spans[key] = (start, end)
        mark = _BETWEEN.match(text, end)
        if mark is None or mark.group(1) == "}":
            break
        place = mark.end()
    return _rewritten(before, text, spans) if twice else JsonObject(before, text, spans)


def _rewritten(before: str, text: str, spans: dict[str, tuple[int, int]]) -> JsonObject:
    pieces, made, size = [], {}, 1
    for key, (start, end) in spans.items():
        lead = f"{json.dumps(key, ensure_ascii=False)}:"
        made[key] = (size + len(lead), size + len(lead) + end - start)
        pieces.append(lead + text[start:end])
        size += len(pieces[-1]) + 1
    return JsonObject(before, "{" + ",".join(pieces) + "}", made)
