"""How an attempt is ended for certain: revoked before it began, or its processes signalled until the kernel has freed the lease."""

from __future__ import annotations

import contextlib
import os
import signal

from appliance.contract.lease import Holder, LeaseState, boot_id, fence, lease_state, read_holder, start_ticks, wait_until_free
from appliance.contract.run_directory import RunDirectory


def revoke(directory: RunDirectory) -> bool:
    """True when the attempt has not begun and now never will; False when its worker was first. Safe to repeat.

    The directory may be gone already: nothing can begin there either."""
    try:
        return fence(directory.lease)
    except FileNotFoundError:
        return True


def signal_group(directory: RunDirectory, number: signal.Signals) -> bool:
    """Send a signal to every process of the attempt's group; False when there is none.

    The group keeps its id from being used again as long as it has a member, and a process that reuses the id is told by its start time."""
    holder = read_holder(directory.lease)
    if holder is None or not _is_group_of(holder):
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(holder.pid, number)
        return True
    return False


def kill_holders(directory: RunDirectory) -> int:
    """KILL every process that still holds the lease's lock, also those that left the group; how many there were.

    Looks through the open files of all processes: for the rare attempt that outlives the KILL of its group. Who merely reads is spared."""
    try:
        lease = os.stat(directory.lease)
    except FileNotFoundError:
        return 0
    own, killed = os.getpid(), 0
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != own and _holds(f"/proc/{name}", lease):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(name), signal.SIGKILL)
                killed += 1
    return killed


def end_all(directory: RunDirectory) -> None:
    """Kill whoever holds the lease; returns when it is free. Blocks the calling thread."""
    kill_holders(directory)
    wait_until_free(directory.lease)


def held(directory: RunDirectory) -> bool:
    """True while any process of the attempt lives."""
    return lease_state(directory.lease) is LeaseState.HELD


def _is_group_of(holder: Holder) -> bool:
    if holder.boot_id != boot_id():
        return False
    return start_ticks(holder.pid) in (0, holder.start_ticks)


def _holds(process: str, lease: os.stat_result) -> bool:
    try:
        names = os.listdir(f"{process}/fd")
    except OSError:
        return False
    for name in names:
        with contextlib.suppress(OSError):
            if os.path.samestat(os.stat(f"{process}/fd/{name}"), lease):
                with open(f"{process}/fdinfo/{name}", "rb") as details:
                    return any(b"FLOCK" in line and b"WRITE" in line for line in details)
    return False
