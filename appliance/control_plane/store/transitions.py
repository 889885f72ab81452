"""The append-only record of every move of every job. Triggers of the schema write it; nothing can change or delete it."""

from __future__ import annotations

import sqlite3

import msgspec

from appliance.control_plane.store.statements import many, sql


class Transition(msgspec.Struct, frozen=True, array_like=True):
    """One move: states (`deleted` when the row went), who caused it (`api`, `scheduler`, `worker`, `deadline`, `recovery`) and when."""

    seq: int
    job_uid: str
    attempt: int
    from_state: str | None
    to_state: str
    actor: str
    at: float
    error_id: str | None


def of_job(connection: sqlite3.Connection, job_uid: str) -> list[Transition]:
    """Every move of a job, first to last, also after the job was deleted."""
    return many(connection, "event_of_job", Transition, {"job_uid": job_uid})


def status_history(connection: sqlite3.Connection, job_uid: str) -> dict[str, float]:
    """State → the time at which the job first entered it, in that order."""
    return dict(connection.execute(sql("event_history"), {"job_uid": job_uid}).fetchall())
