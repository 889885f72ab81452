"""The record of every move of every job, as the triggers of the schema write it for whoever looks into what happened."""

from __future__ import annotations

import msgspec

from appliance.control_plane.store import Connection


class Move(msgspec.Struct, frozen=True, array_like=True):
    """One move: states (`deleted` when the row went), who caused it (`api`, `scheduler`, `worker`, `deadline`, `recovery`) and when."""

    seq: int
    job_uid: str
    attempt: int
    from_state: str | None
    to_state: str
    actor: str
    at: float
    error_id: str | None


def moves_of(connection: Connection, job_uid: str) -> list[Move]:
    """Every move of a job, first to last, also after the job was deleted."""
    rows = connection.execute("select * from event where job_uid = ? order by seq", (job_uid,)).fetchall()
    return msgspec.convert(rows, list[Move])
