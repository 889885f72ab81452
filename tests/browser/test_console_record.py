"""What administrators see and do of people, and the record in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.people_world import World
from tests.integration.live_server import LiveServer


@pytest.fixture(scope="module")
def world(chromium: Browser, house: LiveServer) -> Iterator[World]:
    made = World(house, chromium)
    yield made
    made.close()


def test_people_is_for_administrators(world: World) -> None:
    world.sign_in("jun", "/console/people.html")
    assert "Administrators of this appliance manage its users" in world.seen()
    assert world.seen("#administration") == ""
    assert "People" not in world.seen("nav")
    world.sign_in("owner", "/console/people.html")
    assert "mara@lab.example" in world.seen("#users")
    assert "owner@localhost added the user mara@lab.example." in world.seen("#lines")


def test_activity_is_searched_sorted_and_paged(world: World) -> None:
    for number in range(60):
        assert world.mara.patch(f"/projects/{world.project}", json={"display_name": f"Census {number}"}).status_code == 200
    page = world.sign_in("mara", "/console/activity.html")
    assert "50 of " in world.seen("#count")
    world.send("#search", query="project_change")
    assert world.seen("#count") == "50 of 60 lines"
    world.press("Show more")
    assert world.seen("#count") == "60 lines"
    assert page.evaluate("document.querySelectorAll('#events li').length") == 60
    assert world.seen("#more") == ""
    world.go(f"{world.url}/console/activity.html?query=project_create&sort=occurred_at")
    assert world.seen("#events p") == "mara@lab.example made the project census-2026."
    assert page.evaluate("document.querySelector('#events time').title") != ""
    world.send("#search", query="<b>nothing</b>")
    assert world.seen("#count") == "Nothing is found for “<b>nothing</b>”."
    world.send("#search", query=" ".join("abcdefghijk"))
    assert "A query has at most 10 words" in world.seen(".notices")


SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({"actor": "", "action": "sign_in", "result": "refused"}, "Somebody tried to sign in, and was refused."),
    ({"actor": "a@x", "action": "sign_in", "result": "refused"}, "Somebody tried to sign in as a@x, and was refused."),
    (
        {"actor": "a@x", "action": "invite_create", "name": "b@x", "project": "p", "detail": {"level": 2}},
        "a@x invited b@x with level write to p.",
    ),
    (
        {"actor": "a@x", "action": "member_change", "project": "p", "result": "refused"},
        "a@x tried to change the level of a member in p, and was refused.",
    ),
    (
        {"actor": "a@x", "action": "output_download", "project": "p", "result": "refused"},
        "a@x tried to download a result in p, and was refused.",
    ),
    ({"actor": "machine", "action": "password_change", "name": "b@x"}, "Somebody at the server's machine changed the password of b@x."),
    ({"actor": "machine", "action": "user_link", "name": "b@x"}, "Somebody at the server's machine made a sign-in link for b@x."),
    ({"actor": "a@x", "action": "user_change", "name": "b@x", "detail": {"disabled": False}}, "a@x enabled b@x."),
    (
        {"actor": "a@x", "action": "user_change", "name": "b@x", "detail": {"administrator": True, "running": 2}},
        "a@x made b@x an administrator of the appliance and set the limits of b@x.",
    ),
    (
        {"actor": "a@x", "action": "user_hand_over", "name": "b@x", "detail": {"to": "c@x", "count": 0}},
        "a@x looked for projects of b@x to hand over to c@x; there were none.",
    ),
    ({"actor": "b@x", "action": "member_leave", "name": "b@x", "project": "p"}, "b@x left the project p."),
    (
        {"actor": "a@x", "action": "project_delete", "project": "<b>", "result": "refused"},
        "a@x tried to delete the project <b>, and was refused.",
    ),
]


def test_every_line_is_a_sentence(world: World) -> None:
    world.go(f"{world.url}/console/api.html")
    found = world.sentences([deed for deed, _ in SENTENCES])
    assert found == [words for _, words in SENTENCES]


def test_an_administrator_limits_disables_and_reads_the_record(world: World) -> None:
    world.sign_in("owner", "/console/people.html")
    world.press("Manage: jun@lab.example")
    world.send("dialog .limits-form", created="many")
    assert "A number above 0" in world.seen("dialog .limits-form")
    world.send("dialog .limits-form", created="", running="2", hours="1.5", gib="")
    assert "2 running, 1.5\u00a0h each" in world.seen("#users")
    world.press("Manage: jun@lab.example")
    world.press("Disable", "dialog")
    world.press("Disable", "dialog.small")
    assert "disabled" in world.seen("#users")
    assert world.jun.get("/users/me").status_code == 401
    world.press("Manage: jun@lab.example")
    world.press("Enable", "dialog")
    assert world.jun.get("/users/me").status_code == 200
    world.send("#record-form", query="user_change jun@lab.example")
    assert "owner@localhost set the limits of jun@lab.example." in world.seen("#lines")
    assert "mara@lab.example added" not in world.seen("#lines")
    world.press("Verify the record")
    head = world.owner.get("/v1/appliance/audit/head").json()
    assert f"Lines 1–{head['seq']:,} fit together.\n\nWhether later lines are missing, or all was written anew" in world.seen("#verdict")
    noted = f"{head['seq']}:{head['digest']}"
    assert noted in world.seen("#verdict")
    world.send("#verify-form", head=f" {noted} ")
    assert f"The head of line {head['seq']} is the one that you noted" in world.seen("#verdict")
    world.send("#verify-form", head=f"{head['seq']}:{'0' * 64}")
    assert "has another digest than the one that was noted" in world.seen("#verdict")
    assert "you noted" not in world.seen("#verdict")
    world.send("#verify-form", head="yesterday's")
    assert "A noted head is the number of a line" in world.seen("#verify-form [role=alert]")
