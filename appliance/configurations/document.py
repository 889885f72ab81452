"""From bytes or a dict to plain JSON values, within fixed bounds: nothing that a sender writes can take unbounded time, memory or stack."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from appliance.errors import ConfigurationRefused, Fault

MAX_BYTES = 512 << 10
"""Bytes of a configuration, and of all text in one that comes as a dict."""
MAX_DEPTH = 40
"""Objects and lists inside one another."""
MAX_VALUES = 50_000
"""Keys and values altogether."""

_MAX_INTEGER = 2**63

Loc = tuple[str | int, ...]


def read_document(document: bytes | dict[str, Any]) -> dict[str, Any]:
    """The object that `document` holds: a dict, or JSON or YAML text in UTF-8. The answer shares nothing with what was given.

    Raises ConfigurationRefused for anything that is not one object of JSON values (text keys; no dates, no NaN, no cycles)."""
    value: Any = _parse(bytes(document)) if isinstance(document, (bytes, bytearray, memoryview)) else document
    if not isinstance(value, dict):
        raise refused((), "A configuration must be one object with keys such as schema_version and models.")
    plain = _Copy().value(value, (), 0)
    assert isinstance(plain, dict)
    return plain


def refused(loc: Loc, msg: str) -> ConfigurationRefused:
    """A refusal for one fault."""
    return ConfigurationRefused((Fault(loc, msg),))


def _parse(text: bytes) -> Any:
    if len(text) > MAX_BYTES:
        raise refused((), f"A configuration may be at most {MAX_BYTES // 1024} KiB long; this one has {len(text) // 1024} KiB.")
    text = text.removeprefix(b"\xef\xbb\xbf")
    if text.lstrip()[:1] == b"{":
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            pass  # a flow mapping of YAML, or a mistake that the YAML reader can place
    from appliance.configurations.yaml_text import load_yaml  # the server reads JSON and is spared the YAML library

    return load_yaml(text, MAX_DEPTH)


class _Copy:
    """A deep copy that counts what it copies."""

    def __init__(self) -> None:
        self._values = 0
        self._text = 0

    def value(self, value: Any, loc: Loc, depth: int) -> Any:
        self._values += 1
        if self._values > MAX_VALUES:
            raise refused(loc[:1], f"A configuration may hold at most {MAX_VALUES:,} values.")
        if depth > MAX_DEPTH:
            raise refused(loc[:4], f"A configuration may be nested at most {MAX_DEPTH} levels deep.")
        if isinstance(value, dict):
            return {self._key(key, loc): self.value(item, (*loc, str(key)[:64]), depth + 1) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item, (*loc, index), depth + 1) for index, item in enumerate(value)]
        return self._scalar(value, loc)

    def _key(self, key: Any, loc: Loc) -> str:
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            raise refused(loc, "Every key must be a text; put it in quotes.")
        return self._string(str(key) if isinstance(key, str) or abs(key) < _MAX_INTEGER else "", loc)

    def _scalar(self, value: Any, loc: Loc) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._string(str(value), loc)
        if isinstance(value, int):
            if abs(value) >= _MAX_INTEGER:
                raise refused(loc, "A whole number must lie within 64 bits.")
            return int(value)
        if isinstance(value, float):
            if not math.isfinite(value):
                raise refused(loc, "A number must be finite: no NaN and no infinity.")
            return float(value)
        raise refused(loc, "Only texts, numbers, true, false, null, lists and objects are accepted; put dates in quotes.")

    def _string(self, value: str, loc: Loc) -> str:
        self._text += len(value)
        if self._text > MAX_BYTES:
            raise refused(loc[:1], f"A configuration may hold at most {MAX_BYTES // 1024} KiB of text.")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise refused(loc, "A text holds half of a surrogate pair, which is no character.") from None
        return value
