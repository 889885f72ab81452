"""Changes of a configuration: what they mean is what they do to its document."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from appliance.configurations.document import MAX_DEPTH, Loc
from appliance.errors import BadRequest

Key = Annotated[str, msgspec.Meta(max_length=4096)] | Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class Change(msgspec.Struct, frozen=True):
    """Set what stands at `loc` to `value`, making the objects on the way, or `remove` it. A list's length as an index appends."""

    loc: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1, max_length=MAX_DEPTH)]
    value: Any = None
    remove: bool = False


def changed(value: Any, loc: Loc, change: Change) -> Any:
    """`value` with the change made at `loc` below it; nothing of `value` itself changes. Raises BadRequest where there is no such place."""
    if not loc:
        return change.value
    key, rest = loc[0], loc[1:]
    if isinstance(value, list):
        return _changed_list(value, key, rest, change)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"There is no place for '{str(key)[:64]}': what would hold it is neither an object nor a list.")
    found, name = dict(value or {}), str(key)
    if change.remove and (not rest or name not in found):
        found.pop(name, None)
        return found if found or value is not None else value
    found[name] = changed(found.get(name), rest, change)
    return found


def _changed_list(value: list[Any], key: str | int, rest: Loc, change: Change) -> list[Any]:
    if not isinstance(key, int) or key > len(value):
        raise BadRequest(f"A list of {len(value)} has no place '{str(key)[:64]}'.")
    if change.remove and (not rest or key == len(value)):
        return value[:key] + value[key + 1 :]
    item = changed(value[key] if key < len(value) else None, rest, change)
    return [*value[:key], item, *value[key + 1 :]]
