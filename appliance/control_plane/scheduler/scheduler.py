"""The scheduler: from `created` to a final state, whatever dies on the way."""

from __future__ import annotations

from pathlib import Path

import anyio
from anyio.abc import TaskStatus

from appliance.clock import Clock, Random
from appliance.contract.job import Outcome, State
from appliance.contract.lease import boot_id
from appliance.control_plane.launchers.launcher import Launcher
from appliance.control_plane.scheduler import retention, transitions
from appliance.control_plane.scheduler.capacity import GpuLeases, Inventory, memory_pressed
from appliance.control_plane.scheduler.deadlines import Deadlines
from appliance.control_plane.scheduler.deletion import Deletion
from appliance.control_plane.scheduler.dispatcher import Dispatcher
from appliance.control_plane.scheduler.inspections import Inspections
from appliance.control_plane.scheduler.keeper import OutputKeeper
from appliance.control_plane.scheduler.manual import ManualDesk
from appliance.control_plane.scheduler.recovery import Recovered, Recovery
from appliance.control_plane.scheduler.retention import Swept
from appliance.control_plane.scheduler.settlement import Settlement
from appliance.control_plane.scheduler.supervision import Supervisor
from appliance.control_plane.scheduler.workshop import Machine, Workshop, heartbeat_time, in_worker_thread
from appliance.control_plane.store import Store
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.projects import Project
from appliance.settings import Settings


class Scheduler:
    """Event-driven: `wake` it at every commit that creates a job (`store.write(..., committed=scheduler.wake)`).

    One life: run `serve` as a task, wait for `ready`, end it with `stop`. It neither starts nor stops the launcher and does not own the
    store. `machine` replaces threads, heartbeat files and pressure in simulations."""

    def __init__(
        self,
        store: Store,
        launcher: Launcher,
        settings: Settings,
        clock: Clock,
        random: Random,
        keeper: OutputKeeper,
        resources: Inventory,
        machine: Machine | None = None,
    ) -> None:
        real = machine or Machine(in_worker_thread, heartbeat_time, memory_pressed, boot_id)
        self._shop = Workshop(
            store, launcher, settings, clock, random, keeper, resources, real, Deadlines(clock), GpuLeases(resources.gpus), self.wake
        )
        self._settlement = Settlement(self._shop)
        self._supervisor = Supervisor(self._shop, self._settlement)
        self._desk = ManualDesk(self._shop, self._settlement)
        self._inspections = Inspections(self._shop, self._settlement)
        self._dispatcher = Dispatcher(self._shop, self._supervisor, self._desk.loads)
        self._deletion = Deletion(self._shop, self._supervisor, self._desk, self._inspections, self._settlement)
        self._scope: anyio.CancelScope | None = None
        self._ready = anyio.Event()
        self._ended = anyio.Event()
        self.recovered = Recovered()

    async def serve(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Recover, report started, then dispatch until cancelled; workers run on. Raises what the store raised when it failed."""
        try:
            async with anyio.create_task_group() as group:
                self._scope, self._shop.group = group.cancel_scope, group
                await self._recover()
                group.start_soon(self._shop.deadlines.run, group)
                group.start_soon(self._dispatcher.run)
                group.start_soon(self._inspections.run)
                self._ready.set()
                task_status.started()
                await anyio.sleep_forever()
        finally:
            self._shop.group = None
            self._ready.set()
            self._ended.set()

    async def _recover(self) -> None:
        self.recovered = await Recovery(self._shop, self._supervisor, self._settlement).run()
        self._desk.recover()
        await self._inspections.recover()
        self._shop.deadlines.arm("sweep", retention.SWEEP_S, self._sweep_again)
        self.wake()

    async def ready(self) -> None:
        """Wait until `serve` has recovered, or has ended (then its own task knows why)."""
        await self._ready.wait()

    async def stop(self) -> None:
        """Detach: nothing is dispatched or watched any more, workers run on, the next life adopts them. Returns when that is done."""
        if self._scope is not None:
            self._scope.cancel()
            await self._ended.wait()

    def wake(self) -> None:
        """A job was created, or something became free."""
        self._dispatcher.wake()

    async def drain(self) -> None:
        """Start nothing more, and return when nothing local runs. Waiting jobs stay `created`."""
        self._dispatcher.paused = True
        while self._supervisor.running:
            await self._supervisor.changed.wait()

    async def cancel_running(self) -> None:
        """Cancel every local job that runs and start nothing more, for a server that is told to stop everything."""
        self._dispatcher.paused = True
        for running in list(self._supervisor.running.values()):
            await self.cancel(running.job.uid)

    async def cancel(self, job_uid: str) -> Job:
        """`cancelled` first, then TERM and KILL; a final state stays as it is. The row after. Raises NotFound."""
        at = self._shop.clock.now()
        job = await self._shop.store.write(lambda c: transitions.cancel(c, job_uid, actor="api", at=at))
        if job.state is State.CANCELLED:
            self._supervisor.stop(job, self._shop.settings.grace_s)
            if job.manual:
                self._desk.ended(job)
        return job

    async def delete(self, job_uid: str) -> None:
        """Delete a model (with its runs) or a run. Raises NotFound; Conflict naming running record handlers."""
        await self._deletion.job(job_uid)

    async def delete_artifact(self, artifact: Artifact) -> None:
        """Delete an uploaded file. Raises Conflict naming the waiting jobs that need it."""
        await self._deletion.artifact(artifact)

    async def delete_project(self, project: Project) -> None:
        """Delete a project with everything in it, also while jobs run."""
        await self._deletion.project(project)

    async def inspect(self, artifact: Artifact) -> None:
        """Profile a finished upload when its turn comes; `profile_state` of its row tells the end."""
        self._inspections.enqueue(artifact)

    async def claim(self, job_uid: str) -> Job:
        """A manual worker starts: the row, `active`, or `error` when its owner runs too many. Raises NotFound, Conflict."""
        return await self._desk.claim(job_uid)

    async def check_in(self, job_uid: str, attempt: int) -> bool:
        """A manual worker lives. True: stop working. Raises NotFound, AttemptFenced."""
        return await self._desk.check_in(job_uid, attempt)

    async def settle_manual(self, job_uid: str, attempt: int, outcome: Outcome) -> Job:
        """A manual worker's last word; what it uploaded lies in the run directory. The row after. Raises NotFound, AttemptFenced."""
        return await self._desk.settle(job_uid, attempt, outcome)

    async def sweep(self) -> Swept:
        """Remove settled run directories and interrupted uploads that are past their time. Also runs by itself every six hours."""
        return await retention.sweep(self._shop, self._settlement)

    def directory(self, job: Job) -> Path:
        """The run directory of a job's present attempt; it may not exist (any more)."""
        return self._shop.directory(job.uid, job.attempt).path

    def last_heartbeat(self, job: Job) -> float | None:
        """The last sign of life of a job's worker, read now while it runs."""
        beat = self._shop.machine.heartbeat(self._shop.directory(job.uid, job.attempt)) if job.id in self._supervisor.running else None
        return max(filter(None, (beat, job.last_heartbeat_at)), default=None)

    def counts(self) -> tuple[int, int]:
        """Local jobs that wait, local attempts that live."""
        return self._dispatcher.waiting, len(self._supervisor.running)

    async def _sweep_again(self) -> None:
        self._shop.deadlines.arm("sweep", retention.SWEEP_S, self._sweep_again)
        await self.sweep()
