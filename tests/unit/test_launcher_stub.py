"""The stub launcher keeps the contract of a launcher on the mock clock of trio, where a day passes in moments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
import trio
import trio.testing

from appliance.contract.job import Assignment, Kind, Outcome, State
from appliance.contract.lease import LeaseState, fence, lease_state
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.launchers.launcher import Launch
from tests.stub_launcher import FOREVER, Script, StubLauncher


class TrioClock:
    """Wall clock of the simulation: a million seconds before its first moment."""

    def now(self) -> float:
        return 1e6 + trio.current_time()

    def monotonic(self) -> float:
        return trio.current_time()


def directory(path: Path, name: str = "j1.1") -> RunDirectory:
    run = RunDirectory(path / name)
    run.create(Assignment(job=name, attempt=1, kind=Kind.TRAIN, model_type="noop", configuration={}))
    return run


def simulate(scenario: Callable[[], Awaitable[None]]) -> None:
    trio.run(scenario, clock=trio.testing.MockClock(autojump_threshold=0))


def test_an_attempt_becomes_active_and_ends_as_scripted(tmp_path: Path) -> None:
    async def scenario() -> None:
        run = directory(tmp_path)
        launcher = StubLauncher(TrioClock(), lambda launch: Script(active_after_s=2, runs_for_s=3000))
        began = trio.current_time()
        watch = await launcher.launch(Launch(run))
        assert lease_state(run.lease) is LeaseState.HELD
        assert await watch.active() == pytest.approx(1e6 + began + 2)
        assert launcher.live == 1
        assert (await watch.ended()).started
        assert trio.current_time() - began == pytest.approx(3002)
        assert lease_state(run.lease) is LeaseState.FREE
        assert run.read_outcome() == Outcome(State.COMPLETED)
        assert await watch.active() == pytest.approx(1e6 + began + 2)

    simulate(scenario)


def test_a_stopped_attempt_ends_after_term_or_grace_without_an_outcome(tmp_path: Path) -> None:
    async def scenario() -> None:
        run = directory(tmp_path)
        launcher = StubLauncher(TrioClock(), lambda launch: Script(runs_for_s=FOREVER, term_s=100))
        watch = await launcher.launch(Launch(run))
        await watch.active()
        began = trio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(launcher.stop_attempt, run, 5.0)
            assert (await watch.ended()).started
        assert trio.current_time() - began == pytest.approx(5)
        assert run.read_outcome() is None

    simulate(scenario)


def test_stopping_before_active_tells_active_that_it_never_will(tmp_path: Path) -> None:
    async def scenario() -> None:
        run = directory(tmp_path)
        launcher = StubLauncher(TrioClock(), lambda launch: Script(active_after_s=FOREVER))
        watch = await launcher.launch(Launch(run))
        await launcher.stop_attempt(run, 5.0)
        assert await watch.active() is None

    simulate(scenario)


def test_a_launch_that_never_starts_is_fenced(tmp_path: Path) -> None:
    async def scenario() -> None:
        run = directory(tmp_path)
        launcher = StubLauncher(TrioClock(), lambda launch: Script(starts=False))
        watch = await launcher.launch(Launch(run))
        assert await watch.active() is None
        assert not (await watch.ended()).started
        assert lease_state(run.lease) is LeaseState.FENCED

    simulate(scenario)


def test_an_attempt_fenced_beforehand_does_not_start(tmp_path: Path) -> None:
    async def scenario() -> None:
        run = directory(tmp_path)
        assert fence(run.lease)
        watch = await StubLauncher(TrioClock()).launch(Launch(run))
        assert not (await watch.ended()).started

    simulate(scenario)


def test_workers_outlive_their_launcher_and_are_adopted(tmp_path: Path) -> None:
    async def scenario() -> None:
        run, short = directory(tmp_path), directory(tmp_path, "j2.1")
        first = StubLauncher(TrioClock(), lambda launch: Script(runs_for_s=100 if launch.directory == run else 1))
        await first.launch(Launch(run))
        await first.launch(Launch(short))
        await first.stop()
        await anyio.sleep(50)
        second = StubLauncher(TrioClock(), workers=first.workers)
        assert second.attach(short) is None
        assert short.read_outcome() == Outcome(State.COMPLETED)
        watch = second.attach(run)
        assert watch is not None
        await watch.ended()
        assert run.read_outcome() == Outcome(State.COMPLETED)

    simulate(scenario)
