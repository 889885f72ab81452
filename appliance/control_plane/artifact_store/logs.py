"""A job's log as clients read it: the worker's `log` events, numbered in the order of their file. Append only: an index into it stays good.

Progress, metrics and resources are no log lines: they are read by byte range from the event file itself."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import msgspec

from appliance.clock import timestamp
from appliance.contract.event import EventValue
from appliance.contract.foreign import decode
from appliance.contract.run_directory import open_plain

MOST_LOG_BYTES = 64 << 20
"""Of a job's events, of which its log is made."""
MOST_SHOWN = 20_000
GOES_ON = "The log goes on; the job's log artifact holds all of it."


class LogEntry(msgspec.Struct, frozen=True):
    """One line of a job's log on the wire and in `logs.json.gz`."""

    seq: int
    ts: str
    stage: str
    level: str
    msg: str
    ctx: dict[str, EventValue]


class _Line(msgspec.Struct):
    type: str = ""
    ts: float = 0.0
    level: str = "info"
    stage: str = ""
    msg: str = ""
    ctx: dict[str, EventValue] = {}


_LOG_MARK = b'"log"'
_line_decoder = msgspec.json.Decoder(_Line)
_encoder = msgspec.json.Encoder()


def entries_of_events(path: Path) -> list[LogEntry]:
    """The log so far of a run directory's `events.jsonl`; empty when there is none. A half-written last line waits for the next call."""
    try:
        with open_plain(path) as file:
            lines = file.read(MOST_LOG_BYTES).splitlines(keepends=True)
    except OSError:
        return []
    events = _log_events(line for line in lines if line.endswith(b"\n"))
    return [LogEntry(seq, timestamp(event.ts), event.stage, event.level, event.msg, event.ctx) for seq, event in enumerate(events)]


def shown(entries: list[LogEntry]) -> list[LogEntry]:
    """What an answer holds of a log: its first 20,000 entries and, in place of the next, one that says that it goes on."""
    return entries if len(entries) <= MOST_SHOWN else [*entries[:MOST_SHOWN], _goes_on(entries[MOST_SHOWN])]


def archive_as_json(path: Path) -> bytes:
    """The log of a settled job as `shown`, one JSON array: its lines are entries as they stand. An empty array when there is none."""
    try:
        with gzip.open(path, "rb") as file:
            lines = list(islice(file, MOST_SHOWN + 1))
        if len(lines) > MOST_SHOWN:
            lines[MOST_SHOWN] = _encoder.encode(_goes_on(msgspec.json.decode(lines[MOST_SHOWN], type=LogEntry)))
        return b"[" + b",".join(line.rstrip() for line in lines) + b"]"
    except (OSError, EOFError):
        return b"[]"


def pack(entries: Iterable[LogEntry]) -> bytes:
    """`logs.json.gz`: one JSON object a line, gzip without a time, so that equal logs are equal bytes."""
    return gzip.compress(_encoder.encode_lines(list(entries)), mtime=0)


def _goes_on(entry: LogEntry) -> LogEntry:
    return msgspec.structs.replace(entry, level="info", msg=GOES_ON, ctx={})


def _log_events(lines: Iterable[bytes]) -> Iterable[_Line]:
    for line in lines:
        with contextlib.suppress(msgspec.DecodeError):
            if _LOG_MARK in line and (event := decode(line, _line_decoder)).type == "log":
                yield event
