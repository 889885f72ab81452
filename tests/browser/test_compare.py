"""Models side by side: as a person compares them, with reports that are missing, of other versions or written by an enemy."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import Desk
from tests.integration.finished import finished_model, packed
from tests.integration.live_server import LiveServer
from tests.integration.people import Person, inner

EVIL = "<img src=x onerror=alert(1)>\u202e'\"&amp;"
QUALITY, PRIVACY = "synthetic_quality_score", "data_privacy_score"


def field(name: str, distance: float, shape: list[float]) -> dict[str, Any]:
    """What a report says of a column of numbers."""
    drawing = {"form": "bins", "labels": [], "edges": [0, 1, 2, 4], "left": [20, 60, 20], "right": shape, "moment": False}
    return {"name": name, "distribution_distance": distance, "holdout_distance": 0.02, "drawing": drawing}


def report(quality: float, privacy: float, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A report with two scores, the first with an interval and a reference."""
    scores = {key: {"raw_score": value, "grade": "Good", "score": int(value)} for key, value in ((QUALITY, quality), (PRIVACY, privacy))}
    interval = {"scores": {QUALITY: {"low": quality - 2, "high": quality + 2, "reference": 91.4}}}
    facts = {"report_version": 2, "left_rows": 400, "holdout_rows": 21, "engine": {"engine": "sequential_tree"}}
    return {**facts, **scores, "intervals": interval, "fields": list(fields), **more}


CITY = {"form": "categories", "labels": ["Bern", EVIL], "edges": [], "left": [70, 30], "right": [40, 60], "moment": False}
FIRST = report(63.9, 80.2, field("age", 0.1, [20, 60, 20]), {**field("city", 0.4, []), "drawing": CITY}, field(EVIL, 0.01, [1, 2, 3]))
SECOND = report(71.2, 75.0, field("age", 0.3, [60, 20, 20]), {**field("city", 0.2, []), "drawing": CITY}, field(EVIL, 0.01, [3, 2, 1]))
HOSTILE: list[Any] = [
    [],
    "report",
    7,
    {"report_version": EVIL, QUALITY: {"raw_score": EVIL}, "fields": {"length": 3}, "intervals": 5, "engine": [EVIL]},
    {
        "report_version": 99,
        QUALITY: 5,
        "fields": [None, 3, [], {"name": 5}, {"name": "__proto__", "drawing": {"form": "bins", "edges": EVIL}}],
    },
    {
        **report(1e308, -5),
        "fields": [
            {"name": EVIL * 50, "distribution_distance": 1e308, "drawing": {"form": "bins", "edges": [1, 1], "left": [1], "right": [1]}},
            {
                "name": "a",
                "drawing": {"form": "bins", "edges": list(range(5000)), "left": [1e308] * 5000, "right": [-1] * 5000, "moment": True},
            },
            {"name": "b", "drawing": {"form": "categories", "labels": [EVIL, 5, None], "left": "x", "right": {"0": 1}}},
        ],
    },
]


@pytest.fixture(scope="module")
def owner(house: LiveServer) -> Iterator[httpx.Client]:
    with house.client() as client:
        inner(client.post("/projects", json={"name": "trial", "display_name": EVIL}))
        yield client


@pytest.fixture(scope="module")
def pair(owner: httpx.Client) -> tuple[str, str]:
    """Two models with reports."""
    first = finished_model(owner, "trial", "first", {"report_json": packed(FIRST)}, params={"sleep_s": 1})
    return first, finished_model(owner, "trial", "second", {"report_json": packed(SECOND)}, params={"sleep_s": 2})


def compared(desk: Desk, *uids: str) -> Page:
    return desk.open(f"/console/compare.html?jobs={','.join(uids)}")


