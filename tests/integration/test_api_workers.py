"""The worker protocol over HTTP: claim, inputs, check-in, artifacts, final state, and every way in which it is refused."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from appliance.contract.event import Log, encode_event
from appliance.contract.job import ArtifactDigest, Failure, Outcome, State
from appliance.contract.worker_protocol import (
    CHECK_IN,
    CLAIM,
    FINAL,
    CheckedIn,
    CheckIn,
    Claim,
    ClaimRequest,
    Final,
    Settled,
    Stored,
    WorkerKey,
    artifact_path,
    decode_worker_key,
    encode_worker_key,
)
from appliance.errors import BadRequest
from tests.integration.live_server import LiveServer

ROWS = b"a,b\n1,x\n2,y\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("workers") / "data", bench_models=1, worker_timeout_s=20) as running:
        yield running


@pytest.fixture
def owner(server: LiveServer) -> Iterator[httpx.Client]:
    with server.client() as http:
        http.post("/projects", json={"name": "manual-project"})
        yield http
        http.delete("/projects/manual-project")


class Worker:
    """A manual worker of one job, call by call."""

    def __init__(self, server: LiveServer, key: WorkerKey) -> None:
        self.key = key
        self._server = server

    def call(self, method: str, path: str, content: bytes = b"") -> httpx.Response:
        with self._server.client(self.key.model_key) as http:
            return http.request(method, path, content=content)

    def post(self, path: str, body: Any, *, status: int = 200) -> bytes:
        answer = self.call("POST", path, msgspec.json.encode(body))
        assert answer.status_code == status, answer.text
        return answer.content

    def claim(self, token: str = "t", *, status: int = 200) -> Claim:
        content = self.post(CLAIM, ClaimRequest(self.key.job, token), status=status)
        return msgspec.json.decode(content, type=Claim) if status == 200 else content  # type: ignore[return-value]

    def check_in(self, attempt: int, offset: int = 0, lines: bytes = b"", *, status: int = 200) -> CheckedIn:
        content = self.post(CHECK_IN, CheckIn(self.key.job, attempt, offset, lines.decode()), status=status)
        return msgspec.json.decode(content, type=CheckedIn) if status == 200 else content  # type: ignore[return-value]

    def final(self, attempt: int, outcome: Outcome, *, status: int = 200) -> str:
        content = self.post(FINAL, Final(self.key.job, attempt, outcome), status=status)
        return msgspec.json.decode(content, type=Settled).state if status == 200 else content.decode()


@pytest.fixture
def worker(server: LiveServer, owner: httpx.Client) -> Worker:
    return manual_job(server, owner)


def manual_job(server: LiveServer, owner: httpx.Client, **section: Any) -> Worker:
    configuration = {"schema_version": "1.0", "name": "manual-one", "models": [{"noop": section}]}
    made = owner.post("/projects/manual-project/models", json=configuration, params={"runner_mode": "manual"})
    assert made.status_code == 200, made.text
    return Worker(server, decode_worker_key(made.json()["worker_key"]))


def shown(owner: httpx.Client, worker: Worker) -> dict[str, Any]:
    answer = owner.get(f"/projects/manual-project/models/{worker.key.model_id}", params={"expand": "logs,artifacts"})
    return dict(answer.json()["data"])


def test_a_job_is_done_over_http_alone(server: LiveServer, owner: httpx.Client) -> None:
    made = owner.post("/projects/manual-project/artifacts", json={"filename": "t.csv"}).json()["data"]
    httpx.put(made["url"], content=ROWS, trust_env=False)
    worker = manual_job(server, owner, data_source=made["key"])
    claim = worker.claim()
    attempt = claim.assignment.attempt
    assert (claim.assignment.model_type, claim.assignment.inputs[0].role) == ("noop", "data_source")
    assert claim.check_in_s <= 10
    (given,) = claim.inputs
    content = worker.call("GET", given.path).content
    assert (content, given.size, given.sha256) == (ROWS, len(ROWS), hashlib.sha256(ROWS).hexdigest())
    line = encode_event(Log(1.0, "info", "pre", "Begin", {"num_epochs": 2}))
    assert worker.check_in(attempt, 0, line) == CheckedIn("active", False, len(line))
    assert worker.check_in(attempt, 0, line + line).offset == 2 * len(line)
    assert worker.check_in(attempt, 999, line).offset == 2 * len(line)
    assert [entry["msg"] for entry in shown(owner, worker)["logs"]] == ["Begin", "Begin"]
    report = gzip.compress(b"{}", mtime=0)
    stored = msgspec.json.decode(worker.call("PUT", artifact_path(worker.key.job, attempt, "report_json"), report).content, type=Stored)
    digest = ArtifactDigest(stored.type, stored.name, stored.size, stored.sha256)
    outcome = Outcome(State.COMPLETED, artifacts=(digest,), report={"score": 99.0})
    assert worker.final(attempt, outcome) == worker.final(attempt, outcome) == "completed"
    data = shown(owner, worker)
    assert data["model"]["status"] == "completed"
    assert {one["name"] for one in data["artifacts"]} == {"report_json", "model_logs"}
    link = owner.get(f"/projects/manual-project/models/{worker.key.model_id}/artifact", params={"type": "report_json"}).json()["data"][
        "url"
    ]
    assert httpx.get(link, trust_env=False).content == report
    assert [entry["msg"] for entry in data["logs"]] == ["Begin", "Begin"]
    details = owner.get(f"/v1/appliance/jobs/{worker.key.job}").json()["data"]["details"]
    assert not details["scores"], "scores of a manual job stay with it"


def test_a_worker_s_own_path_stays_in_the_assignment_and_out_of_listings(server: LiveServer, owner: httpx.Client) -> None:
    worker = manual_job(server, owner, data_source="/home/somebody/secret/patients.csv", ref_data={"0": "s3://bucket/x/y.csv"})
    claim = worker.claim()
    assert claim.inputs == ()
    assert claim.assignment.configuration["models"][0]["noop"]["data_source"] == "/home/somebody/secret/patients.csv"
    listed = owner.get("/projects/manual-project/models").text
    assert "patients.csv" in listed
    assert "somebody" not in listed
    assert "bucket" not in listed


def test_a_lost_answer_is_given_again_and_a_second_worker_is_not(worker: Worker) -> None:
    first = worker.claim("mine")
    assert worker.claim("mine").assignment == first.assignment
    assert b"attempt_fenced" in worker.claim("other", status=409)  # type: ignore[operator]


def test_older_attempts_and_ended_jobs_are_fenced(worker: Worker) -> None:
    attempt = worker.claim().assignment.attempt
    worker.check_in(attempt + 1, status=409)
    worker.check_in(attempt - 1, status=409)
    assert worker.call("PUT", artifact_path(worker.key.job, attempt - 1, "report_json"), b"x").status_code == 409
    worker.final(attempt - 1, Outcome(State.COMPLETED), status=409)
    failed = Outcome(State.ERROR, failure=Failure("data_refused", "The file has no rows."))
    assert worker.final(attempt, failed) == "error"
    worker.final(attempt, Outcome(State.COMPLETED), status=409)
    worker.check_in(attempt, status=409)
    assert worker.call("PUT", artifact_path(worker.key.job, attempt, "report_json"), b"x").status_code == 409


def test_a_cancelled_worker_is_told_to_stop(worker: Worker, owner: httpx.Client) -> None:
    attempt = worker.claim().assignment.attempt
    owner.patch(f"/projects/manual-project/models/{worker.key.model_id}", json={"status": "cancelled"})
    assert worker.check_in(attempt).cancel
    worker.final(attempt, Outcome(State.COMPLETED), status=409)
    assert shown(owner, worker)["model"]["status"] == "cancelled"


def test_over_the_running_limit_a_job_ends_in_error(server: LiveServer, owner: httpx.Client) -> None:
    workers = [manual_job(server, owner, params={"sleep_s": number}) for number in range(5)]
    for worker in workers[:4]:
        worker.claim()
    assert b"Maximum number of running jobs" in workers[4].claim(status=409)  # type: ignore[operator]
    model = shown(owner, workers[4])["model"]
    assert (model["status"], "Maximum number" in model["error_msg"]) == ("error", True)


def test_a_model_key_opens_its_own_job_only(server: LiveServer, owner: httpx.Client, worker: Worker) -> None:
    other = manual_job(server, owner, params={"sleep_s": 9})
    stolen = Worker(server, msgspec.structs.replace(other.key, model_key=worker.key.model_key))
    assert b"not_signed_in" in stolen.claim(status=401)  # type: ignore[operator]
    assert worker.call("GET", "/users/me").status_code == 401
    assert owner.post(CLAIM, json={"job": worker.key.job, "token": "x"}).status_code == 401


def test_a_local_job_cannot_be_claimed(server: LiveServer, owner: httpx.Client) -> None:
    configuration = {"schema_version": "1.0", "name": "local", "models": [{"noop": {}}]}
    made = owner.post("/projects/manual-project/models", json=configuration).json()
    Worker(server, decode_worker_key(made["worker_key"])).claim(status=409)


def test_nonsense_is_refused(worker: Worker) -> None:
    attempt = worker.claim().assignment.attempt
    worker.check_in(attempt, 0, b'{"type":"nonsense"}\n', status=400)
    worker.check_in(attempt, 0, b"{}", status=400)
    for ts in (b"1e300", b"-1e15", b"NaN"):
        worker.check_in(attempt, 0, b'{"type":"log","ts":%s,"level":"info","stage":"pre","msg":"m"}\n' % ts, status=400)
    for levels in (200, 990, 5000):
        deep = b'{"a":' + b"[" * levels + b"]" * levels + b"}"
        worker.check_in(attempt, 0, b'{"type":"resolved_configuration","ts":1,"configuration":%s}\n' % deep, status=400)
        final = b'{"job":"%s","attempt":%d,"outcome":{"state":"completed","resolved":%s}}' % (worker.key.job.encode(), attempt, deep)
        assert worker.call("POST", FINAL, final).status_code == 400
    assert worker.call("PUT", artifact_path(worker.key.job, attempt, "../../etc"), b"x").status_code == 404
    for kind in ("nonsense", "model_logs"):
        assert worker.call("PUT", artifact_path(worker.key.job, attempt, kind), b"x").status_code == 400
    worker.final(attempt, Outcome(State.LOST), status=400)
    assert worker.call("GET", f"/v1/appliance/worker/attempts/{worker.key.job}/{attempt}/inputs/x").status_code == 404


def test_a_worker_key_is_read_back_and_nothing_else_is() -> None:
    key = WorkerKey("p", "m", "localhost:1", None, "grtm0", "train")
    assert decode_worker_key(encode_worker_key(key)) == key
    assert key.job == "m"
    assert msgspec.structs.replace(key, run_id="r").job == "r"
    for text in ("", "x", "e30=", "ü"):
        with pytest.raises(BadRequest):
            decode_worker_key(text)
