"""Manual workers: claims, check-ins, silence, limits; one story a test."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from miniature import DONE, LONG, Miniature, play
from trio.testing import wait_all_tasks_blocked

from appliance.contract.job import State
from appliance.control_plane.store import artifacts, jobs
from appliance.errors import AttemptFenced, Conflict


def test_manual_worker_claims_checks_in_and_settles(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        job = await house.submitted(owner, place, runner_mode="manual")
        await anyio.sleep(100)
        assert house.row(job).state is State.CREATED
        claimed = await house.scheduler.manual.claim(job.uid)
        assert (claimed.state, claimed.attempt) == (State.ACTIVE, 1)
        with pytest.raises(Conflict):
            await house.scheduler.manual.claim(job.uid)
        for _ in range(20):
            await anyio.sleep(10)
            assert await house.scheduler.manual.check_in(job.uid, 1) is False
        assert house.row(job).last_heartbeat_at == pytest.approx(house.clock.now())
        with pytest.raises(AttemptFenced):
            await house.scheduler.manual.check_in(job.uid, 0)
        settled = await house.scheduler.manual.settle(job.uid, 1, DONE)
        assert (settled.state, settled.scores) == (State.COMPLETED, None)
        assert {held.type for held in artifacts.of_job(house.store.read, job.id)} == {"model", "model_logs"}
        assert (await house.scheduler.manual.settle(job.uid, 1, DONE)).state is State.COMPLETED
        with pytest.raises(AttemptFenced):
            await house.scheduler.manual.check_in(job.uid, 1)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_silent_manual_worker_is_lost_and_what_it_says_later_is_refused(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        job = await house.submitted(owner, await house.project(owner), runner_mode="manual")
        await house.scheduler.manual.claim(job.uid)
        await anyio.sleep(50)
        await house.scheduler.manual.check_in(job.uid, 1)
        await anyio.sleep(59)
        assert house.row(job).state is State.ACTIVE
        await anyio.sleep(2)
        assert house.row(job).state is State.LOST
        await wait_all_tasks_blocked()
        assert house.keeper.kept == [(job.uid, State.LOST)]
        with pytest.raises(AttemptFenced):
            await house.scheduler.manual.settle(job.uid, 1, DONE)

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_manual_limits_cancel_and_hour(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        made = [await house.submitted(owner, place, runner_mode="manual", max_duration_s=100.0) for _ in range(5)]
        for job in made:
            await house.scheduler.manual.claim(job.uid)
        refused = house.row(made[4])
        assert (refused.state, refused.error_id) == (State.ERROR, "running_limit")
        waiting = await house.submitted(owner, place)
        await anyio.sleep(10)
        assert house.row(waiting).state is State.CREATED
        await house.scheduler.cancel(made[0].uid)
        assert await house.scheduler.manual.check_in(made[0].uid, 1) is True
        await anyio.sleep(1)
        assert house.row(waiting).state is State.ACTIVE
        for _ in range(9):
            await anyio.sleep(10)
            for job in made[1:4]:
                await house.scheduler.manual.check_in(job.uid, 1)
        assert {house.row(job).error_id for job in made[1:4]} == {"max_duration_exceeded"}
        assert await house.scheduler.manual.check_in(made[1].uid, 1) is True

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_manual_jobs_outlive_a_restart(tmp_path: Path) -> None:
    async def before(house: Miniature) -> None:
        owner = await house.user()
        job = await house.submitted(owner, await house.project(owner), runner_mode="manual")
        await house.scheduler.manual.claim(job.uid)
        await anyio.sleep(50)

    async def after(house: Miniature) -> None:
        [job] = jobs.live(house.store.read)
        await anyio.sleep(50)
        await house.scheduler.manual.check_in(job.uid, 1)
        await anyio.sleep(61)
        assert house.row(job).state is State.LOST

    play(Miniature(tmp_path, lambda launch: LONG), before, after)
