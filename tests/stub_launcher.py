"""A launcher without processes, for tests: every attempt follows a script on the clock of the event loop.

Leases and outcomes are real files, really locked, so recovery and collection meet what they would meet on a machine. It runs under
trio's mock clock, where a day passes in moments. Workers outlive their launcher: hand `workers` to the next one, as a restarted
server finds the workers of the one before.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path

import anyio
import msgspec

from appliance.clock import Clock
from appliance.contract.job import Outcome, State
from appliance.contract.lease import LeaseState, fence, lease_state, take_lease
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.launchers.launcher import Ended, Launch, Watch
from appliance.errors import AttemptFenced

STUB_PID = 1 << 30
"""Pids of stub workers count up from here, beyond any real one."""


class Script(msgspec.Struct, frozen=True):
    """How one attempt goes. Times are seconds.

    `starts`: False for an attempt whose process dies before it takes the lease. `active_after_s`: from launch to active (infinite: never).
    `runs_for_s`: from active to its end. `outcome`: what it writes as its last word; None for a worker that dies without one.
    `term_s`: how long it lives on after TERM; beyond the grace it is killed."""

    starts: bool = True
    active_after_s: float = 0.0
    runs_for_s: float = 1.0
    outcome: Outcome | None = Outcome(State.COMPLETED)
    term_s: float = 0.0


class StubWorker:
    """One scripted attempt; it is also its own Watch. Made by StubLauncher only."""

    def __init__(self, directory: RunDirectory, script: Script, clock: Clock, pid: int) -> None:
        self.pid = pid
        self._directory = directory
        self._script = script
        self._clock = clock
        self._changed = anyio.Event()
        self._stopped = False
        now = anyio.current_time()
        self._active_due = now + script.active_after_s
        self._end_due = self._active_due + script.runs_for_s
        self._active_at = clock.now() + script.active_after_s
        self._ended: Ended | None = None
        self._lease = self._take() if script.starts else None
        if self._lease is None:
            self._ended = Ended(started=not fence(directory.lease))

    @property
    def live(self) -> bool:
        """True while its processes would live."""
        return self._ended is None

    async def active(self) -> float | None:
        while True:
            self.settle()
            if self._lease is None:
                return None
            if self._active_due <= min(anyio.current_time(), self._end_due):
                return self._active_at
            if not self.live:
                return None
            await self._until(min(self._active_due, self._end_due))

    async def ended(self) -> Ended:
        while True:
            self.settle()
            if self._ended is not None:
                return self._ended
            await self._until(self._end_due)

    def settle(self) -> None:
        """When its time is up: write the outcome and let the lease go."""
        if self._ended is not None or anyio.current_time() < self._end_due:
            return
        if self._script.outcome is not None and not self._stopped:
            temporary = self._directory.path / "outcome.tmp"
            temporary.write_bytes(msgspec.json.encode(self._script.outcome))
            temporary.rename(self._directory.outcome)
        if self._lease is not None:
            os.close(self._lease)
        self._ended = Ended(started=True)
        self._wake()

    def terminate(self, grace_s: float) -> None:
        """TERM now, KILL after the grace: it ends at the earlier of both and writes no outcome."""
        due = anyio.current_time() + min(self._script.term_s, grace_s)
        if self.live and due < self._end_due:
            self._end_due, self._stopped = due, True
            self._wake()

    def finish(self, outcome: Outcome | None) -> None:
        """End it now, with this outcome; None: it dies without one."""
        self._script = msgspec.structs.replace(self._script, outcome=outcome)
        self._end_due = anyio.current_time()
        self.settle()

    def _take(self) -> int | None:
        try:
            return take_lease(self._directory.lease, self._clock.now())
        except AttemptFenced:
            return None

    async def _until(self, due: float) -> None:
        with anyio.move_on_after(due - anyio.current_time()):
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


class StubLauncher:
    """The public test double of a launcher. `script` says how each launch goes; `launched` lists them in order."""

    def __init__(
        self, clock: Clock, script: Callable[[Launch], Script] = lambda launch: Script(), workers: dict[Path, StubWorker] | None = None
    ) -> None:
        self.workers = {} if workers is None else workers
        self.launched: list[Launch] = []
        self._clock = clock
        self._script = script

    async def start(self) -> None:
        """Nothing to warm up."""

    async def stop(self) -> None:
        """Workers live on in `workers`."""

    async def launch(self, launch: Launch) -> Watch:
        self.launched.append(launch)
        worker = StubWorker(launch.directory, self._script(launch), self._clock, STUB_PID + len(self.workers))
        self.workers[launch.directory.path] = worker
        return worker

    def attach(self, directory: RunDirectory) -> Watch | None:
        self.settle_due()
        return self.workers.get(directory.path) if lease_state(directory.lease) is LeaseState.HELD else None

    async def stop_attempt(self, directory: RunDirectory, grace_s: float) -> None:
        worker = self.workers.get(directory.path)
        if worker is None:
            fence(directory.lease)
            return
        worker.terminate(grace_s)
        await worker.ended()

    def settle_due(self) -> None:
        """What a machine does while no server looks: workers whose time is up write their outcomes."""
        for worker in self.workers.values():
            worker.settle()

    def die(self, directory: RunDirectory) -> None:
        """The worker of `directory` is killed from outside: no outcome, lease free."""
        self.workers[directory.path].finish(None)

    @property
    def live(self) -> int:
        """How many attempts live now."""
        return sum(worker.live for worker in self.workers.values())


FOREVER = math.inf
"""For `runs_for_s` and `active_after_s`: it never comes to that by itself."""
