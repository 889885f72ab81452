"""Bytes that somebody else wrote, such as a worker or a client: whatever they hold, reading them fails in one way only."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec

from appliance.clock import LATEST

T = TypeVar("T")
MOST_LEVELS = 100
"""Of a configuration inside an outcome or event; a real one has about five."""

Moment = Annotated[float, msgspec.Meta(ge=0, le=LATEST)]
"""Seconds since the epoch that have a date."""

ProcessId = Annotated[int, msgspec.Meta(gt=0, lt=1 << 31)]
"""What can be asked of the kernel without an overflow."""


def decode(content: bytes, kind: type[T] | msgspec.json.Decoder[T]) -> T:
    """`content` as a `kind` (a decoder where there is much to decode). Raises `msgspec.DecodeError`, and nothing else."""
    try:
        return (kind if isinstance(kind, msgspec.json.Decoder) else msgspec.json.Decoder(kind)).decode(content)
    except UnicodeDecodeError:
        raise msgspec.DecodeError("JSON is not UTF-8") from None
    except RecursionError:
        raise msgspec.DecodeError("JSON is nested too deeply") from None


def check_levels(value: Any) -> None:
    """Raises ValueError for a value that is nested so deeply that it might be read but not written again."""
    level = [value]
    for _ in range(MOST_LEVELS):
        containers = [each for each in level if isinstance(each, dict | list)]
        level = [inner for each in containers for inner in (each.values() if isinstance(each, dict) else each)]
        if not level:
            return
    raise ValueError("nested too deeply")
