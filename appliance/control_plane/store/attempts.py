"""Attempts: one row for each try at running a job."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from appliance.contract.job import Outcome, Usage
from appliance.control_plane.store.jobs import Job
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


def begin(connection: sqlite3.Connection, job: Job, *, launcher: str, gpus: tuple[str, ...] = (), at: float) -> None:
    """Write the intent to start the job's present attempt, in the transaction that makes it that. Safe to repeat."""
    run(connection, "attempt_put", {"job_id": job.id, "n": job.attempt, "launcher": launcher, "gpus": to_json(gpus), "at": at})


def set_handle(connection: sqlite3.Connection, job: Job, *, pid: int, boot_id: str) -> None:
    """Note which process does the job's present attempt."""
    run(connection, "attempt_handle", {"job_id": job.id, "n": job.attempt, "pid": pid, "boot_id": boot_id, "handle": to_json({"pid": pid})})


def end(connection: sqlite3.Connection, job: Job, outcome: Outcome, *, at: float) -> None:
    """Note that every process of the job's present attempt is dead, what it used and how it was confined. The first call wins."""
    facts = {"usage": to_json(outcome.usage), "confinement": to_json(outcome.confinement or None)}
    run(connection, "attempt_end", {"job_id": job.id, "n": job.attempt, "at": at, **facts})


def of_job(connection: sqlite3.Connection, job_id: int) -> list[Attempt]:
    """All attempts of a job, first to last."""
    return many(connection, "attempt_all", Attempt, {"job_id": job_id}, json=_JSON)


def last_confinement(connection: sqlite3.Connection) -> dict[str, str] | None:
    """How the attempt that ended last was confined on this machine: step → `applied` or why not. None before the first one."""
    found = value(connection, "attempt_last_confinement", {})
    return None if found is None else msgspec.json.decode(found, type=dict[str, str])
