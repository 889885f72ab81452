"""What can be followed: the events of a job, the states of all jobs, the machine. One feed for all who follow it, read and encoded once.

A follower has a place in a feed and asks for what comes after it; the feed keeps nothing for anybody, so nobody can be too slow for it.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from appliance.console.event_file import BLOCK_BYTES, blocks_after, blocks_before
from appliance.console.job_log import is_over, with_id
from appliance.console.machine import machine_state
from appliance.console.rights import GONE, Rights
from appliance.contract.event import decode_event
from appliance.contract.run_directory import RunDirectory, open_plain
from appliance.control_plane.api.answers import encode
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.jobs import summary
from appliance.control_plane.api.services import Services
from appliance.control_plane.store import jobs, projects
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.statements import sql, value
from appliance.errors import BadRequest, NotFound

PIECE_BYTES = 256 << 10
"""Of an event file in one message, and what is read on the event loop."""
KEPT_BYTES = 1 << 20
"""Of encoded pieces that a job's feed keeps for those who are at the end of it."""
MOST_CHANGES = 50
"""That are told one by one: the job of each is read on the event loop, 0.2 ms. Who is further behind is told to load the list."""
MACHINE_S = 2.0
_NUMBERS = re.compile(r"\d{1,16}(\.\d{1,9}){0,2}", re.ASCII)
Place = tuple[int, ...]


class News(NamedTuple):
    """One message (a JSON object; empty: nothing to tell) and the place after it."""

    message: bytes
    place: Place


class Feed(Protocol):
    """Something to follow. `place_of` a text of a cursor (empty: none) raises BadRequest."""

    def admit(self, call: Call) -> None:
        """Raises where the caller may not follow it (any more)."""

    def place_of(self, text: str) -> Place:
        """The place that a cursor names."""

    async def look(self, changed: bool) -> bool:
        """Whether there is something new; `changed`: the database has changed since the last look."""

    async def news(self, call: Call, place: Place) -> News | None:
        """What comes next after a place, None when there is nothing yet."""


def numbers(text: str) -> Place:
    """The numbers of a place as a cursor holds them. Raises BadRequest."""
    if not _NUMBERS.fullmatch(text):
        raise BadRequest("The cursor names a place that cannot be; use the id of an earlier event.")
    return tuple(map(int, text.split(".")))


class JobFeed:
    """The events of one job. A place is (byte, attempt, whether its end was told): the bytes are of that attempt's event file."""

    def __init__(self, uid: str, services: Services, rights: Rights) -> None:
        self._uid, self._services, self._rights = uid, services, rights
        self._pieces: dict[int, tuple[int, bytes]] = {}
        self._attempt, self._end, self._over = -1, 0, False
        self._path = Path()
        self._find(first=True)

    def admit(self, call: Call) -> None:
        self._rights.check_job(call, self._uid)

    def place_of(self, text: str) -> Place:
        place = numbers(text) if text else (0,)
        return (*place, self._attempt, 0)[:3] if len(place) == 1 else (*place, 0)[:3]

    async def look(self, changed: bool) -> bool:
        moved = changed and self._find()
        try:
            size = os.stat(self._path).st_size
        except OSError:
            return moved
        if size <= self._end:
            return moved
        if size - self._end > PIECE_BYTES:
            found = await asyncio.to_thread(self._piece, self._end, size)
        else:
            found = self._piece(self._end, size)
        if found is None:
            return moved
        self._pieces[self._end] = found
        self._end = found[0]
        while len(self._pieces) > 1 and sum(len(piece) for _, piece in self._pieces.values()) > KEPT_BYTES:
            del self._pieces[next(iter(self._pieces))]
        return True

    async def news(self, call: Call, place: Place) -> News | None:
        byte, attempt, told = place
        if attempt != self._attempt:
            byte, attempt, told = 0, self._attempt, 0
        if byte < self._end:
            piece = self._pieces.get(byte)
            if piece is None:
                piece = await asyncio.to_thread(self._earlier, byte, self._end)
            return News(piece[1], (piece[0], attempt, 0))
        if self._over and not told:
            return News(self._message(byte, b"", byte, True), (byte, attempt, 1))
        return None

    def _find(self, *, first: bool = False) -> bool:
        """Look the job up; whether there is something to tell of it."""
        job = jobs.by_uid(self._services.store.read, self._uid)
        if job is None or job.deleted:
            if first:
                raise NotFound(GONE.format(self._uid))
            return True
        over, self._over = self._over, is_over(job)
        if job.attempt != self._attempt:
            self._attempt, self._pieces = job.attempt, {}
            self._path = RunDirectory(self._services.runs / f"{job.uid}.{job.attempt}").events
            self._end = _whole_bytes(self._path) if first else 0
        return self._over != over

    def _earlier(self, byte: int, end: int) -> tuple[int, bytes]:
        """A piece for somebody who is behind; the end of the file where nothing can be read of it any more."""
        return self._piece(byte, min(end, byte + PIECE_BYTES)) or self._piece(byte, end) or (end, b"")

    def _piece(self, byte: int, end: int) -> tuple[int, bytes] | None:
        """Where the whole lines from a byte on end, and their message; None when there are none (yet). Raises BadRequest."""
        try:
            with open_plain(self._path) as file:
                begin, content = next(blocks_after(file, byte, end), (byte, b""))
        except OSError:
            return None
        if not content:
            return None
        events, place = [], begin
        for line in content.split(b"\n")[:-1]:
            place += len(line) + 1
            try:
                events.append(with_id(place, decode_event(line)))
            except msgspec.DecodeError:
                continue
        return place, self._message(byte, b",".join(events), place, False)

    def _message(self, first: int, events: bytes, end: int, final: bool) -> bytes:
        head = b'{"topic":"job:%b","attempt":%d,"first":%d,"events":[' % (self._uid.encode(), self._attempt, first)
        return head + events + b'],"next":%d,"final":%b}' % (end, b"true" if final else b"false")


