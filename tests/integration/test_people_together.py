"""Twenty people with mixed rights in one project at once: nothing breaks, limits hold, each act and refusal is one line of the record."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from appliance.control_plane.api.permissions import Action
from appliance.control_plane.server import administer
from tests.integration.live_server import LiveServer, add_member

PROJECT = "crowded"
PEOPLE = 20
TURNS = 40
QUEUED = 3
"""Jobs that each may have waiting here, so that the limit is met."""
MODELS = f"/projects/{PROJECT}/models"
FILES = f"/projects/{PROJECT}/artifacts"
MEMBERS = f"/projects/{PROJECT}/members"
Told = Counter[tuple[str, str, str]]
"""How often an e-mail did an action with a result."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("together") / "data", bench_models=1, max_created=QUEUED) as running:
        yield running


class Shared(msgspec.Struct):
    """What everybody knows of the project, and what everybody was answered."""

    emails: list[str]
    keys: list[str] = []
    models: list[str] = []
    told: Told = Counter()
    statuses: Counter[int] = Counter()
    limited: int = 0


class Someone:
    """One of the twenty, who does what comes to mind, allowed or not."""

    def __init__(self, email: str, client: httpx.AsyncClient, draw: random.Random, shared: Shared) -> None:
        self.email = email
        self._client = client
        self._draw = draw
        self._shared = shared
        self._turn = 0

    async def live(self) -> None:
        """Forty turns, one after the other."""
        turns = (self.look, self.upload, self.upload, self.throw_away, self.train, self.train, self.unmake, self.promote, self.manage)
        for self._turn in range(TURNS):
            await self._draw.choice(turns)()

    async def look(self) -> None:
        await self._ask(
            None, "GET", self._draw.choice((FILES, MODELS, f"/projects/{PROJECT}/members", "/v1/activity", "/users/me/billing"))
        )

    async def upload(self) -> None:
        made = await self._ask(Action.ARTIFACT_CREATE, "POST", FILES, json={"filename": "a.csv"})
        if made is not None:
            self._shared.keys.append(made["data"]["key"])
            await self._ask(Action.ARTIFACT_UPLOAD, "PUT", made["data"]["url"], content=b"n\n1\n")

    async def throw_away(self) -> None:
        await self._ask(Action.ARTIFACT_DELETE, "DELETE", FILES, params={"key": self._pick(self._shared.keys)})

    async def train(self) -> None:
        body = {"schema_version": "1.0", "name": f"{self.email[:8]}-{self._turn}", "models": [{"noop": {}}]}
        made = await self._ask(Action.MODEL_CREATE, "POST", MODELS, json=body, params={"runner_mode": "manual"})
        if made is not None:
            self._shared.models.append(made["data"]["model"]["uid"])

    async def unmake(self) -> None:
        await self._ask(Action.MODEL_DELETE, "DELETE", f"{MODELS}/{self._pick(self._shared.models)}")

    async def promote(self) -> None:
        body = {"email": self._draw.choice(self._shared.emails), "level": self._draw.randint(1, 4)}
        await self._ask(Action.MEMBER_CHANGE, "POST", MEMBERS, json=body)

    async def manage(self) -> None:
        await self._ask(Action.USER_CREATE, "POST", "/v1/appliance/users", json={"email": "friend@example.org"})

    def _pick(self, known: list[str]) -> str:
        return self._draw.choice(known) if known else "gretel_none"

    async def _ask(self, action: Action | None, method: str, path: str, **sent: Any) -> Any:
        """What a good answer holds; None for a refusal."""
        answer = await self._client.request(method, path, **sent)
        self._shared.statuses[answer.status_code] += 1
        if action is Action.MEMBER_CHANGE and '"invite":' in answer.text:
            action = Action.INVITE_CREATE  # whoever is no member is invited
        if action is not None:
            self._shared.told[self.email, action.word, "done" if answer.status_code == 200 else "refused"] += 1
        self._shared.limited += "Maximum number of" in answer.text
        return answer.json() if answer.status_code == 200 else None


async def test_twenty_people_in_one_project_break_nothing(server: LiveServer) -> None:
    people = [f"person{number:02}@example.org" for number in range(PEOPLE)]
    keys = [administer(server.folder, {"command": "users.add", "email": email})["api_key"] for email in people]
    shared = Shared(people)
    with server.client(keys[0]) as owner, server.client() as manager:
        owner.post("/projects", json={"name": PROJECT})
        for number, (email, key) in enumerate(zip(people[1:-2], keys[1:-2], strict=True)):
            add_member(server, owner, PROJECT, email, key, number % 4 + 1)
        before = manager.get("/v1/appliance/audit/head").json()["seq"]
        clients = [
            httpx.AsyncClient(base_url=server.url, headers={"Authorization": key}, verify=False, trust_env=False, timeout=60)
            for key in keys
        ]
        crowd = [
            Someone(email, client, random.Random(seed), shared) for seed, (email, client) in enumerate(zip(people, clients, strict=True))
        ]
        await asyncio.gather(*(person.live() for person in crowd))
        levels = {member["email"]: member["level"] for member in owner.get(MEMBERS).json()["data"]["members"]}
        billing = [(await client.get("/users/me/billing")).json()["data"]["billing"]["me"]["usage"] for client in clients]
        for client in clients:
            await client.aclose()
        verdict = manager.get("/v1/appliance/audit/verify").json()
        lines = [json.loads(line)["entry"] for line in manager.get("/v1/appliance/audit", params={"after": str(before)}).text.splitlines()]
    assert set(shared.statuses) <= {200, 400, 403, 404, 409}, shared.statuses
    assert shared.statuses[200] > PEOPLE * TURNS / 4
    assert shared.limited > 0
    assert max(usage["jobs_queued"] for usage in billing) <= QUEUED
    assert 4 in levels.values()
    assert set(levels) <= set(people[:-2]), "an outsider became a member unasked"
    assert verdict["sound"], verdict
    assert Counter((line["actor"], line["action"], line["result"]) for line in lines if line["actor"] in people) == shared.told