def row(page: Page, table: str, name: str) -> Locator:
    return page.get_by_role("table", name=table).get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def test_two_models_are_compared_in_scores_keys_and_columns(desk: Desk, pair: tuple[str, str]) -> None:
    page = compared(desk, *pair)
    quality = row(page, "Scores", "Synthetic quality")
    expect(quality).to_contain_text("71 (+8) ★ best 95 %: 69–73 unseen real rows: 91")
    expect(row(page, "Scores", "Data privacy").get_by_role("cell").first).to_contain_text("80 ★ best")
    expect(row(page, "Facts", "Rows that it learnt from")).to_contain_text("400400")
    keys = page.get_by_role("table", name="Configuration")
    expect(keys.get_by_role("row")).to_have_count(2)
    expect(keys).to_contain_text("params.sleep_s")
    page.get_by_label("Show all keys").check()
    assert keys.get_by_role("row").count() > 2
    names = page.locator("#columns h4")
    expect(names).to_have_text(["city", "age", EVIL])
    expect(page.locator("#columns svg.overlay").first).to_be_visible()
    page.get_by_label("Find a column").fill("AG")
    expect(names).to_have_text(["age"])
    expect(page.get_by_role("img", name="A: distance 0.1 · B: distance 0.3 · unseen real rows: 0.02")).to_be_visible()
    expect(page.locator("#notes")).to_be_hidden()


def test_models_are_added_and_taken_away_by_the_keyboard(desk: Desk, owner: httpx.Client, pair: tuple[str, str]) -> None:
    page = compared(desk)
    expect(page.get_by_text("Choose two models at least")).to_be_visible()
    for uid in pair:
        chooser = page.get_by_label("Add a model")
        chooser.select_option(uid)
        chooser.press("Enter")
        page.get_by_role("button", name="Add", exact=True).press("Enter")
        expect(page.get_by_role("list", name="Models that are compared")).to_contain_text("first" if uid == pair[0] else "second")
    expect(page.get_by_role("table", name="Scores")).to_be_visible()
    assert page.url.endswith(f"?jobs={','.join(pair)}")
    page.get_by_role("button", name="Remove: first").press("Enter")
    expect(page.get_by_text("Choose two models at least")).to_be_visible()
    assert page.url.endswith(f"?jobs={pair[1]}")


def test_what_cannot_be_compared_is_said(desk: Desk, owner: httpx.Client, pair: tuple[str, str]) -> None:
    bare = finished_model(owner, "trial", "bare", {})
    old = {key: value for key, value in report(50, 50, field("other", 0.1, [1, 1, 1])).items() if key != "intervals"} | {
        "report_version": 1
    }
    older = finished_model(owner, "trial", "older", {"report_json": packed(old)})
    gone = finished_model(owner, "trial", "gone", {"report_json": packed(FIRST)})
    inner(owner.delete(f"/projects/trial/models/{gone}"))
    page = compared(desk, pair[0], bare, older, gone, pair[1])
    chosen = page.get_by_role("list", name="Models that are compared").get_by_role("listitem")
    expect(chosen).to_have_count(4)
    expect(chosen.nth(1)).to_contain_text("It left no report")
    expect(chosen.nth(2)).to_contain_text("older version")
    expect(chosen.nth(3)).to_contain_text("There is no such model, or it was deleted.")
    expect(page.locator("#notes")).to_contain_text(re.compile("Not all of them have the columns .*other.*: scores"))
    expect(row(page, "Scores", "Synthetic quality")).to_contain_text("not scored")


