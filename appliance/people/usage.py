"""What people used, by user, project and month: their own, a project's for those who run it, everybody's for administrators."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from appliance.clock import timestamp
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import Connection, Store, usage, users
from appliance.control_plane.store.statements import decode_all, sql
from appliance.control_plane.store.usage import Used
from appliance.errors import BadRequest

MOST_ROWS = 10_000
"""Of an answer about everybody."""
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class UsageOnWire(msgspec.Struct, frozen=True, omit_defaults=True):
    """One month (`2026-11`, UTC) of one user in one project: jobs that ended, whatever their end; seconds of CPUs, and of GPUs held;
    rows read and written; bytes uploaded and made. The project goes by the name that it had last, also when it is deleted.
    `email` only where others than the caller are told of."""

    month: str
    project_guid: str
    project_name: str
    jobs: int
    cpu_seconds: float
    gpu_seconds: float
    rows_in: int
    rows_out: int
    bytes: int
    email: str = ""


class Sum(msgspec.Struct, frozen=True):
    """One user's month over all projects."""

    month: str
    jobs: int
    cpu_seconds: float
    gpu_seconds: float
    rows_in: int
    rows_out: int
    bytes: int


def checked_month(text: str) -> str:
    """A month like `2026-11`, or nothing for all of them. Raises BadRequest."""
    if text and not _MONTH.fullmatch(text):
        raise BadRequest("`month` is a year and a month, like 2026-11.")
    return text


def shown(connection: Connection, found: Iterable[Used], *, emails: bool = True) -> list[UsageOnWire]:
    """Rows of the store on the wire, with or without whose they are."""
    names = {user.id: user.email for user in users.every(connection)} if emails else {}
    return [_on_wire(used, names.get(used.user_id, "")) for used in found]


def this_month(connection: Connection, user_id: int, now: float) -> Sum:
    """What a user used since the month began."""
    month = timestamp(now)[:7]
    return Sum(month, *connection.execute(sql("usage_sum"), {"user_id": user_id, "month": month}).fetchall()[0])


async def used_by_all(store: Store, month: str, limit: int = MOST_ROWS, skip: int = 0) -> list[UsageOnWire]:
    """What everybody used in `month` (empty: ever), newest month first. Raises BadRequest."""
    rows = await store.long_read("usage_all", {"month": checked_month(month), "limit": limit, "skip": skip})
    return shown(store.read, decode_all(Used, rows))


async def show_own(call: Call) -> Answer:
    """What the caller used, newest month first; also in projects that are gone or that the caller left."""
    read, month = call.services.store.read, checked_month(call.query("month"))
    return data({"usage": shown(read, usage.of_user(read, call.user.id, month), emails=False)})


async def show_of_project(call: Call) -> Answer:
    """What every user used in this project, newest month first; also users who left it."""
    read, month = call.services.store.read, checked_month(call.query("month"))
    return data({"usage": shown(read, usage.of_project(read, call.project.guid, month))})


async def show_all(call: Call) -> Answer:
    """What everybody used, newest month first."""
    limit, skip = call.query_int("limit", MOST_ROWS, MOST_ROWS), call.query_int("skip", 0, 10**8)
    return data({"usage": await used_by_all(call.services.store, call.query("month"), limit, skip)})


def _on_wire(used: Used, email: str) -> UsageOnWire:
    cpu, gpu = round(used.cpu_s, 3), round(used.gpu_s, 3)
    return UsageOnWire(used.month, used.project, used.project_name, used.jobs, cpu, gpu, used.rows_in, used.rows_out, used.bytes, email)


_QUERY = {"month": "only this month, like 2026-11 (UTC)"}
_PAGED = {**_QUERY, "limit": f"most rows (default {MOST_ROWS})", "skip": "rows to leave out"}
_OF_PROJECT = "/v1/appliance/projects/{project_id:str}/usage"

ROUTES = (
    Route("GET", "/v1/appliance/usage", Action.ACCOUNT, show_own, "What the caller used", answer=UsageOnWire, query=_QUERY),
    Route("GET", _OF_PROJECT, Action.USAGE_READ, show_of_project, "What was used in a project", answer=UsageOnWire, query=_QUERY),
    Route("GET", "/v1/appliance/usage/all", Action.USER_READ, show_all, "What everybody used", answer=UsageOnWire, query=_PAGED),
)
