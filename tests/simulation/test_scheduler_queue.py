"""Whose turn it is when a job of the queue is over before its turn came."""

from __future__ import annotations

from pathlib import Path

import anyio
from miniature import LONG, Miniature, play

from appliance.contract.job import State


def test_a_cancelled_job_holds_up_nobody_behind_it(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        owner = await house.user()
        place = await house.project(owner)
        running = await house.submitted(owner, place)
        await anyio.sleep(1)
        before = [await house.submitted(owner, place) for _ in range(3)]
        for job in (*before, running):
            await house.scheduler.cancel(job.uid)
        behind = await house.submitted(owner, place)
        await anyio.sleep(6)
        assert house.row(behind).state is State.ACTIVE

    play(Miniature(tmp_path, lambda launch: LONG, max_workers=1), story)
