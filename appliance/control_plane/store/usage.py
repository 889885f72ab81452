"""What users used, by project and month. Triggers of the schema write it, so that it outlives jobs, artifacts and projects."""

from __future__ import annotations

import sqlite3

import msgspec

from appliance.control_plane.store.statements import many


class Used(msgspec.Struct, frozen=True, array_like=True):
    """One user's use in one project (guid, and its name then) and month (`2026-11`, UTC): jobs that ended, seconds of CPU and GPU, rows
    that they read and wrote, bytes that were uploaded and made."""

    user_id: int
    project: str
    project_name: str
    month: str
    jobs: int
    cpu_s: float
    gpu_s: float
    rows_in: int
    rows_out: int
    bytes: int


def of_user(connection: sqlite3.Connection, user_id: int, month: str = "") -> list[Used]:
    """A user's use in that month, or in all of them, newest first."""
    return many(connection, "usage_of_user", Used, {"user_id": user_id, "month": month})


def of_project(connection: sqlite3.Connection, guid: str, month: str = "") -> list[Used]:
    """Everybody's use of a project in that month, or in all of them, newest first."""
    return many(connection, "usage_of_project", Used, {"project": guid, "month": month})
