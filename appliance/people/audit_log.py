"""The audit log as those see it who administer the appliance: whole, line by line, and checked.

It is read over a connection of its own, in pieces, in a thread: whoever reads it never makes anybody wait who writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

from appliance.audit import Check, Head, Verdict, exported, read_heads
from appliance.control_plane.api.files import FileAnswer
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare
from appliance.control_plane.store import Connection, audit
from appliance.control_plane.store.statements import sql, value
from appliance.errors import BadRequest

LINES_AT_ONCE = 1000
MOST_HEADS = 100
MOST_LINES = 10**9
_BEFORE_ALL = -(2**63)
_TYPE = (b"content-type", b"application/jsonl")
_NAME = (b"content-disposition", b'attachment; filename="audit.jsonl"')
_SAFETY = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))

Row = tuple[int, bytes, bytes]


def pieces(connection: Connection, after: int = _BEFORE_ALL, most: int = MOST_LINES) -> Iterator[list[Row]]:
    """Number, line and digest of at most `most` lines behind number `after`, a thousand at once; between them nothing is held."""
    while most > 0:
        rows = connection.execute(sql("audit_after"), {"seq": after, "limit": min(most, LINES_AT_ONCE)}).fetchall()
        if not rows:
            return
        yield rows
        after, most = rows[-1][0], most - len(rows)


def check_record(database: Path, noted: Mapping[int, str]) -> Verdict:
    """Check the whole record in the file `database`, which may be in use. Raises DatabaseError for a file that is none, or damaged."""
    check, connection = Check(noted), audit.reading(database)
    try:
        while True:
            newest = value(connection, "audit_newest", {})  # before the lines: more may be added meanwhile, never fewer
            before = check.last
            for rows in pieces(connection, before or _BEFORE_ALL):
                check.take(rows)
            if check.last == before or newest is None or newest <= check.last:
                return check.verdict(newest)
    finally:
        connection.close()


def noted_heads(texts: list[str]) -> dict[int, str]:
    """Digests by number of `SEQ:DIGEST` texts. Raises BadRequest."""
    if len(texts) > MOST_HEADS:
        raise BadRequest(f"At most {MOST_HEADS} heads can be checked at once.")
    try:
        return read_heads(texts)
    except ValueError as error:
        raise BadRequest(str(error)) from None


async def export_audit(call: Call) -> FileAnswer:
    """The lines as they are kept, one JSON object each with its digest, and the line about this export as the last one."""
    after, limit = call.query_int("after", 0, 10**9), call.query_int("limit", MOST_LINES, MOST_LINES)
    store = call.services.store
    await store.write(lambda connection: None, told=call.entry("audit", after=after))
    most = min(limit, max(audit.head(store.read).seq - after, 0))
    connection = await asyncio.to_thread(audit.reading, store.path)
    blocks = (b"".join(exported(line, digest) for _, line, digest in rows) for rows in pieces(connection, after, most))
    return FileAnswer(connection, 200, (_TYPE, _NAME, *_SAFETY), blocks)


async def show_head(call: Call) -> Answer:
    """Number and digest of the last line: whoever notes it elsewhere can prove later that nothing before it was changed."""
    return bare(audit.head(call.services.store.read))


async def verify_audit(call: Call) -> Answer:
    """Check every line, and that the noted heads are still there."""
    noted = noted_heads(call.query_list("head"))
    return bare(await asyncio.to_thread(check_record, call.services.store.path, noted))


_AUDIT = "/v1/appliance/audit"
_EXPORT = {"after": "number of the line before the first one (default 0)", "limit": "at most so many lines"}

ROUTES = (
    Route("GET", _AUDIT, Action.AUDIT_EXPORT, export_audit, "The audit log as JSON lines", query=_EXPORT),
    Route("GET", f"{_AUDIT}/head", Action.AUDIT_READ, show_head, "Number and digest of its last line", answer=Head),
    Route(
        "GET",
        f"{_AUDIT}/verify",
        Action.AUDIT_READ,
        verify_audit,
        "Check the audit log",
        answer=Verdict,
        query={"head": "a noted line as number:digest; may be repeated"},
    ),
)
