"""What is live in the browser: the log of a running job, one stream for twelve tabs, a server that is killed, lines that mean harm."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from appliance.contract.event import encode_event
from tests.browser.desk import Desk
from tests.integration.live_job import STREAM, LiveJob, told
from tests.integration.live_server import LiveServer
from tests.integration.people import Person

PROJECT = "watched"
TABS = 12
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script> \u202eבית"


def free_port() -> int:
    """A port on which the server can be started twice."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that comes back on the same port."""
    with LiveServer(tmp_path_factory.mktemp("live") / "data", "--port", str(free_port()), bench_models=1) as server:
        yield server


@pytest.fixture(scope="module")
def owner(server: LiveServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def guid(owner: httpx.Client) -> str:
    """A project."""
    return str(owner.post("/projects", json={"name": PROJECT}).json()["data"]["guid"])


@pytest.fixture(scope="module")
def job(server: LiveServer, owner: httpx.Client, guid: str) -> LiveJob:
    """A job that runs on."""
    return LiveJob(server, owner, PROJECT)


@pytest.fixture
def desk(chromium: Browser, server: LiveServer) -> Iterator[Desk]:
    with Desk(chromium, server.url) as desk:
        desk.sign_in(server.key)
        yield desk


def line(page: Page, text: str | re.Pattern[str]) -> Locator:
    """A line of the log."""
    return page.locator("job-log").get_by_role("listitem").filter(has_text=text)


def test_lines_appear_as_they_are_written_and_harm_nobody(desk: Desk, guid: str, job: LiveJob) -> None:
    page = desk.open(f"/{guid}/models/{job.uid}")
    expect(line(page, "Doing nothing, as asked")).to_be_visible()
    job.append(told(MARKUP, "error"), b"{half", b"\n", told("after it", "debug"), told("the last one"))
    expect(line(page, "the last one")).to_be_visible()
    assert MARKUP in line(page, "onerror").inner_text()
    expect(line(page, "after it")).to_have_count(0)
    page.get_by_label("Level").select_option("error")
    expect(line(page, "the last one")).to_have_count(0)
    expect(line(page, "onerror")).to_be_visible()
    job.append(told("not grave enough", "warning"), told("grave", "error"))
    expect(line(page, "grave")).to_have_count(1)


def test_a_log_of_200000_lines_is_searched_and_linked_to(desk: Desk, server: LiveServer, owner: httpx.Client, guid: str) -> None:
    done = LiveJob(server, owner, PROJECT, 0.0)
    with done.events.open("ab") as file:
        for start in range(0, 200_000, 1000):
            file.write(b"".join(encode_event(told(f"Line {start + n} is written", at=1.7e9 + start + n)) for n in range(1000)))
    page = desk.open(f"/{guid}/models/{done.uid}")
    expect(line(page, "Line 199999 is")).to_be_visible()
    assert page.locator("job-log").get_by_role("listitem").count() <= 450
    page.locator("body").press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("LINE 1234")
    expect(page.locator("job-log")).to_contain_text("111 of 111")
    expect(line(page, "Line 123499 is")).to_be_visible()
    page.get_by_role("button", name="Previous").click()
    expect(page.locator("job-log")).to_contain_text("110 of 111")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("job-log")).to_contain_text("1 of 111")
    expect(line(page, "Line 1234 is")).to_be_visible()
    line(page, "Line 1234 is").get_by_role("link").click()
    desk.page = page.context.new_page()
    again = desk.open(page.url.removeprefix(server.url))
    expect(line(again, "Line 1234 is")).to_have_attribute("aria-current", "true")
    expect(line(again, "Line 1234 is")).to_be_in_viewport()
    again.locator("job-log .log").evaluate("log => (log.scrollTop = log.scrollHeight / 2)")
    expect(line(again, re.compile(r"Line (9[89]|10[012])\d{3} is")).first).to_be_attached()
    with again.expect_download() as download:
        again.get_by_role("button", name="Download").click()
    assert Path(download.value.path()).read_text().count("is written") == 200_000


def test_twelve_tabs_load_and_share_one_stream(desk: Desk, guid: str, job: LiveJob) -> None:
    streams: list[Request] = []
    desk.context.on("request", lambda request: streams.append(request) if STREAM in request.url else None)
    desk.context.on("requestfailed", lambda request: streams.remove(request) if request in streams else None)
    pages = [desk.context.new_page() for _ in range(TABS)]
    for page in pages:
        page.goto(f"/{guid}/models/{job.uid}")
        expect(line(page, "Doing nothing, as asked")).to_be_visible()
    job.append(told("for all of them"))
    for page in pages:
        expect(line(page, "for all of them")).to_have_count(1)
    pages[0].close()  # the first tab led
    job.append(told("led by another"))
    for page in pages[1:]:
        expect(line(page, "led by another")).to_have_count(1)
    assert len([request for request in streams if not request.frame.page.is_closed()]) == 1, "one stream is open, whoever leads"