def test_why_scores_may_differ_is_said_and_chance_is_no_best(desk: Desk, owner: httpx.Client) -> None:
    close = report(65.1, 80.9, field("age", 0.1, [20, 60, 20]))
    reports = [report(63.9, 80.2, field("age", 0.1, [20, 60, 20])), close, report(64.0, 81.0), close]
    facts: list[dict[str, Any]] = [{"drawn": 5}, {"drawn": 77}, {"appliance": {"seed": 5}}, {"drawn": 5, "data_source": "else.csv"}]
    made = zip(reports, facts, strict=True)
    old, new, fixed, other = [
        finished_model(owner, "trial", f"why-{at}", {"report_json": packed(one)}, **more) for at, (one, more) in enumerate(made)
    ]
    page = compared(desk, new, old)
    chosen = page.get_by_role("list", name="Models that are compared").get_by_role("listitem")
    expect(chosen.first).to_contain_text("A why-0")
    assert page.url.endswith(f"?jobs={old},{new}")
    expect(row(page, "Facts", "Seed").get_by_role("cell")).to_have_text(["5", "77"])
    expect(row(page, "Scores", "Synthetic quality")).to_contain_text("65 (+2) no clear difference")
    expect(page.locator("#notes")).to_contain_text("Their seeds differ")
    expect(page.locator("#notes")).not_to_contain_text("columns")
    page = compared(desk, old, fixed)
    expect(page.locator("#scores")).to_be_visible()
    expect(page.locator("#notes")).to_be_hidden()
    page = compared(desk, old, other)
    expect(page.locator("#notes")).to_have_text(re.compile("^These models learnt from different tables"))
    shown = page.get_by_label("Add a model").locator("option", has_text="why-1").inner_text()
    assert f" · {EVIL} · " in shown, "the project goes by its display name"


def test_a_report_by_an_enemy_is_shown_as_far_as_it_is_one(desk: Desk, owner: httpx.Client, pair: tuple[str, str]) -> None:
    contents = [*map(packed, HOSTILE), gzip.compress(b"{not json"), b"not gzip"]
    uids = [finished_model(owner, "trial", f"enemy-{at}", {"report_json": content}) for at, content in enumerate(contents)]
    for at in range(0, len(uids), 3):
        page = compared(desk, pair[0], *uids[at : at + 3])
        expect(row(page, "Scores", "Synthetic quality")).to_contain_text("63")
        expect(page.locator("#columns h4", has_text="age")).to_be_visible()
        assert page.locator("main img").count() == 0
        assert "NaN" not in page.locator("main").inner_html()
    page = compared(desk, quote(EVIL), pair[0], "..%2f..%2fme")
    expect(page.get_by_role("list", name="Models that are compared").get_by_role("listitem")).to_have_count(3)


def test_a_stranger_sees_nothing_of_a_foreign_model(house: LiveServer, desk: Desk, pair: tuple[str, str]) -> None:
    eve = Person(house, "eve-compares")
    with Desk(desk.context.browser, house.url) as other:  # type: ignore[arg-type]
        other.sign_in(eve.key)
        page = other.open(f"/console/compare.html?jobs={','.join(pair)}")
        expect(page.get_by_text("There is no such model, or it was deleted.")).to_have_count(2)
        assert "first" not in page.get_by_role("list", name="Models that are compared").inner_text()
    eve.http.close()


def test_rows_are_kept_and_a_report_is_shared_from_the_page_of_a_model(desk: Desk, owner: httpx.Client, house: LiveServer) -> None:
    guid = inner(owner.get("/projects/trial"))["project"]["guid"]
    uid = finished_model(
        owner, "trial", "giver", {"data_preview": gzip.compress(b"a,b\n" + b"1,2\n" * 30), "report": gzip.compress(b"<p>x</p>")}
    )
    page = desk.open(f"/{guid}/models/{uid}/data")
    page.get_by_role("button", name="Save as artifact").click()
    expect(page.get_by_text("Saved in the project as giver-data_preview.csv.gz.")).to_be_visible()
    page.get_by_role("button", name="Share a link").click()
    page.get_by_label("File").select_option("report")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("the link", exact=True).inner_text()
    with httpx.Client(trust_env=False) as nobody:
        assert nobody.get(link).content == b"<p>x</p>"
    expect(page.get_by_text("Only this machine can open this link.")).to_contain_text("--public-url")
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_text("0 downloads")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("1 download", exact=True)).to_be_visible()
    page.get_by_role("button", name="Take back: Report").click()
    page.get_by_role("button", name="Take back", exact=True).click()
    expect(page.get_by_text("taken back", exact=True)).to_be_visible()
    with httpx.Client(trust_env=False) as nobody:
        assert nobody.get(link).status_code == 404
