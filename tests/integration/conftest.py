"""People for the tests of modules that have a fixture `server`, one life of it for the module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.integration.live_server import LiveServer
from tests.integration.people import Person, everybody


@pytest.fixture(scope="module")
def owner(server: LiveServer) -> Iterator[httpx.Client]:
    """A client with the owner's key."""
    with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def add(server: LiveServer) -> Iterator[Callable[..., Person]]:
    """Makes users of this server, each with a client."""
    with everybody(server) as adding:
        yield adding


@pytest.fixture(scope="module")
def boss(add: Callable[..., Person]) -> Person:
    """An administrator who is not the owner."""
    return add("boss", administrator=True)


@pytest.fixture(scope="module")
def ada(add: Callable[..., Person]) -> Person:
    """An ordinary user."""
    return add("ada")
