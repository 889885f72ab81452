"""What the Console asks for beyond the clients' wire: the sample, the machine, projects at a glance, who took a file, jobs that match."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from appliance.configurations.sample import COLUMNS, ROWS
from tests.integration.live_server import LiveServer, add_member
from tests.integration.people import Person, inner, refusal, until

TABLE = b"age,city\n" + b"".join(b"%d,Bern\n" % number for number in range(60))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("places") / "data", bench_models=1) as live:
        yield live


def configuration(name: str, **params: Any) -> dict[str, Any]:
    return {"schema_version": "1.0", "name": name, "models": [{"noop": {"params": params}}]}


def project_of(client: httpx.Client, title: str) -> str:
    return str(inner(client.post("/projects", json={"display_name": title}))["guid"])


def uploaded(client: httpx.Client, project: str, content: bytes = TABLE) -> str:
    """The key of a file that was sent and looked through."""
    made = inner(client.post(f"/projects/{project}/artifacts", json={"filename": "people.csv"}))
    assert httpx.put(made["url"], content=content, trust_env=False).status_code == 200
    until(
        lambda: client.get(f"/projects/{project}/artifacts/manifest", params={"key": made["key"]}).json(),
        lambda found: found["status"] != "pending",
    )
    return str(made["key"])


def test_the_sample_is_a_table_for_whoever_is_signed_in(server: LiveServer, ada: Person) -> None:
    answer = ada.http.get("/v1/appliance/sample")
    lines = answer.text.splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == ROWS + 1
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert httpx.get(f"{server.url}/v1/appliance/sample", trust_env=False).status_code == 401


def test_the_machine_tells_everybody_how_it_is_and_administrators_what_all_store(owner: httpx.Client, ada: Person, boss: Person) -> None:
    mine = project_of(ada.http, "Stored")
    uploaded(ada.http, mine)
    told = inner(ada.http.get("/v1/appliance/machine"))
    state = told["state"]
    assert state["cpu"]["count"] >= 1
    assert 0 < state["cpu"]["busy_s"] <= state["cpu"]["total_s"]
    for room in (state["memory"], state["disk"]):
        assert 0 < room["used"] <= room["total"]
    assert set(state["queue"]) == {"created", "running", "workers"}
    assert [one for one in told["storage"] if one["guid"] == mine] == [
        {"guid": mine, "name": "Stored", "data": len(TABLE), "models": 0, "runs": 0}
    ]
    assert "everything" not in told
    assert "data_folder" not in told
    assert "msgspec" in told["notice"]
    for client in (owner, boss.http):
        all_of_it = inner(client.get("/v1/appliance/machine"))
        assert all_of_it["everything"]["data"] >= len(TABLE)
        assert mine not in str(all_of_it["storage"])


def test_the_room_that_is_left_is_told_before_a_file_is_sent(owner: httpx.Client, add: Callable[..., Person]) -> None:
    cara = add("cara")
    inner(owner.patch(f"/v1/appliance/users/{cara.uid}", json={"limits": {"storage_bytes": 5000}}))
    before = inner(cara.http.get("/v1/appliance/status"))["limits"]["room_bytes"]
    uploaded(cara.http, project_of(cara.http, "Room"))
    assert before == 5000
    assert inner(cara.http.get("/v1/appliance/status"))["limits"]["room_bytes"] == 5000 - len(TABLE)


def test_projects_at_a_glance_are_those_of_the_caller_with_level_and_contents(server: LiveServer, owner: httpx.Client, ada: Person) -> None:
    guid = project_of(owner, "Shared <b>one</b>")
    hidden = project_of(owner, "Hidden")
    add_member(server, owner, guid, ada.email, ada.key, 1)
    found = inner(ada.http.get("/v1/appliance/projects", params={"query": "sHared"}))["projects"]
    assert [(one["guid"], one["level"], one["artifacts"], one["models"]) for one in found] == [(guid, 1, 0, 0)]
    assert hidden not in ada.http.get("/v1/appliance/projects").text


def test_who_took_a_file_is_told_to_members_only(owner: httpx.Client, ada: Person) -> None:
    guid = project_of(owner, "Lineage")
    key = uploaded(owner, guid)
    place = f"/v1/appliance/projects/{guid}/artifacts/uses"
    assert inner(owner.get(place, params={"key": key})) == {"uses": [], "made_by": None}
    config = {"schema_version": "1.0", "name": "waits", "models": [{"actgan": {"data_source": key}}]}
    model = inner(owner.post(f"/projects/{guid}/models", params={"runner_mode": "manual"}, json=config))["model"]["uid"]
    [use] = inner(owner.get(place, params={"key": key}))["uses"]
    assert (use["uid"], use["model_id"], use["kind"], use["name"], use["status"]) == (model, model, "train", "waits", "created")
    assert refusal(ada.http.get(place, params={"key": key}))[0] == 404
    assert refusal(owner.get(place, params={"key": "gretel_x"}))[0] == 404


def test_a_file_that_a_job_left_names_its_maker_as_long_as_that_is_there(owner: httpx.Client) -> None:
    guid = project_of(owner, "Maker")
    config = {"schema_version": "1.0", "name": "maker", "models": [{"actgan": {"data_source": uploaded(owner, guid)}}]}
    place = f"/projects/{guid}/models"
    uid = inner(owner.post(place, json=config))["model"]["uid"]
    until(lambda: inner(owner.get(f"{place}/{uid}"))["model"]["status"], lambda status: status == "completed")
    key = inner(owner.post(f"/v1/appliance/jobs/{uid}/artifact", json={"name": "kept.csv"}))["key"]
    uses = f"/v1/appliance/projects/{guid}/artifacts/uses"
    made = inner(owner.get(uses, params={"key": key}))["made_by"]
    assert (made["uid"], made["kind"], made["name"], made["status"]) == (uid, "train", "maker", "completed")
    inner(owner.delete(f"{place}/{uid}"))
    assert inner(owner.get(uses, params={"key": key}))["made_by"] is None


def test_jobs_are_found_by_project_state_and_name(owner: httpx.Client, ada: Person) -> None:
    guid = project_of(owner, "Jobs")
    for name, params in (("good-one", {}), ("bad-one", {"fail": "told to"}), ("other", {})):
        inner(owner.post(f"/projects/{guid}/models", json=configuration(name, **params)))

    def names(client: httpx.Client = owner, **query: Any) -> list[str]:
        return [job["name"] for job in inner(client.get("/v1/appliance/jobs", params={"project": guid, **query}))["jobs"]]

    until(lambda: names(status="completed,error"), lambda found: len(found) == 3)
    assert names(status="error") == ["bad-one"]
    assert names(query="ONE") == ["bad-one", "good-one"]
    assert names(limit=1, skip=1) == ["bad-one"]
    assert names(ada.http) == []
    assert refusal(owner.get("/v1/appliance/jobs", params={"status": "done"}))[0] == 400
