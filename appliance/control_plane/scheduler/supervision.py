"""One task for each local attempt: prepare, launch, watch, settle. Also what ends it early: cancel, time-out, hang."""

from __future__ import annotations

from functools import partial

import anyio
import msgspec

from appliance.contract.job import Failure, State
from appliance.contract.lease import fence
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.launchers.launcher import Launch, Watch
from appliance.control_plane.scheduler import settlement, transitions
from appliance.control_plane.scheduler.admission import duration_exceeded
from appliance.control_plane.scheduler.policy import Load
from appliance.control_plane.scheduler.workshop import PULSE_S, Workshop
from appliance.control_plane.store import jobs
from appliance.control_plane.store.jobs import Job
from appliance.errors import JobFailed

START_S = 300.0
"""Seconds from launch within which a worker must be active; imports and inputs take a few."""
MAX_LAUNCHES = 3
"""Attempts that never begin before the job ends in error."""
SUSPENDED_S = 10.0
"""Wall time beyond the monotonic time between two looks from which the machine was suspended."""


class Running(msgspec.Struct, eq=False):
    """A live local attempt, in memory only: everything that matters is in the store and the run directory."""

    job: Job
    gpus: tuple[str, ...]
    load: Load
    watch: Watch | None
    stopping: bool = False
    launches: int = 0
    strikes: int = 0
    seen: tuple[float, float] = (0.0, 0.0)


