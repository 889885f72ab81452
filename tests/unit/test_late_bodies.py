"""A request that was let in and sends its body later: it can do no more than whoever sends it may by then."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.control_plane.store import keys, projects, users
from tests.unit.people_house import SESSIONS
from tests.unit.shared_project import MEMBERS, NAME, SENT, Shared, shared

Change = Callable[[Shared], Awaitable[Any]]


async def taken_out(town: Shared) -> None:
    assert (await town.ask("ann", "DELETE", f"{MEMBERS}/{town.people['bob'].uid}"))[0] == 200


async def demoted(town: Shared) -> None:
    await town.set_level("bob", 1)


async def disabled(town: Shared) -> None:
    await town.able("bob", False)


async def key_revoked(town: Shared) -> None:
    assert (await town.ask("bob", "DELETE", "/users/me/key"))[0] == 200


async def no_administrator(town: Shared) -> None:
    user = town.people["bob"]
    await town.home.store.write(lambda c: users.change(c, user, administrator=False))


async def late(browser: httpx.AsyncClient, method: str, path: str, meanwhile: Callable[[], Awaitable[Any]], **body: Any) -> int:
    """The status of a request that is let in, and sends the rest of its body when something else is done."""
    content = json.dumps(body).encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield content[:5]
        await meanwhile()
        yield content[5:]

    return (await browser.request(method, path, content=pieces())).status_code


def kept(town: Shared) -> tuple[Any, ...]:
    """All that the requests below could change."""
    read, bob = town.home.store.read, town.people["bob"].id
    invites = read.execute("select email, level from invite").fetchall()
    names = read.execute("select name, description from project order by id").fetchall()
    return len(keys.of_user(read, bob)), len(users.every(read)), names, invites, len(projects.members(read, town.project.id))


KEY = ("POST", "/v1/appliance/keys", {"name": "again"})
INVITE = ("POST", SENT, {"email": "eve@example.org", "level": 3})
CASES: dict[str, tuple[Change, str, str, dict[str, Any], int]] = {
    "a key after its key was revoked": (key_revoked, *KEY, 401),
    "a key after being disabled": (disabled, *KEY, 401),
    "a project after its key was revoked": (key_revoked, "POST", "/projects", {"name": "second"}, 401),
    "a project after being disabled": (disabled, "POST", "/projects", {"name": "second"}, 401),
    "a text after being taken out": (taken_out, "PATCH", f"/projects/{NAME}", {"description": "mine"}, 404),
    "a text after being demoted": (demoted, "PATCH", f"/projects/{NAME}", {"description": "mine"}, 403),
    "an invite after its key was revoked": (key_revoked, *INVITE, 401),
    "an invite after being demoted": (demoted, *INVITE, 403),
    "an artifact after being taken out": (taken_out, "POST", f"/projects/{NAME}/artifacts", {"filename": "a.csv"}, 404),
    "a model after being demoted": (demoted, "POST", f"/projects/{NAME}/models", {"models": []}, 403),
    "a user after its key was revoked": (key_revoked, "POST", "/v1/appliance/users", {"email": "eve@example.org"}, 401),
    "a user after being administrator no more": (no_administrator, "POST", "/v1/appliance/users", {"email": "eve@example.org"}, 403),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_body_that_comes_late_does_what_may_be_done_by_then(tmp_path: Path, case: str) -> None:
    change, method, path, body, status = CASES[case]
    async with shared(tmp_path, bob=3) as town:
        user = town.people["bob"]
        await town.home.store.write(lambda c: users.change(c, user, administrator=True))
        before: list[tuple[Any, ...]] = []

        async def meanwhile() -> None:
            await change(town)
            before.append(kept(town))

        async with town.home.browser(Authorization=f"grtu{user.email}") as browser:
            assert await late(browser, method, path, meanwhile, **body) == status
        assert [kept(town)] == before


async def test_a_body_that_comes_late_makes_no_key_for_a_session_that_was_ended(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=3) as town:
        browser = await town.home.signed_in(town.people["bob"])
        assert await late(browser, "POST", "/v1/appliance/keys", lambda: town.ask("bob", "DELETE", SESSIONS), name="again") == 401
        await browser.aclose()
        assert len(keys.of_user(town.home.store.read, town.people["bob"].id)) == 1


async def test_a_body_in_pieces_is_taken_from_whoever_is_still_let_in(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=3) as town:
        async with town.home.browser(Authorization=f"grtu{town.people['bob'].email}") as browser:
            assert await late(browser, "PATCH", f"/projects/{NAME}", lambda: asyncio.sleep(0), description="ours") == 200
        assert town.project.description == "ours"
