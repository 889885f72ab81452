"""The fields of a form for a model type, from the keys that its Section declares: kinds, choices, bounds, defaults."""

from __future__ import annotations

import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from appliance.configurations.document import Loc
from appliance.configurations.kinds import Column
from appliance.configurations.model_type import ModelType
from appliance.configurations.section import Section
from appliance.configurations.walk import describe

FIRST = (
    *("generate.num_records", "params.num_records", "params.epsilon", "privacy_params.dp", "privacy_params.epsilon"),
    *("task.type", "params.target", "labels", "use_nlp", "globals.locales", "globals.classify.enable", "globals.ner.ner_threshold"),
    *("globals.lock_columns", "privacy_filters.outliers", "privacy_filters.similarity"),
    *("group_training_examples_by", "order_training_examples_by", "appliance.target", "appliance.drop_columns", "appliance.seed"),
)
"""Keys that most people want to see, in this order; those that a model type has. The others come behind them."""

_CHOSEN_ELSEWHERE = frozenset({"data_source", "ref_data", "appliance.repairs"})
_NOT_GIVEN = object()


class Field(msgspec.Struct, frozen=True):
    """One key of a model type that has an effect.

    `key`: its dotted path below the model type, `loc` the whole path. `kind`: `choice`, `boolean`, `integer`, `number`, `text`, `column`,
    `columns`, `list` (of texts or numbers) or `object`, which only the text can hold. `choices`: values that it may have, besides those of
    its kind where that is no choice. `takes` is its kind in words. `value` is what the text says (`given`), else the default."""

    loc: Loc
    key: str
    kind: str
    takes: str
    default: Any
    value: Any
    given: bool
    first: bool
    choices: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None
    nullable: bool = False


class _Key(msgspec.Struct, frozen=True):
    path: tuple[str, ...]
    kind: str
    takes: str
    default: Any
    choices: tuple[Any, ...]
    least: float | None
    most: float | None
    nullable: bool


def fields_of(kind: type[ModelType], section: Any, loc: Loc) -> list[Field]:
    """The fields of a model type with the values of `section`, as it was given; `loc` is the section's place. The first ones come first."""
    return [_field(key, section, loc) for key in _ordered(kind)]


def _field(key: _Key, section: Any, loc: Loc) -> Field:
    value = section
    for name in key.path:
        value = value.get(name, _NOT_GIVEN) if isinstance(value, dict) else _NOT_GIVEN
    given, dotted = value is not _NOT_GIVEN, ".".join(key.path)
    return Field(
        loc=(*loc, *key.path),
        key=dotted,
        kind=key.kind,
        takes=key.takes,
        default=key.default,
        value=value if given else key.default,
        given=given,
        first=dotted in FIRST,
        choices=key.choices,
        least=key.least,
        most=key.most,
        nullable=key.nullable,
    )


@cache
def _ordered(kind: type[ModelType]) -> tuple[_Key, ...]:
    keys = {".".join(key.path): key for key in _keys(kind, kind(), ())}
    first = [keys.pop(name) for name in FIRST if name in keys]
    return (*first, *(key for name, key in keys.items() if name not in _CHOSEN_ELSEWHERE))


def _keys(kind: type[Section], defaults: Any, path: tuple[str, ...]) -> Iterator[_Key]:
    for declared in msgspec.structs.fields(kind):
        default = getattr(defaults, declared.name)
        here = (*path, declared.name)
        if isinstance(default, Section):
            yield from _keys(type(default), default, here)
        elif declared.name in kind.used:
            yield _key(declared.type, default, here)


def _key(declared: Any, default: Any, path: tuple[str, ...]) -> _Key:
    parts = _parts(declared)
    choices = tuple(value for part in parts if get_origin(part) is Literal for value in get_args(part))
    kinds = [_kind(part) for part in parts if get_origin(part) is not Literal and part is not type(None)]
    kind = "text" if "text" in kinds else kinds[0] if kinds else "choice"
    if kind == "boolean" and choices:
        kind, choices = "choice", (*choices, True, False)
    if kind == "object" and choices:  # an object may stand there too, in the text
        kind = "choice"
    bounds = [meta for part in parts for meta in getattr(part, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    return _Key(
        path=path,
        kind=kind,
        takes=describe(declared),
        default=msgspec.to_builtins(default),
        choices=choices,
        least=next((end for meta in bounds for end in (meta.ge, meta.gt) if end is not None), None),
        most=next((end for meta in bounds for end in (meta.le, meta.lt) if end is not None), None),
        nullable=type(None) in parts,
    )


def _parts(declared: Any) -> list[Any]:
    if get_origin(declared) in (Union, types.UnionType):
        return [part for inner in get_args(declared) for part in _parts(inner)]
    return [declared]


def _kind(part: Any) -> str:
    if part == Column:
        return "column"
    if part == list[Column]:
        return "columns"
    bare = get_args(part)[0] if get_origin(part) is Annotated else part
    if get_origin(bare) is list:
        return "list" if get_args(bare)[0] is not Any else "object"
    return {bool: "boolean", int: "integer", float: "number", str: "text"}.get(bare, "object")
