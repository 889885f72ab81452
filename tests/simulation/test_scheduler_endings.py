"""How jobs end, and what is left: simulated hours with stub workers, one story a test."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import msgspec
import pytest
import trio
from miniature import Miniature
from trio.testing import MockClock, wait_all_tasks_blocked

from appliance.contract.job import ArtifactDigest, Failure, Kind, Outcome, State, Usage
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.launchers.stub import FOREVER, Script
from appliance.control_plane.scheduler.capacity import Gpu, Inventory
from appliance.control_plane.store import artifacts, attempts, jobs, projects, transitions
from appliance.control_plane.store.jobs import JobInput
from appliance.errors import AttemptFenced, Conflict, NotFound

DONE = Outcome(
    State.COMPLETED,
    artifacts=(ArtifactDigest("model", "model.tar.gz", 3, "a" * 64),),
    usage=Usage(wall_s=9.0, cpu_s=8.0),
    report={"sqs": 97.0},
    resolved={"epochs": 3},
    confinement={"network": "applied"},
)
LONG = Script(runs_for_s=FOREVER)
Story = Callable[[Miniature], Awaitable[None]]


def play(house: Miniature, *stories: Story) -> None:
    """Each story is one life of the server over the same data folder; between two of them it crashes."""

    async def main() -> None:
        for story in stories:
            async with house.life():
                await story(house)

    trio.run(main, clock=MockClock(autojump_threshold=0))


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
        history = transitions.status_history(house.store.read, job.uid)
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
        moves = [(move.to_state, move.attempt) for move in transitions.of_job(house.store.read, job.uid)]
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


def test_deleting_a_running_job_hides_it_and_its_files_follow(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        job = await house.submitted(owner, place)
        await anyio.sleep(10)
        path = house.directory(job).path
        await house.scheduler.delete(job.uid)
        assert jobs.find(house.store.read, place.id, Kind.TRAIN, job.uid) is None
        assert house.keeper.discarded == []
        await anyio.sleep(10)
        assert house.keeper.discarded == [job.uid]
        assert jobs.by_uid(house.store.read, job.uid) is None
        assert not path.exists()
        assert [move.to_state for move in transitions.of_job(house.store.read, job.uid)][-2:] == ["cancelled", "deleted"]

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=FOREVER, term_s=3.0)), story)


def test_a_deletion_is_finished_by_the_next_life(tmp_path: Path) -> None:
    made = []

    async def before(house: Miniature) -> None:
        owner = await house.user()
        made.append(await house.submitted(owner, await house.project(owner)))
        await anyio.sleep(10)
        await house.scheduler.delete(made[0].uid)

    async def after(house: Miniature) -> None:
        await anyio.sleep(10)
        assert house.keeper.discarded == [made[0].uid]
        assert jobs.by_uid(house.store.read, made[0].uid) is None
        assert house.launcher.live == 0

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=FOREVER, term_s=3.0)), before, after)


def test_a_model_with_running_record_handlers_is_kept(tmp_path: Path) -> None:
    scripts = iter([Script(), LONG])

    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        model = await house.submitted(owner, place)
        await anyio.sleep(10)
        run = await house.submitted(owner, place, kind=Kind.RUN, model_id=model.id, model_uid=model.uid)
        await anyio.sleep(10)
        with pytest.raises(Conflict, match=run.uid):
            await house.scheduler.delete(model.uid)
        await house.scheduler.cancel(run.uid)
        await house.scheduler.delete(model.uid)
        await anyio.sleep(10)
        assert jobs.of_project(house.store.read, place.id) == []
        assert sorted(house.keeper.discarded) == sorted([model.uid, run.uid])

    play(Miniature(tmp_path, lambda launch: next(scripts)), story)


def test_deleting_a_project_while_jobs_run_removes_all_it_owned(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place, other = await house.project(owner), await house.project(owner, "other")
        for _ in range(6):
            await house.submitted(owner, place)
        kept = await house.submitted(owner, other)
        await anyio.sleep(10)
        artifact = await upload(house, place.id, owner.id, "a.csv")
        await house.scheduler.delete_project(place)
        assert projects.find(house.store.read, "project") is None
        again = await house.project(owner)
        assert again.id != place.id
        await anyio.sleep(30)
        assert projects.by_id(house.store.read, place.id) is None
        assert len(house.keeper.discarded) == 6
        assert house.keeper.discarded_artifacts == [artifact.uid]
        assert house.row(kept).state is State.ACTIVE
        assert house.launcher.live == 1

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=FOREVER, term_s=3.0)), story)


async def upload(house: Miniature, project_id: int, owner_id: int, name: str) -> artifacts.Artifact:
    """A finished upload."""
    at, uid = house.clock.now(), f"{len(name):012x}{owner_id:012x}"
    key = f"gretel_{uid}_{name}"
    made = await house.store.write(
        lambda c: artifacts.insert(c, uid=uid, key=key, project_id=project_id, owner_id=owner_id, name=name, at=at)
    )
    ready = await house.store.write(lambda c: artifacts.mark_ready(c, made.id, size=3, sha256="b" * 64, at=at))
    assert ready is not None
    return ready


def test_an_artifact_that_a_waiting_job_needs_is_kept(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        artifact = await upload(house, place.id, owner.id, "a.csv")
        given = (JobInput("data_source", "a.csv", artifact.key),)
        running = await house.submitted(owner, place, inputs=given)
        await anyio.sleep(10)
        waiting = await house.submitted(owner, place, inputs=given)
        with pytest.raises(Conflict, match=waiting.uid) as refused:
            await house.scheduler.delete_artifact(artifact)
        assert running.uid not in str(refused.value)
        await house.scheduler.cancel(waiting.uid)
        await house.scheduler.delete_artifact(artifact)
        await anyio.sleep(1)
        assert house.keeper.discarded_artifacts == [artifact.uid]
        assert artifacts.by_uid(house.store.read, artifact.uid) is None

    play(Miniature(tmp_path, lambda launch: LONG, max_workers=1), story)


def test_inspections_run_one_at_a_time_outside_the_limits(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        for _ in range(4):
            await house.submitted(owner, place)
        await anyio.sleep(1)
        good, bad = await upload(house, place.id, owner.id, "good.csv"), await upload(house, place.id, owner.id, "bad.csv")
        await house.scheduler.inspect(good)
        await house.scheduler.inspect(bad)
        await wait_all_tasks_blocked()
        assert house.launcher.live == 5
        profile = {"rows": 7, "columns": [{"name": "a", "kind": "integer"}], "bytes": 1}
        folder = house.settings.data_dir / "runs" / f"{good.uid}.1" / "artifacts"
        folder.mkdir()
        (folder / "profile.json").write_bytes(msgspec.json.encode(profile))
        await anyio.sleep(70)
        seen = artifacts.by_uid(house.store.read, good.uid)
        assert seen is not None
        assert (seen.profile_state, seen.rows, seen.columns) == ("ready", 7, ("a",))
        await anyio.sleep(70)
        late = artifacts.by_uid(house.store.read, bad.uid)
        assert late is not None
        assert late.profile_state == "failed"
        assert "60 seconds" in late.profile_error
        assert house.launcher.live == 4
        assert house.keeper.profiles == [good.uid]

    def script(launch: Launch) -> Script:
        assignment = launch.directory.read_assignment()
        if assignment.kind is not Kind.INSPECTION:
            return LONG
        return Script(runs_for_s=5.0) if assignment.inputs[0].name == "good.csv" else LONG

    play(Miniature(tmp_path, script), story)


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


def test_manual_worker_claims_checks_in_and_settles(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        job = await house.submitted(owner, place, runner_mode="manual")
        await anyio.sleep(100)
        assert house.row(job).state is State.CREATED
        claimed = await house.scheduler.claim(job.uid)
        assert (claimed.state, claimed.attempt) == (State.ACTIVE, 1)
        with pytest.raises(Conflict):
            await house.scheduler.claim(job.uid)
        for _ in range(20):
            await anyio.sleep(10)
            assert await house.scheduler.check_in(job.uid, 1) is False
        assert house.row(job).last_heartbeat_at == pytest.approx(house.clock.now())
        with pytest.raises(AttemptFenced):
            await house.scheduler.check_in(job.uid, 0)
        settled = await house.scheduler.settle_manual(job.uid, 1, DONE)
        assert (settled.state, settled.scores) == (State.COMPLETED, None)
        assert {held.type for held in artifacts.of_job(house.store.read, job.id)} == {"model", "model_logs"}
        assert (await house.scheduler.settle_manual(job.uid, 1, DONE)).state is State.COMPLETED
        with pytest.raises(AttemptFenced):
            await house.scheduler.check_in(job.uid, 1)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_silent_manual_worker_is_lost_and_what_it_says_later_is_refused(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        job = await house.submitted(owner, await house.project(owner), runner_mode="manual")
        await house.scheduler.claim(job.uid)
        await anyio.sleep(50)
        await house.scheduler.check_in(job.uid, 1)
        await anyio.sleep(59)
        assert house.row(job).state is State.ACTIVE
        await anyio.sleep(2)
        assert house.row(job).state is State.LOST
        await wait_all_tasks_blocked()
        assert house.keeper.kept == [(job.uid, State.LOST)]
        with pytest.raises(AttemptFenced):
            await house.scheduler.settle_manual(job.uid, 1, DONE)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_manual_limits_cancel_and_hour(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        made = [await house.submitted(owner, place, runner_mode="manual", max_duration_s=100.0) for _ in range(5)]
        for job in made:
            await house.scheduler.claim(job.uid)
        refused = house.row(made[4])
        assert (refused.state, refused.error_id) == (State.ERROR, "running_limit")
        waiting = await house.submitted(owner, place)
        await anyio.sleep(10)
        assert house.row(waiting).state is State.CREATED
        await house.scheduler.cancel(made[0].uid)
        assert await house.scheduler.check_in(made[0].uid, 1) is True
        await anyio.sleep(1)
        assert house.row(waiting).state is State.ACTIVE
        for _ in range(9):
            await anyio.sleep(10)
            for job in made[1:4]:
                await house.scheduler.check_in(job.uid, 1)
        assert {house.row(job).error_id for job in made[1:4]} == {"max_duration_exceeded"}
        assert await house.scheduler.check_in(made[1].uid, 1) is True

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_manual_jobs_outlive_a_restart(tmp_path: Path) -> None:
    async def before(house: Miniature) -> None:
        owner = await house.user()
        job = await house.submitted(owner, await house.project(owner), runner_mode="manual")
        await house.scheduler.claim(job.uid)
        await anyio.sleep(50)

    async def after(house: Miniature) -> None:
        [job] = jobs.live(house.store.read)
        await anyio.sleep(50)
        await house.scheduler.check_in(job.uid, 1)
        await anyio.sleep(61)
        assert house.row(job).state is State.LOST

    play(Miniature(tmp_path, lambda launch: LONG), before, after)


def test_old_run_directories_and_interrupted_uploads_go(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        job = await house.submitted(owner, place)
        at = house.clock.now()
        part = await house.store.write(
            lambda c: artifacts.insert(c, uid="e" * 24, key="gretel_e_a", project_id=place.id, owner_id=owner.id, name="a", at=at)
        )
        await anyio.sleep(23 * 3600)
        swept = await house.scheduler.sweep()
        assert (swept.run_directories, swept.uploads) == (0, 0)
        await anyio.sleep(13 * 86_400)
        assert house.directory(job).path.exists()
        assert house.keeper.discarded_artifacts == [part.uid]
        await anyio.sleep(2 * 86_400)
        assert not house.directory(job).path.exists()
        assert house.row(job).state is State.COMPLETED
        assert len(artifacts.of_job(house.store.read, job.id)) == 1
        assert house.keeper.discarded == []

    play(Miniature(tmp_path, lambda launch: Script()), story)


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
        await anyio.sleep(2)
        house.directory(made[0]).outcome.mkdir()
        os.mkfifo(house.directory(made[1]).outcome)
        house.directory(made[2]).outcome.symlink_to("/proc/self/environ")
        house.directory(made[3]).outcome.write_bytes(b'{"state": "cancelled"}')
        await anyio.sleep(10)
        assert [(house.row(job).state, house.row(job).error_id) for job in made] == [(State.ERROR, "outcome_unreadable")] * 4

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=5.0, outcome=None)), story)
