"""A whole control plane in miniature, for simulations: real store (inline), real scheduler, stub workers, simulated clock."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import msgspec
import trio
from trio.testing import MockClock

from appliance.contract.job import ArtifactDigest, Kind, Outcome, State, Usage
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.artifact_store.outputs import Outputs
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.scheduler.capacity import Inventory
from appliance.control_plane.scheduler.scheduler import Scheduler
from appliance.control_plane.scheduler.workshop import Machine
from appliance.control_plane.store import Store, jobs, projects, users
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.users import User
from appliance.settings import Settings
from tests.stub_launcher import FOREVER, Script, StubLauncher, StubWorker

EPOCH = 1_700_000_000.0


DONE = Outcome(
    State.COMPLETED,
    artifacts=(ArtifactDigest("model", "model.tar.gz", 3, "a" * 64),),
    usage=Usage(wall_s=9.0, cpu_s=8.0),
    report={"sqs": 97.0},
    resolved={"epochs": 3},
    confinement={"network": "applied"},
)
LONG = Script(runs_for_s=FOREVER)


class SimulatedClock:
    """Wall and monotonic time of the event loop; `suspended` adds to the wall alone, as a sleeping laptop does."""

    def __init__(self) -> None:
        self.suspended = 0.0

    def now(self) -> float:
        return EPOCH + anyio.current_time() + self.suspended

    def monotonic(self) -> float:
        return anyio.current_time()


class NotedKeeper(Outputs):
    """An artifact store that only notes what it was asked."""

    def __init__(self) -> None:
        self.unreadable: set[str] = set()
        self.kept: list[tuple[str, str]] = []
        self.discarded: list[str] = []
        self.profiles: list[str] = []
        self.discarded_artifacts: list[str] = []

    def provide_inputs(self, job: Job, directory: RunDirectory) -> None:
        for given in job.inputs:
            (directory.inputs / given.name).write_bytes(b"")

    def keep(self, job: Job, directory: RunDirectory, outcome: Outcome) -> tuple[ArtifactDigest, ...]:
        if job.uid in self.unreadable:
            raise OverflowError
        self.kept.append((job.uid, outcome.state))
        return (*outcome.artifacts, ArtifactDigest("model_logs", "logs.json.gz", 1, "0" * 64))

    def discard(self, job: Job) -> None:
        self.discarded.append(job.uid)

    def provide_source(self, artifact: Artifact, directory: RunDirectory) -> None:
        (directory.inputs / artifact.name).write_bytes(b"")

    def keep_profile(self, artifact: Artifact, directory: RunDirectory, outcome: Outcome) -> None:
        self.profiles.append(artifact.uid)

    def discard_artifact(self, artifact: Artifact) -> None:
        self.discarded_artifacts.append(artifact.uid)


async def at_once(function: Callable[..., Any], *arguments: Any) -> Any:
    """Threads would run outside the simulated time."""
    return function(*arguments)


class Miniature:
    """One data folder over any number of server lives. `workers` outlive a crash, as processes do."""

    def __init__(self, folder: Path, script: Callable[[Launch], Script], inventory: Inventory | None = None, **settings: Any) -> None:
        self.settings = Settings(folder, **settings)
        self.clock = SimulatedClock()
        self.keeper = NotedKeeper()
        self.workers: dict[Path, StubWorker] = {}
        self.script = script
        self.inventory = inventory or Inventory(4, 16 << 30)
        self.beats = True
        self.pressed = False
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def life(self) -> AsyncIterator[Miniature]:
        """One life of the server; leaving it is a crash as far as workers can tell."""
        self.store = await Store.open(self.settings.data_dir, self.clock, inline=True)
        self.launcher = StubLauncher(self.clock, self.script, self.workers)
        machine = Machine(at_once, self._beat, lambda: self.pressed, lambda: "boot")
        self.scheduler = Scheduler(self.store, self.launcher, self.settings, self.clock, self.keeper, self.inventory, machine)
        try:
            async with anyio.create_task_group() as group:
                await group.start(self._serve)
                yield self
                group.cancel_scope.cancel()
        finally:
            await self.store.close()

    async def user(self, email: str = "a@example.com") -> User:
        uid = f"{next(self._numbers):024x}"
        found = await self.store.write(
            lambda c: users.insert(c, uid=uid, email=email, password_digest="", is_owner=False, at=self.clock.now())
        )
        assert found is not None
        return found

    async def project(self, owner: User, name: str = "project") -> Project:
        number, at = next(self._numbers), self.clock.now()
        new = Project(uid=f"{number:024x}", guid=f"proj_{number}", name=name, owner_id=owner.id, created_at=at, changed_at=at)
        found = await self.store.write(lambda c: projects.insert(c, new))
        assert found is not None
        return found

    def new_job(self, owner: User, project: Project, **more: Any) -> Job:
        number = next(self._numbers)
        new = Job(
            uid=f"{number:024x}",
            guid=f"model_{number}",
            kind=Kind.TRAIN,
            project_id=project.id,
            owner_id=owner.id,
            owner_email=owner.email,
            model_type="noop",
            name=f"job {number}",
            configuration_sent=b"{}",
            configuration=b"{}",
            worker_key_digest=b"",
            body_sha256=str(number).encode(),
            created_at=self.clock.now(),
            changed_at=self.clock.now(),
        )
        return msgspec.structs.replace(new, **more)

    async def submit(self, owner: User, project: Project, **more: Any) -> Job | None:
        new = self.new_job(owner, project, **more)
        limit = self.settings.max_created
        return await self.store.write(lambda c: jobs.insert(c, new, max_created=limit), committed=self.scheduler.wake)

    async def submitted(self, owner: User, project: Project, **more: Any) -> Job:
        job = await self.submit(owner, project, **more)
        assert job is not None
        return job

    def row(self, job: Job) -> Job:
        """The job now."""
        found = jobs.by_id(self.store.read, job.id)
        assert found is not None
        return found

    def directory(self, job: Job) -> RunDirectory:
        """The run directory of the job's present attempt."""
        return RunDirectory(self.scheduler.directory(self.row(job)))

    async def _serve(self, *, task_status: Any) -> None:
        await self.scheduler.serve(task_status=task_status)

    def _beat(self, directory: RunDirectory) -> float | None:
        return self.clock.now() if self.beats else None


@contextmanager
def steady_order(seed: int) -> Iterator[None]:
    """Trio shuffles tasks that are ready together; inside, it does so in the same order in every run with this seed."""
    from trio._core import _run

    before = _run._ALLOW_DETERMINISTIC_SCHEDULING
    _run._ALLOW_DETERMINISTIC_SCHEDULING = True
    _run._r.seed(seed)
    try:
        yield
    finally:
        _run._ALLOW_DETERMINISTIC_SCHEDULING = before


def play(house: Miniature, *stories: Callable[[Miniature], Awaitable[None]]) -> None:
    """Each story is one life of the server over the same data folder; between two of them it crashes."""

    async def main() -> None:
        for story in stories:
            async with house.life():
                await story(house)

    trio.run(main, clock=MockClock(autojump_threshold=0))
