"""For every route that the record tells of, one request that succeeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import msgspec

from appliance.contract.job import ArtifactDigest, Outcome, State
from appliance.contract.worker_protocol import CLAIM, FINAL, ClaimRequest, Final, WorkerKey, artifact_path
from tests.integration.permission_world import LEVELS, MANAGER, PROJECT, ROWS, World

PATIENCE_S = 60
PASSWORD = "correct horse battery"


class Request(msgspec.Struct):
    """A request that will succeed, and whom the record will name for it."""

    client: httpx.Client
    url: str
    body: Any = None
    content: bytes | None = None
    params: dict[str, str] = {}
    actor: str = World.email("level4")


Example = Callable[[World], AbstractContextManager[Request]]
EXAMPLES: dict[str, Example] = {}


def example(*routes: str) -> Callable[[Callable[..., Iterator[Request]]], Callable[..., Iterator[Request]]]:
    """The decorated function prepares the request of these routes."""

    def register(prepare: Callable[..., Iterator[Request]]) -> Callable[..., Iterator[Request]]:
        for route in routes:
            EXAMPLES[route] = contextmanager(prepare)
        return prepare

    return register


# Projects


@example("POST /projects")
def make_project(world: World) -> Iterator[Request]:
    yield Request(world.owner, "/projects", {"name": world.drawn("made")})


@example("PATCH /projects/{project_id:str}")
def change_project(world: World) -> Iterator[Request]:
    yield Request(world.owner, f"/projects/{PROJECT}", {"display_name": "Guarded"})


@example("DELETE /projects/{project_id:str}")
def delete_project(world: World) -> Iterator[Request]:
    yield Request(world.owner, f"/projects/{world.add_project(members=())}")


@example("POST /v1/appliance/projects/{project_id:str}/transfer")
def transfer_project(world: World) -> Iterator[Request]:
    project = world.add_project(members=LEVELS[1:2])
    yield Request(world.owner, f"/v1/appliance/projects/{project}/transfer", {"email": world.email("level1")})


@example("POST /v1/appliance/projects/{project_id:str}/transform-keys")
def rotate_transform_key(world: World) -> Iterator[Request]:
    yield Request(world.owner, f"/v1/appliance/projects/{PROJECT}/transform-keys")


@example("DELETE /v1/appliance/projects/{project_id:str}/transform-keys/{number:str}")
def destroy_transform_key(world: World) -> Iterator[Request]:
    path = f"/v1/appliance/projects/{world.add_project(members=())}/transform-keys"
    for _ in range(2):
        world.good(world.owner.post(path))
    yield Request(world.owner, f"{path}/1")


# Files


@example("POST /projects/{project_id:str}/artifacts")
def make_artifact(world: World) -> Iterator[Request]:
    yield Request(world.owner, f"/projects/{PROJECT}/artifacts", {"filename": "more.csv"})


@example("DELETE /projects/{project_id:str}/artifacts")
def delete_artifact(world: World) -> Iterator[Request]:
    yield Request(world.owner, f"/projects/{PROJECT}/artifacts", params={"key": world.add_artifact()})


@example("GET /v1/appliance/projects/{project_id:str}/artifacts/preview")
def preview_artifact(world: World) -> Iterator[Request]:
    key, end = world.add_artifact(ROWS), time.monotonic() + PATIENCE_S
    while world.good(world.owner.get(f"/projects/{PROJECT}/artifacts/manifest", params={"key": key})).get("status") == "pending":
        assert time.monotonic() < end, "the file was not inspected"
    yield Request(world.owner, f"/v1/appliance/projects/{PROJECT}/artifacts/preview", params={"key": key})


@example("PUT /v1/appliance/links/artifacts/{project_id:str}/{key:str}")
def upload_artifact(world: World) -> Iterator[Request]:
    made = world.good(world.owner.post(f"/projects/{PROJECT}/artifacts", json={"filename": "sent.csv"}))
    yield Request(world.clients["nobody"], made["data"]["url"], content=ROWS)


@example("GET /v1/appliance/links/artifacts/{project_id:str}/{key:str}")
def download_artifact(world: World) -> Iterator[Request]:
    params = {"key": world.add_artifact(ROWS)}
    found = world.good(world.owner.get(f"/projects/{PROJECT}/artifacts/download", params=params))
    yield Request(world.clients["nobody"], found["data"]["data"]["url"])


# Models and runs


def claimed(world: World, key: WorkerKey) -> int:
    """Take a job for a worker; its attempt."""
    answer = world.clients["nobody"].post(CLAIM, json={"job": key.job, "token": "t"}, headers={"Authorization": key.model_key})
    return int(world.good(answer)["assignment"]["attempt"])


def completed(world: World, left: str = "report_json", content: bytes = b"{}") -> WorkerKey:
    """A model that a worker elsewhere made, with a report or another artifact."""
    key = world.worker_key()
    attempt, client, proof = claimed(world, key), world.clients["nobody"], {"Authorization": key.model_key}
    stored = world.good(client.put(artifact_path(key.job, attempt, left), content=content, headers=proof))
    digest = ArtifactDigest(stored["type"], stored["name"], stored["size"], stored["sha256"])
    final = Final(key.job, attempt, Outcome(State.COMPLETED, artifacts=(digest,)))
    world.good(client.post(FINAL, content=msgspec.json.encode(final), headers=proof))
    return key


def models(model: str = "") -> str:
    return f"/projects/{PROJECT}/models" + (f"/{model}" if model else "")


@example("POST /projects/{project_id:str}/models")
def make_model(world: World) -> Iterator[Request]:
    body = {"schema_version": "1.0", "name": world.drawn("one"), "models": [{"noop": {}}]}
    yield Request(world.owner, models(), body, params={"runner_mode": "manual"})


@example("PATCH /projects/{project_id:str}/models/{model_id:str}")
def cancel_model(world: World) -> Iterator[Request]:
    yield Request(world.owner, models(world.add_model()), {"status": "cancelled"})


@example("DELETE /projects/{project_id:str}/models/{model_id:str}")
def delete_model(world: World) -> Iterator[Request]:
    yield Request(world.owner, models(world.add_model()))


@example("POST /projects/{project_id:str}/models/{model_id:str}/record_handlers")
def make_run(world: World) -> Iterator[Request]:
    yield Request(world.owner, models(completed(world).model_id) + "/record_handlers", {}, params={"runner_mode": "manual"})


def waiting_run(world: World) -> str:
    """The path of a run that waits for its worker."""
    path = models(completed(world).model_id) + "/record_handlers"
    made = world.good(world.owner.post(path, json={}, params={"runner_mode": "manual"}))
    return f"{path}/{made['data']['handler']['uid']}"


@example("PATCH /projects/{project_id:str}/models/{model_id:str}/record_handlers/{handler_id:str}")
def cancel_run(world: World) -> Iterator[Request]:
    yield Request(world.owner, waiting_run(world), {"status": "cancelled"})


@example("DELETE /projects/{project_id:str}/models/{model_id:str}/record_handlers/{handler_id:str}")
def delete_run(world: World) -> Iterator[Request]:
    yield Request(world.owner, waiting_run(world))


@example("GET /v1/appliance/links/outputs/{job_uid:str}/{name:str}")
def download_output(world: World) -> Iterator[Request]:
    found = world.good(world.owner.get(models(completed(world).model_id) + "/artifact", params={"type": "report_json"}))
    yield Request(world.clients["nobody"], found["data"]["url"])


@example(f"POST {CLAIM}")
def claim_job(world: World) -> Iterator[Request]:
    key = world.worker_key()
    with httpx.Client(base_url=world.server.url, headers={"Authorization": key.model_key}, trust_env=False, verify=False) as worker:
        yield Request(worker, CLAIM, msgspec.to_builtins(ClaimRequest(key.job, "t")))


# Sessions, passwords, keys


@example("POST /v1/appliance/session")
def sign_in(world: World) -> Iterator[Request]:
    with httpx.Client(base_url=world.server.url, trust_env=False, verify=False) as browser:
        yield Request(browser, "/v1/appliance/session", {"api_key": world.keys["level4"]})


@example("DELETE /v1/appliance/session")
def sign_out(world: World) -> Iterator[Request]:
    with world.signed_in("level4") as browser:
        yield Request(browser, "/v1/appliance/session")


@example("POST /users/me/logout")
def log_out(world: World) -> Iterator[Request]:
    with world.signed_in("level4") as browser:
        yield Request(browser, "/users/me/logout")


@example("DELETE /v1/appliance/sessions")
def sign_out_everywhere(world: World) -> Iterator[Request]:
    name = world.newcomer()
    with world.signed_in(name), world.signed_in(name) as browser:
        yield Request(browser, "/v1/appliance/sessions", actor=world.email(name))


@example("DELETE /v1/appliance/sessions/{session_id:str}")
def end_session(world: World) -> Iterator[Request]:
    name = world.newcomer()
    with world.signed_in(name):
        (session,) = world.good(world.clients[name].get("/v1/appliance/sessions"))["data"]["sessions"]
        yield Request(world.clients[name], f"/v1/appliance/sessions/{session['id']}", actor=world.email(name))


@example("PUT /v1/appliance/password")
def set_password(world: World) -> Iterator[Request]:
    name = world.newcomer()
    yield Request(world.clients[name], "/v1/appliance/password", {"new": PASSWORD}, actor=world.email(name))


@example("PATCH /users/me/key")
def make_own_key(world: World) -> Iterator[Request]:
    yield Request(world.owner, "/users/me/key", {"name": world.drawn("key")})


@example("DELETE /users/me/key")
def revoke_own_key(world: World) -> Iterator[Request]:
    with world.spare_client("level4") as client:
        yield Request(client, "/users/me/key")


@example("POST /v1/appliance/keys")
def make_key(world: World) -> Iterator[Request]:
    yield Request(world.owner, "/v1/appliance/keys", {"name": world.drawn("key")})


@example("DELETE /v1/appliance/keys/{key_id:str}")
def revoke_key(world: World) -> Iterator[Request]:
    made = world.good(world.owner.post("/v1/appliance/keys", json={"name": world.drawn("key")}))["data"]
    yield Request(world.owner, f"/v1/appliance/keys/{made['key']['id']}")


# Members and invites


def invited(world: World) -> tuple[str, str]:
    """A newcomer who has an invite to the project: the name, and the invite's id."""
    name = world.newcomer()
    made = world.good(world.owner.post(f"/projects/{PROJECT}/invites", json={"email": world.email(name), "level": 1}))
    return name, made["data"]["invite"]["_id"]


