"""The page of a model and of a run, as somebody sees it who trains, waits, fails, cancels, deletes, or may only look."""

from __future__ import annotations

import random
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk
from tests.integration.live_server import LiveServer
from tests.integration.people import Person, inner, until

HOSTILE = ("<img src=x onerror=window.hit=1>", "<script>window.hit=1</script>", "{{7*7}}'\"&amp;", "\u202eright to left")
ROWS, COLUMNS = 2_000, 9
PATIENCE_MS = 30_000


def noop(name: str, **params: Any) -> dict[str, Any]:
    """A job that does what its parameters say."""
    return {"schema_version": "1.0", "name": name, "models": [{"noop": {"params": params}}]}


def table() -> bytes:
    """Rows in which names of columns and cells are markup."""
    draw = random.Random(4)
    lines = [",".join(["age", "income", *(f'"{text.replace(chr(34), chr(34) * 2)}"' for text in HOSTILE), "town", "plan", "left"])]
    for _ in range(ROWS):
        age = draw.randint(18, 90)
        cells = [f'"{draw.choice(HOSTILE).replace(chr(34), chr(34) * 2)}"' for _ in HOSTILE]
        lines.append(
            ",".join(
                [str(age), str(age * 400 + draw.randint(0, 900)), *cells, draw.choice(("Bern", "Graz")), draw.choice("xyz"), str(age % 7)]
            )
        )
    return ("\n".join(lines) + "\n").encode()


class Room:
    """The project of these tests."""

    def __init__(self, server: LiveServer) -> None:
        self.server, self.http = server, server.client()
        self.guid = str(inner(self.http.post("/projects", json={"name": "job-pages"}))["guid"])

    def upload(self, name: str, content: bytes) -> str:
        made = inner(self.http.post(f"/projects/{self.guid}/artifacts", json={"filename": name}))
        assert httpx.put(made["url"], content=content, trust_env=False).status_code == 200
        return str(made["key"])

    def start(self, configuration: dict[str, Any], **query: str) -> str:
        return str(inner(self.http.post(f"/projects/{self.guid}/models", json=configuration, params=query))["model"]["uid"])

    def reach(self, model: str, state: str) -> None:
        until(lambda: inner(self.http.get(f"/projects/{self.guid}/models/{model}"))["model"]["status"], lambda status: status == state)

    def path(self, model: str, tab: str = "") -> str:
        return f"/{self.guid}/models/{model}{tab and '/'}{tab}"


@pytest.fixture(scope="module")
def room(house: LiveServer) -> Iterator[Room]:
    room = Room(house)
    yield room
    room.http.close()


def status(page: Page) -> Any:
    return page.locator("#about .status-word")


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages of this job").get_by_role("link", name=name).click()


