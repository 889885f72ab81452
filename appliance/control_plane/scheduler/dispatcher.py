"""The loop that starts jobs: woken by commits, exits and deadlines, never by a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import anyio

from appliance.contract.job import State
from appliance.control_plane.scheduler import policy, transitions
from appliance.control_plane.scheduler.policy import Load
from appliance.control_plane.scheduler.supervision import LAUNCHER, Supervisor
from appliance.control_plane.scheduler.workshop import Workshop
from appliance.control_plane.store import jobs
from appliance.control_plane.store.jobs import Waiting

PRESSURE_RETRY_S = 5.0
"""How long to wait for memory pressure to ease before looking again; nothing else tells when it does."""


class Dispatcher:
    """Keeps the waiting jobs in memory (by row id, read on as rows are added) and starts what the policy chooses."""

    def __init__(self, workshop: Workshop, supervisor: Supervisor, elsewhere: Callable[[], Iterable[Load]]) -> None:
        self._shop = workshop
        self._supervisor = supervisor
        self._elsewhere = elsewhere
        self._waiting: dict[int, Waiting] = {}
        self._passed: dict[int, int] = {}
        self._last_id = 0
        self._woken = anyio.Event()
        self.paused = False

    @property
    def waiting(self) -> int:
        """Local jobs that wait, as far as they were read."""
        return len(self._waiting)

    def wake(self) -> None:
        """Look again: a job was created or ended, or room was made. Cheap; call it on the loop."""
        self._woken.set()

    async def run(self) -> None:
        """Dispatch until cancelled."""
        while True:
            await self._woken.wait()
            self._woken = anyio.Event()
            if not self.paused:
                await self.dispatch()

    async def dispatch(self) -> None:
        """Start everything that may start now."""
        self._read_on()
        chosen = self._choose()
        if not chosen:
            return
        shop, at = self._shop, self._shop.clock.now()
        limit = shop.settings.max_running
        claimed = await shop.write(lambda c: transitions.claim(c, chosen, launcher=LAUNCHER, max_running=limit, at=at), promise=False)
        gpus = dict(chosen)
        for job in claimed:
            self._forget(job.id)
            self._supervisor.begin(job, gpus.pop(job.id))
        for job_id in gpus:
            self._refused(job_id)

    def _read_on(self) -> None:
        for waiting in jobs.waiting_after(self._shop.store.read, self._last_id):
            self._waiting[waiting.id] = waiting
            self._last_id = waiting.id

    def _choose(self) -> list[tuple[int, tuple[str, ...]]]:
        """The policy's choice with GPUs leased to it."""
        shop = self._shop
        if not self._waiting:
            return []
        pressed = shop.machine.pressed()
        queue = [shop.inventory.demand(job, shop.settings, self._passed.get(job.id, 0)) for job in self._waiting.values()]
        running = [*(running.load for running in self._supervisor.running.values()), *self._elsewhere()]
        plan = policy.plan(queue, running, shop.inventory.capacity(shop.settings, now=shop.clock.now(), pressed=pressed))
        for job_id in plan.passed:
            self._passed[job_id] = self._passed.get(job_id, 0) + 1
        if pressed and running:
            shop.deadlines.arm("pressure", PRESSURE_RETRY_S, self._ease)
        leased = ((job_id, shop.gpus.take(job_id, self._waiting[job_id].gpus)) for job_id in plan.start)
        return [(job_id, gpus) for job_id, gpus in leased if gpus is not None]

    async def _ease(self) -> None:
        self.wake()

    def _refused(self, job_id: int) -> None:
        """The database said no: the job is over already, or its owner has just reached the limit elsewhere (then it waits on)."""
        self._shop.gpus.release(job_id)
        job = jobs.by_id(self._shop.store.read, job_id)
        if job is None or job.state is not State.CREATED or job.deleted:
            self._forget(job_id)

    def _forget(self, job_id: int) -> None:
        self._waiting.pop(job_id, None)
        self._passed.pop(job_id, None)
