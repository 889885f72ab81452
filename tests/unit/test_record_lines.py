"""Reading the record, newest lines first: pages, search, bounds, lines that cannot be read, and who may not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from appliance.audit import Entry, line_of
from appliance.control_plane.store import Store, audit, users
from appliance.people import record_lines
from tests.unit.people_house import House, house

LINES = "/v1/appliance/audit/lines"


async def add(store: Store, count: int, **facts: str) -> None:
    """Lines of somebody's doing; the name of each holds its number among them."""
    for number in range(count):
        entry = Entry(
            **{"at": "2026-11-22T00:00:00Z", "actor": "mara@x", "action": "model_create", "name": f"m{number}-", "result": "done"} | facts
        )
        await store.write(lambda connection, entry=entry: audit.append(connection, line_of(entry)), promise=False)  # type: ignore[misc]


async def administrator(here: House) -> dict[str, str]:
    """Headers of somebody who administers the appliance."""
    user = await here.user("jun@x")
    await here.store.write(lambda connection: users.change(connection, user, administrator=True))
    return {"authorization": "grtujun@x"}


async def test_pages_go_from_the_newest_line_to_the_first(tmp_path: Path) -> None:
    async with house(tmp_path) as here, here.browser(**await administrator(here)) as client:
        await add(here.store, 5)
        first = (await client.get(f"{LINES}?limit=2")).json()
        assert [entry["seq"] for entry in first["entries"]] == [5, 4]
        rest = (await client.get(f"{LINES}?limit=200&before={first['next']}")).json()
        assert [entry["seq"] for entry in rest["entries"]] == [3, 2, 1]
        assert rest["next"] == 0
        assert audit.head(here.store.read).seq == 5, "to look at the record adds nothing to it"


async def test_every_word_of_the_query_must_be_in_a_value(tmp_path: Path) -> None:
    async with house(tmp_path) as here, here.browser(**await administrator(here)) as client:
        await add(here.store, 3)
        await add(here.store, 1, actor="Jürgen@x", address="192.0.2.9", action="user_reset")

        async def found(query: str) -> list[int]:
            answer = await client.get(LINES, params={"query": query})
            return [entry["seq"] for entry in answer.json()["entries"]]

        assert await found("JÜRGEN user_reset") == [4]
        assert await found("192.0.2.9") == [4]
        assert await found("mara m1-") == [2]
        assert await found("mara user_reset") == []
        assert await found("actor") == [], "the names of the fields are no values"


async def test_projects_that_are_still_there_are_named(tmp_path: Path) -> None:
    async with house(tmp_path) as here, here.browser(**await administrator(here)) as client:
        guid = (await client.post("/projects", json={"name": "census"})).json()["data"]["guid"]
        await add(here.store, 1, project=guid)
        await add(here.store, 1, project="proj_gone")
        assert (await client.get(LINES)).json()["projects"] == {guid: "census"}


async def test_a_rare_word_is_searched_for_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_lines, "SEARCHED", 4)
    monkeypatch.setattr(record_lines, "_PIECE", 3)
    async with house(tmp_path) as here, here.browser(**await administrator(here)) as client:
        await add(here.store, 10)
        seen, before = [], 0
        for _ in range(3):
            answer = (await client.get(f"{LINES}?query=m2-&before={before}")).json()
            seen.append([entry["seq"] for entry in answer["entries"]])
            before = answer["next"]
        assert seen == [[], [3], []]
        assert before == 0


async def test_a_line_that_somebody_spoiled_is_shown_as_one(tmp_path: Path) -> None:
    async with house(tmp_path) as here, here.browser(**await administrator(here)) as client:
        await add(here.store, 3)
        connection = sqlite3.connect(here.store.path)
        connection.execute("drop trigger audit_no_update")
        connection.execute("update audit set line = '{\"no\":1}' where seq = 2")
        connection.commit()
        connection.close()
        entries = (await client.get(LINES)).json()["entries"]
        assert [(entry["seq"], entry["at"] != "") for entry in entries] == [(3, True), (2, False), (1, True)]


async def test_queries_have_bounds_and_others_are_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as here, here.browser(**await administrator(here)) as client:
        for bad in ("query=" + "x" * 301, "query=" + "+".join("abcdefghijk"), "before=-1", "limit=x"):
            assert (await client.get(f"{LINES}?{bad}")).status_code == 400, bad
        await here.user("mara@x")
        assert (await client.get(LINES, headers={"authorization": "grtumara@x"})).status_code == 403
        assert (await client.get(LINES, headers={"authorization": ""})).status_code == 401
