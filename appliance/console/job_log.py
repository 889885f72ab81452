"""The events of a job by byte range: from both ends, filtered, searched. Beyond the run directory's days the stored log answers."""

from __future__ import annotations

import asyncio
import gzip
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from appliance.clock import Clock
from appliance.console.event_file import Block, Marks, begins_line, blocks_after, blocks_before
from appliance.contract.event import Event, Log, decode_event
from appliance.contract.foreign import decode
from appliance.contract.run_directory import open_plain
from appliance.control_plane.api.answers import JSON_TYPE, Answer, encode
from appliance.control_plane.api.job_wire import run_directory
from appliance.control_plane.api.jobs import LEVELS, find_job
from appliance.control_plane.api.routes import Action, Call, Route
from appliance.control_plane.artifact_store.logs import LogEntry
from appliance.control_plane.store.jobs import Job
from appliance.errors import BadRequest

TYPES = ("log", "progress", "metric", "resource", "artifact", "resolved_configuration")
MOST_EVENTS, MOST_ANSWER_BYTES = 10_000, 2 << 20
MOST_QUERY = 200
PATIENCE_S = 0.4
"""Of one answer, in which lines are looked through; `next` and `searched` say how far it came."""
_PLACE = re.compile(r"\d{1,16}", re.ASCII)
_PLAIN = re.compile(r"[ !#-.0-\[\]-~]+")
"""What JSON writes in one way only."""
_stored_decoder = msgspec.json.Decoder(LogEntry)


class Source(msgspec.Struct, frozen=True):
    """A file of events, open, how large it is, and how a line of it is read. `name`: `events` of the run directory, or the stored `log`."""

    name: str
    file: BinaryIO
    size: int
    read: Callable[[bytes], Event]


class Wanted(msgspec.Struct, frozen=True):
    """Which events are asked for: `types` (empty: all), the least level of log events, and a text in their messages (lower case)."""

    types: frozenset[str] = frozenset()
    level: int = 0
    text: str = ""

    def has(self, event: Event) -> bool:
        """Whether it is one of them."""
        if self.types and event.__struct_config__.tag not in self.types:
            return False
        if not isinstance(event, Log):
            return not self.text
        return rank(event.level) >= self.level and (not self.text or self.text in event.msg.lower())

    def marks(self, stored: bool) -> Marks:
        """What a line must hold to be one of them."""
        if plain := max(_PLAIN.findall(self.text), key=len, default="") if self.text.isascii() else "":
            return Marks((plain.encode(),), loose=True)
        if self.level >= LEVELS.index("warning") and (stored or self.types == {"log"}):
            return Marks(tuple(b'"%s"' % level.encode() for level in LEVELS[self.level :]))
        if self.types and not stored:
            return Marks(tuple(b'"%s"' % name.encode() for name in sorted(self.types)))
        return Marks()


class Range(msgspec.Struct, frozen=True):
    """What is asked of a file: events that end after byte `after`, at or before byte `before`; from the end where `backward`."""

    after: int
    before: int
    limit: int
    backward: bool
    wanted: Wanted


class Found(msgspec.Struct):
    """The encoded events of a range of whole lines, from byte `first` to `next`; matches of a text were counted up to byte `searched`."""

    first: int
    next: int
    events: list[bytes] = []
    matches: int = 0
    searched: int = 0


async def read_events(call: Call) -> Answer:
    """Events of whole lines, oldest first, each with its `id`: the `after` from which the next is read, and the place of a permalink.

    `first` and `next` are the ends of what was looked through: the `before` and the `after` to go on from. `size`: bytes that are there
    now; `final`: nothing will be added; `source`: `events`, `log` (the stored log, with places of its own, once the run directory is
    gone) or `none`; `attempt`: whose events these are. With `q`, `matches` of them lie between `after` and `searched`. Raises BadRequest
    where `after` begins no event."""
    job = find_job(call)
    asked = _asked(call)
    path = run_directory(call, job).events
    stored = call.services.files.output_path(job.uid, "logs.json.gz") if is_over(job) else None
    return await asyncio.to_thread(_answer, path, stored, asked, job, call.services.clock)


def is_over(job: Job) -> bool:
    """Whether its worker is dead, so that nothing will be added to what it told."""
    return job.state.final and not job.stopping


def _asked(call: Call) -> Range:
    level = call.query_choice("level", LEVELS, LEVELS[0])
    types = frozenset(call.query_list("types"))
    text = call.query("q")
    if not types <= set(TYPES):
        raise BadRequest(f"`types` must be of {', '.join(TYPES)}.")
    if len(text) > MOST_QUERY:
        raise BadRequest(f"`q` may have {MOST_QUERY} characters at most.")
    backward = bool(call.query("before")) and not call.query("after")
    wanted = Wanted(types, LEVELS.index(level), text.lower())
    before = _place(call, "before", (1 << 53) - 1)
    return Range(_place(call, "after", 0), before, call.query_int("limit", 1000, MOST_EVENTS), backward, wanted)


def _place(call: Call, name: str, default: int) -> int:
    text = call.query(name)
    if text and not _PLACE.fullmatch(text):
        raise BadRequest(f"`{name}` must be a byte of the event file: a whole number, 0 or more.")
    return int(text) if text else default


