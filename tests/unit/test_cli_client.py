"""The command line's HTTP client: what it sends, what it makes of refusals, downloads, following a job."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from appliance.cli.client import Client
from appliance.cli.failure import JobEnded, NoAnswer
from appliance.cli.job_progress import Bars, follow
from appliance.cli.refusal import refusal
from appliance.cli.root import run
from appliance.cli.transfer import ensure_project, fetch
from appliance.errors import BadRequest, ConfigurationRefused, Conflict, LimitReached, NotFound, NotSignedIn, StorageFull


class Scripted(ThreadingHTTPServer):
    """Answers from a script and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
        self.asked: list[tuple[str, str, str | None, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def on(self, method: str, path: str, *contents: Any, status: int = 200) -> None:
        """The answers to give, one after the other, the last one for ever."""
        self.answers[method, path] = [(status, item if isinstance(item, bytes) else json.dumps(item).encode()) for item in contents]


class _Handler(BaseHTTPRequestHandler):
    server: Scripted

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers.get("Authorization"), body))
        script = self.server.answers.get((self.command, self.path.partition("?")[0]), [(404, b'{"message": "There is no such thing."}')])
        status, content = script.pop(0) if len(script) > 1 else script[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    thread = threading.Thread(target=scripted.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield scripted
    scripted.shutdown()
    thread.join()
    scripted.server_close()


@pytest.fixture
def client(server: Scripted) -> Iterator[Client]:
    made = Client(server.url, "grtu0")
    yield made
    made.close()


def model(status: str, *messages: str, **more: Any) -> dict[str, Any]:
    logs = [{"stage": "train", "msg": message, "ctx": {}, "level": "info"} for message in messages]
    return {"data": {"model": {"uid": "m", "status": status, "error_msg": None, **more}, "logs": logs}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"message": "bad"}, BadRequest),
        (400, {"message": "Maximum number of created jobs (10) reached"}, LimitReached),
        (400, {"message": "not valid", "context": [{"loc": ["models", 0], "msg": "no"}]}, ConfigurationRefused),
        (401, {"message": "who"}, NotSignedIn),
        (404, {"message": "where"}, NotFound),
        (409, {"message": "busy"}, Conflict),
        (507, {"message": "full"}, StorageFull),
    ],
)
def test_refusals_become_errors(status: int, body: Any, kind: type[Exception]) -> None:
    error = refusal(status, json.dumps(body).encode())
    assert type(error) is kind
    assert error.message == body["message"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff"])
def test_an_answer_that_is_no_json_still_has_a_sentence(body: bytes) -> None:
    assert "502" in refusal(502, body).message


def test_the_key_goes_with_calls_and_never_with_links(server: Scripted, client: Client, tmp_path: Path) -> None:
    server.on("POST", "/projects/p/artifacts", {"data": {"key": "gretel_x_t.csv", "url": f"{server.url}/put?token=1"}})
    server.on("PUT", "/put", b"")
    server.on("GET", "/get", b"content")
    table = tmp_path / "t.csv"
    table.write_bytes(b"a,b\n" * 1000)
    sent: list[int] = []
    assert client.upload("p", table, sent.append) == "gretel_x_t.csv"
    client.download(f"{server.url}/get", tmp_path / "got")
    keys = {(method, path.partition("?")[0]): key for method, path, key, _ in server.asked}
    assert keys == {("POST", "/projects/p/artifacts"): "grtu0", ("PUT", "/put"): None, ("GET", "/get"): None}
    assert server.asked[1][3] == table.read_bytes()
    assert sent == [4000]


def test_downloads_are_unpacked_where_that_is_wanted(server: Scripted, client: Client, tmp_path: Path) -> None:
    packed = gzip.compress(b"one") + gzip.compress(b"two")
    server.on("GET", "/packed", packed)
    assert client.download(f"{server.url}/packed", tmp_path / "plain") == 6
    assert (tmp_path / "plain").read_bytes() == b"onetwo" == client.read(f"{server.url}/packed")
    client.download(f"{server.url}/packed", tmp_path / "as-is", unpack=False)
    assert (tmp_path / "as-is").read_bytes() == packed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["as-is", "plain"]


def test_what_a_job_did_not_leave_is_left_out(server: Scripted, client: Client, tmp_path: Path) -> None:
    server.on("GET", "/job/artifact", {"data": {"url": f"{server.url}/there"}}, {"data": {"url": f"{server.url}/gone"}})
    server.on("GET", "/there", b"{}")
    found = fetch(client, "/job", {"report_json": "report.json", "report": "report.html"}, tmp_path / "new")
    assert found == {"report_json": tmp_path / "new" / "report.json"}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.json"]


def test_a_missing_project_is_made(server: Scripted, client: Client) -> None:
    server.on("POST", "/projects", {"data": {"id": "abc"}})
    server.on("GET", "/projects/abc", {"data": {"project": {"guid": "proj_1"}}})
    assert ensure_project(client, "wanted") == "proj_1"
    assert json.loads(server.asked[1][3]) == {"name": "wanted"}


ME, MINE = "0123456789abcdef01234567", "appliance-cli-01234567"


@pytest.mark.parametrize(
    ("owners", "wanted"),
    [
        ({}, MINE),
        ({"appliance-cli": ME}, "appliance-cli"),
        ({"appliance-cli": "another"}, MINE),
        ({"appliance-cli": "another", MINE: ME}, MINE),
    ],
)
def test_nobody_s_files_go_to_another_user_s_project_unasked(server: Scripted, owners: dict[str, str], wanted: str) -> None:
    server.on("GET", "/users/me", {"data": {"me": {"_id": ME}}})
    for name, owner in owners.items():
        server.on("GET", f"/projects/{name}", {"data": {"project": {"guid": "proj_1", "owner": owner}}})
    server.on("GET", f"/projects/{wanted}/artifacts", {"data": {"artifacts": []}})
    assert commands(server, "artifacts", "list") == 0
    assert commands(server, "artifacts", "list", "--project", "appliance-cli") == (0 if wanted == "appliance-cli" else 1), "named"


def test_a_default_project_that_another_user_took_is_refused(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    server.on("GET", "/users/me", {"data": {"me": {"_id": ME}}})
    server.on("GET", f"/projects/{MINE}", {"data": {"project": {"guid": "proj_1", "owner": "another"}}})
    assert commands(server, "artifacts", "list") == 1
    assert "--project NAME" in capsys.readouterr().err
    assert not any("artifacts" in path for _, path, _, _ in server.asked)


@pytest.mark.parametrize(
    "words", [("projects", "delete", "", "--yes"), ("artifacts", "list", "--project", ""), ("projects", "leave", "", "--yes")]
)
def test_an_empty_name_is_never_the_default_project(server: Scripted, words: tuple[str, ...]) -> None:
    server.on("GET", "/users/me", {"data": {"me": {"_id": ME}}})
    assert commands(server, *words) != 0
    assert not any("appliance-cli" in path for _, path, _, _ in server.asked)


def test_a_name_that_is_taken_leads_to_another(server: Scripted, client: Client) -> None:
    server.on("POST", "/projects", {"message": "Project name not available", "context": {"name": "taken"}}, status=400)
    with pytest.raises(BadRequest) as refused:
        ensure_project(client, "taken")
    assert "--project NAME" in refused.value.hint


def test_following_a_job_tells_each_line_once(server: Scripted, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    server.on("GET", "/m", model("created"), model("active", "first"), model("completed", "first", "second"))
    assert follow(client, "/m", "model")["job"]["status"] == "completed"
    shown = capsys.readouterr().err
    assert shown.count("first") == shown.count("second") == 1
    assert [line.split(": ")[1] for line in shown.splitlines() if line.startswith("model: ")] == ["created", "active", "completed"]


@pytest.mark.parametrize("status", ["error", "cancelled", "lost"])
def test_a_job_that_does_not_complete_is_a_failure(server: Scripted, client: Client, status: str) -> None:
    server.on("GET", "/m", model(status, error_msg="It has no header row." if status == "error" else None))
    with pytest.raises(JobEnded, match=f"ended as {status}. [A-Z]"):
        follow(client, "/m", "model")


def test_following_can_end_before_the_job(server: Scripted, client: Client) -> None:
    server.on("GET", "/m", model("active"))
    assert follow(client, "/m", "model", wait_s=0.1)["job"]["status"] == "active"


def test_a_stranger_is_not_taken_for_an_appliance(server: Scripted, client: Client) -> None:
    server.on("GET", "/users/me", b"<html>hello</html>")
    with pytest.raises(Exception, match="not an appliance"):
        client.me()


def test_no_server_no_answer() -> None:
    nobody = Client("http://127.0.0.1:9", "grtu0")
    with pytest.raises(NoAnswer):
        nobody.me()
    nobody.close()


def commands(server: Scripted, *arguments: str) -> int:
    return run([*arguments, "--endpoint", server.url, "--api-key", "grtu0"])


def test_models_are_created_and_followed(server: Scripted, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.on("GET", "/projects/mine", {"data": {"project": {"guid": "proj_1"}}})
    server.on("POST", "/projects/proj_1/models", model("created") | {"worker_key": "k"})
    server.on("GET", "/projects/proj_1/models/m", model("completed"))
    assert (
        commands(server, "models", "create", "--config", "tabular-actgan", "--in-data", "gretel_x", "--project", "mine", "--name", "n1")
        == 0
    )
    assert json.loads(capsys.readouterr().out)["status"] == "completed"
    (sent,) = [json.loads(body) for method, path, _, body in server.asked if method == "POST"]
    assert (sent["name"], sent["models"][0]["actgan"]["data_source"]) == ("n1", "gretel_x")
    server.on("GET", "/projects/proj_1/models/m", model("error", error_msg="Bad."))
    assert commands(server, "models", "create", "--config", "tabular-actgan", "--project", "mine") == 1
    assert "Bad." in capsys.readouterr().err


def test_manual_models_print_their_worker_key(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    server.on("GET", "/projects/mine", {"data": {"project": {"guid": "proj_1"}}})
    server.on("POST", "/projects/proj_1/models", model("created") | {"worker_key": "the-key"})
    assert commands(server, "models", "create", "--config", "amplify", "--runner", "manual", "--project", "mine", "--no-json") == 0
    assert "the-key" in capsys.readouterr().out


def test_a_refused_configuration_lists_its_faults(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    server.on("GET", "/projects/mine", {"data": {"project": {"guid": "proj_1"}}})
    server.on(
        "POST", "/projects/proj_1/models", {"message": "no", "context": [{"loc": ["models", 0], "msg": "column x is missing"}]}, status=400
    )
    assert commands(server, "models", "create", "--config", "amplify", "--project", "mine") == 2
    assert "models.0: column x is missing" in capsys.readouterr().err


@pytest.mark.parametrize("form", [None, "parquet"])
def test_records_are_generated_and_written(server: Scripted, tmp_path: Path, form: str | None) -> None:
    runs = "/projects/mine/models/m/record_handlers"
    trained = {"uid": "m", "status": "completed", "config": {"models": [{"actgan": {"appliance": {"format": form}}}]}}
    server.on("GET", "/projects/mine/models/m", {"data": {"model": trained, "logs": []}})
    handler = {"data": {"handler": {"uid": "r", "status": "completed", "error_msg": None}, "logs": []}}
    server.on("POST", runs, handler)
    server.on("GET", f"{runs}/r", handler)
    server.on("GET", f"{runs}/r/artifact", {"data": {"url": f"{server.url}/data"}})
    server.on("GET", "/data", gzip.compress(b"a\n1\n"))
    arguments = [
        "records",
        "generate",
        "--model-id",
        "m",
        "--num-records",
        "5",
        "--seed",
        "3",
        "--output",
        str(tmp_path),
        "--project",
        "mine",
    ]
    assert commands(server, *arguments) == 0
    assert (tmp_path / f"data.{form or 'csv'}").read_text() == "a\n1\n"
    (sent,) = [json.loads(body) for method, _, _, body in server.asked if method == "POST"]
    assert sent["params"] == {"num_records": 5, "appliance": {"seed": 3}}


@pytest.mark.parametrize(
    ("verb", "model_type", "said"),
    [
        ("transform", "actgan", "needs one of transform_v2 or transforms. For this model there is `appliance records generate`"),
        ("transform", "classify", "For this model there is `appliance records classify`"),
        ("classify", "transforms", "needs one of classify. For this model there is `appliance records transform`"),
    ],
)
def test_a_model_that_does_something_else_is_refused(
    verb: str, model_type: str, said: str, server: Scripted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = {"uid": "m", "status": "completed", "model_type": model_type}
    server.on("GET", "/projects/mine/models/m", {"data": {"model": trained, "logs": []}})
    assert commands(server, "records", verb, "--model-id", "m", "--in-data", "gretel_1", "--project", "mine") == 2
    error = " ".join(capsys.readouterr().err.split())
    assert f"The model is of the type {model_type}" in error
    assert said in error
    assert [method for method, *_ in server.asked] == ["GET"]


def test_deleting_a_project_is_asked_about(server: Scripted, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    server.on("DELETE", "/projects/mine", {"data": {}})
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    assert commands(server, "projects", "delete", "mine") == 130
    assert not server.asked
    assert commands(server, "projects", "delete", "mine", "--yes") == 0
    assert [method for method, *_ in server.asked] == ["DELETE"]


def test_bars_read_the_keys_of_the_log() -> None:
    with Bars("model") as bars:
        assert isinstance(bars, Bars)
        bars.entry({"stage": "pre", "msg": "", "ctx": {"num_epochs": 4}})
        for epoch in (1, 2, 4):
            bars.entry({"stage": "train", "msg": "", "ctx": {"epoch": epoch}})
        bars.entry({"stage": "run", "msg": "", "ctx": {"current_valid_count": 50}})
        assert {task.description.strip(): (task.completed, task.total) for task in bars.tasks} == {
            "model": (0, None),
            "training": (4, 4),
            "generating": (50, None),
        }
        bars.status("completed")
        assert all(task.finished for task in bars.tasks), "nothing goes on moving"


def own(folder: Path, url: str) -> Path:
    """A data folder whose server is at `url`."""
    (folder / "server.json").write_text(json.dumps({"url": url, "pid": 1}))
    (folder / "owner.key").write_text("grtuowner\n")
    return folder


def asked_with(server: Scripted) -> str | None:
    (_, _, key, _) = server.asked.pop()
    return key


def test_what_is_typed_beats_the_environment(server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.on("GET", "/projects", {"data": {"projects": []}})
    folder = str(own(tmp_path, server.url))
    monkeypatch.setenv("GRETEL_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("GRETEL_API_KEY", "grtuelse")
    assert run(["projects", "list", "--data-dir", folder]) == 0
    assert asked_with(server) == "grtuowner"
    assert run(["projects", "list", "--data-dir", folder, "--api-key", "grtutyped"]) == 0
    assert asked_with(server) == "grtutyped"
    assert run(["projects", "list", "--endpoint", server.url]) == 0
    assert asked_with(server) == "grtuelse"


def test_the_owners_key_goes_to_its_own_server_only(server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRETEL_API_KEY", raising=False)
    monkeypatch.setenv("APPLIANCE_DATA_DIR", str(own(tmp_path, "http://127.0.0.1:9")))
    server.on("GET", "/projects", {"data": {"projects": []}})
    assert run(["projects", "list", "--endpoint", server.url]) == 1
    assert server.asked == []
    own(tmp_path, server.url)
    assert run(["projects", "list", "--endpoint", f"{server.url}/"]) == 0
    assert asked_with(server) == "grtuowner"
