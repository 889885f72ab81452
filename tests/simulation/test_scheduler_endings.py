"""How jobs end, and what is left: simulated hours with stub workers, one story a test."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import anyio
import pytest
import trio
from miniature import DONE, LONG, Miniature, play
from trio.testing import MockClock, wait_all_tasks_blocked

from appliance.contract.job import Failure, Outcome, State
from appliance.control_plane.launchers.launcher import Launch, Watch
from appliance.control_plane.scheduler.capacity import Gpu, Inventory
from appliance.control_plane.store import artifacts, attempts, jobs
from appliance.errors import NotFound
from tests.stub_launcher import FOREVER, Script
from tests.unit.moves import moves_of


def test_a_completed_job_keeps_what_the_worker_said(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        job = await house.submitted(owner, await house.project(owner))
        await anyio.sleep(30)
        row = house.row(job)
        assert (row.state, row.attempt, row.usage, row.scores) == (State.COMPLETED, 1, DONE.usage, {"sqs": 97.0})
        assert row.configuration_resolved == b'{"epochs":3}'
        assert row.confinement == {"network": "applied"}
        assert {artifact.type for artifact in artifacts.of_job(house.store.read, job.id)} == {"model", "model_logs"}
        history = {move.to_state: move.at for move in moves_of(house.store.read, job.uid)}
        assert list(history) == ["created", "pending", "active", "completed"]
        assert history["completed"] - history["active"] == pytest.approx(9.0)
        [attempt] = attempts.of_job(house.store.read, job.id)
        assert attempt.usage == DONE.usage
        assert attempt.ended_at is not None
        assert not house.directory(job).inputs.exists()
        assert house.directory(job).outcome.exists()

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=9.0, outcome=DONE)), story)


def test_an_error_keeps_its_reason_and_a_silent_death_is_lost(tmp_path: Path) -> None:
    scripts = iter(
        [Script(outcome=Outcome(State.ERROR, Failure("data_refused", "No header row.", "pre", "Add one."))), Script(outcome=None)]
    )

    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        first = await house.submitted(owner, place)
        await anyio.sleep(30)
        second = await house.submitted(owner, place)
        await anyio.sleep(30)
        failed = house.row(first)
        assert (failed.state, failed.error_id, failed.error_hint, failed.error_stage) == (State.ERROR, "data_refused", "Add one.", "pre")
        assert (house.row(second).state, house.row(second).error_id) == (State.LOST, "worker_lost")

    play(Miniature(tmp_path, lambda launch: next(scripts)), story)


def test_fifteenth_job_is_refused_and_four_run(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        first, second = await house.project(owner, "one"), await house.project(owner, "two")
        made = []
        for number in range(15):
            made.append(await house.submit(owner, (first, second)[number % 2]))
            await wait_all_tasks_blocked()
        assert [job is None for job in made] == [False] * 14 + [True]
        assert jobs.counts(house.store.read, owner.id) == jobs.Counts(10, 4)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_cancel_answers_at_once_and_frees_the_slot_when_the_processes_are_gone(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        job = await house.submitted(owner, place)
        await anyio.sleep(10)
        waiting = await house.submitted(owner, place)
        await anyio.sleep(1)
        assert house.row(waiting).state is State.CREATED
        cancelled = await house.scheduler.cancel(job.uid)
        assert (cancelled.state, cancelled.stopping) == (State.CANCELLED, True)
        await anyio.sleep(4.9)
        assert house.row(waiting).state is State.CREATED
        assert house.row(job).stopping
        await anyio.sleep(0.2)
        assert house.row(waiting).state is State.ACTIVE
        assert not house.row(job).stopping
        assert (job.uid, "cancelled") in house.keeper.kept
        assert house.row(job).usage is not None
        assert (await house.scheduler.cancel(job.uid)).state is State.CANCELLED

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=FOREVER, term_s=60.0), max_workers=1), story)


def test_a_cancelled_worker_ends_even_when_who_asked_has_gone(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        job = await house.submitted(owner, await house.project(owner))
        await anyio.sleep(10)
        with anyio.CancelScope() as caller:
            caller.cancel()
            await house.scheduler.cancel(job.uid)
        await anyio.sleep(6)
        assert house.launcher.live == 0
        assert (house.row(job).state, house.row(job).stopping) == (State.CANCELLED, False)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_a_worker_that_cannot_be_started_for_want_of_files_is_an_error_of_its_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(house: Miniature) -> None:
        async def refuse(launch: Launch) -> Watch:
            raise OSError(errno.EMFILE, "Too many open files")

        owner = await house.user()
        place = await house.project(owner)
        with monkeypatch.context() as patched:
            patched.setattr(house.launcher, "launch", refuse)
            refused = await house.submitted(owner, place)
            await anyio.sleep(1)
        assert (house.row(refused).state, house.row(refused).error_id) == (State.ERROR, "launch_failed")
        job = await house.submitted(owner, place)
        await anyio.sleep(10)
        assert house.row(job).state is State.COMPLETED

    play(Miniature(tmp_path, lambda launch: Script()), story)


def test_a_waiting_job_is_cancelled_and_never_launched(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        await house.submitted(owner, place)
        await anyio.sleep(1)
        job = await house.submitted(owner, place)
        cancelled = await house.scheduler.cancel(job.uid)
        assert (cancelled.state, cancelled.stopping) == (State.CANCELLED, False)
        with pytest.raises(NotFound):
            await house.scheduler.cancel("f" * 24)
        await anyio.sleep(60)
        assert len(house.launcher.launched) == 1

    play(Miniature(tmp_path, lambda launch: LONG, max_workers=1), story)


def test_cancel_at_every_moment_of_a_launch_leaves_no_worker(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        for yields in range(12):
            job = await house.submitted(owner, place)
            for _ in range(yields):
                await anyio.lowlevel.checkpoint()
            await house.scheduler.cancel(job.uid)
            await anyio.sleep(30)
            row = house.row(job)
            assert (row.state, row.stopping) == (State.CANCELLED, False)
            assert house.launcher.live == 0
        assert house.launcher.launched

    play(Miniature(tmp_path, lambda launch: Script(active_after_s=1.0, runs_for_s=FOREVER)), story)


def test_the_hour_counts_from_active_and_on_through_a_restart(tmp_path: Path) -> None:
    async def before(house: Miniature) -> None:
        owner = await house.user()
        await house.submitted(owner, await house.project(owner))
        await anyio.sleep(3000)

    async def after(house: Miniature) -> None:
        [job] = jobs.live(house.store.read)
        assert house.scheduler.recovered.adopted == 1
        await anyio.sleep(600 + 99)
        assert house.row(job).state is State.ACTIVE
        await anyio.sleep(2)
        row = house.row(job)
        assert (row.state, row.error_id, row.attempt) == (State.ERROR, "max_duration_exceeded", 1)
        await anyio.sleep(10)
        assert not house.row(job).stopping
        assert house.launcher.live == 0

    play(Miniature(tmp_path, lambda launch: Script(active_after_s=100.0, runs_for_s=FOREVER)), before, after)


def test_a_restart_adopts_collects_fences_and_loses(tmp_path: Path) -> None:
    scripts = {"adopt": LONG, "collect": Script(runs_for_s=40.0, outcome=DONE), "die": Script(runs_for_s=40.0, outcome=None)}
    names = list(scripts)
    made = {}

    async def after(house: Miniature) -> None:
        recovered = house.scheduler.recovered
        assert (recovered.adopted, recovered.concluded, recovered.relaunched) == (1, 2, 1)
        assert house.row(made["adopt"]).state is State.ACTIVE
        assert house.row(made["collect"]).state is State.COMPLETED
        assert house.row(made["die"]).state is State.LOST
        await wait_all_tasks_blocked()
        claimed = house.row(made["claimed"])
        assert (claimed.state, claimed.attempt) == (State.ACTIVE, 2)

    house = Miniature(tmp_path, lambda launch: scripts[names.pop(0)] if names else LONG)

    async def main() -> None:
        async with house.life():
            owner = await house.user()
            place = await house.project(owner)
            for name in tuple(names):
                made[name] = await house.submitted(owner, place)
                await wait_all_tasks_blocked()
            await anyio.sleep(30)
            new = house.new_job(owner, place)
            made["claimed"] = await house.store.write(lambda c: jobs.insert(c, new, max_created=10))
            await house.store.write(
                lambda c: jobs.claim(c, made["claimed"].id, runner_mode="cloud", max_running=4, actor="scheduler", at=house.clock.now())
            )
        await anyio.sleep(60)
        house.launcher.settle_due()
        async with house.life():
            await after(house)

    trio.run(main, clock=MockClock(autojump_threshold=0))


def test_a_worker_that_never_begins_gets_three_attempts(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        job = await house.submitted(owner, await house.project(owner))
        await anyio.sleep(5)
        row = house.row(job)
        assert (row.state, row.error_id, row.attempt) == (State.ERROR, "launch_failed", 3)
        moves = [(move.to_state, move.attempt) for move in moves_of(house.store.read, job.uid)]
        assert moves == [("created", 0), ("pending", 1), ("pending", 2), ("pending", 3), ("error", 3)]

    play(Miniature(tmp_path, lambda launch: Script(starts=False)), story)


def test_a_hung_worker_is_killed_but_a_suspended_machine_is_no_hang(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        job = await house.submitted(owner, await house.project(owner))
        await anyio.sleep(90)
        assert house.row(job).last_heartbeat_at == pytest.approx(house.clock.now() - 30, abs=1)
        house.beats = False
        for _ in range(3):
            house.clock.suspended += 3600.0
            await anyio.sleep(60)
        assert house.row(job).state is State.ACTIVE
        await anyio.sleep(59)
        assert house.row(job).state is State.ACTIVE
        await anyio.sleep(61)
        row = house.row(job)
        assert (row.state, row.stopping) == (State.LOST, False)
        assert house.launcher.live == 0

    play(Miniature(tmp_path, lambda launch: LONG, max_duration_s=10**6), story)


def test_gpus_are_leased_exclusively_and_come_back(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        for _ in range(3):
            await house.submitted(owner, place, gpus=1)
        await anyio.sleep(5)
        assert sorted(launch.environment["CUDA_VISIBLE_DEVICES"] for launch in house.launcher.launched) == ["0", "1"]
        await anyio.sleep(10)
        assert house.launcher.launched[2].environment["CUDA_VISIBLE_DEVICES"] in ("0", "1")

    inventory = Inventory(8, 64 << 30, (Gpu("0"), Gpu("1")))
    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=8.0), inventory), story)


def test_memory_pressure_holds_jobs_back_until_it_eases(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        house.pressed = True
        first = await house.submitted(owner, place)
        await anyio.sleep(1)
        second = await house.submitted(owner, place)
        await anyio.sleep(30)
        assert (house.row(first).state, house.row(second).state) == (State.ACTIVE, State.CREATED)
        house.pressed = False
        await anyio.sleep(6)
        assert house.row(second).state is State.ACTIVE

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_drain_waits_for_what_runs_and_starts_nothing(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        running = await house.submitted(owner, place)
        await anyio.sleep(1)
        waiting = await house.submitted(owner, place)
        began = anyio.current_time()
        await house.scheduler.drain()
        assert anyio.current_time() - began == pytest.approx(49.0)
        assert (house.row(running).state, house.row(waiting).state) == (State.COMPLETED, State.CREATED)

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=50.0), max_workers=1), story)


def test_a_worker_that_never_becomes_active_is_lost_within_minutes(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        job = await house.submitted(owner, await house.project(owner))
        await anyio.sleep(299)
        assert house.row(job).state is State.PENDING
        await anyio.sleep(2)
        assert house.row(job).state is State.LOST
        assert house.launcher.live == 0

    play(Miniature(tmp_path, lambda launch: Script(active_after_s=FOREVER, runs_for_s=FOREVER)), story)


def test_an_outcome_that_is_no_plain_file_of_ours_is_an_error_and_nothing_blocks(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        made = [await house.submitted(owner, place) for _ in range(4)]
        house.keeper.unreadable.add(made[3].uid)
        await anyio.sleep(2)
        house.directory(made[0]).outcome.mkdir()
        os.mkfifo(house.directory(made[1]).outcome)
        house.directory(made[2]).outcome.symlink_to("/proc/self/environ")
        house.directory(made[3]).outcome.write_bytes(b'{"state": "completed"}')
        await anyio.sleep(10)
        assert [(house.row(job).state, house.row(job).error_id) for job in made] == [(State.ERROR, "outcome_unreadable")] * 4
        nonsense = [b'{"state": "cancelled"}', b'{"state": "completed", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"state": "\xff"}']
        more = [await house.submitted(owner, place) for _ in nonsense]
        await anyio.sleep(2)
        for job, content in zip(more, nonsense, strict=True):
            house.directory(job).outcome.write_bytes(content)
        await anyio.sleep(10)
        assert [(house.row(job).state, house.row(job).error_id) for job in more] == [(State.ERROR, "outcome_unreadable")] * 3

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=5.0, outcome=None)), story)