@example("POST /projects/{project_id:str}/invites")
def invite(world: World) -> Iterator[Request]:
    yield Request(world.owner, f"/projects/{PROJECT}/invites", {"email": "somebody@example.org", "level": 2})


@example("DELETE /projects/{project_id:str}/invites/{invite_id:str}")
def call_back(world: World) -> Iterator[Request]:
    yield Request(world.owner, f"/projects/{PROJECT}/invites/{invited(world)[1]}")


@example("PATCH /users/me/invites/{invite_id:str}")
def accept(world: World) -> Iterator[Request]:
    name, uid = invited(world)
    yield Request(world.clients[name], f"/users/me/invites/{uid}", actor=world.email(name))


@example("DELETE /users/me/invites/{invite_id:str}")
def decline(world: World) -> Iterator[Request]:
    name, uid = invited(world)
    yield Request(world.clients[name], f"/users/me/invites/{uid}", actor=world.email(name))


@example("POST /projects/{project_id:str}/members")
def set_level(world: World) -> Iterator[Request]:
    project = world.add_project(members=LEVELS[1:2])
    yield Request(world.owner, f"/projects/{project}/members", {"email": world.email("level1"), "level": 3})


@example("DELETE /projects/{project_id:str}/members/{user_id:str}")
def remove_member(world: World) -> Iterator[Request]:
    project = world.add_project(members=LEVELS[1:2])
    yield Request(world.owner, f"/projects/{project}/members/{world.ids['level1']}")


