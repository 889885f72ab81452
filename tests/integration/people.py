"""People on a live server: users with clients of their own, and what is asked again and again about them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from appliance.control_plane.server import administer
from tests.integration.live_server import LiveServer

PATIENCE_S = 60.0
USERS = "/v1/appliance/users"
KEYS = "/v1/appliance/keys"


class Person:
    """A user with a client for the first key."""

    def __init__(self, server: LiveServer, name: str, **more: object) -> None:
        self.email = f"{name}@example.org"
        made = administer(server.folder, {"command": "users.add", "email": self.email, **more})
        self.uid, self.key, self.link = made["id"], made["api_key"], made["sign_in_url"]
        self.http = server.client(self.key)


@contextmanager
def everybody(server: LiveServer) -> Iterator[Callable[..., Person]]:
    """Makes people, and lets go of their connections at the end."""
    made: list[Person] = []

    def add(name: str, **more: object) -> Person:
        made.append(Person(server, name, **more))
        return made[-1]

    yield add
    for person in made:
        person.http.close()


def inner(answer: httpx.Response) -> Any:
    """What an answer of success holds."""
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and sentence of a refusal."""
    return answer.status_code, answer.json()["message"]


def until(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What `ask` answers as soon as it is as wanted."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        answer = ask()
        if wanted(answer):
            return answer
    raise AssertionError(answer)


@contextmanager
def sign_in(server: LiveServer, **proof: str) -> Iterator[httpx.Client]:
    """A browser in which somebody is signed in, with the header that writes need."""
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        browser.headers["X-CSRF-Token"] = inner(browser.post("/v1/appliance/session", json=proof))["csrf"]
        yield browser


def turned_away(server: LiveServer, **proof: str) -> bool:
    """Whether nobody is signed in by that."""
    return httpx.post(f"{server.url}/v1/appliance/session", json=proof, trust_env=False).status_code == 401
