"""What the parts of the scheduler share: the store, the launcher, the artifact store, the clock, and where run directories lie."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import msgspec
from anyio.abc import TaskGroup

from appliance.clock import Clock, dated
from appliance.contract.job import Assignment, Input, Usage
from appliance.contract.lease import boot_id
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.artifact_store.outputs import Outputs
from appliance.control_plane.launchers.launcher import Launcher
from appliance.control_plane.scheduler.capacity import GpuLeases, Inventory, memory_pressed
from appliance.control_plane.scheduler.deadlines import Deadlines
from appliance.control_plane.store import Connection, Store
from appliance.control_plane.store.batch import Told
from appliance.control_plane.store.jobs import Job
from appliance.errors import StorageFull
from appliance.settings import Settings

T = TypeVar("T")
FULL_DISK_RETRY_S = 5.0
PULSE_S = 60.0
"""Seconds between two looks at a local worker's heartbeat, and its age from which it counts as missing."""


def heartbeat_time(directory: RunDirectory) -> float | None:
    """When the worker last touched its heartbeat file; None when there is none (yet)."""
    try:
        return dated(directory.heartbeat.lstat().st_mtime)
    except OSError:
        return None


class Machine(msgspec.Struct, frozen=True):
    """What a simulation replaces of the machine. `threads`: how blocking work is done beside the loop; `heartbeat`: wall time of an
    attempt's last sign of life; `pressed`: short of memory."""

    threads: Callable[..., Awaitable[Any]] = anyio.to_thread.run_sync
    heartbeat: Callable[[RunDirectory], float | None] = heartbeat_time
    pressed: Callable[[], bool] = memory_pressed
    boot_id: Callable[[], str] = boot_id


class Workshop(msgspec.Struct):
    """Made once by the Scheduler. `wake` makes the dispatcher look again; `secrets` is what a job's worker is handed in memory;
    `group` runs background tasks while the scheduler serves."""

    store: Store
    launcher: Launcher
    settings: Settings
    clock: Clock
    keeper: Outputs
    inventory: Inventory
    machine: Machine
    deadlines: Deadlines
    gpus: GpuLeases
    wake: Callable[[], None]
    secrets: Callable[[Job], dict[str, str]]
    group: TaskGroup | None = None

    @property
    def runs(self) -> Path:
        """The folder of all run directories."""
        return self.settings.data_dir / "runs"

    def directory(self, uid: str, attempt: int) -> RunDirectory:
        """The run directory of an attempt, whether it exists or not."""
        return RunDirectory(self.runs / f"{uid}.{attempt}")

    def start_soon(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Run a task in the background. What a scheduler that does not serve leaves undone, the next recovery does."""
        if self.group is not None:
            self.group.start_soon(function, *arguments)

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Blocking work beside the event loop."""
        result: T = await self.machine.threads(function, *arguments)
        return result

    async def write(
        self, intent: Callable[[Connection], T], *, told: Told[T] = None, promise: bool = True, committed: Callable[[], None] | None = None
    ) -> T:
        """A write that must happen: not refused under load, and tried again while the disk is full."""
        while True:
            try:
                return await self.store.write(intent, told=told, promise=promise, committed=committed, limited=False)
            except StorageFull:
                await anyio.sleep(FULL_DISK_RETRY_S)

    def assignment(self, job: Job, gpus: tuple[str, ...]) -> Assignment:
        """What the worker of the job's present attempt is told."""
        return Assignment(
            job.uid,
            job.attempt,
            job.kind,
            job.model_type,
            msgspec.json.decode(job.configuration),
            msgspec.json.decode(job.params),
            tuple(Input(given.role, given.name) for given in job.inputs),
            (),
            self.inventory.limits(job, gpus, self.settings),
            job.seed,
            self.settings.allow_unconfined,
        )

    def wall_usage(self, job: Job, directory: RunDirectory) -> Usage:
        """All that is known of the use of an attempt that left no outcome: the clock's time, and the CPU's as it last told."""
        wall_s = max(0.0, self.clock.now() - job.active_at) if job.active_at else 0.0
        return Usage(wall_s, directory.told_cpu_seconds())


def clear_work(directory: RunDirectory) -> None:
    """What an attempt needed only while it ran goes when it settles: inputs, staging, temporary files. Safe to repeat."""
    for folder in (directory.inputs, directory.staging, directory.tmp):
        shutil.rmtree(folder, ignore_errors=True)


def remove_runs(runs: Path, uid: str) -> None:
    """Every run directory of a job or an artifact goes. Safe to repeat."""
    for path in runs.glob(f"{uid}.*"):
        shutil.rmtree(path, ignore_errors=True)