class Supervisor:
    """Knows every live local attempt by job id."""

    def __init__(self, workshop: Workshop) -> None:
        self._shop = workshop
        self.running: dict[int, Running] = {}
        self.changed = anyio.Event()

    def begin(self, job: Job, gpus: tuple[str, ...], watch: Watch | None = None) -> None:
        """Launch the present attempt of a `pending` job. With `watch`: go on with a worker of an earlier server life; of an ended job:
        stop it."""
        shop = self._shop
        ends_at = (job.active_at or shop.clock.now()) + job.max_duration_s
        memory = shop.inventory.memory_request(job.memory_bytes, shop.settings)
        running = Running(job, gpus, Load(job.owner_id, job.cpu, memory, job.gpus, ends_at), watch)
        self.running[job.id] = running
        shop.start_soon(self._supervise, running)
        if job.state.final:
            self.stop(job)

    def stop(self, job: Job) -> None:
        """TERM, KILL after the grace; the attempt's own task does the rest. Nothing happens when nothing of the job lives here."""
        running = self.running.get(job.id)
        if running is not None:
            running.stopping = True
            if running.watch is not None:
                self._shop.start_soon(self._kill, running, self._shop.settings.grace_s)

    def _directory(self, running: Running) -> RunDirectory:
        return self._shop.directory(running.job.uid, running.job.attempt)

    async def _supervise(self, running: Running) -> None:
        failure: Failure | None = None
        while True:
            failure = await self._launch(running)
            if failure is not None or running.watch is None or await self._watch(running, running.watch):
                break
            running.watch = None
            failure = await self._again(running)
            if failure is not None or running.stopping:
                break
        self._release(running)
        await settlement.conclude(self._shop, running.job, failure, partial(self._forget, running))
        self._forget(running)

    def _forget(self, running: Running) -> None:
        """It counts for nobody any more. Safe to repeat."""
        if self.running.pop(running.job.id, None) is not None:
            self.changed.set()
            self.changed = anyio.Event()
            self._shop.wake()

    async def _launch(self, running: Running) -> Failure | None:
        """Afterwards `running.watch` is set, unless the attempt was stopped before it began (then it is fenced) or cannot begin."""
        if running.watch is not None:
            return None
        shop, directory = self._shop, self._directory(running)
        try:
            await shop.in_thread(self._prepare, running, directory)
        except FileNotFoundError:
            return Failure("input_missing", "An input of the job is gone.", "pre", "Upload it again and start a new job.")
        except OSError as error:
            return Failure("launch_failed", f"The run directory could not be made: {error.strerror}.", "pre")
        if running.stopping or jobs.state_of(shop.store.read, running.job.id) is not State.PENDING:  # or ended between claim and `begin`
            running.stopping = True
            fence(directory.lease)
            return None
        running.launches += 1
        environment = {"CUDA_VISIBLE_DEVICES": ",".join(running.gpus)}
        try:
            secrets = shop.secrets(running.job)
            running.watch = await shop.launcher.launch(Launch(directory, running.job.preload, secrets, environment))
        except JobFailed as error:
            fence(directory.lease)
            return Failure("key_unavailable", error.message, "pre", error.hint)
        except OSError as error:  # the order was not given: too many open files, no memory for a process
            fence(directory.lease)
            return Failure("launch_failed", f"The worker could not be started: {error.strerror}.", "pre", "Try again.")
        if running.stopping:
            shop.start_soon(self._kill, running, shop.settings.grace_s)
        return None

    def _prepare(self, running: Running, directory: RunDirectory) -> None:
        directory.create(self._shop.assignment(running.job, running.gpus))
        self._shop.keeper.provide_inputs(running.job, directory)

    async def _watch(self, running: Running, watch: Watch) -> bool:
        """Until every process is dead. False when the attempt never began, so that another may."""
        self._look_later(running)
        self._shop.deadlines.arm(("duration", running.job.id), START_S, lambda: self._kill(running))
        active_at = await watch.active()
        if active_at is not None:
            await self._activate(running, watch, active_at)
        ended = await watch.ended()
        self._shop.deadlines.disarm(("duration", running.job.id), ("pulse", running.job.id))
        return ended.started

    async def _activate(self, running: Running, watch: Watch, active_at: float) -> None:
        shop, job = self._shop, running.job
        if job.state is State.PENDING:
            pid, boot = watch.pid, shop.machine.boot_id()
            moved = await shop.write(lambda c: transitions.activate(c, job, pid=pid, boot_id=boot, at=active_at), promise=False)
            if moved is None:
                return
            running.job = moved
        began = running.job.active_at or active_at
        running.load = msgspec.structs.replace(running.load, ends_at=began + job.max_duration_s)
        left = min(job.max_duration_s, began + job.max_duration_s - shop.clock.now())
        shop.deadlines.arm(("duration", job.id), left, lambda: self._time_out(running))

    async def _again(self, running: Running) -> Failure | None:
        """Attempt n+1 of a job that stays `pending`; a job that was ended meanwhile counts as stopped."""
        shop, job = self._shop, running.job
        if running.stopping:
            return None
        if running.launches >= MAX_LAUNCHES:
            return Failure(
                "launch_failed", f"The worker could not be started in {MAX_LAUNCHES} attempts.", "pre", "Look at `appliance doctor`."
            )
        at = shop.clock.now()
        again = await shop.write(lambda c: transitions.begin_again(c, job, gpus=running.gpus, actor="scheduler", at=at), promise=False)
        if again is None:
            running.stopping = True
        else:
            running.job = again
        return None

    def _release(self, running: Running) -> None:
        """The processes are dead: their part of the machine is free, before the end is written."""
        running.load = msgspec.structs.replace(running.load, holds=False)
        self._shop.deadlines.disarm(("duration", running.job.id), ("pulse", running.job.id))
        self._shop.gpus.release(running.job.id)
        self._shop.wake()

    async def _time_out(self, running: Running) -> None:
        job, at = running.job, self._shop.clock.now()
        failure = duration_exceeded(job.max_duration_s)
        ended = await self._shop.write(lambda c: transitions.fail(c, job, failure, actor="deadline", stopping=True, at=at))
        if ended is not None:
            self.stop(ended)

    async def _kill(self, running: Running, grace_s: float = 0.0) -> None:
        """End a worker; without a grace when it does not do its part. The attempt's own task finds out what that means for the job."""
        await self._shop.launcher.stop_attempt(self._directory(running), grace_s)

    def _look_later(self, running: Running) -> None:
        running.seen = (self._shop.clock.now(), self._shop.clock.monotonic())
        self._shop.deadlines.arm(("pulse", running.job.id), PULSE_S, lambda: self._look(running))

    async def _look(self, running: Running) -> None:
        """Note the heartbeat; a worker that missed it at two looks, on a machine that was awake, hangs and is killed."""
        shop, job = self._shop, running.job
        now, awake = shop.clock.now(), shop.clock.monotonic() - running.seen[1]
        beat = shop.machine.heartbeat(self._directory(running))
        suspended = now - running.seen[0] > awake + SUSPENDED_S
        missing = beat is None or now - beat > PULSE_S
        running.strikes = running.strikes + 1 if missing and not suspended else 0
        if running.strikes >= 2:
            await self._kill(running)
            return
        self._look_later(running)
        if beat is not None:
            await shop.write(lambda c: jobs.heartbeat(c, job.id, job.attempt, beat), promise=False)
