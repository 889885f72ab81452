"""Lines of the audit log for reading: the newest first, with search. To look at it is no export, and leaves no line of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from appliance.audit import Entry
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare
from appliance.control_plane.store import audit, projects
from appliance.control_plane.store.statements import sql
from appliance.errors import BadRequest

SEARCHED = 20_000
"""So many lines are looked at for one answer; `next` goes on behind them."""
MOST_LINES, MOST_TERMS, LONGEST_QUERY = 200, 10, 300
_PIECE = 1000


class RecordPage(msgspec.Struct, frozen=True):
    """Lines, the newest first; `next` is the `before` of the older ones, 0 when there are none. An unreadable line has a number only.
    `projects` are the names by guid of those among the lines' projects that are still there."""

    entries: list[Entry]
    next: int
    projects: dict[str, str] = {}


async def list_lines(call: Call) -> Answer:
    """Lines of the record that hold every word of the query."""
    query, limit = call.query("query"), call.query_int("limit", 50, MOST_LINES)
    words = query.casefold().split()
    if len(query) > LONGEST_QUERY or len(words) > MOST_TERMS:
        raise BadRequest(f"A query has at most {MOST_TERMS} words and {LONGEST_QUERY} characters.")
    before, wanted = call.query_int("before", 0, 10**9), partial(holds, words=words)
    page = await asyncio.to_thread(newest, call.services.store.path, wanted, limit, before=before, searched=SEARCHED)
    found = (projects.find(call.services.store.read, guid) for guid in {entry.project for entry in page.entries} - {""})
    return bare(msgspec.structs.replace(page, projects={project.guid: project.name for project in found if project is not None}))


def newest(database: Path, wanted: Callable[[Entry], bool], limit: int, *, before: int = 0, searched: int = 2**63) -> RecordPage:
    """At most `limit` lines under the number `before` (0: from the last one) that are `wanted`; `searched` are looked at for them."""
    connection, found = audit.reading(database), list[Entry]()
    try:
        before = before or audit.head(connection).seq + 1
        least = max(before - searched, 1)
        while before > least and len(found) < limit:
            start = max(before - _PIECE, least)
            rows = connection.execute(sql("audit_after"), {"seq": start - 1, "limit": before - start}).fetchall()
            for seq, line, _ in reversed(rows):
                entry, before = _read(seq, line), seq
                if wanted(entry):
                    found.append(entry)
                if len(found) == limit:
                    break
            else:
                before = start
    finally:
        connection.close()
    return RecordPage(found, before if before > 1 else 0)


def _read(seq: int, line: bytes) -> Entry:
    """The line with the number under which it lies. What somebody made unreadable is shown as such, not left out."""
    try:
        return msgspec.structs.replace(msgspec.json.decode(line, type=Entry), seq=seq)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Entry(seq=seq, at="", actor="", action="", result="")


def holds(entry: Entry, words: list[str]) -> bool:
    """Whether all the words, which are in folded case, are in values of the line."""
    if not words:
        return True
    text = "\n".join(str(value) for value in (*msgspec.structs.astuple(entry)[1:-1], *entry.detail.values())).casefold()
    return all(word in text for word in words)


_QUERY = {
    "query": "words, each in any value of a line",
    "before": "only lines with lower numbers",
    "limit": f"at most so many lines (default 50, most {MOST_LINES})",
}

ROUTES = (
    Route("GET", "/v1/appliance/audit/lines", Action.AUDIT_READ, list_lines, "Lines of the audit log", answer=RecordPage, query=_QUERY),
)
