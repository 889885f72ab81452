"""The stream on a live server: what is told, to whom, for how long, and that it goes on where it broke off."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from appliance.console.stream import MOST_STREAMS
from appliance.control_plane.server import administer
from tests.integration.live_job import STREAM, LiveJob, Messages, append, following, told
from tests.integration.live_server import LiveServer, add_member
from tests.integration.people import Person, sign_in

PROJECT = "followed"
TRIALS, KILLS = 100, 2
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("stream") / "data", bench_models=1) as server:
        yield server


@pytest.fixture(scope="module")
def job(server: LiveServer, owner: httpx.Client) -> LiveJob:
    """A job of the owner's that runs on."""
    assert owner.post("/projects", json={"name": PROJECT}).status_code == 200
    return LiveJob(server, owner, PROJECT)


def test_a_job_is_told_from_a_byte_on_and_its_end_once(server: LiveServer, owner: httpx.Client, job: LiveJob) -> None:
    ending = LiveJob(server, owner, PROJECT)
    page = owner.get(f"/v1/appliance/jobs/{ending.uid}/events").json()
    with following(owner, ending.topic, after=f"{ending.topic}:{page['next']}") as messages:
        ending.append(told("one"), b"no event\n", told("two"))
        message = messages.until(ending.topic)
        assert [event["msg"] for event in message["events"]] == ["one", "two"]
        assert (message["first"], message["events"][-1]["id"]) == (page["next"], message["next"])
        ending.cancel()
        messages.until(ending.topic, final=True)
        cursor = messages.cursor
    with following(owner, ending.topic, job.topic, cursor=cursor) as messages:
        job.append(told("three"))
        assert next(iter(messages))["topic"] == job.topic, "an end that was told is not told again"


def test_states_of_jobs_are_told_to_those_who_may_see_them(server: LiveServer, owner: httpx.Client, job: LiveJob, ada: Person) -> None:
    with following(owner, "jobs") as mine, following(ada.http, "jobs") as hers:
        since = mine.until("jobs", reset=True)["next"]
        assert hers.until("jobs", reset=True)["next"] == since
        new = LiveJob(server, owner, PROJECT)
        states = [one["status"] for one in mine.until("jobs")["jobs"] if one["uid"] == new.uid]
        cursor = mine.cursor
        assert ada.http.post("/projects", json={"name": "of-ada"}).status_code == 200
        own = LiveJob(server, ada.http, "of-ada")
        assert {one["uid"] for one in hers.until("jobs")["jobs"]} == {own.uid}
    new.cancel()
    own.cancel()
    with following(owner, "jobs", cursor=cursor) as mine:
        states += [one["status"] for one in mine.until("jobs")["jobs"] if one["uid"] == new.uid]
    assert states[-1] == "cancelled"
    assert len(states) >= 2


def test_what_is_no_topic_or_of_others_is_refused(owner: httpx.Client, job: LiveJob, ada: Person) -> None:
    def refused(client: httpx.Client, **query: str) -> int:
        return client.get(STREAM, params=query).status_code

    assert refused(owner) == refused(owner, topics="weather") == refused(owner, topics="job:../../etc") == 400
    assert refused(owner, topics=",".join(f"job:{number:024x}" for number in range(101))) == 400
    assert refused(owner, topics="job:" + "0" * 24) == refused(ada.http, topics=job.topic) == 404
    assert refused(owner, topics="jobs", after="jobs:-1") == refused(owner, topics=job.topic, after=f"{job.topic}:{'9' * 30}") == 400
    assert httpx.get(f"{owner.base_url}{STREAM}", params={"topics": "jobs"}, trust_env=False).status_code == 401
    assert owner.head(STREAM, params={"topics": "jobs"}).headers["content-type"] == "text/event-stream; charset=utf-8"


def test_a_user_has_fifty_streams_and_no_more(server: LiveServer, add: Callable[..., Person]) -> None:
    eager, other = add("eager"), add("other")
    limits = httpx.Limits(max_connections=MOST_STREAMS + 2)
    with httpx.Client(base_url=server.url, headers={"Authorization": eager.key}, limits=limits, trust_env=False) as client:
        open_ones = [client.stream("GET", STREAM, params={"topics": "jobs"}) for _ in range(MOST_STREAMS)]
        assert {one.__enter__().status_code for one in open_ones} == {200}
        answer = client.get(STREAM, params={"topics": "jobs"})
        assert (answer.status_code, "Maximum number of streams (50)" in answer.text) == (400, True)
        with following(other.http, "jobs"):
            pass
        for one in open_ones:
            one.__exit__(None, None, None)


def take_the_key(server: LiveServer, owner: httpx.Client, person: Person) -> None:
    """Revoke the key with which somebody follows."""
    (key,) = person.http.get("/v1/appliance/keys").json()["data"]["keys"]
    assert person.http.delete(f"/v1/appliance/keys/{key['id']}").status_code == 200


def disable(server: LiveServer, owner: httpx.Client, person: Person) -> None:
    """Disable the user who follows."""
    administer(server.folder, {"command": "users.disable", "email": person.email})


