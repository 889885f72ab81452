"""The first page: a table to a report in three clicks, a table that is dropped while it is still being sent, what is refused."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.desk import Desk
from tests.integration.live_server import LiveServer

REPORT_S = 90
ODD = 'na,me,"quo""ted, with comma","<img src=x onerror=hit()>",שלום,${7*7}\n'
ROW = 'a <b>bold</b>,{n},"two\nlines, one cell",<script>hit()</script>,ערב,{n}.5\n'
_DROP = """([files]) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  const target = document.querySelector("#drop") ?? document.body;
  const given = { dataTransfer: transfer, bubbles: true, cancelable: true };
  for (const kind of ["dragover", "drop"]) target.dispatchEvent(new DragEvent(kind, given));
}"""

_COUNT = """if (window === top) {
  sessionStorage.clicks ??= 0;
  addEventListener("click", (event) => event.isTrusted && sessionStorage.clicks++, true);
}"""


def drop(page: Page, *files: tuple[str, str]) -> None:
    """Drop files on the page, as from a folder's window."""
    page.evaluate(_DROP, [list(files)])


def test_the_sample_becomes_a_report_in_three_clicks(desk: Desk) -> None:
    desk.context.add_init_script(_COUNT)
    page, begun = desk.open("/"), time.monotonic()
    page.get_by_role("button", name="Use the sample").first.click()
    page.get_by_role("button", name="Make synthetic data").click()
    page.wait_for_url(re.compile(r"/proj_\w+/models/\w+"))
    page.get_by_role("link", name="Report", exact=True).click(timeout=REPORT_S * 1000)
    expect(page.frame_locator("iframe").get_by_role("heading").first).to_be_visible(timeout=REPORT_S * 1000)
    took, clicks = time.monotonic() - begun, int(page.evaluate("sessionStorage.clicks"))
    print(f"sample to report: {took:.1f} s, {clicks} clicks")
    assert clicks <= 3
    assert took <= REPORT_S


def test_a_dropped_table_is_shown_while_it_is_sent(desk: Desk) -> None:
    page = desk.open("/")
    held: list[Route] = []
    page.route("**/v1/appliance/links/artifacts/**", lambda route: held.append(route))
    text = ODD + "".join(ROW.replace("{n}", str(number)) for number in range(60))
    drop(page, ("odd ‮nämes', 50%.csv", text), ("other.csv", "a\n1\n"))
    expect(page.get_by_text("Of 2 files the first was taken.")).to_be_visible()
    grid = page.locator("#rows")
    expect(grid.get_by_role("columnheader", name='quo"ted, with comma')).to_be_visible()
    expect(grid.get_by_role("columnheader", name="<img src=x onerror=hit()>")).to_be_visible()
    expect(grid.get_by_role("cell", name="<script>hit()</script>").first).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("6 columns, as the first rows look")
    while not held:
        page.wait_for_timeout(20)
    assert page.locator("#sent").inner_text() != "Arrived"
    held[0].continue_()
    expect(page.locator("#facts")).to_contain_text("60 rows × 6 columns")
    expect(page.locator("#plan")).to_contain_text("trains a model")
    expect(page.get_by_role("link", name="Choose another configuration")).to_have_attribute("href", re.compile("/models/new.data=gretel_"))
    assert page.locator("img[src=x], #rows script, #rows b").count() == 0


def test_an_upload_that_breaks_off_is_told_and_tried_again(desk: Desk) -> None:
    page = desk.open("/")
    page.route("**/v1/appliance/links/artifacts/**", lambda route: route.abort(), times=1)
    drop(page, ("people.csv", "age,city\n" + "".join(f"{number},Bern\n" for number in range(40))))
    expect(page.get_by_role("alert").filter(has_text="interrupted")).to_be_visible()
    expect(page.get_by_role("button", name="Make synthetic data")).to_be_hidden()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#facts")).to_contain_text("40 rows × 2 columns")
    page.get_by_role("button", name="Take another file").click()
    expect(page.get_by_text("Drop a table", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", "", "is empty"),
        ("report.pdf", "%PDF-1.7 and so on", "is no table"),
        ("book.xlsx", "PK\x03\x04 and so on", "is a workbook"),
        ("ragged.csv", "a,b\n" + "1,2\n" * 40 + "1,2,3\n", "row 41"),
    ],
)
def test_what_is_no_table_is_refused_in_words(desk: Desk, name: str, content: str, words: str) -> None:
    page = desk.open("/")
    drop(page, (name, content))
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    assert not page.get_by_role("button", name="Make synthetic data").is_visible()


def test_a_file_that_has_no_room_is_refused_before_it_is_sent(desk: Desk, house: LiveServer) -> None:
    page = desk.open("/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if "/links/" in request.url else None)

    def small(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        told["data"]["limits"]["room_bytes"] = 10
        route.fulfill(response=answer, body=json.dumps(told))

    page.route("**/v1/appliance/status", small)
    drop(page, ("people.csv", "age,city\n" + "1,Bern\n" * 40))
    expect(page.get_by_role("alert").filter(has_text="10 B can still be stored here")).to_be_visible()
    assert sent == []


def test_jobs_are_filtered_chosen_and_compared(desk: Desk, house: LiveServer) -> None:
    with house.client() as client:
        guid = client.post("/projects", json={"display_name": "Ünfiltered"}).json()["data"]["guid"]
        made = [
            {"schema_version": "1.0", "name": name, "models": [{"noop": {"params": params}}]}
            for name, params in (("alpha", {}), ("beta", {}), ("gamma", {"fail": "No <b>rows</b> are left."}))
        ]
        jobs = [client.post(f"/projects/{guid}/models", json=one).json()["data"]["model"]["uid"] for one in made]
        page = desk.open("/")
        table = page.get_by_role("table", name="Jobs")
        expect(table.get_by_role("row").filter(has_text="gamma")).to_contain_text("No <b>rows</b> are left.")
        expect(table.get_by_role("row").filter(has_text="alpha")).to_contain_text("completed")
        page.get_by_label("Status").select_option("error")
        expect(table.get_by_role("row")).to_have_count(2)
        page.get_by_label("Find by name").fill("nothing like it")
        expect(page.get_by_text("No job matches.")).to_be_visible()
        page.get_by_role("button", name="Show all").click()
        page.get_by_role("checkbox", name="Select alpha").check()
        expect(page.get_by_text("Compare (choose 2 to 4)")).to_be_visible()
        page.get_by_role("checkbox", name="Select beta").check()
        expect(page.get_by_role("link", name="Compare 2")).to_have_attribute("href", f"/console/compare.html?jobs={jobs[0]},{jobs[1]}")
        late = client.post(f"/projects/{guid}/models", json={**made[0], "name": "delta"})
        assert late.status_code == 200
        expect(table.get_by_role("link", name="delta")).to_be_visible()
        expect(page.get_by_role("checkbox", name="Select beta")).to_be_checked()


def test_the_machine_tells_what_it_has_and_what_is_stored(desk: Desk) -> None:
    page = desk.open("/console/machine.html")
    expect(page.locator("#gauges")).to_contain_text(re.compile(r"\d+ % of \d+ busy"))
    for name in ("Memory", "Disk"):
        expect(page.locator("#gauges div", has_text=name)).to_contain_text(re.compile(r"\d.[KMGT]iB of [\d.]+.[KMGT]iB used"))
    for words in ("Limits in force", "What is stored", "How jobs are confined", "Backup", "Licences"):
        expect(page.get_by_role("heading", name=words)).to_be_visible()
    page.get_by_text("The libraries that this program runs with").click()
    expect(page.locator("#notice")).to_contain_text("msgspec")
