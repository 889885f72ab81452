"""After a restart: settle every unfinished row from what the file system proves. A kill in the middle only means doing it again."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from appliance.contract.job import State
from appliance.contract.lease import LeaseState, fence, lease_state
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.scheduler import settlement, transitions
from appliance.control_plane.scheduler.supervision import Supervisor
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


async def recover(shop: Workshop, supervisor: Supervisor) -> Recovered:
    """Every row in `pending` or `active`, every ended one whose processes may live, and every deletion that was not finished.

    Runs once, before anything is dispatched."""
    found = [await _recover(shop, supervisor, job) for job in jobs.live(shop.store.read) if not job.manual]
    for job in jobs.deleted(shop.store.read):
        if job.id not in supervisor.running:
            await settlement.purge(shop, job)
    for artifact in artifacts.deleting(shop.store.read):
        await settlement.purge_artifact(shop, artifact)
    return Recovered(found.count(Verdict.RELAUNCH), found.count(Verdict.ADOPT), found.count(Verdict.CONCLUDE))


async def _recover(shop: Workshop, supervisor: Supervisor, job: Job) -> Verdict:
    directory = shop.directory(job.uid, job.attempt)
    found = verdict(job.state, await shop.in_thread(fenced_state, directory))
    if found is Verdict.ADOPT and _adopt(shop, supervisor, job, directory):
        return found
    if found is Verdict.RELAUNCH and await _relaunch(shop, supervisor, job):
        return found
    await settlement.conclude(shop, job)
    return Verdict.CONCLUDE


def _adopt(shop: Workshop, supervisor: Supervisor, job: Job, directory: RunDirectory) -> bool:
    watch = shop.launcher.attach(directory)
    if watch is not None:
        gpus = next((row.gpus for row in attempts.of_job(shop.store.read, job.id) if row.n == job.attempt), ())
        shop.gpus.restore(job.id, gpus)
        supervisor.begin(job, gpus, watch)
    return watch is not None


async def _relaunch(shop: Workshop, supervisor: Supervisor, job: Job) -> bool:
    at, gpus = shop.clock.now(), shop.gpus.take(job.id, job.gpus) or ()
    again = await shop.write(lambda c: transitions.begin_again(c, job, gpus=gpus, actor="recovery", at=at), promise=False)
    if again is None:
        shop.gpus.release(job.id)
    else:
        supervisor.begin(again, gpus)
    return again is not None
