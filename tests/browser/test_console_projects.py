"""People of a project: invites, levels, and a project that is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.people_world import World
from tests.integration.live_server import LiveServer


@pytest.fixture(scope="module")
def world(chromium: Browser, house: LiveServer) -> Iterator[World]:
    made = World(house, chromium)
    yield made
    made.close()


def test_an_invite_is_accepted_and_only_what_a_level_allows_is_offered(world: World) -> None:
    world.sign_in("mara", f"/{world.project}#members")
    world.send("#invite-form", email="jun@lab.example", level="1")
    assert "jun@lab.example" in world.seen("#invites")
    world.sign_in("jun", "/console/account.html")
    assert world.seen(".badge") == "1"
    assert "With level read one can see models" in world.seen("#invite-list")
    world.press("Accept: census-2026")
    assert "Your level here is read" in world.seen("#my-level")
    assert "yours is read" in world.seen("#files")
    assert world.seen("#add") == ""
    world.go(f"{world.url}/{world.project}#models")
    assert "yours is read" in world.seen("#jobs")
    assert world.seen("#new-model") == ""
    world.go(f"{world.url}/{world.project}#settings")
    assert world.seen("#texts") == world.seen("#usage-fold") == world.seen("#delete") == ""
    world.go(f"{world.url}/{world.project}#members")
    assert world.seen("#invite-form") == world.seen("#invites") == world.seen("#transfer") == world.seen("#members button") == ""
    assert "jun@lab.example you" in " ".join(world.seen("#members").split())
    world.sign_in("mara", f"/{world.project}#models")
    assert "No model was made here yet." in world.seen("#jobs")
    assert world.seen("#new-model") == "New model"
    world.go(f"{world.url}/{world.project}#members")
    world.press("Change level: jun@lab.example")
    world.send("dialog form", level="2")
    assert "jun@lab.example has level write now." in world.seen(".notices")
    world.press("Remove: jun@lab.example")
    world.press("Cancel", "dialog")
    assert "jun@lab.example" in world.seen("#members")
    world.press("Remove: jun@lab.example")
    world.press("Remove", "dialog")
    assert "jun@lab.example" not in world.seen("#members")
    assert world.jun.get(f"/projects/{world.project}").status_code == 404


def test_a_project_that_is_gone_is_shown_no_more(world: World) -> None:
    guid = world.jun.post("/projects", json={"name": "short-lived", "display_name": "Same"}).json()["data"]["guid"]
    other = world.jun.post("/projects", json={"name": "longer-lived", "display_name": "Same"}).json()["data"]["guid"]
    page = world.sign_in("jun", "/")
    assert "Same (short-lived)" in world.seen("#project-list")
    assert "Same (longer-lived)" in world.seen("#project-list")
    world.go(f"{world.url}/{guid}")
    assert "Your level here is owner" in world.seen()
    assert world.jun.delete(f"/projects/{guid}").status_code == 200
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    world.settle()
    assert "This project was deleted, or you are no longer a member of it." in world.seen("#gone")
    assert "Your level here" not in world.seen()
    assert world.jun.delete(f"/projects/{other}").status_code == 200
