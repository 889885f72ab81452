"""The seam between the scheduler and whatever runs workers: local processes here, other engines later.

A launcher starts, watches and stops attempts. It decides nothing about jobs and writes no state: what an attempt achieved stands in
its run directory, and whether it lives is proven by its lease.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from appliance.contract.job import Preload
from appliance.contract.run_directory import RunDirectory


class Launch(msgspec.Struct, frozen=True):
    """What it takes to start one attempt. The run directory exists already, with `job.json` and the inputs in it.

    `secrets` reach the worker's context through a socket, never through a file, an argument or its environment.
    `environment` adds variables that libraries read, such as `CUDA_VISIBLE_DEVICES`."""

    directory: RunDirectory
    preload: Preload = Preload.BASE
    secrets: dict[str, str] = {}
    environment: dict[str, str] = {}


class Ended(msgspec.Struct, frozen=True):
    """An attempt is over and none of its processes lives.

    `started` is False when it never took its lease: the launcher fenced it, so it never will, and the job may have attempt n+1."""

    started: bool


class Watch(Protocol):
    """One live attempt. Both waits may be called any number of times, from several tasks, and be cancelled without harm."""

    @property
    def pid(self) -> int:
        """The main process of the attempt; 0 while it is not known."""

    async def active(self) -> float | None:
        """Wait until the worker is confined and about to run its model; the wall time of that moment.

        None when the attempt ended without ever telling so. For an adopted attempt it is the time at which the lease was taken."""

    async def ended(self) -> Ended:
        """Wait until every process of the attempt is dead. What it achieved is in its outcome file, if there is one."""


class Launcher(Protocol):
    """Starts, watches and stops attempts."""

    async def start(self) -> None:
        """Get ready in the background; `launch` may be called at once and waits where it must. Safe to repeat."""

    async def stop(self) -> None:
        """Detach: let go of everything but leave every worker running. Idempotent, safe before start."""

    async def launch(self, launch: Launch) -> Watch:
        """Start an attempt. Returns as soon as it is on its way; failures to start show as `Ended(started=False)`."""

    def attach(self, directory: RunDirectory) -> Watch | None:
        """Watch an attempt of an earlier life of the server; None when nothing holds its lease."""

    async def stop_attempt(self, directory: RunDirectory, grace_s: float) -> None:
        """TERM to the whole process group, KILL after `grace_s`; returns when every process of the attempt is dead.

        An attempt that has not begun is fenced, so that it never will. Safe to repeat."""
