"""Walks a given object beside its Section, leaf by leaf: fills defaults in, lists every fault, names keys without effect.

`msgspec.convert` stops at the first fault, so it is asked about one leaf at a time."""

from __future__ import annotations

import difflib
import functools
import types
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from appliance.configurations.section import Section
from appliance.errors import Fault

MAX_FAULTS = 200

Loc = tuple[str | int, ...]


class Walk:
    """One pass over a document. `faults`, `ignored` and `warnings` grow as it goes; `ignored` holds paths below the model type, dotted."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.ignored: list[str] = []
        self.warnings: list[str] = []

    def fault(self, loc: Loc, msg: str) -> None:
        """Note a fault (at most MAX_FAULTS are kept)."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(loc, msg))

    def section(self, kind: type[Section], given: Any, loc: Loc, path: str = "") -> dict[str, Any]:
        """`given` as a whole object of `kind`, every default filled in."""
        if given is None:
            given = {}
        if not isinstance(given, dict):
            self.fault(loc, f"{_name(loc)} must be an object with keys such as {_examples(kind.__struct_fields__)}.")
            given = {}
        self.unknown(given, kind.__struct_fields__, loc)
        return {field.name: self._field(kind, field, given, loc, path) for field in _fields(kind)}

    def unknown(self, given: dict[str, Any], known: Iterable[str], loc: Loc) -> None:
        """A fault for each key of `given` that is not known, with the nearest name that is."""
        names = list(known)
        for key in given:
            if len(self.faults) >= MAX_FAULTS:  # the nearest name takes a while to find
                return
            if key not in names:
                self.fault((*loc, key[:64]), f"{_quoted(key)} is not a known key{nearest(key, names)}.")

    def leaf(self, kind: Any, value: Any, loc: Loc, default: Any) -> Any:
        """`value` as `kind`; numbers may come as text (YAML 1.1 reads `5e-4` as one). After a fault, `default`."""
        try:
            converted = msgspec.convert(value, kind, strict=isinstance(value, bool))
        except (msgspec.ValidationError, OverflowError):
            self.fault(loc, f"{_name(loc)} must be {describe(kind)}.")
            return default
        if isinstance(converted, float) and converted - converted != 0:
            self.fault(loc, f"{_name(loc)} must be a finite number.")
            return default
        return converted

    def _field(self, kind: type[Section], field: msgspec.structs.FieldInfo, given: dict[str, Any], loc: Loc, path: str) -> Any:
        default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        value, here, dotted = given.get(field.name), (*loc, field.name), f"{path}{field.name}"
        inner = _section_of(field.type)
        if inner is not None:
            if value is None and not isinstance(default, Section):
                return default
            return self.section(inner, value, here, f"{dotted}.")
        if value is None:
            return None if field.name in given and _nullable(field.type) else msgspec.to_builtins(default)
        if field.name not in kind.used:
            self.ignored.append(dotted)
        return self.leaf(field.type, value, here, msgspec.to_builtins(default))


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`-like words for a mistyped name, or what there is when nothing is near."""
    names = sorted(known)
    close = difflib.get_close_matches(name[:64], names, n=1, cutoff=0.6)
    if close:
        return f"; the nearest known one is {_quoted(close[0])}"
    return f"; known ones are {', '.join(names)}" if names else ""


def describe(kind: Any) -> str:
    """What a leaf may be, in words: `"auto" or a whole number of at least 1`."""
    if get_origin(kind) is Annotated:
        base, *metas = get_args(kind)
        return describe(base) + "".join(_bounds(meta) for meta in metas if isinstance(meta, msgspec.Meta))
    if get_origin(kind) in (Union, types.UnionType):
        words = dict.fromkeys(describe(part) for part in get_args(kind))
        # Equal unions share the order of the one that was made first, so it must not show.
        return " or ".join(sorted(words, key=lambda one: (one == "null", one.startswith("a list"))))
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(_quoted, get_args(kind))) if len(get_args(kind)) > 1 else _quoted(get_args(kind)[0])
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        return "a list" if item is Any else f"a list of which each item is {describe(item)}"
    if get_origin(kind) is dict:
        return "an object"
    return _WORDS.get(kind, "a value")


_WORDS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", type(None): "null"}


def _bounds(meta: msgspec.Meta) -> str:
    words = [
        f"{phrase} {bound:,}" if isinstance(bound, int) else f"{phrase} {bound}"
        for phrase, bound in (("of at least", meta.ge), ("above", meta.gt), ("of at most", meta.le), ("below", meta.lt))
        if bound is not None
    ]
    if meta.min_length == meta.max_length and meta.min_length is not None:
        words.append(f"with exactly {meta.min_length} character" + ("s" if meta.min_length != 1 else ""))
    elif meta.min_length:
        words.append("that is not empty")
    return " " + " and ".join(words) if words else ""


@functools.cache
def _fields(kind: type[Section]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


def _nullable(kind: Any) -> bool:
    return type(None) in get_args(kind)


@cache
def _section_of(kind: Any) -> type[Section] | None:
    for part in (kind, *get_args(kind)):
        if isinstance(part, type) and issubclass(part, Section):
            return part
    return None


def _quoted(text: str) -> str:
    return f"'{text[:64]}'"


def _name(loc: Loc) -> str:
    return str(loc[-1])[:64] if loc else "The configuration"


def _examples(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:3])
