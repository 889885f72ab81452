"""Attempts: one row for each try at running a job."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from appliance.contract.job import Usage
from appliance.control_plane.store.statements import many, run, to_json, value

_JSON = ("handle", "gpus", "confinement", "usage")


class Attempt(msgspec.Struct, frozen=True, array_like=True):
    """One try. `handle` is what the launcher needs to find it again; `boot_id` names the boot in which `pid` means something."""

    job_id: int
    n: int
    launcher: str
    handle: dict[str, Any]
    pid: int | None
    boot_id: str
    gpus: tuple[str, ...]
    confinement: dict[str, str] | None
    usage: Usage | None
    started_at: float
    ended_at: float | None


def begin(connection: sqlite3.Connection, job_id: int, n: int, *, launcher: str, gpus: tuple[str, ...] = (), at: float) -> None:
    """Write the intent to start attempt `n`, in the transaction that makes it the job's attempt. Safe to repeat."""
    run(connection, "attempt_put", {"job_id": job_id, "n": n, "launcher": launcher, "gpus": to_json(gpus), "at": at})


def set_handle(connection: sqlite3.Connection, job_id: int, n: int, *, pid: int, boot_id: str, handle: dict[str, Any]) -> None:
    """Note which process does the attempt."""
    run(connection, "attempt_handle", {"job_id": job_id, "n": n, "pid": pid, "boot_id": boot_id, "handle": to_json(handle)})


def end(connection: sqlite3.Connection, job_id: int, n: int, *, usage: Usage | None, confinement: dict[str, str] | None, at: float) -> None:
    """Note that every process of the attempt is dead, and what it used. The first call wins."""
    run(connection, "attempt_end", {"job_id": job_id, "n": n, "usage": to_json(usage), "confinement": to_json(confinement), "at": at})


def of_job(connection: sqlite3.Connection, job_id: int) -> list[Attempt]:
    """All attempts of a job, first to last."""
    return many(connection, "attempt_all", Attempt, {"job_id": job_id}, json=_JSON)


def last_confinement(connection: sqlite3.Connection) -> dict[str, str] | None:
    """How the attempt that ended last was confined on this machine: step → `applied` or why not. None before the first one."""
    found = value(connection, "attempt_last_confinement", {})
    return None if found is None else msgspec.json.decode(found, type=dict[str, str])
