"""The first quarter of an hour: a table in, rows and a verdict out; with a thumb on a phone, and with no pointer at all."""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk import Desk
from tests.integration.live_server import LiveServer

TRAINED_MS = 90_000
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
OPEN_DIALOG = "dialog[open]"


def rows(path: str | Path) -> list[dict[str, str]]:
    """The rows of a CSV that a browser saved."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def people(path: Path, count: int = 240) -> Path:
    """A table of somebody's own."""
    draw = random.Random(8)
    lines = ["age,city,income"]
    for _ in range(count):
        age = draw.randint(18, 90)
        lines.append(f"{age},{draw.choice(('Bern', 'Graz', 'Lyon'))},{age * 400 + draw.randint(0, 900)}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_the_sample_becomes_rows_and_a_report_on_a_phone_in_two_taps(chromium: Browser, house: LiveServer, tmp_path: Path) -> None:
    with Desk(chromium, house.url, **PHONE) as desk:
        page = desk.open(house.line.removeprefix(house.url))
        page.get_by_role("button", name="Use the sample").first.tap()
        expect(page.locator("#facts")).to_contain_text(re.compile(r"\d rows × \d+ columns"))
        page.get_by_role("button", name="Make synthetic data").tap()
        page.wait_for_url(re.compile(r"/proj_\w+/models/\w+"))
        expect(page.locator("#early tbody tr")).to_have_count(10, timeout=TRAINED_MS)
        assert "completed" not in page.locator("#about").inner_text(), "rows are seen before the training ends"
        expect(page.locator("#about .status-word")).to_have_text(re.compile("completed"), timeout=TRAINED_MS)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tabs = page.get_by_role("navigation", name="Pages of this job")
        tabs.get_by_role("link", name="Report").tap()
        report = page.frame_locator("iframe.report")
        expect(report.get_by_role("heading", name="What is it fit for?")).to_be_visible()
        tabs.get_by_role("link", name="Data").tap()
        with page.expect_download() as download:
            page.get_by_role("button", name=re.compile("^Download CSV")).tap()
        saved = tmp_path / download.value.suggested_filename
        download.value.save_as(saved)
        found = rows(saved)
        head = page.locator("#view .scroll thead th").all_inner_texts()
        assert len(found) > 100
        assert set(found[0]) <= {text.split("\n")[0] for text in head} | {""}


class Keyboard:
    """Somebody who has no pointer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, wanted: Locator) -> None:
        """Press Tab until that control has the focus."""
        wanted.wait_for()
        for _ in range(120):
            if wanted.evaluate("(one) => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {wanted}")

    def use(self, wanted: Locator) -> None:
        """Go to that control and press Enter."""
        self.to(wanted)
        self.page.keyboard.press("Enter")


def test_a_table_of_my_own_becomes_rows_by_the_keyboard_alone(desk: Desk, tmp_path: Path) -> None:
    page = desk.open("/")
    keyboard = Keyboard(page)
    with page.expect_file_chooser() as chooser:
        keyboard.use(page.get_by_role("button", name="Choose a file"))
    chooser.value.set_files(people(tmp_path / "my people.csv"))
    expect(page.get_by_role("heading", name="my people.csv")).to_be_focused()
    expect(page.locator("#facts")).to_contain_text("240 rows × 3 columns")
    keyboard.use(page.get_by_role("button", name="Make synthetic data"))
    page.wait_for_url(re.compile(r"/proj_\w+/models/\w+"))
    expect(page.locator("#about .status-word")).to_have_text(re.compile("completed"), timeout=TRAINED_MS)
    keyboard.use(page.get_by_role("navigation", name="Pages of this job").get_by_role("link", name="Generate"))
    field = page.get_by_label("How many records")
    keyboard.to(field)
    page.keyboard.press("Control+a")
    page.keyboard.type("25")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/runs/\w+"))
    expect(page.locator("#about .status-word")).to_have_text(re.compile("completed"), timeout=TRAINED_MS)
    keyboard.use(page.get_by_role("navigation", name="Pages of this job").get_by_role("link", name="Data"))
    with page.expect_download() as download:
        keyboard.use(page.get_by_role("button", name=re.compile("^Download CSV")).first)
    found = rows(download.value.path())
    assert len(found) == 25
    assert set(found[0]) == {"age", "city", "income"}
    assert all(18 <= int(row["age"]) <= 90 for row in found)


def test_what_is_no_table_is_told_before_and_after_it_was_sent(desk: Desk) -> None:
    page = desk.open("/")
    for name, content, words in (
        ("empty.csv", b"", "is empty"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "is no table"),
    ):
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose a file").click()
        chooser.value.set_files([{"name": name, "mimeType": "application/octet-stream", "buffer": content}])
        expect(page.locator("#refused")).to_contain_text(words)
        expect(page.get_by_role("button", name="Use the sample").first).to_be_visible()
