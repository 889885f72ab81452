"""What a transform of the first language is called, and the attributes that it takes."""

from __future__ import annotations

import re
from typing import Any

import msgspec

FAKE, FAKE_CONSTANT, HASH = "fake", "fake_constant", "hash"
CHAR, LABEL, STRING = "redact_with_char", "redact_with_label", "redact_with_string"
DATES, NUMBERS, BUCKETS = "dateshift", "numbershift", "numberbucket"
ENCRYPT, DECRYPT = "encrypt", "decrypt"
DROP, PASS, COMBINE, CONDITIONAL, FORMAT = "drop", "passthrough", "combine", "conditional", "format"

TYPES = (
    FAKE,
    FAKE_CONSTANT,
    HASH,
    CHAR,
    LABEL,
    STRING,
    DATES,
    NUMBERS,
    BUCKETS,
    ENCRYPT,
    DECRYPT,
    DROP,
    PASS,
    COMBINE,
    CONDITIONAL,
    FORMAT,
)
"""Every transform, by the name that the engine knows."""

_ALIASES = {
    "fake": FAKE, "faker": FAKE, "fakeconstant": FAKE_CONSTANT, "hash": HASH, "securehash": HASH, "redactwithchar": CHAR,
    "redactchar": CHAR,
    "redactwithlabel": LABEL, "redactlabel": LABEL, "redactwithstring": STRING, "redactstring": STRING, "dateshift": DATES,
    "numbershift": NUMBERS, "numberbucket": BUCKETS, "bucket": BUCKETS, "encrypt": ENCRYPT, "securefpe": ENCRYPT, "fpe": ENCRYPT,
    "fpestring": ENCRYPT, "fpefloat": ENCRYPT, "decrypt": DECRYPT, "securefpedecrypt": DECRYPT, "drop": DROP, "passthrough": PASS,
    "passthru": PASS, "combine": COMBINE, "conditional": CONDITIONAL, "format": FORMAT, "maskafter": CHAR, "maskuntil": CHAR,
}  # fmt: skip
"""By name without underscores."""

_NUMBER, _WHOLE, _TEXT, _FIELDS, _FLAG, _ANY = (
    "a number",
    "a whole number",
    "a text",
    "a column or a list of columns",
    "true or false",
    "any",
)
_LOCALES = "a locale or a list of locales"

ATTRIBUTES: dict[str, dict[str, str]] = {
    FAKE: {"seed": _ANY, "locale": _LOCALES, "locales": _LOCALES, "entity": _TEXT},
    FAKE_CONSTANT: {"seed": _ANY, "locale": _LOCALES, "locales": _LOCALES, "entity": _TEXT},
    HASH: {"secret": _TEXT, "length": _WHOLE},
    CHAR: {"char": _TEXT},
    LABEL: {},
    STRING: {"string": _TEXT},
    DATES: {"min": _NUMBER, "max": _NUMBER, "secret": _TEXT, "formats": "a text or a list of texts", "field_name": _FIELDS,
            "day_first": _FLAG},
    NUMBERS: {"min": _NUMBER, "max": _NUMBER, "secret": _TEXT, "field_name": _FIELDS},
    BUCKETS: {"min": _NUMBER, "max": _NUMBER, "nearest": _NUMBER, "method": "min, max or avg", "buckets": _ANY,
              "lower_outlier_label": _TEXT, "upper_outlier_label": _TEXT},
    ENCRYPT: {"secret": _TEXT, "radix": _WHOLE, "luhn": _FLAG, "float": _FLAG, "tweak": _TEXT, "aes_mode": _TEXT,
              "float_precision": _WHOLE},
    DECRYPT: {"secret": _TEXT, "radix": _WHOLE, "luhn": _FLAG, "float": _FLAG, "tweak": _TEXT, "aes_mode": _TEXT,
              "float_precision": _WHOLE},
    DROP: {},
    PASS: {},
    COMBINE: {"field_name": _FIELDS, "separator": _TEXT},
    CONDITIONAL: {"field_name": _FIELDS, "regex": _TEXT, "true_transforms": _ANY, "false_transforms": _ANY},
    FORMAT: {"pattern": _TEXT, "replacement": _TEXT},
}  # fmt: skip
"""By transform: its attributes and what each must be. Transforms of text also take where in the value they apply (`mask_after`,
`mask_until`: behind or before a text; `start_pos`, `end_pos`: characters from 0)."""

