"""A project that several people share, in this process: real handlers and a real store, on a clock that stands where it is put."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from appliance.audit import Entry
from appliance.control_plane.store import Connection, projects, users
from appliance.control_plane.store.users import User
from tests.unit.people_house import House, house

NAME = "shared"
SENT, MEMBERS, RECEIVED = f"/projects/{NAME}/invites", f"/projects/{NAME}/members", "/users/me/invites"
LEAVE, TRANSFER = f"/v1/appliance/projects/{NAME}/membership", f"/v1/appliance/projects/{NAME}/transfer"


def address(name: str) -> str:
    """The e-mail of one of the people."""
    return f"{name}@example.org"


class Shared:
    """The house, and a browser for each of its people, who are known by the part of their e-mail before the @."""

    def __init__(self, home: House) -> None:
        self.home = home
        self.people: dict[str, User] = {}
        self._browsers: dict[str, httpx.AsyncClient] = {}

    async def add(self, name: str, level: int = 0) -> None:
        """A user, who is a member with that level already."""
        self.people[name] = user = await self.home.user(address(name))
        self._browsers[name] = self.home.browser(Authorization=f"grtu{user.email}")
        if level:
            await self.set_level(name, level)

    async def set_level(self, name: str, level: int) -> None:
        """A level that nobody gave."""
        project, user = self.project, self.people[name]
        await self.home.store.write(lambda c: projects.set_member(c, project.id, user.id, level))

    async def ask(self, who: str, method: str, path: str, /, **body: Any) -> tuple[int, Any]:
        """One request; the status, and what is in the envelope or the message."""
        answer = await self._browsers[who].request(method, path, json=body)
        content = answer.json()
        return answer.status_code, content.get("data", content.get("message"))

    async def invite(self, by: str, name: str, level: int, path: str = SENT) -> str:
        """The id of a new invite."""
        status, given = await self.ask(by, "POST", path, email=address(name), level=level)
        assert status == 200, given
        return str(given["invite"]["_id"])

    async def accept(self, name: str, invite: str) -> tuple[int, Any]:
        """Accept an invite."""
        return await self.ask(name, "PATCH", f"{RECEIVED}/{invite}")

    async def able(self, name: str, enabled: bool) -> None:
        """Disable or enable a user."""
        await self.home.store.write(lambda c: users.change(c, self.people[name], disabled=not enabled))

    async def ask_while(self, change: Callable[[Connection], Any], who: str, method: str, path: str, /, **body: Any) -> tuple[int, Any]:
        """One request that is let in before the change is written, and writes after it."""
        store, gate, admitted = self.home.store, threading.Event(), asyncio.Event()
        write = store.write

        async def signalling(intent: Any, **more: Any) -> Any:
            if more.get("told") is not None:
                admitted.set()
            return await write(intent, **more)

        with patch.object(store, "write", signalling):
            held = asyncio.create_task(write(lambda connection: gate.wait(10)))
            meanwhile = asyncio.create_task(write(change))
            asked = asyncio.create_task(self.ask(who, method, path, **body))
            await admitted.wait()
            gate.set()
            await asyncio.gather(held, meanwhile)
            return await asked

    @property
    def project(self) -> projects.Project:
        """The project as stored."""
        found = projects.find(self.home.store.read, NAME)
        assert found is not None
        return found

    @property
    def levels(self) -> dict[str, int]:
        """Each member's level."""
        names = {user.id: name for name, user in self.people.items()}
        return {names[member.user_id]: member.level for member in projects.members(self.home.store.read, self.project.id)}

    @property
    def named_owner(self) -> str:
        """Whom the project names as its owner."""
        return next(name for name, user in self.people.items() if user.id == self.project.owner_id)

    def told(self, *actions: str) -> list[Entry]:
        """The audit log's lines of those actions."""
        return [entry for entry in self.home.told() if entry.action in actions]

    async def close(self) -> None:
        """Let go of the browsers."""
        for browser in self._browsers.values():
            await browser.aclose()
        await self.home.settled()


@asynccontextmanager
async def shared(folder: Path, **levels: int) -> AsyncIterator[Shared]:
    """A project of `ann`, its owner, with those other people, by the levels that they have (0: no member)."""
    async with house(folder) as home:
        town = Shared(home)
        await town.add("ann")
        status, made = await town.ask("ann", "POST", "/projects", name=NAME)
        assert status == 200, made
        for name, level in levels.items():
            await town.add(name, level)
        yield town
        await town.close()


async def received(town: Shared, name: str, query: str = "") -> list[Any]:
    """The invites that wait for somebody."""
    status, given = await town.ask(name, "GET", RECEIVED + query)
    assert status == 200, given
    return list(given["invites"])
