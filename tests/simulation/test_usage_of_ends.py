"""What jobs used that left no last word: killed, timed out, lost, silent; each counts once, with the CPU time that was last told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from miniature import DONE, LONG, Miniature, play

from appliance.contract.event import Log, Progress, Resource, encode_event
from appliance.contract.job import State
from appliance.control_plane.store import jobs, usage
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.usage import Used
from tests.stub_launcher import Script


def tell(house: Miniature, job: Job, *cpu_s: float) -> None:
    """Append what a heartbeat tells, and what may stand behind it."""
    with house.directory(job).events.open("ab") as events:
        for seconds in cpu_s:
            events.write(encode_event(Resource(house.clock.now(), seconds, 1 << 20)))
        events.write(encode_event(Log(house.clock.now(), "info", "train", 'a word about "resource"')))
        events.write(encode_event(Progress(house.clock.now(), "train", 1, 2)))
        events.write(b'{"type":"resource","ts":')


def used_by(house: Miniature, job: Job) -> Used:
    [found] = usage.of_user(house.store.read, job.owner_id)
    return found


async def started(house: Miniature, **more: object) -> Job:
    owner = await house.user()
    job = await house.submitted(owner, await house.project(owner), **more)
    if job.manual:
        await house.scheduler.manual.claim(job.uid)
    await anyio.sleep(1)
    assert house.row(job).state is State.ACTIVE
    return job


def test_a_cancelled_job_counts_with_the_last_that_its_worker_told(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        job = await started(house)
        tell(house, job, 3.0, 7.5)
        await house.scheduler.cancel(job.uid)
        await anyio.sleep(30)
        assert not house.row(job).stopping
        assert (used_by(house, job).jobs, used_by(house, job).cpu_s) == (1, 7.5)
        row = house.row(job)
        assert row.usage is not None
        assert row.usage.wall_s == pytest.approx(1.0)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_a_job_deleted_while_it_runs_counts_as_much(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        job = await started(house)
        tell(house, job, 7.5)
        await house.scheduler.delete(job.uid)
        await anyio.sleep(30)
        assert jobs.by_id(house.store.read, job.id) is None
        assert (used_by(house, job).jobs, used_by(house, job).cpu_s) == (1, 7.5)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_a_job_that_ran_out_of_time_counts_as_much(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        job = await started(house, max_duration_s=20.0)
        tell(house, job, 19.0)
        await anyio.sleep(60)
        assert house.row(job).error_id == "max_duration_exceeded"
        assert (used_by(house, job).jobs, used_by(house, job).cpu_s) == (1, 19.0)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_a_lost_job_counts_as_much(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        job = await started(house)
        tell(house, job, 4.0)
        await anyio.sleep(60)
        assert house.row(job).state is State.LOST
        assert (used_by(house, job).jobs, used_by(house, job).cpu_s) == (1, 4.0)

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=10.0, outcome=None)), story)


def test_a_manual_worker_that_fell_silent_counts_with_what_it_had_told(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        job = await started(house, runner_mode="manual")
        house.directory(job).path.mkdir(parents=True)
        tell(house, job, 5.0)
        await anyio.sleep(90)
        assert house.row(job).state is State.LOST
        assert (used_by(house, job).jobs, used_by(house, job).cpu_s) == (1, 5.0)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_a_crash_between_the_end_and_its_collection_counts_nothing_twice(tmp_path: Path) -> None:
    async def before(house: Miniature) -> None:
        job = await started(house)
        tell(house, job, 7.5)
        await house.scheduler.cancel(job.uid)

    async def after(house: Miniature) -> None:
        await anyio.sleep(60)
        [job] = jobs.of_project(house.store.read, 1)
        assert (used_by(house, job).jobs, used_by(house, job).cpu_s) == (1, 7.5)

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=1e9, term_s=3.0)), before, after, after)


def test_a_worker_that_said_what_it_used_is_believed_over_its_events(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        job = await started(house)
        tell(house, job, 99.0)
        await anyio.sleep(60)
        assert house.row(job).state is State.COMPLETED
        assert (used_by(house, job).jobs, used_by(house, job).cpu_s) == (1, 8.0)

    play(Miniature(tmp_path, lambda launch: Script(runs_for_s=10.0, outcome=DONE)), story)


def spoil_link(events: Path) -> None:
    events.unlink(missing_ok=True)
    events.symlink_to("/dev/zero")


def spoil_words(events: Path) -> None:
    events.write_bytes(b'\xff"resource"\n{"type":"resource"}\n' + b'{"type":"resource","ts":1,"cpu_s":-1e300,"rss":0}\n' + b"[" * 100_000)


def spoil_length(events: Path) -> None:
    events.write_bytes(encode_event(Resource(1.0, 5.0, 1)) + b"x" * (1 << 20))


@pytest.mark.parametrize("spoil", [spoil_link, spoil_words, spoil_length])
def test_events_that_a_worker_spoilt_cost_only_their_own_word(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        job = await started(house)
        spoil(house.directory(job).events)
        await house.scheduler.cancel(job.uid)
        await anyio.sleep(30)
        assert house.row(job).state is State.CANCELLED
        assert (used_by(house, job).jobs, used_by(house, job).cpu_s) == (1, 0.0)

    play(Miniature(tmp_path, lambda launch: LONG), story)
