"""The limits as people read them, and what no machine of this size can ever run."""

from __future__ import annotations

from appliance.contract.job import Failure
from appliance.control_plane.scheduler.capacity import Inventory
from appliance.errors import BadRequest, LimitReached


def created_limit(limit: int) -> LimitReached:
    """What a create is answered when `jobs.insert` found no room."""
    return LimitReached(
        f"Maximum number of created jobs ({limit}) reached for your account. "
        "Wait until a job starts, or cancel or delete one that waits."  # clients show the message alone
    )


def running_limit(limit: int) -> Failure:
    """Why a manual worker's job ended before it began."""
    return Failure(
        "running_limit",
        f"Maximum number of running jobs ({limit}) reached for your account.",
        "pre",
        "Start the worker again with a new job when another one is over.",
    )


def duration_exceeded(max_duration_s: float) -> Failure:
    """Why a job was stopped by the clock."""
    return Failure(
        "max_duration_exceeded",
        f"The job ran longer than its maximum duration of {max_duration_s:,.0f} seconds.",
        hint="Use fewer rows or columns, a smaller effort, or raise max_duration.",
    )


def check_resources(inventory: Inventory, *, memory_bytes: int, gpus: int) -> None:
    """Refuse at create what could only wait for ever. Raises BadRequest."""
    if gpus > len(inventory.gpus):
        raise BadRequest(f"The job asks for {gpus} GPUs; this machine has {len(inventory.gpus)}.")
    if memory_bytes > inventory.memory_bytes:
        raise BadRequest(
            f"The job asks for {memory_bytes / 2**30:.1f} GiB of memory; this machine has {inventory.memory_bytes / 2**30:.1f} GiB."
        )