def _whole_bytes(path: Path) -> int:
    """Where the last whole line of an event file ends; 0 when there is none, or none near its end: this is read on the event loop."""
    try:
        with open_plain(path) as file:
            size = file.seek(0, 2)
            begin, content = next(blocks_before(file, max(0, size - BLOCK_BYTES), size), (0, b""))
            return begin + len(content)
    except OSError:
        return 0


class JobsFeed:
    """The states of all jobs that a follower may see. A place is (number of the last row of the event table,), or () before the first."""

    def __init__(self, services: Services, rights: Rights) -> None:
        self._services, self._rights = services, rights
        self._last: int = value(services.store.read, "event_last", {})
        self._summaries: dict[str, tuple[int, bytes] | None] = {}

    def admit(self, call: Call) -> None:
        """Everybody may follow the jobs that he may see."""

    def place_of(self, text: str) -> Place:
        return numbers(text)[:1] if text else ()

    async def look(self, changed: bool) -> bool:
        if not changed:
            return False
        self._summaries.clear()
        last, self._last = self._last, value(self._services.store.read, "event_last", {})
        return self._last != last

    async def news(self, call: Call, place: Place) -> News | None:
        if place == (self._last,):
            return None
        here, since = (self._last,), {"seq": place[0] if place else self._last, "limit": MOST_CHANGES}
        rows = self._services.store.read.execute(sql("event_after"), since).fetchall()
        if not place or place > here or len(rows) == MOST_CHANGES or any(state == "deleted" for _, _, state in rows):
            return News(b'{"topic":"jobs","reset":true,"next":%d}' % self._last, here)
        told = [found for uid in dict.fromkeys(uid for _, uid, _ in rows) if (found := self._summary(call, uid))]
        if not told:
            return News(b"", here)
        head = b'{"topic":"jobs","first":%d,"next":%d,"jobs":[' % (place[0], self._last)
        return News(head + b",".join(told) + b"]}", here)

    def _summary(self, call: Call, uid: str) -> bytes | None:
        """A job as a list shows it, where the caller may see it."""
        if uid not in self._summaries:
            job = jobs.by_uid(self._services.store.read, uid)
            self._summaries[uid] = self._encoded(job) if job is not None and not job.deleted else None
        found = self._summaries[uid]
        return found[1] if found is not None and self._rights.level(call, found[0]) else None

    def _encoded(self, job: Job) -> tuple[int, bytes] | None:
        project = projects.by_id(self._services.store.read, job.project_id)
        return None if project is None or project.deleting else (project.id, encode(summary(job, project)))


class MachineFeed:
    """The machine, every two seconds. A place is (number of the reading,): readings are not kept, a follower gets the newest."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._number, self._read_at = 0, -MACHINE_S
        self._message = b""

    def admit(self, call: Call) -> None:
        """Everybody may know."""

    def place_of(self, text: str) -> Place:
        return (-1,)

    async def look(self, changed: bool) -> bool:
        now = self._services.clock.monotonic()
        if now - self._read_at < MACHINE_S:
            return False
        self._read_at, self._number = now, self._number + 1
        self._message = b'{"topic":"machine",' + encode(machine_state(self._services))[1:]
        return True

    async def news(self, call: Call, place: Place) -> News | None:
        return News(self._message, (self._number,)) if self._number and place != (self._number,) else None
