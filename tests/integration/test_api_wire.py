"""The wire against a live server: envelopes, status codes, links, configurations, limits, deletion, events."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.live_server import LiveServer
from tests.integration.people import until

ROWS = b"a,b\n" + b"".join(b"%d,%s\n" % (number, b"xy"[number % 2 : number % 2 + 1]) for number in range(50))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("wire") / "data"
    with LiveServer(folder, bench_models=1) as running:
        yield running


@pytest.fixture(scope="module")
def http(server: LiveServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def project(http: httpx.Client, request: pytest.FixtureRequest) -> Iterator[str]:
    made = http.post("/projects", json={"display_name": request.node.name[:60]}).json()["data"]
    yield f"/projects/{made['name']}"
    http.delete(f"/projects/{made['id']}")


def noop(name: str = "nothing", **params: Any) -> dict[str, Any]:
    return {"schema_version": "1.0", "name": name, "models": [{"noop": {"params": params}}]}


def train(http: httpx.Client, project: str, configuration: dict[str, Any] | None = None, **query: str) -> dict[str, Any]:
    answer = http.post(f"{project}/models", json=configuration or noop(), params={"dry_run": "no", "runner_mode": "cloud", **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def final(http: httpx.Client, path: str, name: str = "model") -> dict[str, Any]:
    ends = ("completed", "error", "cancelled", "lost")
    read = until(lambda: http.get(path, params={"expand": "logs,artifacts"}).json(), lambda found: found["data"][name]["status"] in ends)
    return dict(read["data"])


def upload(http: httpx.Client, project: str, content: bytes = ROWS, name: str = "t.csv") -> str:
    made = http.post(f"{project}/artifacts", json={"filename": name}).json()["data"]
    assert httpx.put(made["url"], content=content, trust_env=False).status_code == 200
    return str(made["key"])


def test_a_project_has_three_ids_and_belongs_to_whoever_made_it(http: httpx.Client) -> None:
    made = http.post("/projects", json={"name": "three-ids"}).json()["data"]["id"]
    assert http.post("/projects", json={"name": "three-ids"}).json()["data"]["id"] == made
    shown = http.get("/projects/three-ids").json()["data"]["project"]
    assert (shown["_id"], shown["runner_mode"], shown["description"]) == (made, None, "")
    for key in (shown["_id"], shown["guid"], shown["name"]):
        assert http.get(f"/projects/{key}").json()["data"]["project"]["_id"] == made
    assert http.patch("/projects/three-ids", json={"description": "d"}).json()["data"]["project"]["description"] == "d"
    assert http.get(f"/v1/projects/{shown['guid']}").json()["project"]["uid"] == made
    assert http.delete("/projects/three-ids").status_code == 200
    assert http.get("/projects/three-ids").status_code == 404


@pytest.mark.parametrize("name", ["abc", "12345", "-abcde", "abcde-", "a b c d", "x" * 64, "a" * 24])
def test_a_bad_project_name_is_a_400_that_shows_it(http: httpx.Client, name: str) -> None:
    refused = http.post("/projects", json={"name": name})
    assert refused.status_code == 400
    assert refused.json()["context"] == {"name": name}


def test_hybrid_is_refused_with_a_sentence(http: httpx.Client, project: str) -> None:
    assert "hybrid" in http.post("/projects", json={"name": "hybrid-one", "runner_mode": "hybrid"}).json()["message"]
    refused = http.post(f"{project}/models", json=noop(), params={"runner_mode": "hybrid"})
    assert (refused.status_code, "hybrid" in refused.json()["message"]) == (400, True)


def test_a_bound_project_takes_its_own_mode_only(http: httpx.Client) -> None:
    http.post("/projects", json={"name": "bound-one", "runner_mode": "cloud"})
    assert http.post("/projects/bound-one/models", json=noop(), params={"runner_mode": "manual"}).status_code == 400
    http.delete("/projects/bound-one")


def test_an_artifact_goes_up_and_comes_down_whole_in_part_and_unpacked(http: httpx.Client, project: str) -> None:
    packed = gzip.compress(ROWS)
    key = upload(http, project, packed, "t.csv.gz")
    link = http.get(f"{project}/artifacts/download", params={"key": key}).json()["data"]["data"]["url"]
    assert link.partition("?")[0].endswith(".gz")
    whole = httpx.get(link, trust_env=False)
    assert whole.content == packed
    assert "content-encoding" not in whole.headers
    for wanted, part in (("bytes=0-", packed), ("bytes=1-4", packed[1:5]), ("bytes=-3", packed[-3:])):
        got = httpx.get(link, headers={"Range": wanted}, trust_env=False)
        assert (got.status_code, got.content) == (206, part)
    assert httpx.get(link, headers={"Range": f"bytes={len(packed)}-"}, trust_env=False).status_code == 416
    head = httpx.head(link, trust_env=False)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(packed)))
    plain = http.get(f"{project}/artifacts/download", params={"key": key, "uncompressed": "true"}).json()["data"]["data"]["url"]
    assert httpx.get(plain, trust_env=False).content == ROWS
    assert httpx.put(link, content=b"x", trust_env=False).status_code == 403
    assert httpx.get(link.replace("signature=", "signature=A"), trust_env=False).status_code == 403


def test_a_chunked_and_a_repeated_upload_are_fine_and_a_changed_one_is_not(http: httpx.Client, project: str) -> None:
    made = http.post(f"{project}/artifacts", json={"filename": "../x y.csv"}).json()["data"]
    assert made["key"].endswith("_x_y.csv")
    assert httpx.put(made["url"], content=iter([ROWS[:7], ROWS[7:]]), trust_env=False).json()["size"] == len(ROWS)
    assert httpx.put(made["url"], content=ROWS, trust_env=False).status_code == 200
    assert httpx.put(made["url"], content=ROWS + b"1,x\n", trust_env=False).status_code == 409
    assert [one["key"] for one in http.get(f"{project}/artifacts").json()["data"]["artifacts"]] == [made["key"]]
    assert http.delete(f"{project}/artifacts", params={"key": made["key"]}).status_code == 200
    assert http.get(f"{project}/artifacts").json()["data"]["artifacts"] == []
    assert httpx.put(made["url"], content=ROWS, trust_env=False).status_code == 404


def test_an_upload_that_breaks_off_leaves_nothing_and_may_come_again(http: httpx.Client, project: str, server: LiveServer) -> None:
    made = http.post(f"{project}/artifacts", json={"filename": "t.csv"}).json()["data"]
    url = httpx.URL(made["url"])
    with socket.create_connection((url.host, url.port)) as broken:
        broken.sendall(f"PUT {url.raw_path.decode()} HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: 9999\r\n\r\nabc".encode())
        uploads = server.folder / "uploads"
        until(lambda: [path.name for path in uploads.iterdir()], lambda names: any(made["key"] in name for name in names))
    until(lambda: list(uploads.iterdir()), lambda left: not left)
    assert httpx.put(made["url"], content=ROWS, trust_env=False).status_code == 200
    assert "internal_" not in (server.folder.parent / "server.log").read_text()


def test_a_manifest_is_pending_then_ready_and_never_pending_for_a_bad_file(http: httpx.Client, project: str) -> None:
    for content, state in ((ROWS, "ready"), (bytes(range(256)) * 40, "failed"), (b"", "failed")):
        key = upload(http, project, content)
        query = {"key": key}
        read = until(
            lambda query=query: http.get(f"{project}/artifacts/manifest", params=query).json(), lambda found: found["status"] != "pending"
        )
        assert (read["status"], read["key"]) == (state, key), read
        assert "data" not in read
        assert (read["rows"], len(read["columns"])) == (50, 2) if state == "ready" else read["message"]
    assert http.get(f"{project}/artifacts/manifest", params={"key": "gretel_x"}).status_code == 404


def test_a_model_is_made_from_json_yaml_and_with_a_provenance(http: httpx.Client, project: str) -> None:
    text = "schema_version: '1.0'\nname: yaml-one\nmodels:\n  - noop: {}\n"
    for content, kind in ((text.encode(), "text/plain"), (text.encode(), "application/json")):
        made = http.post(f"{project}/models", content=content, headers={"Content-Type": kind}, params={"dry_run": "yes"})
        assert made.json()["data"]["model"]["model_name"] == "yaml-one"
    wrapped = {"config": noop("wrapped"), "provenance": {"source": "test"}}
    assert http.post(f"{project}/models", json=wrapped, params={"dry_run": "yes"}).json()["data"]["model"]["model_name"] == "wrapped"
    assert http.get(f"{project}/models").json()["data"]["models"] == []


def test_a_worker_key_stands_beside_the_data(http: httpx.Client, project: str, server: LiveServer) -> None:
    made = train(http, project, runner_mode="manual")
    model = made["data"]["model"]
    key = json.loads(base64.b64decode(made["worker_key"]))
    assert key["model_id"] == model["uid"]
    assert (key["run_id"], key["type"], key["model_key"][:4]) == (None, "train", "grtm")
    assert key["endpoint"] == server.url.partition("://")[2]
    assert train(http, project, runner_mode="manual")["worker_key"] == made["worker_key"]


def test_a_job_runs_to_its_end_with_logs_history_and_links(http: httpx.Client, project: str) -> None:
    uid = train(http, project, noop(sleep_s=0.2))["data"]["model"]["uid"]
    found = final(http, f"{project}/models/{uid}")
    model = found["model"]
    assert model["status"] == "completed", model
    assert list(model["status_history"]) == ["created", "pending", "active", "completed"]
    assert all({"ts", "msg", "ctx", "stage", "seq"} <= set(line) for line in found["logs"])
    assert model["config"]["models"][0]["noop"]["params"]["sleep_s"] == 0.2
    assert {one["name"] for one in found["artifacts"]} >= {"model_logs"}
    kinds = {"model": "model.tar.gz", "report": "report.html.gz", "data_preview": "data_preview.gz", "model_logs": "logs.json.gz"}
    for kind, name in kinds.items():
        link = http.get(f"{project}/models/{uid}/artifact", params={"type": kind}).json()["data"]["url"]
        assert link.partition("?")[0].endswith(f"/{name}")
    lines = gzip.decompress(httpx.get(link, trust_env=False).content).splitlines()
    assert [json.loads(line)["msg"] for line in lines] == [line["msg"] for line in found["logs"]]
    missing = http.get(f"{project}/models/{uid}/artifact", params={"type": "report"}).json()["data"]["url"]
    assert httpx.get(missing, trust_env=False).status_code == 404
    assert http.get(f"{project}/models/{uid}/artifact", params={"type": "nonsense"}).status_code == 400


def test_the_log_only_grows_and_events_go_on_where_they_ended(http: httpx.Client, project: str) -> None:
    uid = train(http, project, noop(sleep_s=1.0))["data"]["model"]["uid"]
    seen: list[Any] = []
    while True:
        data = http.get(f"{project}/models/{uid}", params={"expand": "logs"}).json()["data"]
        assert data["logs"][: len(seen)] == seen
        seen = data["logs"]
        if data["model"]["status"] == "completed":
            break
    after, events = 0, []
    while True:
        part = http.get(f"/v1/appliance/jobs/{uid}/events", params={"after": after, "limit": 2}).json()
        events += part["events"]
        if part["next"] == after:
            break
        after = part["next"]
    assert [event["msg"] for event in events if event["type"] == "log"] == [line["msg"] for line in seen]
    assert http.get(f"/v1/appliance/jobs/{uid}/events", params={"after": 3}).status_code == 400
    assert uid in {job["uid"] for job in http.get("/v1/appliance/jobs").json()["data"]["jobs"]}


def test_a_run_belongs_to_its_model_and_goes_with_it(http: httpx.Client, project: str) -> None:
    uid = train(http, project)["data"]["model"]["uid"]
    place = f"{project}/models/{uid}/record_handlers"
    final(http, f"{project}/models/{uid}")
    made = http.post(place, json={"params": {"sleep_s": 30}, "ref_data": {}}, params={"runner_mode": "inherit"}).json()
    handler = made["data"]["handler"]
    assert (handler["model_id"], handler["config"]["params"]["sleep_s"]) == (uid, 30)
    assert json.loads(base64.b64decode(made["worker_key"]))["run_id"] == handler["uid"]
    until(lambda: http.get(f"{place}/{handler['uid']}").json()["data"]["handler"]["status"], lambda status: status == "active")
    refused = http.delete(f"{project}/models/{uid}")
    assert (refused.status_code, handler["uid"] in refused.json()["message"]) == (409, True)
    every = "created,pending,active,completed,error,cancelled,lost"
    assert [one["uid"] for one in http.get(place, params={"status": every}).json()["data"]["handlers"]] == [handler["uid"]]
    assert http.get(place, params={"status": every, "skip": 1}).json()["data"]["handlers"] == []
    assert http.patch(f"{place}/{handler['uid']}", json={"status": "cancelled"}).json()["data"]["handler"]["status"] == "cancelled"
    assert http.delete(f"{project}/models/{uid}").status_code == 200
    assert http.get(f"{place}/{handler['uid']}").status_code == 404


def test_a_model_that_is_not_completed_cannot_be_run(http: httpx.Client, project: str) -> None:
    uid = train(http, project, noop(sleep_s=60))["data"]["model"]["uid"]
    refused = http.post(f"{project}/models/{uid}/record_handlers", json={})
    assert refused.status_code == 409
    assert http.patch(f"{project}/models/{uid}", json={"status": "active"}).status_code == 400
    assert http.delete(f"{project}/models/{uid}").status_code == 200
    assert http.get(f"{project}/models/{uid}").status_code == 404


def test_faults_of_a_configuration_come_all_at_once_with_their_places(http: httpx.Client, project: str) -> None:
    bad = {"schema_version": "1.0", "models": [{"actgan": {"data_source": "__tmp__", "parms": {}, "generate": {"num_records": -1}}}]}
    refused = http.post(f"{project}/models", json=bad)
    assert refused.status_code == 400
    faults = refused.json()["context"]
    assert len(faults) >= 2
    assert all(set(fault) == {"loc", "msg"} for fault in faults)


def test_data_must_be_here_and_must_have_the_columns_that_are_named(http: httpx.Client, project: str) -> None:
    def configuration(source: str, **own: Any) -> dict[str, Any]:
        return {"schema_version": "1.0", "models": [{"actgan": {"data_source": source, "appliance": own}}]}

    for source in ("__tmp__", "https://example.org/t.csv", "/etc/passwd", "gretel_" + "0" * 32 + "_t.csv"):
        refused = http.post(f"{project}/models", json=configuration(source))
        assert refused.status_code == 400, source
        assert refused.json()["context"][0]["loc"][-1] == "data_source"
    key = upload(http, project)
    until(lambda: http.get(f"{project}/artifacts/manifest", params={"key": key}).json()["status"], lambda status: status == "ready")
    refused = http.post(f"{project}/models", json=configuration(key, seed_columns=["a", "zzz"]))
    assert refused.status_code == 400
    assert [fault["loc"][-1] for fault in refused.json()["context"]] == ["seed_columns"]
    assert "'zzz'" in refused.json()["message"]


def test_an_artifact_that_a_waiting_job_needs_stays(http: httpx.Client, project: str) -> None:
    key = upload(http, project)
    configuration = {"schema_version": "1.0", "models": [{"noop": {"data_source": key}}]}
    uid = train(http, project, configuration, runner_mode="manual")["data"]["model"]["uid"]
    refused = http.delete(f"{project}/artifacts", params={"key": key})
    assert (refused.status_code, uid in refused.json()["message"]) == (409, True)
    http.delete(f"{project}/models/{uid}")
    assert http.delete(f"{project}/artifacts", params={"key": key}).status_code == 200


def test_models_are_searched_sorted_and_paged(http: httpx.Client, project: str) -> None:
    for name in ("beta-one", "alpha-one", "gamma-two"):
        train(http, project, noop(name), runner_mode="manual")

    def names(**query: Any) -> list[str]:
        return [model["model_name"] for model in http.get(f"{project}/models", params=query).json()["data"]["models"]]

    assert names() == ["gamma-two", "alpha-one", "beta-one"]
    assert names(sort_field="model_name", sort_by="asc") == ["alpha-one", "beta-one", "gamma-two"]
    assert names(model_name="ONE", limit=1, skip=1) == ["beta-one"]
    assert names(status="active") == []
    assert http.get(f"{project}/models", params={"status": "nonsense"}).status_code == 400
    assert http.get(f"{project}/models", params={"limit": "-1"}).status_code == 400


def test_small_things_that_clients_send(http: httpx.Client, server: LiveServer) -> None:
    assert http.get(f"{server.url}//users/me").json()["data"]["me"]["email"]
    assert httpx.get(f"{server.url}/users/me", headers={"Authorization": f"Bearer {server.key}"}, trust_env=False).status_code == 200
    assert http.get("/v1/serverless/tenants").json() == {"tenants": []}
    assert http.get("/v1/clusters").json() == {"clusters": []}
    assert http.get("/users/me/billing").json()["data"]["billing"]["me"]["service_limits"]["max_jobs_active"] == 4
    assert http.get("/nothing").status_code == 404
    assert http.put("/users/me").status_code == 405
    assert http.post("/projects", content=b"{").status_code == 400
    assert http.post("/projects", json={"name": 5}).status_code == 400


@pytest.mark.parametrize("path", ["/projects", "/v1/appliance/session"])
@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", b'{"name":"\xff"}'])
def test_json_that_cannot_be_read_is_a_400(http: httpx.Client, path: str, content: bytes) -> None:
    assert http.post(path, content=content, headers={"Content-Type": "application/json"}).status_code == 400
