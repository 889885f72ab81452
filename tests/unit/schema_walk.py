"""A small reader of JSON Schema: as much of draft 2020-12 as the report's schema uses; anything else in a schema is an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KNOWN = {
    "$schema", "$id", "$ref", "$defs", "title", "description", "type", "enum", "const", "properties", "required", "additionalProperties",
    "items", "prefixItems", "minItems", "maxItems", "minimum", "maximum", "anyOf", "pattern",
}  # fmt: skip
TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None),
}  # fmt: skip


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "$", *, strict: bool = False) -> Iterator[str]:
    """What in `value` breaks the schema; `strict` also tells keys that the schema does not describe."""
    assert set(schema) <= KNOWN, f"{path}: unknown words of the schema {set(schema) - KNOWN}"
    if "$ref" in schema:
        yield from faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, path, strict=strict)
        return
    if "anyOf" in schema:
        tried = [list(faults(value, one, root, path, strict=strict)) for one in schema["anyOf"]]
        yield from min(tried, key=len) if all(tried) else []
        return
    if "type" in schema and not _typed(value, schema["type"]):
        yield f"{path}: {type(value).__name__} is not {schema['type']}"
        return
    yield from _simple(value, schema, path)
    if isinstance(value, dict):
        yield from _object(value, schema, root, path, strict=strict)
    elif isinstance(value, list):
        yield from _array(value, schema, root, path, strict=strict)


def _typed(value: Any, wanted: str | list[str]) -> bool:
    for word in [wanted] if isinstance(wanted, str) else wanted:
        if isinstance(value, TYPES[word]) and not (isinstance(value, bool) and word in ("integer", "number")):
            return True
    return False


def _simple(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: {value!r} is not {schema['const']!r}"
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{path}: {value} is out of range"


def _object(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], path: str, *, strict: bool) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (f"{path}: {key} is missing" for key in schema.get("required", []) if key not in value)
    rest = schema.get("additionalProperties")
    for key, inner in value.items():
        if key in known:
            yield from faults(inner, known[key], root, f"{path}.{key}", strict=strict)
        elif isinstance(rest, dict):
            yield from faults(inner, rest, root, f"{path}.{key}", strict=strict)
        elif rest is False or (strict and rest is None):
            yield f"{path}: {key} is not described"


def _array(value: list[Any], schema: dict[str, Any], root: dict[str, Any], path: str, *, strict: bool) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0) or len(value) > schema.get("maxItems", len(value)):
        yield f"{path}: {len(value)} items"
    first = schema.get("prefixItems", [])
    for i, inner in enumerate(value):
        described = first[i] if i < len(first) else schema.get("items")
        if described is not None:
            yield from faults(inner, described, root, f"{path}[{i}]", strict=strict)
