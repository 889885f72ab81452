"""Limits of single users: each is held to his own at every instant, also while it is changed and jobs wait."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import anyio
import pytest
from miniature import LONG, Miniature, play
from trio.testing import wait_all_tasks_blocked

from appliance.contract.job import FINAL, State
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.scheduler.capacity import Inventory
from appliance.control_plane.store import Connection, jobs, users
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.users import User
from tests.stub_launcher import Script

Changes = dict[int, list[tuple[int, int]]]
"""User id → (number of the last event before, limit from then on)."""


async def limit(house: Miniature, user: User, running: int | None, created: int | None = None) -> int:
    """As an administrator sets it: the scheduler looks again. The number of the last event before."""

    def change(connection: Connection) -> int:
        users.change(connection, user, max_running=running, max_created=created)
        return int(connection.execute("select coalesce(max(seq), 0) from event").fetchall()[0][0])

    before = await house.store.write(change, committed=house.scheduler.wake)
    await wait_all_tasks_blocked()
    return before


def running(house: Miniature, user: User) -> int:
    return jobs.counts(house.store.read, user.id).running


def check_every_start(house: Miniature, changes: Changes) -> int:
    """Replays every move: nobody's job started while he was at the limit that held then. How many started."""
    owners = dict(house.store.read.execute("select uid, owner_id from job").fetchall())
    live: Counter[int] = Counter()
    states: dict[str, str] = {}
    starts = 0
    for seq, uid, to_state in house.store.read.execute("select seq, job_uid, to_state from event order by seq").fetchall():
        owner, before = owners[uid], states.get(uid, "")
        states[uid] = to_state
        if to_state == "pending" and before == "created":
            held = [most for since, most in changes[owner] if since < seq][-1]
            assert live[owner] < held, f"job {uid} started as number {live[owner] + 1} of {held}"
            live[owner] += 1
            starts += 1
        elif State(to_state) in FINAL and before in ("pending", "active"):
            live[owner] -= 1
    return starts


def test_each_user_has_the_slots_of_his_own_limit_on_a_machine_that_carries_them(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        high, plain, low = [await house.user(f"{name}@example.com") for name in ("high", "plain", "low")]
        await limit(house, high, 7)
        await limit(house, low, 1)
        for user in (high, plain, low):
            place = await house.project(user, f"project-{user.id}")
            for _ in range(9):
                await house.submitted(user, place, memory_bytes=1 << 30)
            await wait_all_tasks_blocked()
            await anyio.sleep(1)
        assert [running(house, user) for user in (high, plain, low)] == [7, 4, 1]

    play(Miniature(tmp_path, lambda launch: LONG, Inventory(12, 64 << 30)), story)


def test_a_higher_limit_gives_slots_to_jobs_of_unknown_size_on_a_small_machine_and_never_more_than_it_carries(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        user = await house.user()
        place = await house.project(user)
        for _ in range(12):
            await house.submitted(user, place)
        await wait_all_tasks_blocked()
        assert running(house, user) == 4
        await limit(house, user, 6, 20)
        assert running(house, user) == 6
        await limit(house, user, 1000, 20)
        assert running(house, user) == 8

    play(Miniature(tmp_path, lambda launch: LONG, Inventory(2, 16 << 30), max_created=12), story)


def test_a_limit_that_is_lowered_ends_nothing_and_one_that_is_raised_starts_what_waits(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        user = await house.user()
        place = await house.project(user)
        made = [await house.submitted(user, place, max_duration_s=1000.0) for _ in range(8)]
        await wait_all_tasks_blocked()
        await limit(house, user, 2)
        assert running(house, user) == 4
        await house.scheduler.cancel(made[0].uid)
        await anyio.sleep(30)
        await house.scheduler.cancel(made[1].uid)
        await anyio.sleep(30)
        assert running(house, user) == 2
        await limit(house, user, 3)
        assert running(house, user) == 3
        await limit(house, user, None)
        assert running(house, user) == 4

    play(Miniature(tmp_path, lambda launch: LONG), story)


def test_a_lowered_limit_outlives_a_restart(tmp_path: Path) -> None:
    async def before(house: Miniature) -> None:
        user = await house.user()
        await limit(house, user, 1)
        place = await house.project(user)
        for _ in range(3):
            await house.submitted(user, place)
        await anyio.sleep(5)
        assert running(house, user) == 1

    async def after(house: Miniature) -> None:
        await anyio.sleep(60)
        [user] = users.every(house.store.read)
        assert running(house, user) == 1

    play(Miniature(tmp_path, lambda launch: LONG), before, after)


def test_a_manual_start_over_ones_own_limit_says_that_limit(tmp_path: Path) -> None:
    async def story(house: Miniature) -> None:
        user = await house.user()
        await limit(house, user, 2)
        place = await house.project(user)
        made = [await house.submitted(user, place, runner_mode="manual") for _ in range(10)]
        ended: list[Job] = []

        async def claim(job: Job) -> None:
            ended.append(await house.scheduler.manual.claim(job.uid))

        async with anyio.create_task_group() as group:
            for job in made:
                group.start_soon(claim, job)
        assert Counter(job.state for job in ended) == {State.ACTIVE: 2, State.ERROR: 8}
        assert {job.error_msg for job in ended} == {None, "Maximum number of running jobs (2) reached for your account."}

    play(Miniature(tmp_path, lambda launch: LONG), story)


@pytest.mark.parametrize("seed", range(4))
def test_no_start_is_ever_over_the_limit_that_held_then(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    changes: Changes = {}

    def script(launch: Launch) -> Script:
        return Script(active_after_s=draw.random() * 3, runs_for_s=draw.expovariate(1 / 40), term_s=draw.random() * 9)

    async def story(house: Miniature) -> None:
        people = [await house.user(f"{name}@example.com") for name in "ab"]
        places = [await house.project(user, f"project-{user.id}") for user in people]
        for user, first in zip(people, (1, 6), strict=True):
            changes[user.id] = [(await limit(house, user, first, 40), first)]
        for _ in range(120):
            await anyio.sleep(draw.expovariate(1 / 4))
            which, dice = draw.randrange(2), draw.random()
            if dice < 0.15:
                number = draw.randint(1, 8)
                changes[people[which].id].append((await limit(house, people[which], number, 40), number))
            elif dice < 0.3:
                for job in jobs.live(house.store.read)[:1]:
                    await house.scheduler.cancel(job.uid)
            else:
                await house.submit(people[which], places[which], runner_mode=draw.choice(("cloud", "cloud", "manual")))
            for job in jobs.of_project(house.store.read, places[which].id):
                if job.manual and job.state is State.CREATED and draw.random() < 0.3:
                    await house.scheduler.manual.claim(job.uid)
        await anyio.sleep(2000)
        assert check_every_start(house, changes) > 40
        assert not jobs.live(house.store.read)

    play(Miniature(tmp_path, script, Inventory(8, 32 << 30)), story)
