"""The loop that starts jobs: woken by commits, exits and deadlines, never by a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import anyio
import msgspec

from appliance.contract.job import State
from appliance.control_plane.scheduler import policy, transitions
from appliance.control_plane.scheduler.policy import Demand, Load
from appliance.control_plane.scheduler.supervision import Supervisor
from appliance.control_plane.scheduler.workshop import Workshop
from appliance.control_plane.store import jobs, users

PRESSURE_RETRY_S = 5.0
"""How long to wait for memory pressure to ease before looking again; nothing else tells when it does."""


class Dispatcher:
    """Keeps the waiting jobs in memory (by row id, read on as rows are added) and starts what the policy chooses."""

    def __init__(self, workshop: Workshop, supervisor: Supervisor, elsewhere: Callable[[], Iterable[Load]]) -> None:
        self._shop = workshop
        self._supervisor = supervisor
        self._elsewhere = elsewhere
        self._waiting: dict[int, Demand] = {}
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
        claimed = await shop.write(lambda c: transitions.claim(c, chosen, max_running=limit, at=at), promise=False)
        gpus = dict(chosen)
        for job in claimed:
            self._waiting.pop(job.id, None)
            self._supervisor.begin(job, gpus.pop(job.id))
        for job_id in gpus:
            self._refused(job_id)

    def _read_on(self) -> None:
        shop = self._shop
        for waiting in jobs.waiting_after(shop.store.read, self._last_id):
            self._waiting[waiting.id] = shop.inventory.demand(waiting, shop.settings)
            self._last_id = waiting.id

    def _choose(self) -> list[tuple[int, tuple[str, ...]]]:
        """The policy's choice with GPUs leased to it."""
        shop = self._shop
        own = users.running_limits(shop.store.read)
        running = [*(running.load for running in self._supervisor.running.values()), *self._elsewhere()]
        held = sum(load.holds for load in running)
        if not self._waiting or held >= shop.inventory.workers(shop.settings, own.values()):
            return []
        pressed = shop.machine.pressed()
        capacity = shop.inventory.capacity(shop.settings, own, now=shop.clock.now(), pressed=pressed)
        plan = policy.plan(list(self._waiting.values()), running, capacity)
        for job_id in plan.passed:
            demand = self._waiting[job_id]
            self._waiting[job_id] = msgspec.structs.replace(demand, passed=demand.passed + 1)
        if pressed and held:
            shop.deadlines.arm("pressure", PRESSURE_RETRY_S, self._ease)
        leased = ((job_id, shop.gpus.take(job_id, self._waiting[job_id].gpus)) for job_id in plan.start)
        return [(job_id, gpus) for job_id, gpus in leased if gpus is not None]

    async def _ease(self) -> None:
        self.wake()

    def _refused(self, job_id: int) -> None:
        """The database said no: the job is over already, so its place is another's, or its owner has just reached the limit elsewhere
        (then it waits on)."""
        self._shop.gpus.release(job_id)
        if jobs.state_of(self._shop.store.read, job_id) is not State.CREATED:
            self._waiting.pop(job_id, None)
            self.wake()
