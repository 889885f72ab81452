"""Templates and transform keys over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from appliance.configurations import template, templates
from tests.integration.live_server import LiveServer


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with LiveServer(tmp_path_factory.mktemp("templates") / "data") as running, running.client() as client:
        yield client


def test_every_template_is_listed_shown_and_downloaded(http: httpx.Client) -> None:
    listed = http.get("/v1/appliance/templates").json()["data"]["templates"]
    assert [found["name"] for found in listed] == [found.name for found in templates()]
    assert {found["model_type"] for found in http.get("/v1/appliance/templates?type=classify").json()["data"]["templates"]} == {"classify"}
    for name in ("synthetics/tabular-actgan", "transform/hipaa"):
        assert http.get(f"/v1/appliance/templates/{name}").json()["data"]["template"]["text"] == template(name).text
        page = http.get(f"/v1/appliance/templates/{name}.yml")
        assert page.headers["content-type"].startswith("application/yaml")
        assert page.text == template(name).text


def test_a_template_that_is_not_there_names_the_nearest(http: httpx.Client) -> None:
    for name in ("transform/hippa", "transform/..%2f..%2fsecrets", "x/" + "y" * 500):
        answer = http.get(f"/v1/appliance/templates/{name}")
        assert answer.status_code == 404
    assert "transform/hipaa" in http.get("/v1/appliance/templates/transform/hippa").json()["message"]


def test_keys_are_told_by_number_rotated_and_destroyed(http: httpx.Client) -> None:
    project = http.post("/projects", json={}).json()["data"]["guid"]
    keys = f"/v1/appliance/projects/{project}/transform-keys"
    assert http.get(keys).json()["data"]["keys"] == []
    for _ in range(2):
        answer = http.post(keys)
        assert answer.status_code == 200
    told = answer.json()["data"]["keys"]
    assert [(key["number"], key["current"]) for key in told] == [(1, False), (2, True)]
    assert all(set(key) == {"number", "created_at", "current"} for key in told)
    assert http.delete(f"{keys}/2").status_code == 404
    assert http.delete(f"{keys}/x").status_code == 404
    assert [key["number"] for key in http.delete(f"{keys}/1").json()["data"]["keys"]] == [2]
    assert http.get("/v1/appliance/projects/proj_nobody/transform-keys").status_code == 404
