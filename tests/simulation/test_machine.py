"""Random lives: submit, cancel, delete, time, crash and recovery in any order, against a model of what was promised."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import trio
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from miniature import Miniature
from trio.testing import MockClock

from appliance.contract.job import FINAL, State
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.store import jobs
from appliance.errors import NotFound
from tests.stub_launcher import FOREVER, Script
from tests.unit.moves import moves_of

SCRIPTS = st.sampled_from(
    [
        Script(runs_for_s=30.0),
        Script(active_after_s=20.0, runs_for_s=FOREVER, term_s=2.0),
        Script(runs_for_s=FOREVER, term_s=60.0),
        Script(runs_for_s=40.0, outcome=None),
        Script(starts=False),
        Script(active_after_s=FOREVER, runs_for_s=FOREVER),
    ]
)
Step = Callable[[Miniature], Awaitable[None]]


class SchedulerMachine(RuleBasedStateMachine):
    """Steps are gathered and played when the example ends: hypothesis cannot wait on an event loop between two rules.

    The model is a list of promises: a created job exists for ever (or was deleted), a cancelled one is never completed, a final state
    that was seen never changes."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, Any]] = []

    @rule(script=SCRIPTS)
    def submit(self, script: Script) -> None:
        self.steps.append(("submit", script))

    @precondition(lambda self: self.steps)
    @rule(which=st.integers(0, 30))
    def cancel(self, which: int) -> None:
        self.steps.append(("cancel", which))

    @precondition(lambda self: self.steps)
    @rule(which=st.integers(0, 30))
    def delete(self, which: int) -> None:
        self.steps.append(("delete", which))

    @rule(seconds=st.sampled_from([0.0, 0.5, 5.0, 31.0, 125.0, 400.0]))
    def tick(self, seconds: float) -> None:
        self.steps.append(("tick", seconds))

    @rule(seconds=st.sampled_from([0.0, 10.0, 100.0]), breath=st.integers(0, 5))
    def crash_and_recover(self, seconds: float, breath: int) -> None:
        self.steps.append(("breathe", breath))
        self.steps.append(("crash", seconds))

    @invariant()
    def bounded(self) -> None:
        assert len(self.steps) <= 200

    def teardown(self) -> None:
        folder = Path(tempfile.mkdtemp())
        try:
            trio.run(Lives(folder, self.steps).play, clock=MockClock(autojump_threshold=0))
        finally:
            shutil.rmtree(folder)


class Lives:
    """Plays the steps, with the promises beside them."""

    def __init__(self, folder: Path, steps: list[tuple[str, Any]]) -> None:
        self.steps = list(steps)
        self.house = Miniature(folder, self.script, max_running=2, max_created=5)
        self.scripts: dict[str, Script] = {}
        self.made: list[str] = []
        self.deleted: set[str] = set()
        self.cancelled: set[str] = set()
        self.final: dict[str, State] = {}

    def script(self, launch: Launch) -> Script:
        return self.scripts[launch.directory.read_assignment().job]

    async def play(self) -> None:
        async with self.house.life() as house:
            self.owner = await house.user()
            self.project = await house.project(self.owner)
        while self.steps:
            async with self.house.life():
                down_s = await self.live_until_crash()
            await anyio.sleep(down_s)
            self.house.launcher.settle_due()
        async with self.house.life() as house:
            await anyio.sleep(20 * 600.0)
            self.check(house)
            assert all(row.state in FINAL and not row.stopping for row in jobs.of_project(house.store.read, self.project.id))
            assert house.launcher.live == 0
            assert not jobs.deleted(house.store.read)

    async def live_until_crash(self) -> float:
        """Seconds for which the server is down afterwards."""
        while self.steps:
            name, value = self.steps.pop(0)
            if name == "crash":
                return float(value)
            await getattr(self, name)(self.house, value)
            self.check(self.house)
        return 0.0

    async def submit(self, house: Miniature, script: Script) -> None:
        new = house.new_job(self.owner, self.project, max_duration_s=200.0)
        self.scripts[new.uid] = script
        job = await house.store.write(lambda c: jobs.insert(c, new, max_created=5), committed=house.scheduler.wake)
        if job is not None:
            self.made.append(job.uid)

    async def cancel(self, house: Miniature, which: int) -> None:
        await self.on_one(which, self.cancel_one)

    async def delete(self, house: Miniature, which: int) -> None:
        await self.on_one(which, self.delete_one)

    async def on_one(self, which: int, action: Callable[[str], Awaitable[None]]) -> None:
        if self.made:
            uid = self.made[which % len(self.made)]
            try:
                await action(uid)
            except NotFound:
                assert uid in self.deleted

    async def cancel_one(self, uid: str) -> None:
        row = await self.house.scheduler.cancel(uid)
        assert row.state in FINAL
        if row.state is State.CANCELLED:
            self.cancelled.add(uid)

    async def delete_one(self, uid: str) -> None:
        await self.house.scheduler.delete(uid)
        self.deleted.add(uid)

    async def tick(self, house: Miniature, seconds: float) -> None:
        await anyio.sleep(seconds)

    async def breathe(self, house: Miniature, times: int) -> None:
        for _ in range(times):
            await anyio.lowlevel.checkpoint()

    def check(self, house: Miniature) -> None:
        read = house.store.read
        counts = jobs.counts(read, self.owner.id)
        assert counts.running <= 2
        assert counts.created <= 5
        for uid in self.made:
            row = jobs.by_uid(read, uid)
            if row is None:
                assert uid in self.deleted
                continue
            if uid in self.cancelled:
                assert row.state is State.CANCELLED
            if row.state in FINAL:
                assert self.final.setdefault(uid, row.state) is row.state
            moves = moves_of(read, uid)
            assert (moves[-1].to_state, moves[-1].attempt) == (row.state, row.attempt)
            assert sum(move.to_state == State.ACTIVE for move in moves) <= 1
            assert sum(State(move.to_state) in FINAL for move in moves) <= 1
            completions = [launch for launch in house.workers if launch.name.startswith(uid) and (launch / "outcome").exists()]
            assert len(completions) <= 1


TestScheduler = SchedulerMachine.TestCase
TestScheduler.settings = settings(max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