def test_a_training_shows_rows_early_and_all_of_itself_at_its_end(desk: Desk, room: Room) -> None:
    section = {"data_source": room.upload("people.csv", table()), "generate": {"num_records": 200}}
    model = room.start({"schema_version": "1.0", "name": "people", "models": [{"actgan": section}]})
    page = desk.open(room.path(model, "activity"))
    expect(page.locator("#early tbody tr")).to_have_count(10, timeout=PATIENCE_MS)
    expect(status(page)).to_have_text(re.compile("running"))
    expect(page).to_have_title(re.compile(r"^\d+ % (Training|Generating|Judging) · people$"))
    expect(status(page)).to_have_text(re.compile("completed"), timeout=PATIENCE_MS)
    expect(page.locator("#loss tbody tr")).to_have_count(COLUMNS)
    expect(page.locator("#loss tbody tr.newest")).to_have_count(1)
    expect(page.locator("#steps li.done")).to_have_count(7)
    expect(page.locator("job-log")).to_contain_text("The report is ready.")

    expect(page.locator("#done")).to_have_text(re.compile(r"^Done: quality \d+, privacy \d+\. See the report Take the data"))
    page.locator("#done").get_by_role("link", name="See the report").click()
    assert page.url.endswith(f"{model}/report")
    expect(page.locator("#view dl")).to_contain_text("Quality")
    expect(page.frame_locator("iframe.report").get_by_role("heading", name="What is it fit for?")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML").click()
    assert b"<!doctype html>" in Path(download.value.path()).read_bytes()[:200].lower()

    tab(page, "Data")
    expect(page.locator("#view .scroll tbody tr")).to_have_count(100)
    expect(page.locator("#view .scroll thead")).to_contain_text(HOSTILE[0])
    expect(page.locator("#view")).to_contain_text("model.tar.gz")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV: people-rows.csv").click()
    assert download.value.suggested_filename == "people-rows.csv"
    assert len(Path(download.value.path()).read_text("utf-8").splitlines()) == 201

    tab(page, "Configuration")
    expect(page.locator("#view pre")).to_contain_text("num_records: 200")
    page.get_by_label("Compared with").select_option("normalised")
    expect(page.locator("#view pre del").first).to_be_visible()
    tab(page, "History")
    expect(page.locator("#view tbody tr")).to_have_count(4)
    page.go_back()
    expect(page.locator("#view pre")).to_be_visible()
    assert page.evaluate("window.hit") is None
    _generate(page, room, model)


def _generate(page: Page, room: Room, model: str) -> None:
    """Fifty records without conditions; then some of which a column is given."""
    tab(page, "Generate")
    page.get_by_label("How many records").fill("0")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_text("Give a whole number")).to_be_visible()
    page.get_by_label("How many records").fill("50")
    page.get_by_role("button", name="Generate", exact=True).click()
    page.wait_for_url(f"**{room.path(model)}/runs/*")
    expect(page.get_by_role("heading", name="Run of people")).to_be_visible()
    expect(page.locator("#done")).to_contain_text("Done: 50 rows.", timeout=PATIENCE_MS)
    page.locator("#done").get_by_role("link", name="Take the data").click()
    expect(page.locator("#view .scroll tbody tr")).to_have_count(50)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert download.value.suggested_filename == "people-rows.csv"

    page.goto(room.path(model, "generate"))
    page.get_by_label("Conditions").select_option("typed")
    page.get_by_label("Column", exact=True).select_option("town")
    page.get_by_role("button", name="Add the column").click()
    page.get_by_label("town of row 1").fill("Graz")
    expect(page.get_by_label("Records for each line")).to_have_value("1000")
    page.get_by_label("Records for each line").fill("3")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("town of row 2").fill("Graz")
    page.get_by_label("Records of row 2").fill("4")
    page.get_by_role("button", name="Generate", exact=True).click()
    page.wait_for_url(f"**{room.path(model)}/runs/*")
    expect(status(page)).to_have_text(re.compile("completed"), timeout=PATIENCE_MS)
    tab(page, "Data")
    expect(page.locator("#view .scroll tbody tr")).to_have_count(7)
    expect(page.get_by_role("cell", name="Graz")).to_have_count(7)
    page.get_by_role("link", name="people", exact=True).click()
    expect(page.locator("#runs tbody tr")).to_have_count(2)


def test_a_failure_says_why_and_what_to_try(desk: Desk, room: Room) -> None:
    model = room.start(noop("fails", fail=f"No {HOSTILE[0]} are left."))
    room.reach(model, "error")
    page = desk.open(room.path(model))
    panel = page.get_by_role("region", name="The job failed at: Generating")
    expect(panel).to_contain_text(f"No {HOSTILE[0]} are left.")
    expect(panel).to_contain_text("Likely cause:")
    expect(panel).to_contain_text("Doing nothing, as asked")
    expect(panel.get_by_role("link", name="Try again with changes")).to_have_attribute("href", f"/{room.guid}/models/new?like={model}")
    expect(page.locator("#steps li.failed")).to_have_text("Generating")
    assert page.evaluate("window.hit") is None


def test_more_memory_is_filled_in_where_there_was_too_little(desk: Desk, room: Room) -> None:
    greedy = noop("greedy", memory_bytes=900 << 20)
    greedy["models"][0]["noop"]["appliance"] = {"memory": "300MiB"}
    model = room.start(greedy)
    room.reach(model, "error")
    page = desk.open(room.path(model))
    expect(page.get_by_role("link", name="Try again with")).to_have_count(2)
    again = page.get_by_role("link", name=re.compile("GiB of memory"))
    expect(again).to_have_attribute("href", f"/{room.guid}/models/new?like={model}&change=appliance.memory%3D1GiB")


def test_a_job_is_cancelled_and_deleted_after_a_question(desk: Desk, room: Room) -> None:
    model = room.start(noop("sleeps", sleep_s=600))
    page = desk.open(room.path(model))
    expect(status(page)).to_have_text(re.compile("running"))
    page.get_by_role("button", name="Cancel: sleeps").click()
    page.get_by_role("button", name="Let it go on").click()
    page.get_by_role("button", name="Cancel: sleeps").click()
    page.get_by_role("button", name="Cancel the job").click()
    expect(status(page)).to_have_text(re.compile("cancelled"))
    expect(page.get_by_role("button", name="Cancel: sleeps")).to_have_count(0)
    tab(page, "History")
    expect(page.get_by_role("row", name=re.compile("cancelled"))).to_contain_text("@")
    page.get_by_role("button", name="Delete: sleeps").click()
    page.get_by_role("button", name="Delete the model").click()
    page.wait_for_url(f"**/{room.guid}#models")
    assert room.http.get(f"/projects/{room.guid}/models/{model}").status_code == 404


