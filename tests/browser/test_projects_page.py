"""A project's page: made, renamed, filled with files, deleted by typing its name; hostile names stay text, and what is gone is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.test_home import drop
from tests.integration.live_server import LiveServer

HOSTILE = "<img src=x onerror='hit()'>"
TABLE = f'"{HOSTILE}",weight\n' + "".join(f'"<svg onload=hit()>{number % 7}",{number}.5\n' for number in range(120))


@pytest.fixture
def client(house: LiveServer) -> Iterator[httpx.Client]:
    with house.client() as client:
        yield client


def made(client: httpx.Client, title: str) -> str:
    """A project of that display name; its guid."""
    return str(client.post("/projects", json={"display_name": title}).json()["data"]["guid"])


def nothing_ran(page: Page) -> None:
    """No text became an element."""
    assert page.locator("img[src=x], svg[onload]").count() == 0


def test_a_project_is_made_renamed_and_deleted_by_its_name(desk: Desk) -> None:
    page = desk.open("/")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill(HOSTILE)
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url(re.compile(r"/proj_\w+$"))
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Name", exact=True).fill("Röntgen 2026")
    page.get_by_label("Description").fill(f"Since {HOSTILE}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Röntgen 2026")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Röntgen 2026")
    page.reload()
    expect(page.locator("#about")).to_contain_text(f"Since {HOSTILE}")
    page.get_by_role("button", name="Delete the project").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("Rontgen")
    dialog.get_by_role("button", name="Delete the project").click()
    expect(dialog.get_by_text("That is not its name.")).to_be_visible()
    dialog.get_by_role("textbox").fill("Röntgen 2026")
    dialog.get_by_role("button", name="Delete the project").click()
    page.wait_for_url(re.compile(r"/$"))
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    assert page.get_by_role("link", name="Röntgen 2026").count() == 0
    nothing_ran(page)


def test_a_file_is_added_looked_at_and_deleted(desk: Desk, client: httpx.Client) -> None:
    guid = made(client, "Files")
    page = desk.open(f"/{guid}")
    expect(page.get_by_text("There is no table here yet.")).to_be_visible()
    drop(page, ("scans & <b>weights.csv", TABLE), ("nothing.csv", ""), ("broken.csv", "a,b\n" + "1,2\n" * 40 + "1,2,3\n"))
    expect(page.get_by_role("alert").filter(has_text="nothing.csv")).to_contain_text("is empty")
    row = page.get_by_role("row").filter(has_text="scans")
    expect(row).to_contain_text("120")
    expect(page.get_by_role("row").filter(has_text="broken.csv")).to_contain_text("cannot be used")
    page.get_by_role("link", name="broken.csv").click()
    expect(page.get_by_text("This file cannot be used: ")).to_contain_text("Row 41")
    expect(page.get_by_role("link", name="New model from this")).to_be_hidden()
    page.get_by_role("link", name="Files").click()
    row.get_by_role("link").click()
    preview = page.get_by_role("region", name="The first 100 rows")
    expect(preview.get_by_role("columnheader", name=HOSTILE)).to_be_visible()
    expect(preview.get_by_role("cell", name="<svg onload=hit()>0").first).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("comma")
    expect(page.get_by_text("Nothing was made from it yet.")).to_be_visible()
    assert "data=gretel_" in (page.get_by_role("link", name="New model from this").get_attribute("href") or "")
    for name, template in (("Find personal data", "classify"), ("Replace personal data", "transform")):
        assert f"template={template}%2Fdefault" in (page.get_by_role("link", name=name).get_attribute("href") or "")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.path().read_text("utf-8") == TABLE
    nothing_ran(page)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the file").click()
    page.wait_for_url(re.compile(r"#data$"))
    expect(page.get_by_role("link", name="broken.csv")).to_be_visible()
    assert page.get_by_role("link", name="scans").count() == 0


def test_a_file_that_a_waiting_job_needs_stays_and_says_why(desk: Desk, client: httpx.Client) -> None:
    guid = made(client, "Needed")
    page = desk.open(f"/{guid}")
    drop(page, ("people.csv", "age,city\n" + "1,Bern\n" * 40))
    expect(page.get_by_role("row").filter(has_text="people.csv")).to_contain_text("40")
    key = client.get(f"/projects/{guid}/artifacts").json()["data"]["artifacts"][0]["key"]
    config = {"schema_version": "1.0", "name": "waits", "models": [{"actgan": {"data_source": key}}]}
    answer = client.post(f"/projects/{guid}/models", params={"runner_mode": "manual"}, json=config)
    assert answer.status_code == 200, answer.text
    page.goto(f"/{guid}/data/{key}")
    expect(page.get_by_role("link", name="waits")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the file").click()
    expect(page.get_by_role("alert").filter(has_text="need")).to_be_visible()
    assert len(client.get(f"/projects/{guid}/artifacts").json()["data"]["artifacts"]) == 1


def test_what_is_gone_while_it_is_looked_at_is_told(desk: Desk, client: httpx.Client) -> None:
    guid = made(client, "Short")
    page = desk.open(f"/{guid}")
    assert client.delete(f"/projects/{guid}").status_code == 200
    expect(page.get_by_text("This project was deleted, or you are no longer a member of it.")).to_be_visible()
    expect(page.get_by_role("heading", name="Short")).to_be_hidden()
    page.get_by_role("link", name="Show your other projects").click()
    page.wait_for_url(re.compile(r"/$"))
    desk.open(f"/{guid}/data/gretel_{'0' * 32}_people.csv")
    expect(page.get_by_text("There is no such file")).to_be_visible()
