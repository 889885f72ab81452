"""The lease: a lock that is held exactly as long as any process of an attempt lives.

The worker locks a private file before that file gets the name `lease`, so nobody ever sees it unheld; the kernel drops the lock
when the last process that inherited it dies, so a reused pid cannot lie. Creating the name first *fences* an attempt.
"""

from __future__ import annotations

import fcntl
import functools
import os
from enum import StrEnum
from pathlib import Path

import msgspec

from appliance.contract.foreign import Moment, ProcessId, decode
from appliance.contract.run_directory import open_plain
from appliance.errors import AttemptFenced

MOST_BYTES = 4096
"""Of a lease; a real one has about a hundred."""


class Holder(msgspec.Struct, frozen=True):
    """Who holds a lease: pid, its start time in clock ticks since boot, the boot id, and the wall time at which it was taken."""

    pid: ProcessId
    start_ticks: int
    boot_id: str
    taken_at: Moment


class LeaseState(StrEnum):
    """`absent`: nobody took it yet. `held`: a process of the attempt lives. `free`: all are dead. `fenced`: revoked before it began."""

    ABSENT = "absent"
    HELD = "held"
    FREE = "free"
    FENCED = "fenced"


def take_lease(path: Path, taken_at: float) -> int:
    """Lock and publish the lease of this process; the descriptor must stay open for the life of the attempt.

    Raises AttemptFenced when the name exists already."""
    private = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(private, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    holder = Holder(os.getpid(), start_ticks(os.getpid()), boot_id(), taken_at)
    os.write(descriptor, msgspec.json.encode(holder))
    try:
        os.link(private, path)
    except FileExistsError:
        os.close(descriptor)
        raise AttemptFenced() from None
    finally:
        os.unlink(private)
    os.set_inheritable(descriptor, True)
    return descriptor


def fence(path: Path) -> bool:
    """Take the name so that no worker of this attempt can start any more. False when a worker was first. Safe to repeat."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return path.lstat().st_size == 0
    return True


def lease_state(path: Path) -> LeaseState:
    """What the lock proves about the attempt now."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return LeaseState.ABSENT
    except (IsADirectoryError, PermissionError):  # a worker spoilt the lease that it gave up
        return LeaseState.FREE
    try:
        if os.fstat(descriptor).st_size == 0:
            return LeaseState.FENCED
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return LeaseState.HELD
    finally:
        os.close(descriptor)
    return LeaseState.FREE


def wait_until_free(path: Path) -> None:
    """Block the calling thread until every process of the attempt is dead. Returns at once when the lease is absent or fenced."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def read_holder(path: Path) -> Holder | None:
    """Who took the lease, or None when it is absent, fenced or unreadable."""
    try:
        with open_plain(path) as file:
            return decode(file.read(MOST_BYTES), Holder)
    except (OSError, msgspec.DecodeError):
        return None


def start_ticks(pid: int) -> int:
    """Start time of `pid` in clock ticks since boot (0 where /proc is missing). With the boot id it names a process for ever."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            stat = file.read()
    except OSError:
        return 0
    return int(stat[stat.rindex(b")") + 2 :].split()[19])


@functools.cache
def boot_id() -> str:
    """The kernel's id of this boot (read once: no process outlives a boot), or an empty text where there is none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
