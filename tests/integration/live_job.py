"""A job that runs until it is told to stop, whose events the test writes beside its worker, and a simple client of the stream."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from appliance.contract.event import Event, Log, encode_event
from tests.integration.live_server import LiveServer
from tests.integration.people import until

STREAM = "/v1/appliance/stream"


class LiveJob:
    """A job of the bench's own type, active when it is made. `append` adds to its events as its worker would."""

    def __init__(self, server: LiveServer, client: httpx.Client, project: str, sleep_s: float = 600.0) -> None:
        self._client = client
        configuration = {"schema_version": "1.0", "name": "live", "models": [{"noop": {"params": {"sleep_s": sleep_s}}}]}
        answer = client.post(f"/projects/{project}/models", params={"dry_run": "no"}, json=configuration)
        assert answer.status_code == 200, answer.text
        self.uid: str = answer.json()["data"]["model"]["uid"]
        self.topic = f"job:{self.uid}"
        self._place = f"/projects/{project}/models/{self.uid}"
        self.until("completed" if not sleep_s else "active")
        self.events = server.folder / "runs" / f"{self.uid}.1" / "events.jsonl"
        until(self.events.read_bytes, lambda content: b"Doing nothing" in content)

    def until(self, status: str) -> None:
        """Wait until it is in that state."""
        until(lambda: self._client.get(self._place).json()["data"]["model"]["status"], lambda found: found == status)

    def cancel(self) -> None:
        """Stop it, and wait until it is over."""
        assert self._client.patch(self._place, json={"status": "cancelled"}).status_code == 200
        self.until("cancelled")

    def append(self, *events: Event | bytes) -> None:
        """Add events, or lines as they are, in one write."""
        append(self.events, *events)


def append(path: Path, *events: Event | bytes) -> None:
    """Add events to a file as a worker does."""
    content = b"".join(event if isinstance(event, bytes) else encode_event(event) for event in events)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    assert os.write(descriptor, content) == len(content)
    os.close(descriptor)


def told(text: str, level: str = "info", at: float = 1.7e9) -> Log:
    """A line of the log."""
    return Log(at, level, "run", text)


class Messages:
    """What a stream tells: (id, message) one after the other, as they come. `cursor` is the last id that was read."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status, self._lines = answer.status_code, answer.iter_lines()
        self.cursor = ""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        name = ""
        for line in self._lines:
            if line.startswith("id: "):
                name = line[4:]
            elif line.startswith("data: "):
                self.cursor = name
                yield json.loads(line[6:])

    def until(self, topic: str, **wanted: object) -> dict[str, Any]:
        """The next message of a topic that has these values. Fails when the stream ends."""
        for message in self:
            if message["topic"] == topic and all(message.get(name) == value for name, value in wanted.items()):
                return message
        raise AssertionError("the stream ended")


@contextmanager
def following(client: httpx.Client, *topics: str, after: str = "", cursor: str = "") -> Iterator[Messages]:
    """Follow topics until the block ends."""
    headers = {"Last-Event-ID": cursor} if cursor else {}
    with client.stream("GET", STREAM, params={"topics": ",".join(topics), "after": after}, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        yield Messages(answer)