def remove(server: LiveServer, owner: httpx.Client, person: Person) -> None:
    """Take the user who follows out of the project."""
    assert owner.delete(f"/projects/{PROJECT}/members/{person.uid}").status_code == 200


@pytest.mark.parametrize("act", [take_the_key, disable, remove])
def test_who_may_not_see_it_any_more_is_told_nothing_more(
    server: LiveServer, owner: httpx.Client, job: LiveJob, add: Callable[..., Person], act: Callable[..., None]
) -> None:
    person = add(act.__name__.replace("_", "-"))
    add_member(server, owner, PROJECT, person.email, person.key, 1)
    with following(person.http, job.topic) as messages:
        job.append(told("for members"))
        assert messages.until(job.topic)["events"]
        while (news := messages.until(job.topic))["events"][-1]["msg"] != "for members":
            assert news
        act(server, owner, person)
        job.append(told("not for you"))
        assert [*messages] == []


def test_a_browser_that_signed_out_is_told_nothing_more(server: LiveServer, job: LiveJob) -> None:
    with sign_in(server, api_key=server.key) as browser, following(browser, job.topic) as messages:
        messages.until(job.topic)
        assert browser.delete("/v1/appliance/session").status_code == 200
        job.append(told("not for you"))
        assert not any(event.get("msg") == "not for you" for message in messages for event in message["events"])


def test_a_deleted_job_ends_the_stream(server: LiveServer, owner: httpx.Client) -> None:
    gone = LiveJob(server, owner, PROJECT)
    with following(owner, gone.topic) as messages:
        messages.until(gone.topic)
        assert owner.delete(f"/projects/{PROJECT}/models/{gone.uid}").status_code in (200, 204)
        assert all(message["topic"] == gone.topic for message in messages)
    assert owner.get(STREAM, params={"topics": gone.topic}).status_code == 404


def test_the_machine_is_told_at_once_and_again(owner: httpx.Client) -> None:
    with following(owner, "machine") as messages:
        first, second = messages.until("machine"), messages.until("machine")
    assert first["memory"]["total"] > 0
    assert first.keys() == second.keys() == {"topic", "cpu", "memory", "disk", "gpus", "queue"}


def test_the_server_stops_at_once_with_streams_open(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server, server.client() as client, following(client, "jobs", "machine") as messages:
        messages.until("jobs")
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 2.0
        assert all(message["topic"] == "machine" for message in messages), "the stream ends as it should, not in the middle"


class Writer(threading.Thread):
    """Writes numbered lines to a job's events without a pause worth the name, in writes that end where they like."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.number, self._path, self._told = 0, path, threading.Event()

    def run(self) -> None:
        chance = random.Random(6)
        descriptor = self._path.open("ab", buffering=0)
        while not self._told.wait(0.002):
            lines = b"".join(b'{"type":"log","ts":1,"level":"info","stage":"run","msg":"%d"}\n' % (self.number + n) for n in range(5))
            self.number += 5
            cut = chance.randrange(len(lines))
            descriptor.write(lines[:cut])
            descriptor.write(lines[cut:])
        descriptor.close()

    def stop(self) -> None:
        """End, and wait for it."""
        self._told.set()
        self.join(PATIENCE_S)


def test_a_hundred_reconnects_lose_nothing_and_tell_nothing_twice(tmp_path: Path) -> None:
    """Connections that break anywhere, and a server that is killed: the cursor of the last message is all that is kept."""
    chance, cursor = random.Random(7), ""
    found: list[str] = []
    with LiveServer(tmp_path / "data", bench_models=1) as server:
        with server.client() as client:
            client.post("/projects", json={"name": PROJECT})
            job = LiveJob(server, client, PROJECT)
        before = len(job.events.read_bytes())
        writer = Writer(job.events)
        writer.start()
        for trial in range(TRIALS + 1):
            if trial == TRIALS:
                writer.stop()
                append(job.events, told("the end"))
            with server.client() as client, following(client, job.topic, "jobs", after=f"{job.topic}:{before}", cursor=cursor) as messages:
                left = chance.randrange(1, 3) if trial < TRIALS else 1_000_000
                if trial % (TRIALS // KILLS) == 7 and trial < TRIALS:
                    threading.Timer(chance.random() / 5, server.tell, [signal.SIGKILL]).start()
                    left = 1_000_000
                cursor = _read(messages, left, found) or cursor
            if left == 1_000_000 and trial < TRIALS:
                server.wait()
                server.start()
    assert found[:-1] == [str(number) for number in range(writer.number)]
    assert found[-1] == "the end"
    assert writer.number > 10 * TRIALS


def _read(messages: Messages, left: int, found: list[str]) -> str:
    """Read some messages, until the connection breaks or the end is told; the cursor after the last of them."""
    try:
        for message in messages:
            found += [event["msg"] for event in message.get("events", ()) if event["type"] == "log"]
            left -= 1
            if left <= 0 or found[-1:] == ["the end"]:
                break
    except httpx.TransportError:
        pass
    return str(messages.cursor)