def test_a_killed_server_comes_back_and_no_line_is_missing_or_there_twice(desk: Desk, server: LiveServer, guid: str, job: LiveJob) -> None:
    page = desk.open(f"/{guid}/models/{job.uid}")
    number = 0
    for kill in (False, True, False, True):
        if kill:
            server.tell(signal.SIGKILL)
            server.wait()
        for _ in range(20):
            job.append(told(f"numbered {number};"))
            number += 1
        if kill:
            server.start()
        expect(line(page, f"numbered {number - 1};")).to_be_visible(timeout=30_000)
    texts = [text.split("numbered ")[1] for text in line(page, "numbered").all_inner_texts()]
    assert texts == [f"{n};" for n in range(number)]


def test_without_locks_a_tab_asks_for_news_itself(desk: Desk, guid: str, job: LiveJob) -> None:
    """As on another machine without TLS: there is no stream then."""
    streams: list[Request] = []
    desk.context.on("request", lambda request: streams.append(request) if STREAM in request.url else None)
    desk.context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })")
    page = desk.open(f"/{guid}/models/{job.uid}")
    expect(line(page, "Doing nothing, as asked")).to_be_visible()
    for number in range(3):
        job.append(told(f"asked for {number};"))
        expect(line(page, f"asked for {number};")).to_have_count(1)
    assert streams == []


def test_the_stream_rests_while_nobody_looks_and_goes_on_where_it_was(desk: Desk, guid: str, job: LiveJob) -> None:
    page = desk.page
    page.clock.install()
    desk.open(f"/{guid}/models/{job.uid}")
    job.append(told("before the rest"))
    expect(line(page, "before the rest")).to_have_count(1)
    look = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true }); "
    look += "document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(look, True)
    with page.expect_event("requestfailed", lambda request: STREAM in request.url):
        page.clock.run_for(31_000)
    job.append(told("during the rest"))
    with page.expect_request(lambda request: STREAM in request.url):
        page.evaluate(look, False)
        page.clock.run_for(1000)
    page.clock.resume()
    expect(line(page, "during the rest")).to_have_count(1)
    expect(line(page, "before the rest")).to_have_count(1)


def test_who_was_signed_out_elsewhere_is_asked_to_sign_in_and_goes_on(desk: Desk, owner: httpx.Client, guid: str, job: LiveJob) -> None:
    page = desk.open(f"/{guid}/models/{job.uid}")
    expect(line(page, "Doing nothing, as asked")).to_be_visible()
    assert owner.delete("/v1/appliance/sessions").status_code == 200
    job.append(told("while nobody was signed in"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("API key").last.fill(str(owner.headers["authorization"]))
    page.get_by_role("button", name="Sign in with the key").click()
    expect(line(page, "while nobody was signed in")).to_have_count(1)


def test_a_job_that_is_deleted_elsewhere_ends_its_own_topic_only(desk: Desk, server: LiveServer, owner: httpx.Client, guid: str) -> None:
    first, second = LiveJob(server, owner, PROJECT), LiveJob(server, owner, PROJECT)
    desk.open(f"/{guid}/models/{first.uid}")
    other = desk.context.new_page()
    other.goto(f"/{guid}/models/{second.uid}")
    expect(line(other, "Doing nothing, as asked")).to_be_visible()
    assert owner.delete(f"/projects/{PROJECT}/models/{first.uid}").is_success
    second.append(told("still told"))
    expect(line(other, "still told")).to_have_count(1)
    second.cancel()


def test_tabs_of_two_people_tell_each_other_nothing_and_become_one_person_s(
    desk: Desk, server: LiveServer, guid: str, job: LiveJob
) -> None:
    """A browser has one cookie: who signs in in one tab is signed in in all, and no tab goes on as somebody else."""
    first = desk.open(f"/{guid}/models/{job.uid}")
    expect(line(first, "Doing nothing, as asked")).to_be_visible()
    with contextlib.closing(Person(server, "ada").http) as ada:
        desk.sign_in(str(ada.headers["authorization"]))
        desk.page = desk.context.new_page()
        second = desk.open("/")
        for page in (first, second):
            expect(page.get_by_role("banner")).to_contain_text("ada@example.org")
        expect(first.get_by_text("Doing nothing, as asked")).to_have_count(0)
        second.get_by_role("button", name="Sign out").click()
        for page in (first, second):
            expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
