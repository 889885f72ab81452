"""The transforms of a rule of the first language: their types, their attributes, and what attributes say together."""

from __future__ import annotations

from typing import Any

from appliance.configurations.document import Loc
from appliance.configurations.label_predictors import pattern_fault
from appliance.configurations.policy_words import (
    BUCKETS,
    CONDITIONAL,
    DECRYPT,
    ENCRYPT,
    FORMAT,
    HASH,
    OLDER,
    TYPES,
    WITHOUT_EFFECT,
    fits,
    known_attributes,
    named,
    plain_type,
    required_attributes,
)
from appliance.configurations.walk import Walk, nearest

_MOST_TRANSFORMS, _MOST_BUCKETS = 20, 1000
_DEEPEST = 3
_SHORTEST_HASH, _SAFE_HASH = 8, 16


def check_transform_list(walk: Walk, given: Any, loc: Loc, depth: int) -> list[dict[str, Any]]:
    """The transforms of a rule, or of a branch of a `conditional` inside one."""
    items = given if isinstance(given, list) else [given]
    if not 0 < len(items) <= _MOST_TRANSFORMS:
        walk.fault(loc, f"A rule needs a list of 1 to {_MOST_TRANSFORMS} transforms.")
    return [_transform(walk, item, (*loc, number), depth) for number, item in enumerate(items[:_MOST_TRANSFORMS])]


def _transform(walk: Walk, given: Any, loc: Loc, depth: int) -> dict[str, Any]:
    item = {"type": given} if isinstance(given, str) else given
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        walk.fault(loc, "A transform must be an object with the keys type and attrs.")
        return {"type": "passthrough", "attrs": None}
    walk.unknown(item, ("type", "attrs"), loc)
    kind, attrs = plain_type(item["type"]), item.get("attrs")
    if kind is None:
        walk.fault((*loc, "type"), f"'{item['type'][:64]}' is not a known transform{nearest(item['type'], TYPES)}.")
        return {"type": "passthrough", "attrs": None}
    if attrs is not None and not isinstance(attrs, dict):
        walk.fault((*loc, "attrs"), "attrs must be an object.")
        attrs = None
    _check_attributes(walk, kind, item["type"], attrs or {}, (*loc, "attrs"), depth)
    return {"type": item["type"], "attrs": attrs}


def _check_attributes(walk: Walk, kind: str, word: str, attrs: dict[str, Any], loc: Loc, depth: int) -> None:
    known = known_attributes(kind)
    older = {old: new for old, new in OLDER.items() if new in known or (kind == "redact_with_char" and new == "string")}
    walk.unknown(attrs, (*known, *older), loc)
    for key, value in attrs.items():
        kind_of = known.get(older.get(key, key) if key not in known else key, "a text")
        if value is not None and (key in known or key in older) and not fits(value, kind_of):
            walk.fault((*loc, key), f"{key} must be {kind_of}.")
    sound = {key: value for key, value in attrs.items() if key not in known or value is None or fits(value, known[key])}
    final = named({"type": word, "attrs": sound}).attrs
    for key in required_attributes(kind, word):
        if key not in final and key not in attrs:
            walk.fault((*loc, key), f"{word[:64]} needs the attribute {key}.")
    walk.ignored.extend(f"policies: {word[:64]}.{key}" for key in final if key in WITHOUT_EFFECT)
    _check_values(walk, kind, final, loc, depth)


def _check_values(walk: Walk, kind: str, attrs: dict[str, Any], loc: Loc, depth: int) -> None:
    """What attributes say together."""
    low, high = attrs.get("min"), attrs.get("max")
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
        walk.fault((*loc, "max"), "max is below min.")
    if kind == HASH:
        _check_length(walk, attrs.get("length", 32), loc)
    if kind in (ENCRYPT, DECRYPT) and not 2 <= attrs.get("radix", 10) <= 62:
        walk.fault((*loc, "radix"), "radix must be from 2 to 62.")
    if kind == BUCKETS:
        _check_buckets(walk, attrs, loc)
    for key in ("regex", "pattern") if kind in (CONDITIONAL, FORMAT) else ():
        fault = pattern_fault(attrs[key]) if isinstance(attrs.get(key), str) else ""
        if fault:
            walk.fault((*loc, key), fault)
    if kind == CONDITIONAL:
        _check_branches(walk, attrs, loc, depth)


def _check_length(walk: Walk, length: int, loc: Loc) -> None:
    if not _SHORTEST_HASH <= length <= 64:
        walk.fault((*loc, "length"), f"length must be from {_SHORTEST_HASH} to 64: shorter hashes collide.")
    elif length < _SAFE_HASH:
        walk.warnings.append(
            f"hash of length {length}: among {_often(length)} distinct values two are likely to get the same hash; "
            f"{_SAFE_HASH} characters keep them apart."
        )


def _often(length: int) -> str:
    """Distinct values among which two share a hash of so many hex characters with a chance of one half."""
    return f"{round(1.18 * 4.0**length / 10 ** (len(str(4**length)) - 2)) * 10 ** (len(str(4**length)) - 2):,}"


def _check_branches(walk: Walk, attrs: dict[str, Any], loc: Loc, depth: int) -> None:
    branches = [key for key in ("true_transforms", "false_transforms") if attrs.get(key) is not None]
    if not branches or depth >= _DEEPEST:
        walk.fault(loc, f"conditional needs true_transforms, false_transforms or both, and may hold another {_DEEPEST} deep.")
    for key in branches if depth < _DEEPEST else ():
        check_transform_list(walk, attrs[key], (*loc, key), depth + 1)


def _check_buckets(walk: Walk, attrs: dict[str, Any], loc: Loc) -> None:
    buckets = attrs.get("buckets")
    if buckets is None:
        if not isinstance(attrs.get("nearest"), (int, float)) or attrs["nearest"] <= 0:
            walk.fault((*loc, "nearest"), "A bucket needs nearest, its width above 0, or a list of buckets.")
        return
    if not isinstance(buckets, list) or not 0 < len(buckets) <= _MOST_BUCKETS:
        walk.fault((*loc, "buckets"), "buckets must be a list of objects with the keys min, max and label.")
        return
    for number, bucket in enumerate(buckets):
        bounds = [bucket.get("min"), bucket.get("max")] if isinstance(bucket, dict) else [None]
        if not all(isinstance(bound, (int, float)) and not isinstance(bound, bool) for bound in bounds) or bucket.get("label") is None:
            walk.fault((*loc, "buckets", number), "A bucket must be an object with min and max, numbers, and label.")
