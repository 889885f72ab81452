"""A simulated day: a thousand jobs, three users, every kind of ending; the same seed gives the same trace."""

from __future__ import annotations

import random
from pathlib import Path

import anyio
import trio
from miniature import Miniature, steady_order
from trio.testing import MockClock

from appliance.contract.job import Failure, Outcome, State
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.store import jobs
from tests.stub_launcher import Script

DAY_S = 86_400.0
JOBS = 1_000


class Day:
    """Draws what happens from one seed."""

    def __init__(self, seed: int, folder: Path, jobs: int) -> None:
        self.jobs = jobs
        self.random = random.Random(seed)
        self.house = Miniature(folder, self.script, max_created=jobs)
        self.most_running = 0

    def script(self, launch: Launch) -> Script:
        draw = self.random
        dice = draw.random()
        if dice < 0.02:
            return Script(starts=False)
        outcome: Outcome | None = Outcome(State.COMPLETED)
        if dice < 0.10:
            outcome = Outcome(State.ERROR, Failure("data_refused", "The file has no header row."))
        elif dice < 0.15:
            outcome = None
        return Script(active_after_s=draw.random(), runs_for_s=draw.expovariate(1 / 600), outcome=outcome, term_s=draw.random() * 10)

    async def live(self) -> list[tuple[str, int, str, float]]:
        async with self.house.life() as house:
            owners = [await house.user(f"{name}@example.com") for name in "abc"]
            places = [await house.project(owner, f"project-{owner.id}") for owner in owners]
            for _ in range(self.jobs):
                await anyio.sleep(self.random.expovariate(self.jobs / DAY_S))
                which = self.random.randrange(3)
                job = await house.submitted(owners[which], places[which], priority=self.random.randrange(3))
                if self.random.random() < 0.05:
                    await house.scheduler.cancel(job.uid)
                for owner in owners:
                    running = jobs.counts(house.store.read, owner.id).running
                    assert running <= house.settings.max_running
                    self.most_running = max(self.most_running, running)
            await anyio.sleep(3 * DAY_S)
            assert not jobs.live(house.store.read)
            return house.store.read.execute("select job_uid, attempt, to_state, at from event order by seq").fetchall()


def simulate(seed: int, folder: Path, jobs: int) -> tuple[list[tuple[str, int, str, float]], Day]:
    day = Day(seed, folder, jobs)
    with steady_order(seed):
        return trio.run(day.live, clock=MockClock(autojump_threshold=0)), day


def test_every_job_of_a_day_ends_once_within_its_hour(tmp_path: Path) -> None:
    trace, day = simulate(1, tmp_path, JOBS)
    finals = {uid: at for uid, _, state, at in trace if State(state).final}
    assert len(finals) == JOBS == sum(State(state).final for _, _, state, _ in trace)
    assert {state for _, _, state, _ in trace if State(state).final} == {"completed", "error", "cancelled", "lost"}
    assert day.most_running == day.house.settings.max_running
    assert all(not worker.live for worker in day.house.workers.values())
    longest = max(finals[uid] - at for uid, _, state, at in trace if state == "active")
    assert 3599.0 <= longest <= 3601.0


def test_the_same_seed_gives_the_same_trace_and_another_another(tmp_path: Path) -> None:
    traces = [simulate(seed, tmp_path / name, 150)[0] for seed, name in ((2, "one"), (2, "two"), (3, "three"))]
    assert traces[0] == traces[1]
    assert [move[2] for move in traces[0]] != [move[2] for move in traces[2]]
