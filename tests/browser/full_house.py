"""A server on which everything that pages show exists: long and hostile names, a model with its report, a run, a failure, people."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import httpx

from tests.integration.live_server import LiveServer
from tests.integration.people import Person, inner, until

HOSTILE = "<img src=x onerror=alert(1)> \u202eשלום \"'&amp; {{7*7}} "
LONG = HOSTILE + "a very long name that goes on and on " * 4 + "x" * 120
ENDS = ("completed", "error", "cancelled", "lost")
TABLE = "customers.csv"
_MODEL = "/{guid}/models/{model}"
PAGES = {
    "home": "/",
    "project": "/{guid}",
    **{f"project-{part}": "/{guid}#" + part for part in ("models", "members", "settings")},
    "bare-project": "/{bare_guid}",
    "artifact": "/{guid}/data/{table}",
    "odd-artifact": "/{guid}/data/{odd}",
    "broken-artifact": "/{guid}/data/{broken}",
    "new-model": "/{guid}/models/new?data={table}",
    "new-model-bare": "/{bare_guid}/models/new",
    "model": _MODEL,
    **{f"model-{tab}": f"{_MODEL}/{tab}" for tab in ("data", "report", "generate", "configuration", "history")},
    "failed": "/{guid}/models/{failed}",
    "active": "/{guid}/models/{active}",
    "run": _MODEL + "/runs/{run}",
    "run-data": _MODEL + "/runs/{run}/data",
    "compare": "/console/compare.html?jobs={model},{other}",
    **{name: f"/console/{name}.html" for name in ("machine", "account", "people", "activity", "api")},
}
"""Every page of the Console with something on it, and some with nothing; the names in braces are attributes of FullHouse."""


def noop(name: str, **params: Any) -> dict[str, Any]:
    """A job that does what its parameters say."""
    return {"schema_version": "1.0", "name": name, "models": [{"noop": {"params": params}}]}


def learner(name: str, key: str, rows: int = 60) -> dict[str, Any]:
    """A model that learns the table in a second or two."""
    section = {"data_source": key, "params": {"epochs": 1}, "generate": {"num_records": rows}}
    return {"schema_version": "1.0", "name": name, "models": [{"actgan": section}]}


def customers(rows: int = 240) -> bytes:
    """A table with a column whose name is markup and cells that are."""
    draw = random.Random(6)
    lines = ["age,city,income,plan,<b>note</b>,a_column_with_a_name_that_is_rather_longer_than_any_reader_wants"]
    for _ in range(rows):
        age = draw.randint(18, 90)
        city, plan = draw.choice(("Bern", "Graz", "Lyon", "Oslo")), "gold" if age > 50 else "<i>basic</i>"
        lines.append(f"{age},{city},{round(age * 400 + draw.gauss(0, 900), 2)},{plan},{draw.choice(('=1+1', '<script>', 'ok'))},{age % 7}")
    return ("\n".join(lines) + "\n").encode()


class FullHouse:
    """The world and where its things are."""

    def __init__(self, server: LiveServer) -> None:
        self.server, self.url, self.key = server, server.url, server.key
        self.http = server.client()
        self.ada = Person(server, "ada")
        self.ben = Person(server, "ben-" + "with-a-long-address-" * 2)
        self.project, self.guid = self._project("full-house", LONG, LONG * 2)
        self.bare, self.bare_guid = self._project("bare-house", "", "")
        self._members()
        self.table = self.upload(TABLE, customers())
        self.odd = self.upload(f"{HOSTILE}.csv".replace("/", "-"), b"a,b\n" + b"1,2\n" * 30)
        self.broken = self.upload("not a table.csv", bytes(range(256)) * 9)
        self.model = self.start(learner("learns-long-long-long-long-name"[:32], self.table))
        self.other = self.start(learner("learns-again", self.table, rows=40))
        self.failed = self.start(noop("fails", fail=f"No {HOSTILE} are left."))
        self.settle(self.model, self.other, self.failed)
        self.run = self._run(self.model)
        self.active = self.start(noop("sleeps", sleep_s=900))
        until(lambda: self.status(self.active), lambda status: status == "active")

    def _project(self, name: str, title: str, about: str) -> tuple[str, str]:
        made = inner(self.http.post("/projects", json={"name": name, "display_name": title, "description": about}))
        return f"/projects/{made['name']}", str(made["guid"])

    def _members(self) -> None:
        for person, level in ((self.ada, 1), (self.ben, 3)):
            asked = inner(self.http.post(f"{self.project}/members", json={"email": person.email, "level": level}))
            if "invite" in asked and person is self.ada:
                inner(person.http.patch(f"/users/me/invites/{asked['invite']['_id']}"))

    def upload(self, name: str, content: bytes) -> str:
        """Keep a file in the full project; its key, once it was looked into."""
        made = inner(self.http.post(f"{self.project}/artifacts", json={"filename": name}))
        assert httpx.put(made["url"], content=content, trust_env=False).status_code == 200
        place = f"{self.project}/artifacts/manifest"
        until(lambda: self.http.get(place, params={"key": made["key"]}).json(), lambda found: found.get("status") != "pending")
        return str(made["key"])

    def start(self, configuration: dict[str, Any]) -> str:
        """Train a model in the full project; its id."""
        answer = self.http.post(f"{self.project}/models", json=configuration, params={"dry_run": "no", "runner_mode": "cloud"})
        return str(inner(answer)["model"]["uid"])

    def _run(self, model: str) -> str:
        place = f"{self.project}/models/{model}/record_handlers"
        body = {"params": {"num_records": 20}}
        made = str(inner(self.http.post(place, json=body, params={"runner_mode": "cloud"}))["handler"]["uid"])
        until(lambda: inner(self.http.get(f"{place}/{made}"))["handler"]["status"], lambda status: status in ENDS)
        return made

    def status(self, model: str) -> str:
        """The state of a model's job."""
        return str(inner(self.http.get(f"{self.project}/models/{model}"))["model"]["status"])

    def settle(self, *models: str) -> None:
        """Wait for the ends of models."""
        for uid in models:
            until(lambda uid=uid: self.status(uid), lambda status: status in ENDS)

    def path(self, name: str) -> str:
        """The address of one of PAGES on this server."""
        return PAGES[name].format(**vars(self))

    def close(self) -> None:
        """Let go of the connections."""
        for client in (self.http, self.ada.http, self.ben.http):
            client.close()


def docs_pages(http: httpx.Client) -> dict[str, str]:
    """Every page of the docs, by name: what the table of contents leads to."""
    found = {"docs": "/docs"}
    for name in re.findall(r'href="/docs/([a-z0-9-]+)["#]', http.get("/docs").text):
        found[f"docs-{name}"] = f"/docs/{name}"
    return found


def furnished(folder: Path) -> LiveServer:
    """The server to fill, with the model types of the bench; the slots are enough for everything that stays."""
    return LiveServer(folder / "data", bench_models=1)
