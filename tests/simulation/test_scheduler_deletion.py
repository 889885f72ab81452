"""What is deleted, what is inspected and what goes by itself; one story a test."""

from __future__ import annotations

from pathlib import Path

import anyio
import msgspec
import pytest
from miniature import LONG, Miniature, play
from trio.testing import wait_all_tasks_blocked

from appliance.contract.job import Kind, State
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.store import artifacts, jobs, projects
from appliance.control_plane.store.jobs import JobInput
from appliance.errors import Conflict
from tests.stub_launcher import FOREVER, Script
from tests.unit.moves import moves_of

DEEP = b"[" * 5000 + b"]" * 5000


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
        assert [move.to_state for move in moves_of(house.store.read, job.uid)][-2:] == ["cancelled", "deleted"]

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
        house.scheduler.inspect(good)
        house.scheduler.inspect(bad)
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
        for number, text in enumerate((b'{"rows": 1%s, "columns": []}' % (b"0" * 18), b'{"rows": 1, "columns": [], "x": ' + DEEP + b"}")):
            ugly = await upload(house, place.id, owner.id, f"good.csv{'x' * (number + 1)}")
            house.scheduler.inspect(ugly)
            await wait_all_tasks_blocked()
            folder = house.settings.data_dir / "runs" / f"{ugly.uid}.1" / "artifacts"
            folder.mkdir()
            (folder / "profile.json").write_bytes(text)
            await anyio.sleep(70)
            found = artifacts.by_uid(house.store.read, ugly.uid)
            assert found is not None
            assert found.profile_state == "failed"
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
        return Script(runs_for_s=5.0) if assignment.inputs[0].name.startswith("good.csv") else LONG

    play(Miniature(tmp_path, script), story)


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
