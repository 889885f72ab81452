"""Usage over the wire and the command line: real jobs and uploads, who may see whose, and what stays when the rest is deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from appliance.cli.root import run
from tests.integration.live_server import LiveServer, add_member
from tests.integration.people import Person, inner, refusal, until
from tests.integration.shell import Shell

ROWS = b"city,n\n" + b"".join(b"Bern,%d\n" % number for number in range(40))
PROJECT = "counted-project"
ENDS = ("completed", "error", "cancelled", "lost")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("usage") / "data", bench_models=1) as live:
        yield live


@pytest.fixture(scope="module")
def ann(server: LiveServer, add: Callable[..., Person]) -> Person:
    """Owns the project, uploaded a file twice, trained and ran a model, failed with one and cancelled one."""
    ann = add("ann")
    inner(ann.http.post("/projects", json={"name": PROJECT}))
    link = inner(ann.http.post(f"/projects/{PROJECT}/artifacts", json={"filename": "t.csv"}))["url"]
    for _ in range(3):
        assert httpx.put(link, content=ROWS, trust_env=False).status_code == 200
    model = end_of(ann.http, "models", configuration("good"))
    assert model["status"] == "completed"
    run_of = end_of(ann.http, f"models/{model['uid']}/record_handlers", {"params": {}})
    assert run_of["status"] == "completed"
    assert end_of(ann.http, "models", configuration("bad", fail="told to"))["status"] == "error"
    sleeping = inner(ann.http.post(f"/projects/{PROJECT}/models", json=configuration("long", sleep_s=600)))["model"]["uid"]
    path = f"/projects/{PROJECT}/models/{sleeping}"
    until(lambda: inner(ann.http.get(path))["model"]["status"], lambda status: status == "active")
    inner(ann.http.patch(path, json={"status": "cancelled"}))
    until(lambda: inner(ann.http.get(f"/v1/appliance/jobs/{sleeping}"))["details"]["usage"], bool)
    return ann


def configuration(name: str, **params: Any) -> dict[str, Any]:
    return {"schema_version": "1.0", "name": name, "models": [{"noop": {"params": params}}]}


def end_of(http: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The job that such a POST makes, once it is over."""
    word = "handler" if path.endswith("record_handlers") else "model"
    made = inner(http.post(f"/projects/{PROJECT}/{path}", json=body))[word]["uid"]
    ended = until(lambda: inner(http.get(f"/projects/{PROJECT}/{path}/{made}"))[word], lambda job: job["status"] in ENDS)
    return dict(ended)


def own(somebody: Person, **query: str) -> list[dict[str, Any]]:
    return list(inner(somebody.http.get("/v1/appliance/usage", params=query))["usage"])


def test_a_user_sees_what_he_used(ann: Person) -> None:
    [used] = own(ann)
    assert (used["jobs"], used["project_name"]) == (4, PROJECT)
    assert used["cpu_seconds"] > 0
    assert used["bytes"] > len(ROWS)
    assert "email" not in used
    month = inner(ann.http.get("/users/me/billing"))["billing"]["me"]["this_month"]
    assert {**month, "project_guid": used["project_guid"], "project_name": PROJECT} == used
    assert own(ann, month=used["month"]) == [used]
    assert own(ann, month="1999-12") == []


def test_the_same_bytes_again_are_not_used_twice(ann: Person) -> None:
    [before] = own(ann)
    made = inner(ann.http.post(f"/projects/{PROJECT}/artifacts", json={"filename": "t.csv"}))
    assert own(ann) == [before]
    for content, status, used in ((ROWS, 200, len(ROWS)), (ROWS, 200, len(ROWS)), (ROWS + b"x", 409, len(ROWS))):
        assert httpx.put(made["url"], content=content, trust_env=False).status_code == status
        assert own(ann)[0]["bytes"] == before["bytes"] + used
    inner(ann.http.delete(f"/projects/{PROJECT}/artifacts", params={"key": made["key"]}))
    assert own(ann)[0]["bytes"] == before["bytes"] + len(ROWS)


def test_a_project_is_told_to_its_administrators_and_all_to_those_of_the_server(
    server: LiveServer, ann: Person, add: Callable[..., Person]
) -> None:
    path, everything = f"/v1/appliance/projects/{PROJECT}/usage", "/v1/appliance/usage/all"
    [mine] = own(ann)
    assert inner(ann.http.get(path))["usage"] == [{**mine, "email": ann.email}]
    outsider, writer, manager = add("outsider"), add("writer"), add("manager", administrator=True)
    assert outsider.http.get(path).status_code == 404
    add_member(server, ann.http, PROJECT, writer.email, writer.key, 2)
    assert writer.http.get(path).status_code == 403
    add_member(server, ann.http, PROJECT, writer.email, writer.key, 3)
    assert len(inner(writer.http.get(path))["usage"]) == 1
    assert manager.http.get(path).status_code == 404, "whoever manages users has no rights in projects"
    for somebody in (outsider, ann):
        assert somebody.http.get(everything).status_code == 403
    assert {**mine, "email": ann.email} in inner(manager.http.get(everything))["usage"]
    assert inner(manager.http.get(everything, params={"skip": "1000"}))["usage"] == []
    assert len(inner(manager.http.get(everything, params={"limit": "1"}))["usage"]) == 1
    assert own(outsider) == []


@pytest.mark.parametrize("month", ["2026", "2026-13", "2026-1", "november", "2026-11' or 1=1", "٢٠٢٦-١١", "2026-11\n", "x" * 5000])
def test_what_is_no_month_is_refused(ann: Person, month: str) -> None:
    for path in ("/v1/appliance/usage", f"/v1/appliance/projects/{PROJECT}/usage"):
        assert refusal(ann.http.get(path, params={"month": month})) == (400, "`month` is a year and a month, like 2026-11.")


def test_the_command_line_tells_it_too(server: LiveServer, ann: Person, capsys: pytest.CaptureFixture[str]) -> None:
    shell, [mine] = Shell(server.folder), own(ann)
    assert {**mine, "email": ann.email} in shell.json("users", "usage")
    assert shell.json("users", "usage", ann.email, "--month", mine["month"]) == [{**mine, "email": ann.email}]
    asked = ["--endpoint", server.url, "--api-key", ann.key]
    for words, told in {
        ("users", "usage", "--no-json", "--data-dir", str(server.folder)): (ann.email, PROJECT, "cpu seconds"),
        ("projects", "usage", PROJECT, "--no-json", *asked): (ann.email, mine["month"]),
        ("users", "me", "--no-json", *asked): (f"{ann.email} (user)", "0 of 4", "0 of 10", "3,600 seconds", "no limit", "4 jobs"),
    }.items():
        assert run(list(words)) == 0
        out = capsys.readouterr().out
        assert all(word in out for word in told), out
    assert run(["users", "usage", "nobody@example.org", "--data-dir", str(server.folder)]) == 1
    assert "There is no user with that e-mail" in capsys.readouterr().err
    assert run(["users", "usage", "--month", "May", "--data-dir", str(server.folder)]) == 2
    assert "like 2026-11" in capsys.readouterr().err


def test_usage_stays_when_the_project_goes(server: LiveServer, ann: Person) -> None:
    [before] = own(ann)
    inner(ann.http.delete(f"/projects/{PROJECT}"))
    until(lambda: [path.name for path in (server.folder / "outputs").iterdir()], lambda left: left == [])
    assert own(ann) == [before]
    assert ann.http.get(f"/v1/appliance/projects/{PROJECT}/usage").status_code == 404
