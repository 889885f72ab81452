"""What the Console asks of one job: how it came to be what it is, why it waits, and its configuration in three forms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.live_server import LiveServer
from tests.integration.people import until

QUICK = {"schema_version": "1.0", "name": "quick", "models": [{"noop": {"params": {}}}]}
SLOW = {"schema_version": "1.0", "name": "slow", "models": [{"noop": {"params": {"sleep_s": 60}}}]}


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with LiveServer(tmp_path_factory.mktemp("history") / "data", bench_models=1, max_running=1) as server, server.client() as client:
        yield client


@pytest.fixture(scope="module")
def project(owner: httpx.Client) -> str:
    return str(owner.post("/projects", json={"name": "history"}).json()["data"]["guid"])


def create(owner: httpx.Client, project: str, configuration: object, **query: str) -> str:
    answer = owner.post(f"/projects/{project}/models", json=configuration, params=query)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["model"]["uid"])


def history(owner: httpx.Client, job: str) -> dict[str, Any]:
    return dict(owner.get(f"/v1/appliance/jobs/{job}/history").json()["data"])


def reached(owner: httpx.Client, job: str, state: str) -> dict[str, Any]:
    """The history of a job as soon as it is in that state."""
    return dict(until(lambda: history(owner, job), lambda found: found["transitions"][-1]["to"] == state))


def test_every_move_is_told_with_who_caused_it(owner: httpx.Client, project: str) -> None:
    found = reached(owner, create(owner, project, QUICK), "completed")
    told = [(move["from"], move["to"], move["actor"]) for move in found["transitions"]]
    assert told == [
        (None, "created", "api"),
        ("created", "pending", "scheduler"),
        ("pending", "active", "worker"),
        ("active", "completed", "worker"),
    ]
    me = owner.get("/users/me").json()["data"]["me"]["email"]
    assert [move["by"] for move in found["transitions"]] == [me, "", "", ""]
    (attempt,) = found["attempts"]
    assert attempt["n"] == 1
    assert attempt["usage"]["wall_s"] >= 0
    assert found["memory_bytes"] > 0
    assert found["waiting"] is None
    assert [file["type"] for file in found["artifacts"]] == ["model_logs"]


def test_a_job_that_waits_says_for_what_and_who_cancelled_it(owner: httpx.Client, project: str) -> None:
    running = create(owner, project, SLOW)
    reached(owner, running, "active")
    waiting = create(owner, project, {**SLOW, "name": "behind"})
    assert history(owner, waiting)["waiting"] == {"reason": "limit", "ahead": 0, "needed": 1, "free": 1}
    own = create(owner, project, {**SLOW, "name": "elsewhere"}, runner_mode="manual")
    assert history(owner, own)["waiting"]["reason"] == "manual"
    for job in (waiting, own, running):
        owner.patch(f"/projects/{project}/models/{job}", json={"status": "cancelled"})
    me = owner.get("/users/me").json()["data"]["me"]["email"]
    last = history(owner, waiting)["transitions"][-1]
    assert (last["to"], last["actor"], last["by"]) == ("cancelled", "api", me)


def test_a_configuration_is_shown_as_it_came_and_as_it_became(owner: httpx.Client, project: str) -> None:
    failing = {**QUICK, "name": "quoted", "models": [{"noop": {"params": {"fail": "<b>& “quoted”"}}}]}
    job = create(owner, project, {"config": json.dumps(failing), "provenance": None})
    reached(owner, job, "error")
    shown = owner.get(f"/v1/appliance/jobs/{job}/configuration").json()["data"]
    assert shown["sent"].splitlines()[:2] == ["schema_version: '1.0'", "name: quoted"]
    assert "fail: <b>& “quoted”" in shown["sent"]
    assert "provenance" not in shown["sent"]
    assert "models:\n- noop:" in shown["normalised"]
    assert shown["resolved"] is None


@pytest.mark.parametrize("route", ["history", "configuration"])
def test_nobody_reads_of_a_job_that_is_gone(owner: httpx.Client, project: str, route: str) -> None:
    job = create(owner, project, {**QUICK, "name": f"gone-{route}"})
    reached(owner, job, "completed")
    owner.delete(f"/projects/{project}/models/{job}")
    assert owner.get(f"/v1/appliance/jobs/{job}/{route}").status_code == 404