def test_a_page_says_so_when_its_job_is_gone(desk: Desk, room: Room) -> None:
    model = room.start(noop("goes"))
    room.reach(model, "completed")
    page = desk.open(room.path(model, "history"))
    expect(page.locator("#view tbody tr")).to_have_count(4)
    room.http.delete(f"/projects/{room.guid}/models/{model}")
    page.reload()
    expect(page.get_by_text("There is no such model or run here")).to_be_visible()
    expect(page.get_by_role("link", name="Show the project")).to_have_attribute("href", f"/{room.guid}")
    other = inner(room.http.post("/projects", json={"name": "other-project"}))["guid"]
    kept = room.start(noop("kept"))
    page.goto(f"/{other}/models/{kept}")
    expect(page.get_by_text("There is no such model or run here")).to_be_visible()


def test_a_job_that_waits_says_for_what(desk: Desk, room: Room) -> None:
    model = room.start(noop("elsewhere"), runner_mode="manual")
    page = desk.open(room.path(model))
    expect(page.get_by_text("waits for a worker of your own")).to_be_visible()
    room.http.delete(f"/projects/{room.guid}/models/{model}")


def test_who_may_only_read_is_offered_nothing_that_writes(chromium: Browser, house: LiveServer, room: Room) -> None:
    model = room.start(noop("looked-at"))
    room.reach(model, "completed")
    reader = Person(house, "reader")
    given = inner(room.http.post(f"/projects/{room.guid}/members", json={"email": reader.email, "level": 1}))
    if "invite" in given:
        inner(reader.http.patch(f"/users/me/invites/{given['invite']['_id']}"))
    with Desk(chromium, house.url, viewport={"width": 390, "height": 800}) as desk:
        desk.sign_in(reader.key)
        page = desk.open(room.path(model))
        expect(status(page)).to_have_text(re.compile("completed"))
        for name in ("Cancel", "Delete", "Clone and change", "Generate"):
            expect(page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name))).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.goto(room.path(model, "generate"))
        expect(page.get_by_role("link", name="Activity", exact=True).last).to_have_attribute("aria-current", "page")
    reader.http.close()


def test_only_this_server_frames_a_report(chromium: Browser, room: Room) -> None:
    model = room.start(noop("framed"))
    room.reach(model, "completed")
    link = inner(room.http.get(f"/projects/{room.guid}/models/{model}/artifact", params={"type": "model_logs", "uncompressed": "true"}))[
        "url"
    ]
    assert "frame-ancestors 'self'" in room.http.get(link).headers["content-security-policy"]
    named = room.http.get(link, params={**httpx.URL(link).params, "save_as": '../a"\r\nX-Evil: \u202e<b>.csv'}).headers
    assert ".csv" in named["content-disposition"]
    assert not set("\r\n<>/\u202e") & set(named["content-disposition"])
    assert "x-evil" not in named
    context = chromium.new_context()
    page = context.new_page()
    page.set_content(f'<iframe src="{link}"></iframe>')
    page.wait_for_load_state("networkidle")
    assert page.frames[1].url.startswith("chrome-error:")
    context.close()


def test_a_page_goes_on_when_the_server_was_killed_under_it(chromium: Browser, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with LiveServer(tmp_path / "data", "--port", port, bench_models=1) as server, Desk(chromium, server.url) as desk:
        room = Room(server)
        model = room.start(noop("survives", sleep_s=4))
        desk.sign_in(server.key)
        page = desk.open(room.path(model))
        expect(status(page)).to_have_text(re.compile("running"))
        page.evaluate("window.stayed = true")
        server.stop(signal.SIGKILL)
        server.start()
        expect(status(page)).to_have_text(re.compile("completed"), timeout=PATIENCE_MS)
        expect(page.locator("job-log").get_by_role("listitem").filter(has_text="Doing nothing, as asked")).to_have_count(1)
        assert page.evaluate("window.stayed")
        assert page.get_by_role("alert").filter(visible=True).count() == 0
        room.http.close()
