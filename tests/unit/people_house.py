"""The interface for people alone, in this process: a real store and real handlers, on a clock that stands where it is put."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec

from appliance.audit import Entry
from appliance.clock import SystemRandom
from appliance.console.table import ROUTES
from appliance.control_plane.api.web import create_app
from appliance.control_plane.store import Store, keys, users
from appliance.control_plane.store.users import User
from appliance.people.admission import admit
from appliance.people.passwords import Brake, hash_password
from appliance.settings import Settings

BIRTH = 1_800_000_000.0
SESSION = "/v1/appliance/session"
SESSIONS = "/v1/appliance/sessions"
PASSWORD = "/v1/appliance/password"
PHRASE = "correct horse battery"
DIGEST = hash_password(PHRASE)


class Now:
    """A clock that stands where it is put."""

    at = BIRTH

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


class House:
    """The store, the services that handlers of people use, and browsers."""

    def __init__(self, folder: Path, store: Store, public_url: str) -> None:
        self.clock, self.random, self.store = Now(), SystemRandom(), store
        self.services = SimpleNamespace(
            settings=Settings(data_dir=folder, public_url=public_url),
            clock=self.clock,
            random=self.random,
            store=store,
            passwords=Brake(self.clock),
            refusing="",
            key_uses={},
            refusals={},
        )
        self._app = create_app(self.services, ROUTES, admit)  # type: ignore[arg-type]

    async def user(self, email: str, digest: str = "") -> User:
        """A user with that password digest and the API key `grtu` and the e-mail."""
        uid, at = self.random.token(12).hex(), self.clock.now()
        made = await self.store.write(lambda c: users.insert(c, uid=uid, email=email, password_digest=digest, is_owner=False, at=at))
        assert made is not None
        await self.store.write(lambda c: keys.insert(c, secret=f"grtu{email}", user_id=made.id, name="", at=at))
        return made

    async def token(self, user: User, lifetime_s: float = 60.0) -> str:
        """A one-time sign-in token."""
        token = self.random.token(24).hex()
        await self.store.write(lambda c: keys.issue_token(c, token=token, user_id=user.id, expires_at=self.clock.now() + lifetime_s))
        return token

    def browser(self, address: str = "192.0.2.1", **headers: str) -> httpx.AsyncClient:
        """Somebody's browser at that network address."""
        transport = httpx.ASGITransport(self._app, client=(address, 40_000))  # type: ignore[arg-type]
        base = self.services.settings.public_url or "http://localhost"
        return httpx.AsyncClient(
            transport=transport, base_url=base, headers={name: text.encode("latin-1") for name, text in headers.items()}
        )

    async def signed_in(self, user: User, **headers: str) -> httpx.AsyncClient:
        """A browser with a session of that user, which sends the CSRF header."""
        browser = self.browser(**headers)
        await enter(browser, token=await self.token(user))
        return browser

    def told(self) -> list[Entry]:
        """The audit log."""
        return [msgspec.json.decode(line, type=Entry) for (line,) in self.store.read.execute("select line from audit order by seq")]

    async def settled(self) -> None:
        """Wait for notes that nobody waits for."""
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(tasks)
        await self.store.write(lambda connection: None)


async def enter(browser: httpx.AsyncClient, **credentials: str) -> httpx.Response:
    """Sign in, and send the session's CSRF text from now on."""
    answer = await browser.post(SESSION, json=credentials)
    assert answer.status_code == 200, answer.text
    carry(browser, answer)
    return answer


def carry(browser: httpx.AsyncClient, answer: httpx.Response) -> None:
    """Send the CSRF text of that answer from now on."""
    browser.headers["X-CSRF-Token"] = answer.json()["data"]["csrf"]


def message(answer: httpx.Response) -> tuple[int, Any]:
    """Status and sentence of an answer."""
    return answer.status_code, answer.json().get("message")


@asynccontextmanager
async def house(folder: Path, public_url: str = "") -> AsyncIterator[House]:
    """A house on `folder`, which may have been one before."""
    store = await Store.open(folder, Now())
    try:
        yield House(folder, store, public_url)
    finally:
        await store.close()
