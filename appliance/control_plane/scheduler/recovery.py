"""After a restart: settle every unfinished row from what the file system proves. A kill in the middle only means doing it again."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from appliance.contract.job import State
from appliance.contract.lease import LeaseState, fence, lease_state
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.scheduler import transitions
from appliance.control_plane.scheduler.settlement import Settlement
from appliance.control_plane.scheduler.supervision import LAUNCHER, Supervisor
from appliance.control_plane.scheduler.workshop import Workshop
from appliance.control_plane.store import artifacts, attempts, jobs
from appliance.control_plane.store.jobs import Job


class Verdict(StrEnum):
    """What is to be done with a row: start attempt n+1, go on with a live worker, or conclude (collect its outcome, or `lost`)."""

    RELAUNCH = "relaunch"
    ADOPT = "adopt"
    CONCLUDE = "conclude"


class Recovered(msgspec.Struct, frozen=True):
    """How many rows met which verdict."""

    relaunched: int = 0
    adopted: int = 0
    concluded: int = 0


def verdict(state: State, lease: LeaseState) -> Verdict:
    """`lease` after fencing: only a job that never became active, and of which no worker ever can, gets another attempt."""
    if lease is LeaseState.HELD:
        return Verdict.ADOPT
    if state is State.PENDING and lease is LeaseState.FENCED:
        return Verdict.RELAUNCH
    return Verdict.CONCLUDE


def fenced_state(directory: RunDirectory) -> LeaseState:
    """The state of the lease once no worker can take it any more: an absent one is fenced here. Never ABSENT."""
    directory.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    fence(directory.lease)
    return lease_state(directory.lease)


class Recovery:
    """Runs once, before anything is dispatched."""

    def __init__(self, workshop: Workshop, supervisor: Supervisor, settlement: Settlement) -> None:
        self._shop = workshop
        self._supervisor = supervisor
        self._settlement = settlement

    async def run(self) -> Recovered:
        """Every row in `pending` or `active`, every ended one whose processes may live, and every deletion that was not finished."""
        found = [await self._recover(job) for job in jobs.live(self._shop.store.read) if not job.manual]
        await self._finish_deletions()
        counts = {each: found.count(each) for each in Verdict}
        return Recovered(counts[Verdict.RELAUNCH], counts[Verdict.ADOPT], counts[Verdict.CONCLUDE])

    async def _recover(self, job: Job) -> Verdict:
        directory = self._shop.directory(job.uid, job.attempt)
        found = verdict(job.state, await self._shop.in_thread(fenced_state, directory))
        if found is Verdict.ADOPT and not self._adopt(job, directory):
            found = Verdict.CONCLUDE
        if found is Verdict.RELAUNCH and not await self._relaunch(job):
            found = Verdict.CONCLUDE
        if found is Verdict.CONCLUDE:
            await self._settlement.conclude(job)
        return found

    def _adopt(self, job: Job, directory: RunDirectory) -> bool:
        watch = self._shop.launcher.attach(directory)
        if watch is None:
            return False
        gpus = self._gpus(job)
        self._shop.gpus.restore(job.id, gpus)
        self._supervisor.adopt(job, gpus, watch)
        return True

    async def _relaunch(self, job: Job) -> bool:
        shop, at = self._shop, self._shop.clock.now()
        gpus = shop.gpus.take(job.id, job.gpus) or ()
        again = await shop.write(
            lambda c: transitions.begin_again(c, job, launcher=LAUNCHER, gpus=gpus, actor="recovery", at=at), promise=False
        )
        if again is None:
            shop.gpus.release(job.id)
            return False
        self._supervisor.begin(again, gpus)
        return True

    def _gpus(self, job: Job) -> tuple[str, ...]:
        rows = attempts.of_job(self._shop.store.read, job.id)
        return next((row.gpus for row in rows if row.n == job.attempt), ())

    async def _finish_deletions(self) -> None:
        """What was deleted before the restart and is not in the hands of a live attempt."""
        shop = self._shop
        for job in jobs.deleted(shop.store.read):
            if job.id not in self._supervisor.running:
                await self._settlement.purge(job)
        for artifact in artifacts.deleting(shop.store.read):
            await self._settlement.purge_artifact(artifact)
