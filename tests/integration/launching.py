"""What the tests of launchers and workers share: a run directory with an assignment for the bench's own model type."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from appliance.contract.job import Assignment, AttemptLimits, Kind
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.launchers.launcher import Watch

LIMITS = AttemptLimits(memory_bytes=512 << 20)


def prepare(root: Path, name: str, limits: AttemptLimits = LIMITS, **params: Any) -> RunDirectory:
    """A run directory whose job does what `params` says."""
    directory = RunDirectory(root / "runs" / name)
    configuration = {"models": [{"noop": {"params": params}}]}
    directory.create(Assignment(name, 1, Kind.TRAIN, "noop", configuration, limits=limits, seed=7))
    return directory


def published(directory: RunDirectory) -> dict[str, Any]:
    """What the rough model left as its report."""
    report: dict[str, Any] = json.loads((directory.artifacts / "report.json").read_text())
    return report


PF_EXITING = 0x4
"""The kernel's mark of a process that runs no more of its program. Its files, and with them the lease, go before it is a zombie."""


def alive(pid: int) -> bool:
    """True while the process runs; neither a zombie nor one that is being taken down does."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except FileNotFoundError:
        return False
    fields = stat[stat.rindex(b")") + 2 :].split()
    return fields[0] not in (b"Z", b"X") and not int(fields[6]) & PF_EXITING


def survivors(pids: Iterable[int], patience_ms: int = 1000) -> list[int]:
    """Those who live on. A KILL that was sent to a process without the lease takes the kernel a moment on a busy machine, no more."""
    return [pid for pid in pids if not _dies(pid, patience_ms)]


def _dies(pid: int, patience_ms: int) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(patience_ms))
    finally:
        os.close(descriptor)


async def completed(watch: Watch, directory: RunDirectory) -> bool:
    """Wait for the end; True when it ended well."""
    await watch.ended()
    outcome = directory.read_outcome()
    return outcome is not None and outcome.state == "completed"


def children() -> set[int]:
    """Pids of this process's children now."""
    found: set[int] = set()
    for thread in os.listdir("/proc/self/task"):
        found.update(map(int, Path(f"/proc/self/task/{thread}/children").read_text().split()))
    return found
