"""The pulse of a worker: a thread that shows it is alive, tells what it uses, and ends it when it outgrows its memory.

The limit that the kernel keeps (RLIMIT_DATA) holds for one process; this one holds for the whole process group.
"""

from __future__ import annotations

import _thread
import os
import threading
from collections.abc import Callable

from appliance.clock import Clock
from appliance.contract.event import Resource
from appliance.contract.run_directory import RunDirectory
from appliance.data_plane.context import EventLog

WATCH_S = 0.5
"""Seconds between two looks at the memory."""
BEATS = 10
"""Looks per heartbeat: one every 5 s."""


class Heartbeat:
    """Touches `heartbeat` and appends a Resource event every 5 s; calls `outgrown(bytes)` once when the group exceeds `memory_bytes`.

    Start it after confinement: a thread that exists before would keep the rights it was born with."""

    def __init__(self, directory: RunDirectory, events: EventLog, clock: Clock, memory_bytes: int, outgrown: Callable[[int], None]) -> None:
        self._events = events
        self._clock = clock
        self._memory_bytes = memory_bytes
        self._outgrown = outgrown
        self._stopped = False
        self._verdict = threading.Lock()
        self._never = threading.Event()
        self._file = os.open(directory.heartbeat, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def start(self) -> None:
        """Begin to beat. The bare thread saves the half millisecond that `threading.Thread` waits for its child to say hello."""
        _thread.start_new_thread(self._beat, ())

    def stop(self) -> None:
        """No heartbeat and no verdict on memory after this returns; it never returns once a verdict has fallen."""
        with self._verdict:
            self._stopped = True

    def _beat(self) -> None:
        looks = 0
        while not self._never.wait(WATCH_S):
            looks += 1
            with self._verdict:
                if self._stopped:
                    return
                self._look(tell=looks % BEATS == 0)

    def _look(self, tell: bool) -> None:
        held = _held_above(self._memory_bytes)
        if held:
            self._outgrown(held)
        elif tell:
            os.utime(self._file)
            self._events.append(Resource(self._clock.now(), _cpu_seconds(), sum(resident(pid) for pid in family())))


def family() -> list[int]:
    """This process and all its descendants."""
    found = [os.getpid()]
    for pid in found:
        found.extend(_children(pid))
    return found


def resident(pid: int) -> int:
    """Resident bytes of a process, shared pages counted in full; 0 when it is gone."""
    return _statm(pid)[0]


def _held_above(limit: int) -> int:
    """Bytes that the family holds when they exceed `limit`, else 0. Forked pages are shared: the exact count decides."""
    members = family()
    if sum(resident(pid) for pid in members) <= limit:
        return 0
    exact = sum(_proportional(pid) for pid in members)
    return exact if exact > limit else 0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found.extend(int(child) for child in file.read().split())
    except OSError:
        pass  # it ended meanwhile, or there is no /proc
    return found


def _statm(pid: int) -> tuple[int, int]:
    """Resident and shared bytes."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            fields = file.read().split()
    except OSError:
        return 0, 0
    page = os.sysconf("SC_PAGE_SIZE")
    return int(fields[1]) * page, int(fields[2]) * page


def _proportional(pid: int) -> int:
    """Resident bytes with every shared page divided among those who share it; anonymous resident bytes where the kernel does not tell."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    whole, shared = _statm(pid)
    return whole - shared


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