OLDER = {
    "lower_range_days": "min", "upper_range_days": "max", "lower_range": "min", "upper_range": "max", "true_xform": "true_transforms",
    "false_xform": "false_transforms", "value": "string", "text": "string", "conditional_value": "field_name", "format": "formats",
    "keep_luhn": "luhn", "rounding": "method",
}  # fmt: skip
"""Attributes by their older names."""

_MASKED = frozenset({FAKE, HASH, CHAR, LABEL, STRING, ENCRYPT, DECRYPT})
_REQUIRED = {
    STRING: ("string",),
    FORMAT: ("pattern",),
    COMBINE: ("field_name",),
    CONDITIONAL: ("field_name", "regex"),
    DATES: ("min", "max"),
    NUMBERS: ("min", "max"),
}
WITHOUT_EFFECT = frozenset({"aes_mode", "float_precision"})
"""Attributes of older engines that are known and change nothing here."""


class NamedTransform(msgspec.Struct, frozen=True):
    """A transform as the engine runs it: one of TYPES, with its attributes by their present names (null ones left out)."""

    type: str
    attrs: dict[str, Any] = {}


def plain_type(word: str) -> str | None:
    """The transform that a word of a configuration means: `RedactWithChar`, `redact_with_char`; None when it means none."""
    return _ALIASES.get(re.sub(r"[\W_]", "", word.lower()))


def named(given: dict[str, Any]) -> NamedTransform:
    """A checked transform of a configuration as the engine runs it."""
    word = str(given["type"])
    kind = plain_type(word)
    assert kind is not None
    attrs = {OLDER.get(key, key) if key not in known_attributes(kind) else key: value for key, value in (given.get("attrs") or {}).items()}
    plain = re.sub(r"[\W_]", "", word.lower())
    if plain in ("maskafter", "maskuntil"):
        mark = attrs.pop("string", None)
        attrs.setdefault("mask_after" if plain == "maskafter" else "mask_until", mark)
    if plain == "fpefloat":
        attrs.setdefault("float", True)
    return NamedTransform(kind, {key: value for key, value in attrs.items() if value is not None})


def known_attributes(kind: str) -> dict[str, str]:
    """The attributes of a transform and what each must be."""
    masks = {"mask_after": _TEXT, "mask_until": _TEXT, "start_pos": _WHOLE, "end_pos": _WHOLE} if kind in _MASKED else {}
    return ATTRIBUTES[kind] | masks


def required_attributes(kind: str, word: str) -> tuple[str, ...]:
    """The attributes without which a transform, written as `word`, means nothing."""
    plain = re.sub(r"[\W_]", "", word.lower())
    return ("mask_after",) if plain == "maskafter" else ("mask_until",) if plain == "maskuntil" else _REQUIRED.get(kind, ())


def fits(value: Any, kind: str) -> bool:
    """Whether the value of an attribute is what it must be."""
    if kind == _ANY:
        return True
    if kind == _FLAG:
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == _NUMBER:
        return isinstance(value, (int, float)) and abs(value) < 1e18
    if kind == _WHOLE:
        return isinstance(value, int) and abs(value) <= 1_000_000
    if kind == "min, max or avg":
        return value in ("min", "max", "avg")
    if isinstance(value, str):
        return len(value) <= 4096
    return (
        kind != _TEXT
        and isinstance(value, list)
        and 0 < len(value) <= 100
        and all(isinstance(one, str) and len(one) <= 4096 for one in value)
    )