@example("DELETE /v1/appliance/projects/{project_id:str}/membership")
def leave(world: World) -> Iterator[Request]:
    project = world.add_project(members=LEVELS[1:2])
    yield Request(world.clients["level1"], f"/v1/appliance/projects/{project}/membership", actor=world.email("level1"))


# The installation


def users(*parts: str) -> str:
    return "/".join(("/v1/appliance/users", *parts))


def managed(world: World, path: str, body: Any = None) -> Request:
    return Request(world.clients[MANAGER], path, body, actor="owner@localhost")


@example("POST /v1/appliance/users")
def make_user(world: World) -> Iterator[Request]:
    yield managed(world, users(), {"email": world.email(world.drawn("made"))})


@example("PATCH /v1/appliance/users/{user_id:str}")
def change_user(world: World) -> Iterator[Request]:
    yield managed(world, users(world.ids[world.newcomer()]), {"disabled": True})


@example("POST /v1/appliance/users/{user_id:str}/sign-in-link")
def link_user(world: World) -> Iterator[Request]:
    yield managed(world, users(world.ids[world.newcomer()], "sign-in-link"))


@example("POST /v1/appliance/users/{user_id:str}/reset")
def reset_user(world: World) -> Iterator[Request]:
    yield managed(world, users(world.ids[world.newcomer()], "reset"))


@example("POST /v1/appliance/users/{user_id:str}/hand-over")
def hand_over(world: World) -> Iterator[Request]:
    name = world.newcomer()
    world.good(world.clients[name].post("/projects", json={"name": world.drawn("left-behind")}))
    world.good(world.clients[MANAGER].patch(users(world.ids[name]), json={"disabled": True}))
    yield managed(world, users(world.ids[name], "hand-over"), {"email": world.email("outsider")})


@example("GET /v1/appliance/audit")
def export_record(world: World) -> Iterator[Request]:
    yield managed(world, "/v1/appliance/audit")


# Shared links, and outputs that become files


def share(world: World) -> dict[str, Any]:
    """A link to the report of a completed model: `share` and `url`."""
    return dict(world.good(world.owner.post(f"/v1/appliance/jobs/{completed(world).job}/shares", json={"hours": 1}))["data"])


@example("POST /v1/appliance/jobs/{job_uid:str}/shares")
def share_output(world: World) -> Iterator[Request]:
    yield Request(world.owner, f"/v1/appliance/jobs/{completed(world).job}/shares", {"type": "report_json", "hours": 1})


@example("DELETE /v1/appliance/jobs/{job_uid:str}/shares/{share_id:str}")
def revoke_share(world: World) -> Iterator[Request]:
    made = share(world)["share"]
    yield Request(world.owner, f"/v1/appliance/jobs/{made['job_id']}/shares/{made['id']}")


@example("GET /share/{token:str}")
def download_share(world: World) -> Iterator[Request]:
    yield Request(world.clients["nobody"], share(world)["url"], actor="")


@example("POST /v1/appliance/jobs/{job_uid:str}/artifact")
def save_output(world: World) -> Iterator[Request]:
    yield Request(world.owner, f"/v1/appliance/jobs/{completed(world, 'data_preview').job}/artifact", {"name": "kept.csv"})
