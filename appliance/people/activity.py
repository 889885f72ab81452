"""The activity feed: what happened in the projects that a user may read, and what that user did, out of the audit log.

Nobody learns here from where or with which key another one came, nor to whom an invite went.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

import msgspec

from appliance.audit import REFUSED, Entry
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare
from appliance.control_plane.store import audit, projects
from appliance.control_plane.store.projects import Project
from appliance.errors import BadRequest, Overloaded, StorageFull, StoreFailed

NEWEST = 20_000
"""So many of a user's newest lines are searched for texts."""
MOST_LINES, MOST_SKIPPED = 1000, 10**9
MOST_TERMS, LONGEST_QUERY = 10, 300
MOST_PROJECTS = 10**6
PREDICATE = "PREDICATE_CREATED_AT"
"""The only predicate that clients of the platform accept."""
SORTS = ("-occurred_at", "occurred_at", "-occured_at", "occured_at")
_TERM = re.compile(r"(actor|action|kind|result|project):(.+)", re.DOTALL | re.IGNORECASE)


class Part(msgspec.Struct, frozen=True):
    """Who, or what."""

    name: str
    id: str
    meta: dict[str, Any]


class Event(msgspec.Struct, frozen=True):
    """One line: `subject` did `action` to `object` with the result `status`. The misspelt time is the client's."""

    occurred_at: str
    occured_at: str
    subject: Part
    predicate: str
    object: Part
    status: str
    action: str


class Feed(msgspec.Struct, frozen=True):
    """One page: `total` lines answer the query; of the caller's lines the newest `searched` were looked at (all without a query)."""

    events: list[Event]
    total: int
    searched: int


class Wanted(msgspec.Struct, frozen=True):
    """What a query asks for: `texts` in any of actor, action, name and result, `fields` as pairs, and parts of projects' names or ids."""

    texts: list[str]
    fields: list[tuple[str, str]]
    projects: list[str]

    @property
    def narrows(self) -> bool:
        """Whether lines have to be looked into."""
        return bool(self.texts or self.fields)


async def list_activity(call: Call) -> Answer:
    """What happened in the caller's projects, and what the caller did, newest first."""
    wanted = parse(call.query("query"))
    limit, skip = call.query_int("limit", 50, MOST_LINES), call.query_int("skip", 0, MOST_SKIPPED)
    ascending = not call.query_choice("sort", SORTS, SORTS[0]).startswith("-")
    if audit.unplaced(call.services.store.read):
        with contextlib.suppress(StorageFull, StoreFailed, Overloaded):  # the older lines can be read all the same
            await call.services.store.write(audit.place, promise=False)
    mine = projects.of_user(call.services.store.read, call.user.id, limit=MOST_PROJECTS)
    if ascending:  # the page is the mirror image of one of the newest-first order
        _, matches, _ = await _read(call, wanted, mine, 0, 0)
        limit, skip = min(limit, max(matches - skip, 0)), max(matches - skip - limit, 0)
    total, matches, lines = await _read(call, wanted, mine, limit, skip)
    names = {project.guid: project.name for project in mine}
    events = [_event(call, line, names) for line in (reversed(lines) if ascending else lines)]
    return bare(Feed(events, matches, min(total, NEWEST) if wanted.narrows else total))


def parse(query: str) -> Wanted:
    """The terms of a query: words, and `field:word` for actor, action, kind, result and project. Raises BadRequest for one without end."""
    terms = query.split()
    if len(query) > LONGEST_QUERY or len(terms) > MOST_TERMS:
        raise BadRequest(f"A query has at most {MOST_TERMS} words and {LONGEST_QUERY} characters.")
    wanted = Wanted([], [], [])
    for term in terms:
        named = _TERM.fullmatch(term)
        if named is None:
            wanted.texts.append(term)
        elif named[1].lower() == "project":
            wanted.projects.append(named[2].lower())
        else:
            wanted.fields.append((named[1].lower(), named[2]))
    return wanted


async def _read(call: Call, wanted: Wanted, mine: list[Project], limit: int, skip: int) -> tuple[int, int, list[Entry]]:
    """How many lines the caller may see, how many of them answer the query, and those of the page."""
    guids = [project.guid for project in mine if all(_names(project, part) for part in wanted.projects)]
    rows = await call.services.store.long_read("activity", parameters(call.user.uid, guids, wanted, limit, skip))
    total, matches = int(rows[0][0]), int(rows[0][1])
    lines = [msgspec.json.decode(line, type=Entry) for _, _, line in rows if line is not None]
    return total, matches if wanted.narrows else total, lines


def parameters(user: str, guids: list[str], wanted: Wanted, limit: int, skip: int) -> dict[str, Any]:
    """Parameters of the statement `activity`, which answers total, matches and a line in each row, and one row without a line for none."""
    return {
        "projects": msgspec.json.encode(guids).decode(),
        "actor_id": user,
        "others": not wanted.projects,
        "most": NEWEST if wanted.narrows else skip + limit,
        "texts": msgspec.json.encode(wanted.texts).decode(),
        "fields": msgspec.json.encode(wanted.fields).decode(),
        "limit": limit,
        "skip": skip,
    }


def _names(project: Project, part: str) -> bool:
    return part in (project.guid.lower(), project.uid.lower()) or part in project.name.lower()


def _event(call: Call, entry: Entry, names: dict[str, str]) -> Event:
    own = entry.actor_id == call.user.uid
    hidden = not own and entry.kind == "invite"
    # a refusal must not tell an outsider that there is a project of that name, nor its guid
    project = entry.project if entry.result != REFUSED or entry.project in names else ""
    return Event(
        entry.at,
        entry.at,
        Part(entry.actor, entry.actor_id, {"via": entry.via, "address": entry.address} if own else {}),
        PREDICATE,
        Part(
            "" if hidden else entry.name,
            entry.id,
            {"kind": entry.kind, "project": project, "project_name": _project_name(entry, names, own), **_detail(entry, own)},
        ),
        entry.result,
        entry.action,
    )


def _project_name(entry: Entry, names: dict[str, str], own: bool) -> str:
    """The project's name; of one that the caller left or declined the name that it had then."""
    noted = entry.detail.get("project_name", "") if own else ""
    return names.get(entry.project, "") or str(noted)


def _detail(entry: Entry, own: bool) -> dict[str, Any]:
    """What the caller did to people, and with which level; of others' doings that to members, whose levels every member sees anyway."""
    shown = entry.result != REFUSED and entry.kind in (("member", "invite", "user", "key") if own else ("member",))
    return {"detail": entry.detail} if shown else {}


_QUERY = {
    "query": "words in actor, action, name or result; actor:, action:, kind:, result: and project: look in one of them",
    "sort": "-occurred_at (default) or occurred_at",
    "limit": "lines of a page, at most 1000 (default 50)",
    "skip": "lines before the page",
}

ROUTES = (
    Route("GET", "/v1/activity", Action.ACTIVITY, list_activity, "What happened in the caller's projects", answer=Feed, query=_QUERY),
)
