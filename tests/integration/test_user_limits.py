"""Limits of single users on a live server: shown to the user, kept against ten at once, and nobody's own to set."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from appliance.console.table import ROUTES
from appliance.contract.worker_protocol import CLAIM, decode_worker_key
from appliance.control_plane.api.permissions import Level
from appliance.control_plane.server import administer
from tests.integration.live_server import LiveServer
from tests.integration.people import USERS, Person, inner, refusal, until
from tests.integration.permission_world import PARAMETER

AT_ONCE = 10
NUMBERS = itertools.count(1)
QUOTA = 100_000
FULL_OF_ONE = "Maximum number of created jobs (1) reached for your account. Wait until a job starts, or cancel or delete one that waits."
NO_LIMITS = {"created": None, "running": None, "max_duration_seconds": None, "storage_bytes": None}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(
        tmp_path_factory.mktemp("limits") / "data", bench_models=1, max_created=3, max_running=2, user_storage_bytes=QUOTA
    ) as live:
        yield live


@pytest.fixture
def person(add: Callable[..., Person]) -> Person:
    """Somebody new with a project `project-<name>`."""
    somebody = add(f"p{next(NUMBERS)}")
    inner(somebody.http.post("/projects", json={"name": place(somebody)}))
    return somebody


def place(somebody: Person) -> str:
    return f"project-{somebody.email.partition('@')[0]}"


def limit(owner: httpx.Client, somebody: Person, **limits: float | None) -> None:
    inner(owner.patch(f"{USERS}/{somebody.uid}", json={"limits": limits}))


def create(somebody: Person, mode: str = "manual", **section: Any) -> httpx.Response:
    """A model of a body that no other has."""
    number = next(NUMBERS)
    body = {"schema_version": "1.0", "name": f"job-{number}", "models": [{"noop": section}]}
    return somebody.http.post(f"/projects/{place(somebody)}/models", json=body, params={"runner_mode": mode})


def claim(server: LiveServer, key: str) -> httpx.Response:
    worker = decode_worker_key(key)
    with server.client(worker.model_key) as http:
        return http.post(CLAIM, json={"job": worker.job, "token": "t"})


def test_a_user_is_told_his_own_limits_everywhere(owner: httpx.Client, person: Person) -> None:
    servers = {"max_jobs_active": 2, "max_jobs_queued": 3, "max_job_duration_seconds": 3600.0, "max_storage_bytes": QUOTA}
    assert inner(person.http.get("/users/me"))["me"]["service_limits"] == servers
    limit(owner, person, created=7, running=5, max_duration_seconds=90.0, storage_bytes=0)
    own = {"max_jobs_active": 5, "max_jobs_queued": 7, "max_job_duration_seconds": 90.0, "max_storage_bytes": None}
    me = inner(person.http.get("/users/me"))["me"]
    assert (me["service_limits"], me["administrator"], me["is_owner"]) == (own, False, False)
    billing = inner(person.http.get("/users/me/billing"))["billing"]["me"]
    assert (billing["service_limits"], billing["usage"]["jobs_queued"], billing["this_month"]["jobs"]) == (own, 0, 0)
    status = inner(person.http.get("/v1/appliance/status"))["limits"]
    assert (status["created"], status["running"], status["max_duration_seconds"], status["storage_bytes"]) == (7, 5, 90.0, None)
    limit(owner, person, **NO_LIMITS)
    assert inner(person.http.get("/users/me"))["me"]["service_limits"] == servers
    assert inner(owner.get("/users/me"))["me"]["administrator"] is True


def test_the_queue_is_as_long_as_the_users_own_limit(owner: httpx.Client, person: Person, add: Callable[..., Person]) -> None:
    limit(owner, person, created=1)
    assert create(person).status_code == 200
    assert refusal(create(person)) == (400, FULL_OF_ONE)
    limit(owner, person, created=5)
    assert Counter(create(person).status_code for _ in range(6)) == {200: 4, 400: 2}
    assert "created jobs (5)" in create(person).json()["message"]
    limit(owner, person, created=2)
    assert "created jobs (2)" in create(person).json()["message"]
    other = add(f"p{next(NUMBERS)}")
    inner(other.http.post("/projects", json={"name": place(other)}))
    assert [create(other).status_code for _ in range(4)] == [200, 200, 200, 400]


def test_ten_creates_at_once_pass_no_limit_of_one(owner: httpx.Client, person: Person) -> None:
    limit(owner, person, created=1)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: create(person), range(AT_ONCE)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: AT_ONCE - 1}
    refused = {answer.json()["message"] for answer in answers if answer.status_code == 400}
    assert refused == {FULL_OF_ONE}


def test_ten_claims_at_once_pass_no_limit_of_one(server: LiveServer, owner: httpx.Client, person: Person) -> None:
    limit(owner, person, created=AT_ONCE, running=1)
    keys = [create(person).json()["worker_key"] for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda key: claim(server, key), keys))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: AT_ONCE - 1}
    refused = {answer.json()["message"] for answer in answers if answer.status_code == 409}
    assert refused == {"Maximum number of running jobs (1) reached for your account."}
    assert inner(person.http.get("/users/me/billing"))["billing"]["me"]["usage"]["jobs_active"] == 1


def test_a_raised_limit_starts_a_job_that_waits(owner: httpx.Client, person: Person, server: LiveServer) -> None:
    limit(owner, person, running=1)
    held = create(person).json()["worker_key"]
    assert claim(server, held).status_code == 200
    waiting = inner(create(person, "cloud", params={"sleep_s": 0.0}))["model"]["uid"]
    path = f"/projects/{place(person)}/models/{waiting}"
    assert inner(person.http.get(path))["model"]["status"] == "created"
    limit(owner, person, running=2)
    until(lambda: inner(person.http.get(path))["model"]["status"], lambda status: status == "completed")


def test_a_job_may_take_no_longer_than_its_owner_may(owner: httpx.Client, person: Person) -> None:
    limit(owner, person, max_duration_seconds=90.0)
    job = inner(create(person))["model"]["uid"]
    assert inner(person.http.get(f"/v1/appliance/jobs/{job}"))["details"]["max_duration_seconds"] == 90.0
    longer = {"schema_version": "1.0", "models": [{"actgan": {"data_source": "x.csv", "appliance": {"max_duration": "3 h"}}}]}
    made = inner(person.http.post(f"/projects/{place(person)}/models", json=longer, params={"runner_mode": "manual"}))["model"]["uid"]
    assert inner(person.http.get(f"/v1/appliance/jobs/{made}"))["details"]["max_duration_seconds"] == 90.0


def test_nobody_stores_more_than_his_own_quota(owner: httpx.Client, person: Person) -> None:
    def send(size: int) -> httpx.Response:
        made = inner(person.http.post(f"/projects/{place(person)}/artifacts", json={"filename": "t.csv"}))
        return httpx.put(made["url"], content=b"a\n" * (size // 2), trust_env=False)

    limit(owner, person, storage_bytes=1000)
    assert send(600).status_code == 200
    status, message = refusal(send(600))
    assert (status, "room for 400 more bytes" in message) == (507, True)
    assert send(400).status_code == 200
    limit(owner, person, storage_bytes=500)
    for answer in (send(2), create(person)):
        assert refusal(answer) == (507, "Your storage quota has room for 0 more bytes.")
    limit(owner, person, storage_bytes=1001)
    assert create(person).status_code == 200
    limit(owner, person, storage_bytes=0)
    assert send(QUOTA + 1000).status_code == 200
    limit(owner, person, storage_bytes=None)
    assert send(2).status_code == 507


WISHES = {
    "limits": {"created": 99, "running": 99, "max_duration_seconds": 9e6, "storage_bytes": 0},
    "service_limits": {"max_jobs_active": 99, "max_jobs_queued": 99},
    "max_created": 99,
    "max_running": 99,
    "storage_bytes": 0,
    "administrator": True,
    "is_owner": True,
}


def test_no_route_lets_a_user_set_his_own_limits(server: LiveServer, owner: httpx.Client, person: Person) -> None:
    limit(owner, person, created=1, running=1)
    uids = {"project_id": place(person), "user_id": person.uid}
    writing = [route for route in ROUTES if route.method not in ("GET", "HEAD") and route.action.level is not Level.PUBLIC]
    assert len(writing) > 20
    for route in writing:
        key = administer(server.folder, {"command": "keys.create", "email": person.email})["api_key"]
        path = PARAMETER.sub(lambda found: uids.get(found[1], "f" * 24), route.path)
        with server.client(key) as http:
            answer = http.request(route.method, path, json={"email": person.email, "level": 4, **WISHES}, params={"limits": "99"})
        assert answer.status_code < 500, (route.method, route.path, answer.text)
        if route.action.level is Level.APPLIANCE:
            assert answer.status_code == 403, (route.method, route.path)
    [shown] = [user for user in inner(owner.get(USERS))["users"] if user["_id"] == person.uid]
    assert shown["limits"] == {**NO_LIMITS, "created": 1, "running": 1}
    assert (shown["administrator"], shown["is_owner"]) == (False, False)
