"""The scheduler: from `created` to a final state, whatever dies on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
from anyio.abc import TaskStatus

from appliance.audit import Entry
from appliance.clock import Clock
from appliance.contract.job import State
from appliance.control_plane.artifact_store.outputs import Outputs
from appliance.control_plane.launchers.launcher import Launcher
from appliance.control_plane.scheduler import retention, settlement, transitions
from appliance.control_plane.scheduler.capacity import GpuLeases, Inventory
from appliance.control_plane.scheduler.deadlines import Deadlines
from appliance.control_plane.scheduler.dispatcher import Dispatcher
from appliance.control_plane.scheduler.inspections import Inspections
from appliance.control_plane.scheduler.manual import ManualDesk
from appliance.control_plane.scheduler.recovery import Recovered, recover
from appliance.control_plane.scheduler.retention import Swept
from appliance.control_plane.scheduler.supervision import Supervisor
from appliance.control_plane.scheduler.workshop import Machine, Workshop
from appliance.control_plane.store import Store, artifacts
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.projects import Project
from appliance.settings import Settings

REAL = Machine()


class Scheduler:
    """Event-driven: `wake` it at every commit that creates a job (`store.write(..., committed=scheduler.wake)`).

    One life: run `serve` as a task, wait for `ready`, end it with `stop`. It neither starts nor stops the launcher and does not own the
    store. `machine` replaces threads, heartbeat files and pressure in simulations; `secrets` opens the keys that workers are handed."""

    def __init__(
        self,
        store: Store,
        launcher: Launcher,
        settings: Settings,
        clock: Clock,
        keeper: Outputs,
        resources: Inventory,
        machine: Machine = REAL,
        secrets: Callable[[Job], dict[str, str]] = lambda job: {},
    ) -> None:
        deadlines, gpus = Deadlines(clock), GpuLeases(resources.gpus)
        self._shop = Workshop(store, launcher, settings, clock, keeper, resources, machine, deadlines, gpus, self.wake, secrets)
        self._supervisor = Supervisor(self._shop)
        self._inspections = Inspections(self._shop)
        self.manual = ManualDesk(self._shop)
        """The jobs of workers elsewhere: claim, check in, settle."""
        self._dispatcher = Dispatcher(self._shop, self._supervisor, self.manual.loads)
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
        self.recovered = await recover(self._shop, self._supervisor)
        self.manual.recover()
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

    async def cancel(self, job_uid: str, told: Entry | None = None) -> Job:
        """`cancelled` first, then TERM and KILL; a final state stays. The row after. `told`: the audit log's line. Raises NotFound."""
        at = self._shop.clock.now()
        with anyio.CancelScope(shield=True):  # the worker hears of it even when who asked has gone
            job = await self._shop.store.write(lambda c: transitions.cancel(c, job_uid, at=at), told=told)
        if job.state is State.CANCELLED:
            self._supervisor.stop(job)
            if job.manual:
                self.manual.ended(job)
        return job

    async def delete(self, job_uid: str, told: Entry | None = None) -> None:
        """Delete a model (with its runs) or a run: hidden at once, files go when nothing uses them any more, also across a restart.

        Raises NotFound; Conflict naming running record handlers."""
        at = self._shop.clock.now()
        for job in await self._shop.store.write(lambda c: transitions.delete(c, job_uid, at=at), told=told):
            self._follow(job)

    async def delete_artifact(self, artifact: Artifact, told: Entry | None = None) -> None:
        """Delete an uploaded file. Raises Conflict naming the waiting jobs that need it."""
        marked = await self._shop.store.write(lambda c: artifacts.mark_deleting(c, artifact), told=told)
        self._shop.start_soon(self._remove_artifact, marked)

    async def delete_project(self, project: Project, told: Entry | None = None) -> None:
        """Delete a project with everything in it, also while jobs run. It is gone at once; its jobs are cancelled, its files follow."""
        at = self._shop.clock.now()
        hidden, marked = await self._shop.store.write(lambda c: transitions.delete_project(c, project, at=at), told=told)
        for job in hidden:
            self._follow(job)
        for artifact in marked:
            self._shop.start_soon(self._remove_artifact, artifact)

    def _follow(self, job: Job) -> None:
        """A deleted job that still has processes is purged by the task that watches them."""
        if job.manual:
            self.manual.forget(job)
        self._supervisor.stop(job)
        if not job.stopping:
            self._shop.start_soon(settlement.purge, self._shop, job)

    async def _remove_artifact(self, artifact: Artifact) -> None:
        await self._inspections.stop(artifact)
        await settlement.purge_artifact(self._shop, artifact)

    def inspect(self, artifact: Artifact) -> None:
        """Profile a finished upload when its turn comes; `profile_state` of its row tells the end."""
        self._inspections.enqueue(artifact)

    async def sweep(self) -> Swept:
        """Remove settled run directories and interrupted uploads that are past their time. Also runs by itself every six hours."""
        return await retention.sweep(self._shop)

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