def _answer(path: Path, stored: Path | None, asked: Range, job: Job, clock: Clock) -> Answer:
    source = open_source(path, stored)
    if source is None:
        return _answered("none", 0, job, Found(asked.after, asked.after))
    with source.file:
        try:
            if not begins_line(source.file, asked.after):
                raise BadRequest("`after` is not a place where an event begins; use the `next` of an earlier answer.")
            found = look_through(source, asked, clock)
        except (OSError, EOFError, zlib.error):  # the stored log is damaged
            return _answered("none", 0, job, Found(asked.after, asked.after))
    return _answered(source.name, source.size, job, found)


def _answered(name: str, size: int, job: Job, found: Found) -> Answer:
    rest = {"first": found.first, "next": found.next, "size": size, "final": is_over(job), "source": name, "attempt": job.attempt}
    rest |= {"matches": found.matches, "searched": found.searched}
    body = b'{"events":[' + b",".join(found.events) + b"]," + encode(rest)[1:]
    return Answer(body, 200, ((b"content-type", JSON_TYPE), (b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")))


def open_source(path: Path, stored: Path | None) -> Source | None:
    """The event file, else the stored log of a job that is over, else None."""
    try:
        file = open_plain(path)
        return Source("events", file, file.seek(0, 2), decode_event)
    except OSError:
        pass
    try:
        if stored is None:
            return None
        with open_plain(stored) as packed:
            packed.seek(-4, 2)
            size = struct.unpack("<I", packed.read(4))[0]  # a gzip file ends with the size of what is in it
        return Source("log", cast(BinaryIO, gzip.open(stored)), size, _of_stored)
    except (OSError, struct.error):
        return None


def _of_stored(line: bytes) -> Event:
    entry = decode(line, _stored_decoder)
    return Log(datetime.fromisoformat(entry.ts).timestamp(), entry.level, entry.stage, entry.msg, entry.ctx)


def look_through(source: Source, asked: Range, clock: Clock) -> Found:
    """Collect what is asked for, until there is enough of it or patience ends. Raises what reading the file raises."""
    end = min(asked.before, source.size)
    until = clock.monotonic() + PATIENCE_S
    if asked.backward:
        return _backward(source, asked, end, lambda: clock.monotonic() > until)
    return _forward(source, asked, end, lambda: clock.monotonic() > until)


def _forward(source: Source, asked: Range, end: int, tired: Callable[[], bool]) -> Found:
    found, size = Found(asked.after, asked.after, searched=asked.after), 0
    full = asked.limit == 0
    for block in blocks_after(source.file, asked.after, end):
        for place, encoded in _events(source, asked.wanted, block):
            found.matches += 1
            if not full:
                found.events.append(encoded)
                size += len(encoded)
                found.next = place
                full = len(found.events) == asked.limit or size > MOST_ANSWER_BYTES
            if full and not asked.wanted.text:
                return found
        found.searched = block[0] + len(block[1])
        found.next = found.next if full else found.searched
        if tired():
            break
    return found


def _backward(source: Source, asked: Range, end: int, tired: Callable[[], bool]) -> Found:
    found, size = Found(0, end), 0
    newest: list[bytes] = []
    ends: list[int] = []
    marks = asked.wanted.marks(source.name == "log")
    for begin, content in blocks_before(source.file, asked.after, end):
        ends.append(begin + len(content))
        found.first = begin
        for place, line in reversed(list(marks.lines((begin, content)))):
            event = _decoded(source, asked.wanted, line)
            if event is None:
                continue
            newest.append(with_id(place, event))
            size += len(newest[-1])
            found.first = place - len(line)
            if len(newest) >= asked.limit or size > MOST_ANSWER_BYTES:
                break
        else:
            found.first = begin
            if tired():
                break
            continue
        break
    else:
        found.first = asked.after
    found.events, found.next, found.matches = newest[::-1], ends[0] if ends else found.first, len(newest)
    return found


def _events(source: Source, wanted: Wanted, block: Block) -> Iterator[tuple[int, bytes]]:
    for place, line in wanted.marks(source.name == "log").lines(block):
        event = _decoded(source, wanted, line)
        if event is not None:
            yield place, with_id(place, event)


def _decoded(source: Source, wanted: Wanted, line: bytes) -> Event | None:
    try:
        event = source.read(line)
    except (msgspec.DecodeError, ValueError):
        return None
    return event if wanted.has(event) else None


def with_id(place: int, event: Event) -> bytes:
    """An event as JSON, its id first. Encoded anew: a line may hold anything beside what an event has."""
    return b'{"id":%d,%b' % (place, encode(event)[1:])


def rank(level: str) -> int:
    """How grave a level is; one that nobody knows is `info`."""
    return LEVELS.index(level if level in LEVELS else "info")


_QUERY = {
    "after": "byte to go on from, where an event begins (an id, or `next` of an earlier answer)",
    "before": "any byte: events that end at or before it; alone, the last `limit` of them; past the end it means the end",
    "limit": "at most this many events",
    "level": "least level of log events",
    "types": f"comma-separated, of {', '.join(TYPES)}",
    "q": "text in the messages of log events, in any case; answers their number too",
}

ROUTES = (
    Route("GET", "/v1/appliance/jobs/{job_uid:str}/events", Action.MODEL_READ, read_events, "Events of a job by byte range", query=_QUERY),
)
