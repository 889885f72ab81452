"""How fast a long log answers: its end, a place in it, a filter, a search; over HTTP, and open in Chromium until its last line is seen.

python -m scripts.bench.console.log [--lines 200000 1000000]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from appliance.contract.event import Log, encode_event
from tests.browser.desk import FLAGS, PROGRAM, Desk
from tests.integration.live_job import LiveJob
from tests.integration.live_server import LiveServer

FRAMES = """() => new Promise((done) => {
  const log = document.querySelector("job-log .log");
  const frames = [];
  let last = performance.now();
  log.scrollTop -= 1000;
  requestAnimationFrame(function step(now) {
    frames.push(now - last);
    last = now;
    log.scrollTop -= 40;
    if (frames.length < 300) requestAnimationFrame(step);
    else done(frames.sort((one, other) => one - other));
  });
})"""


def line(number: int) -> bytes:
    """One of many lines; some of them are warnings, few are errors."""
    level = "error" if number % 50_000 == 7 else "warning" if number % 100 == 3 else "info"
    return encode_event(
        Log(1.7e9 + number / 10, level, "train", f"Column {number % 300} is learned, line {number} in all", {"rows": number})
    )


def timed(client: httpx.Client, path: str, **query: Any) -> str:
    """Median of five answers in milliseconds, and how many events came."""
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        answer = client.get(path, params=query).json()
        taken.append(1000 * (time.perf_counter() - begun))
    return f"{statistics.median(taken):.0f} ms ({len(answer['events'])} events, {answer['matches']} matches to byte {answer['searched']})"


def over_http(client: httpx.Client, path: str, size: int) -> None:
    """Ranges and searches."""
    print("  the end       ", timed(client, path, before=size, limit=150, types="log"))
    print("  the middle    ", timed(client, path, before=size // 2, limit=150, types="log"))
    print("  last errors   ", timed(client, path, before=size, limit=150, types="log", level="error"))
    print("  first warnings", timed(client, path, limit=150, types="log", level="warning"))
    print("  rare text     ", timed(client, path, q="LINE 1999", limit=1000))
    print("  no such text  ", timed(client, path, q="zebra", limit=1000))
    print("  common text   ", timed(client, path, q="learned", limit=1000))
    begun, at, last, matches = time.perf_counter(), 0, -1, 0
    while at > last:
        last = at
        answer = client.get(path, params={"q": "line 1999", "after": at, "limit": 0}).json()
        at, matches = answer["searched"], matches + answer["matches"]
    print(f"  searched whole {1000 * (time.perf_counter() - begun):.0f} ms ({matches} matches)")


def in_chromium(page: Page, place: str, last: str) -> None:
    """From the click on a link (a warm browser) until the last line is seen, beside a page of the same job's without its log; frames."""
    shown = "(text) => document.querySelector('job-log .lines')?.lastElementChild?.textContent.includes(text)"
    for name in ("cold", "warm", "warm"):
        page.goto("/console/machine.html")
        begun = time.perf_counter()
        page.goto(place, wait_until="commit")
        page.locator("job-log").wait_for(state="attached")
        opened = time.perf_counter()
        page.wait_for_function(shown, arg=last, polling="raf")
        now = time.perf_counter()
        print(f"  page and log, {name}: {1000 * (now - begun):.0f} ms, of which the log {1000 * (now - opened):.0f} ms")
    frames = page.evaluate(FRAMES)
    print(f"  scrolled 300 frames: p50 {frames[150]:.1f} ms, p95 {frames[285]:.1f} ms, most {frames[-1]:.0f} ms")


def main() -> None:
    """Read the command line; a server and a browser for each length."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, nargs="+", default=[200_000, 1_000_000])
    for count in parser.parse_args().lines:
        with (
            tempfile.TemporaryDirectory() as folder,
            LiveServer(Path(folder) / "data", bench_models=1) as server,
            server.client() as client,
            sync_playwright() as playwright,
        ):
            guid = client.post("/projects", json={"name": "long-logs"}).json()["data"]["guid"]
            job = LiveJob(server, client, "long-logs", 0.0)
            with job.events.open("ab") as file:
                file.writelines(line(number) for number in range(count))
            size = job.events.stat().st_size
            print(f"{count:,} lines, {size >> 20} MiB")
            over_http(client, f"/v1/appliance/jobs/{job.uid}/events", size)
            browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
            with Desk(browser, server.url) as desk:
                desk.sign_in(server.key)
                in_chromium(desk.page, f"/{guid}/models/{job.uid}", f"line {count - 1} in all")
            browser.close()


if __name__ == "__main__":
    main()
