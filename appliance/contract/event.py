"""Events: what a worker tells while it works. One JSON object a line in `events.jsonl`; the byte offset of its line is its id.

No event holds a value of the training data: text comes from the worker's own sentences with counts, kinds, durations and column names.
"""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.contract.foreign import Moment, check_levels, decode

EventValue = str | int | float | bool | None


class Log(msgspec.Struct, frozen=True, tag="log", tag_field="type"):
    """A sentence for people. `ctx` are its values; `stage`: `pre`, `train`, `pre_run`, `run` or `post`."""

    ts: Moment
    level: str
    stage: str
    msg: str
    ctx: dict[str, EventValue] = {}


class Progress(msgspec.Struct, frozen=True, tag="progress", tag_field="type"):
    """`done` of `total` units of a stage; `eta_s` seconds to go when known."""

    ts: Moment
    stage: str
    done: float
    total: float
    eta_s: float | None = None


class Metric(msgspec.Struct, frozen=True, tag="metric", tag_field="type"):
    """A number worth a curve, such as the out-of-sample loss of one column."""

    ts: Moment
    name: str
    value: float
    ctx: dict[str, EventValue] = {}


class Resource(msgspec.Struct, frozen=True, tag="resource", tag_field="type"):
    """What the process group uses now: CPU seconds so far, resident bytes, GPU memory bytes. Doubles as the heartbeat."""

    ts: Moment
    cpu_s: float
    rss: int
    gpu: int = 0


class ResolvedConfiguration(msgspec.Struct, frozen=True, tag="resolved_configuration", tag_field="type"):
    """The configuration with every `auto` resolved."""

    ts: Moment
    configuration: dict[str, Any]

    def __post_init__(self) -> None:
        check_levels(self.configuration)


class ArtifactReady(msgspec.Struct, frozen=True, tag="artifact", tag_field="type"):
    """An artifact was finished (such as the ten early rows)."""

    ts: Moment
    kind: str
    name: str
    size: int
    sha256: str


Event = Log | Progress | Metric | Resource | ResolvedConfiguration | ArtifactReady

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode_event(event: Event) -> bytes:
    """One line, newline included."""
    return _encoder.encode(event) + b"\n"


def decode_event(line: bytes) -> Event:
    """The event of one line. Raises `msgspec.DecodeError`."""
    return decode(line, _decoder)


def decode_events(lines: bytes) -> list[Event]:
    """The events of whole lines; a half-written last line (a worker died writing it) is left out.

    Raises `msgspec.DecodeError`."""
    whole = lines[: lines.rfind(b"\n") + 1]
    return [decode_event(line) for line in whole.splitlines() if line]
