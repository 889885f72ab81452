"""A server with one project and everybody who may come to it: a member of each level, and those who are none."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec

from appliance.audit import SERVER, Entry
from appliance.clock import SystemClock
from appliance.contract.worker_protocol import decode_worker_key
from appliance.control_plane.api.routes import Route
from appliance.control_plane.artifact_store.links import LinkSigner
from appliance.control_plane.server import SECRET, administer
from tests.integration.live_server import LiveServer, add_member

PROJECT = "guarded"
NOWHERE = "nowhere-at-all"
ABSENT = "f" * 24
"""An id that is nobody's and nothing's."""
NOOP = {"schema_version": "1.0", "name": "nothing", "models": [{"noop": {}}]}
ROWS = b"city,n\n" + b"".join(b"Bern,%d\n" % number for number in range(40))
LEVELS = ("outsider", "level1", "level2", "level3", "level4")
"""Who has which level in the project; `level4` made it. All are ordinary users of the appliance."""
MANAGER = "manager"
"""The owner of the installation, who administers it and is no member."""
UNKNOWN = ("nobody", "unknown", "revoked", "disabled", "disabled session")
"""No key at all, a key that never was, one that was revoked, key and session of a user who is disabled."""
PARAMETER = re.compile(r"\{(\w+):str\}")


class Link:
    """Signs links as the server does, or for a moment that is past."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, method: str, path: str, user: str, lifetime_s: float = 600) -> str:
        """A signed path below the server's address."""
        return LinkSigner(self._secret, SystemClock(), lifetime_s).sign(method, path, user)


class World:
    """The server, a client for each asker, and what the project holds."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.ids: dict[str, str] = {}
        self.keys = {"nobody": "", "unknown": "grtu" + "0" * 64, MANAGER: server.key}
        self._drawn = 0
        self._record = sqlite3.connect(f"file:{server.folder / 'appliance.db'}?mode=ro", uri=True, check_same_thread=False)
        for name in (*LEVELS, "revoked", "disabled", "removed"):
            self.add_user(name)
        self.clients = {name: self._client(key) for name, key in (*self.keys.items(), ("disabled session", ""))}
        self._sign_in(self.clients["disabled session"], "disabled")
        self.owner = self.clients["level4"]
        self.add_project(PROJECT)
        self.join(PROJECT, "removed", 2)
        self.model = self.add_model()
        for name in ("revoked", "disabled", "disabled session"):
            assert self.clients[name].get("/users/me").status_code == 200
        spare = self.desk("keys.create", email=self.email("revoked"), name="stays")
        held = self.desk("keys.list", email=self.email("revoked"))
        self.desk("keys.revoke", email=self.email("revoked"), id=next(key["id"] for key in held if key["id"] != spare["id"]))
        self.desk("users.disable", email=self.email("disabled"))
        assert self.owner.delete(f"/projects/{PROJECT}/members/{self.ids['removed']}").status_code == 200
        (secret,) = self._record.execute("SELECT value FROM meta WHERE key = ?", (SECRET,)).fetchone()
        self.link = Link(secret)

    def close(self) -> None:
        """Let go of the connections."""
        for client in self.clients.values():
            client.close()
        self._record.close()

    # People

    @staticmethod
    def email(name: str) -> str:
        """The e-mail of an asker."""
        return f"{name}@example.org"

    def desk(self, command: str, **given: Any) -> Any:
        """A command of whoever sits at the machine."""
        return administer(self.server.folder, {"command": command, **given})

    def add_user(self, name: str) -> str:
        """A new user of the appliance; the key."""
        made = self.desk("users.add", email=self.email(name))
        self.ids[name], self.keys[name] = made["id"], made["api_key"]
        return self.keys[name]

    def newcomer(self) -> str:
        """A user with a client of his own, who has done nothing yet; the name."""
        name = self.drawn("newcomer")
        key = self.add_user(name)
        self.clients[name] = self._client(key)
        return name

    @contextmanager
    def spare_client(self, name: str) -> Iterator[httpx.Client]:
        """The same user with a key that nobody needs afterwards."""
        email = "owner@localhost" if name == MANAGER else self.email(name)
        with self._client(self.desk("keys.create", email=email, name=self.drawn("spare"))["api_key"]) as client:
            yield client

    @contextmanager
    def signed_in(self, name: str) -> Iterator[httpx.Client]:
        """The same user with a session instead of a key, who sends its CSRF header."""
        with self._client("") as client:
            self._sign_in(client, name)
            yield client

    def _sign_in(self, client: httpx.Client, name: str) -> None:
        signed = self.good(client.post("/v1/appliance/session", json={"api_key": self.keys[name]}))["data"]
        client.headers["X-CSRF-Token"] = signed["csrf"]

    def _client(self, key: str) -> httpx.Client:
        headers = {"Authorization": key} if key else {}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=60, trust_env=False, verify=False)  # no TLS here

    # What the project holds

    def drawn(self, word: str) -> str:
        """A name that was not used before."""
        self._drawn += 1
        return f"{word}-{self._drawn}"

    def add_project(self, name: str = "", members: Iterable[str] = LEVELS[1:4]) -> str:
        """A project of `level4` with those members; its name."""
        name = name or self.drawn("project")
        assert self.owner.post("/projects", json={"name": name}).status_code == 200
        for member in members:
            self.join(name, member, LEVELS.index(member))
        return name

    def join(self, project: str, member: str, level: int) -> None:
        """Make somebody a member of a project of `level4`."""
        add_member(self.server, self.owner, project, self.email(member), self.keys[member], level)

    def add_artifact(self, content: bytes = b"") -> str:
        """An artifact of the project; without content its upload is still to come. Its key."""
        made = self.good(self.owner.post(f"/projects/{PROJECT}/artifacts", json={"filename": "rows.csv"}))["data"]
        if content:
            self.good(self.owner.put(made["url"], content=content))
        return str(made["key"])

    def add_model(self) -> str:
        """A model that waits for a worker elsewhere; its id."""
        return self.worker_key().model_id

    def worker_key(self) -> Any:
        """The worker key of a new model."""
        configuration = {**NOOP, "name": self.drawn("nothing")}
        made = self.owner.post(f"/projects/{PROJECT}/models", json=configuration, params={"runner_mode": "manual"})
        return decode_worker_key(self.good(made)["worker_key"])

    @staticmethod
    def good(answer: httpx.Response) -> Any:
        """What an answer that must be good holds."""
        assert answer.status_code == 200, answer.text
        return answer.json()

    # The record

    def last_line(self) -> int:
        """The number of the newest line of the audit log."""
        (seq,) = self._record.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()
        return int(seq)

    def lines(self, after: int) -> list[Entry]:
        """The lines behind that one which tell of people, oldest first; not those of jobs that ended by themselves."""
        rows = self._record.execute("SELECT line FROM audit WHERE seq > ? ORDER BY seq", (after,)).fetchall()
        entries = [msgspec.json.decode(line, type=Entry) for (line,) in rows]
        return [entry for entry in entries if entry.actor != SERVER]


def place(route: Route, values: dict[str, str]) -> str:
    """The path of a route with a value for every parameter. Fails for a parameter that nobody thought of."""
    missing = set(PARAMETER.findall(route.path)) - values.keys()
    assert not missing, f"the walk has no value for {missing} of {route.method} {route.path}: give it one"
    return PARAMETER.sub(lambda found: values[found[1]], route.path)
