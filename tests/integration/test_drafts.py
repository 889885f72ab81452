"""Drafts over HTTP: what the server says of one is what a create would say, to members only, and nothing is stored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from appliance.control_plane.server import administer
from tests.integration.live_server import LiveServer, add_member
from tests.integration.people import until
from tests.integration.permission_world import NOOP, ROWS

PROJECT = "drafts"
PLACE = f"/v1/appliance/projects/{PROJECT}/draft"
USUAL = "synthetics/tabular-actgan"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("drafts") / "data", bench_models=1) as running:
        yield running


@pytest.fixture(scope="module")
def owner(server: LiveServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        client.post("/projects", json={"name": PROJECT}).raise_for_status()
        yield client


@pytest.fixture(scope="module")
def table(owner: httpx.Client) -> str:
    """An artifact of 40 rows that was looked through."""
    made = owner.post(f"/projects/{PROJECT}/artifacts", json={"filename": "towns.csv"}).json()["data"]
    owner.put(made["url"], content=ROWS).raise_for_status()
    until(
        lambda: owner.get(f"/projects/{PROJECT}/artifacts/manifest", params={"key": made["key"]}).json(),
        lambda found: found["status"] != "pending",
    )
    return str(made["key"])


def user(server: LiveServer, owner: httpx.Client, name: str) -> str:
    made = owner.post("/v1/appliance/users", json={"email": f"{name}@example.org"})
    assert made.status_code == 200, made.text
    return str(administer(server.folder, {"command": "keys.create", "email": f"{name}@example.org", "name": "test"})["api_key"])


def draft(client: httpx.Client, **body: Any) -> Any:
    answer = client.post(PLACE, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def source(key: str) -> dict[str, Any]:
    return {"loc": ["models", 0, "*", "data_source"], "value": key}


def test_a_template_with_a_table_is_ready_to_run_and_runs_as_it_was_checked(owner: httpx.Client, table: str) -> None:
    found = draft(owner, template=USUAL, changes=[source(table)])
    assert found["faults"] == []
    assert f"data_source: {table}" in found["text"]
    assert found["text"].startswith("# Tables of numbers")
    assert found["estimate"]["basis"] == "typical"
    assert found["estimate"]["memory_bytes"] == (1 << 30) + 100 * 80
    assert {note["loc"][-1] for note in found["notes"]} >= {"epochs", "batch_size"}
    assert all(note["line"] for note in found["notes"])
    checked = owner.post(f"/projects/{PROJECT}/models", params={"dry_run": "yes"}, json={"config": found["text"]})
    assert checked.status_code == 200, checked.text


def test_the_server_says_the_same_of_a_draft_and_of_a_create(owner: httpx.Client, table: str) -> None:
    changes = [
        source(table),
        {"loc": ["models", 0, "*", "appliance", "target"], "value": "nowhere"},
        {"loc": ["models", 0, "*", "appliance", "drop_columns"], "value": ["neither"]},
    ]
    found = draft(owner, template=USUAL, changes=changes)
    refused = owner.post(f"/projects/{PROJECT}/models", json={"config": found["text"]})
    assert refused.status_code == 400
    assert [(fault["loc"], fault["msg"]) for fault in found["faults"]] == [(one["loc"], one["msg"]) for one in refused.json()["context"]]
    lines = found["text"].splitlines()
    assert ["target" in lines[fault["line"] - 1] or "drop_columns" in lines[fault["line"] - 1] for fault in found["faults"]] == [True, True]


@pytest.mark.parametrize("key", ["__tmp__", "gretel_" + "0" * 32 + "_gone.csv", "https://example.org/a.csv", "/etc/passwd"])
def test_data_that_is_not_there_is_a_fault_at_its_line(owner: httpx.Client, key: str) -> None:
    found = draft(owner, template=USUAL, changes=[source(key)])
    (fault,) = found["faults"]
    assert fault["loc"][-1] == "data_source"
    assert "data_source" in found["text"].splitlines()[fault["line"] - 1]
    assert found["estimate"]["seconds"] is None


def test_more_memory_than_the_machine_has_is_a_fault_of_the_draft(owner: httpx.Client, table: str) -> None:
    found = draft(owner, template=USUAL, changes=[source(table), {"loc": ["models", 0, "*", "appliance", "memory"], "value": "900 TiB"}])
    assert [fault["loc"][-2:] for fault in found["faults"]] == [["appliance", "memory"]]


def test_a_job_is_cloned_as_it_was_sent_and_times_of_jobs_are_learnt_from(owner: httpx.Client, table: str) -> None:
    text = f"# my words\nschema_version: '1.0'\nname: mine\nmodels:\n  - noop: {{data_source: {table}}}\n"
    sent = owner.post(f"/projects/{PROJECT}/models", content=text.encode()).json()["data"]["model"]["uid"]
    path = f"/projects/{PROJECT}/models/{sent}"
    until(lambda: owner.get(path).json()["data"]["model"]["status"], lambda status: status == "completed")
    found = draft(owner, like=sent)
    assert found["text"] == text
    assert (found["estimate"]["basis"], found["estimate"]["jobs"]) == ("earlier", 1)
    run = owner.post(f"{path}/record_handlers", json={"params": {}}).json()["data"]["handler"]["uid"]
    assert draft(owner, like=run)["text"] == text
    as_json = owner.post(f"/projects/{PROJECT}/models", json=NOOP).json()["data"]["model"]["uid"]
    assert yaml.safe_load(draft(owner, like=as_json)["text"]) == NOOP


def test_only_members_learn_anything_and_a_reader_may_look(server: LiveServer, owner: httpx.Client, table: str) -> None:
    keys = {name: user(server, owner, name) for name in ("reader", "outsider")}
    add_member(server, owner, PROJECT, "reader@example.org", keys["reader"], 1)
    with server.client(keys["reader"]) as reader, server.client(keys["outsider"]) as outsider, server.client("grtu0") as nobody:
        found = draft(reader, template=USUAL, changes=[source(table)])
        assert found["faults"] == []
        assert reader.post(f"/projects/{PROJECT}/models", json={"config": found["text"]}).status_code == 403
        assert outsider.post(PLACE, json={"template": USUAL}).status_code == 404
        assert nobody.post(PLACE, json={"template": USUAL}).status_code == 401
        outsider.post("/projects", json={"name": "elsewhere"}).raise_for_status()
        elsewhere = outsider.post("/v1/appliance/projects/elsewhere/draft", json={"template": USUAL, "changes": [source(table)]}).json()
        assert [fault["loc"][-1] for fault in elsewhere["faults"]] == ["data_source"]
        assert elsewhere["estimate"]["memory_bytes"] is None
        model = owner.get(f"/projects/{PROJECT}/models").json()["data"]["models"][0]["uid"]
        assert outsider.post("/v1/appliance/projects/elsewhere/draft", json={"like": model}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"template": "no/such"},
        {"like": "0" * 24},
        {"text": 7},
        {"template": USUAL, "changes": [{"loc": []}]},
        {"template": USUAL, "changes": [{"loc": ["name", "x"], "value": 1}]},
        {"template": USUAL, "changes": [{"loc": ["x"] * 41, "value": 1}]},
        {"template": USUAL, "changes": [{"loc": ["name"], "value": "x"}] * 51},
        {"template": USUAL, "changes": [{"loc": ["name"], "value": 2**70}]},
        {"template": USUAL, "changes": [{"loc": ["name"], "value": "x" * (600 << 10)}]},
    ],
    ids=str,
)
def test_what_is_no_draft_is_refused(owner: httpx.Client, body: dict[str, Any]) -> None:
    assert owner.post(PLACE, json=body).status_code in (400, 404)


def test_hostile_texts_are_answered_and_nothing_is_stored(owner: httpx.Client) -> None:
    before = owner.get(f"/projects/{PROJECT}/models").json()["data"]["models"]
    for text in (
        "",
        "\ufeff{",
        "a: &a [*a]",
        "[" * 50_000,
        "models: [{'<img src=x onerror=alert(1)>': {}}]",
        "models: {}",
        "\x00",
        "a: " + "9" * 5000,
    ):
        found = draft(owner, text=text)
        assert found["faults"]
        assert found["text"] == text
    assert owner.get(f"/projects/{PROJECT}/models").json()["data"]["models"] == before


def test_an_ordinary_draft_is_answered_at_once(owner: httpx.Client, table: str) -> None:
    text = draft(owner, template=USUAL, changes=[source(table)])["text"]
    times = []
    for number in range(40):
        start = time.perf_counter()
        draft(owner, text=text, changes=[{"loc": ["models", 0, "actgan", "generate", "num_records"], "value": 100 + number}])
        times.append(time.perf_counter() - start)
    print(f"a draft with a change: median {1000 * sorted(times)[20]:.1f} ms, fastest {1000 * min(times):.1f} ms")
    assert sorted(times)[20] < 0.1


def test_a_draft_that_would_keep_everybody_waiting_is_refused_at_once(owner: httpx.Client) -> None:
    sources = {f"r{number}": "gretel_" + "0" * 32 + "_x" for number in range(101)}
    found = draft(owner, text=yaml.safe_dump({"schema_version": "1.0", "models": [{"noop": {"data_source": "x", "ref_data": sources}}]}))
    assert [fault["msg"] for fault in found["faults"]] == ["A job may read 100 tables at most; this one names 102."]
    values = '{"text": "a: 1", "changes": [{"loc": ["a"], "value": [' + "[]," * 400_000 + "1]}]}"
    answer = owner.post(PLACE, content=values)
    assert (answer.status_code, answer.json()["message"]) == (400, "The body is larger than 1,024 KiB.")
