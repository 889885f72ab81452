"""Why a job waits: the first thing that keeps it from starting, as the scheduler would find it now."""

from __future__ import annotations

import msgspec

from appliance.contract.job import State
from appliance.control_plane.api.services import Services
from appliance.control_plane.scheduler.capacity import memory_pressed
from appliance.control_plane.store import jobs, users
from appliance.control_plane.store.jobs import Job


class Wait(msgspec.Struct, frozen=True):
    """`reason`: `manual` (for a worker of one's own), `stopping` (the server), `limit` (of its owner's running jobs), `workers`, `memory`,
    `gpus`, `pressure` (the machine is short of memory), or `turn` (nothing but its turn). `ahead`: older jobs that wait too. `needed` and
    `free`: jobs, bytes or GPUs, as the reason says; of a limit, the limit and how many run."""

    reason: str
    ahead: int
    needed: int = 0
    free: int = 0


def wait_of(services: Services, job: Job) -> Wait | None:
    """Why a job in `created` is not started; None for any other."""
    if job.state is not State.CREATED:
        return None
    if job.manual:
        return Wait("manual", 0)
    read = services.store.read
    ahead = sum(waiting.id < job.id for waiting in jobs.waiting_after(read, 0))
    if services.refusing:
        return Wait("stopping", ahead)
    owner = users.by_id(read, job.owner_id)
    running, limit = jobs.counts(read, job.owner_id).running, users.limits(owner, services.settings).running if owner else 0
    if running >= limit:
        return Wait("limit", ahead, limit, running)
    return _short_of(services, job, ahead) or Wait("turn", ahead)


def _short_of(services: Services, job: Job, ahead: int) -> Wait | None:
    """What of the machine there is too little of beside the jobs that run."""
    inventory, settings = services.inventory, services.settings
    held = [one for one in jobs.live(services.store.read) if not one.manual]
    own = users.running_limits(services.store.read)
    workers = inventory.workers(settings, own.values())
    if len(held) >= workers:
        return Wait("workers", ahead, workers, len(held))
    if held and memory_pressed():
        return Wait("pressure", ahead)
    gpus = len(inventory.gpus) - sum(one.gpus for one in held)
    if job.gpus > gpus:
        return Wait("gpus", ahead, job.gpus, gpus)
    needed = inventory.memory_request(job.memory_bytes, settings)
    free = inventory.memory_bytes - sum(inventory.memory_request(one.memory_bytes, settings) for one in held)
    return Wait("memory", ahead, needed, max(0, free)) if needed > free else None
