"""The scheduler as the server runs it: asyncio, a writer thread, worker threads; only the workers are scripted."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))
from miniature import NotedKeeper

from appliance.clock import SystemClock
from appliance.contract.job import Kind, State
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.scheduler.capacity import Inventory
from appliance.control_plane.scheduler.scheduler import Scheduler
from appliance.control_plane.store import Store, jobs, projects, users
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.projects import Project
from appliance.errors import StoreFailed
from appliance.settings import Settings
from tests.stub_launcher import FOREVER, Script, StubLauncher, StubWorker

Scripted = Callable[[Launch], Script]


def project_of(owner_id: int, letter: str, at: float) -> Project:
    return Project(uid=letter * 24, guid=f"proj_{letter}", name="p", owner_id=owner_id, created_at=at, changed_at=at)


class House:
    """One server life."""

    def __init__(self, store: Store, scheduler: Scheduler, launcher: StubLauncher) -> None:
        self.store = store
        self.scheduler = scheduler
        self.launcher = launcher
        self._number = 0

    async def submit(self) -> Job:
        self._number += 1
        n = self._number
        new = Job(
            uid=f"{n:024x}",
            guid=f"model_{n}",
            kind=Kind.TRAIN,
            project_id=1,
            owner_id=1,
            owner_email="a@example.com",
            model_type="noop",
            name="n",
            configuration_sent=b"{}",
            configuration=b"{}",
            worker_key_digest=b"",
            body_sha256=b"%d" % n,
            created_at=time.time(),
            changed_at=time.time(),
        )
        job = await self.store.write(lambda c: jobs.insert(c, new, max_created=1000), committed=self.scheduler.wake)
        assert job is not None
        return job

    async def until_settled(self, job: Job) -> Job:
        async with asyncio.timeout(20):
            while True:
                row = jobs.by_id(self.store.read, job.id)
                assert row is not None
                if row.state.final and not row.stopping:
                    return row
                await self.store.write(lambda c: None)


@asynccontextmanager
async def house(folder: Path, script: Scripted, workers: dict[Path, StubWorker] | None = None) -> AsyncIterator[House]:
    clock = SystemClock()
    store = await Store.open(folder, clock)
    await store.write(lambda c: users.insert(c, uid="a" * 24, email="a@example.com", password_digest="", is_owner=True, at=1.0))
    await store.write(lambda c: projects.insert(c, project_of(1, "b", 1.0)))
    launcher = StubLauncher(clock, script, workers)
    scheduler = Scheduler(store, launcher, Settings(folder), clock, NotedKeeper(), Inventory(4, 8 << 30))
    try:
        serving = asyncio.create_task(scheduler.serve())
        await scheduler.ready()
        yield House(store, scheduler, launcher)
        await scheduler.stop()
        await serving
    finally:
        await store.close()


async def test_many_jobs_at_once_all_end(tmp_path: Path) -> None:
    async with house(tmp_path, lambda launch: Script(runs_for_s=0.001)) as life:
        made = await asyncio.gather(*(life.submit() for _ in range(40)))
        rows = [await life.until_settled(job) for job in made]
        assert {row.state for row in rows} == {State.COMPLETED}
        await asyncio.wait_for(life.scheduler.drain(), 10)
        assert life.scheduler.counts() == (0, 0)


async def test_stop_leaves_workers_running_and_the_next_start_adopts_them(tmp_path: Path) -> None:
    workers: dict[Path, StubWorker] = {}
    async with house(tmp_path, lambda launch: Script(runs_for_s=FOREVER), workers) as life:
        job = await life.submit()
        while jobs.counts(life.store.read, 1).created or not workers:
            await life.store.write(lambda c: None)
        await life.scheduler.stop()
        await life.scheduler.stop()
    assert [worker.live for worker in workers.values()] == [True]
    async with house(tmp_path, lambda launch: Script(runs_for_s=FOREVER), workers) as life:
        assert life.scheduler.recovered.adopted == 1
        cancelled = await life.scheduler.cancel(job.uid)
        assert cancelled.state is State.CANCELLED
        await life.until_settled(job)
        assert [worker.live for worker in workers.values()] == [False]


async def test_a_failed_store_ends_the_scheduler_with_its_error(tmp_path: Path) -> None:
    clock = SystemClock()
    store = await Store.open(tmp_path, clock)
    launcher = StubLauncher(clock, lambda launch: Script(runs_for_s=0.01))
    scheduler = Scheduler(store, launcher, Settings(tmp_path), clock, NotedKeeper(), Inventory(4, 8 << 30))
    await store.write(lambda c: users.insert(c, uid="a" * 24, email="a@example.com", password_digest="", is_owner=True, at=1.0))
    await store.write(lambda c: projects.insert(c, project_of(1, "b", 1.0)))
    life = House(store, scheduler, launcher)
    serving = asyncio.create_task(scheduler.serve())
    await scheduler.ready()
    await life.submit()
    store.failure = StoreFailed()
    with pytest.raises(ExceptionGroup) as failed:
        await asyncio.wait_for(serving, 10)
    assert failed.group_contains(StoreFailed)
    await scheduler.stop()
    await store.close()
