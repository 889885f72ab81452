"""How long it takes from an event that a worker writes until it is painted, with several live jobs whose logs are all on one page.

    python -m scripts.bench.console.paint [--jobs 4] [--rate 5] [--seconds 20]

An event counts as painted at the second animation frame after its line came into the document. One page, because Chromium lets tabs
that are not in front paint once a second. Needs Chromium.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from appliance.contract.event import Log
from tests.browser.desk import FLAGS, PROGRAM, Desk
from tests.integration.live_job import LiveJob
from tests.integration.live_server import LiveServer

SHOW = (
    """(uids) => document.querySelector("job-log").after(...uids.map((uid) => Object.assign(document.createElement("job-log"), { uid })))"""
)
WATCH = """() => {
  window.painted = [];
  for (const lines of document.querySelectorAll("job-log .lines")) new MutationObserver((changes) => {
    const texts = changes.flatMap((change) => [...change.addedNodes]).map((node) => node.textContent);
    const times = texts.map((text) => /tick ([0-9.]+)/.exec(text)?.[1]).filter(Boolean);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const now = (performance.timeOrigin + performance.now()) / 1000;
      for (const time of times) painted.push(now - Number(time));
    }));
  }).observe(lines, { childList: true });
}"""


def tell(jobs: list[LiveJob], rate: float, seconds: float) -> int:
    """Write events to every job for that long; how many each got."""
    begun, sent = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        for job in jobs:
            job.append(Log(time.time(), "info", "run", f"tick {time.time():.6f}"))
        sent += 1
        threading.Event().wait(max(0.0, begun + sent / rate - time.monotonic()))
    return sent


def measure(desk: Desk, jobs: list[LiveJob], guid: str, rate: float, seconds: float) -> None:
    """Print when events were painted."""
    page = desk.open(f"/{guid}/models/{jobs[0].uid}")
    page.locator("job-log").wait_for(state="attached")
    page.evaluate(SHOW, [job.uid for job in jobs[1:]])
    for number in range(len(jobs)):
        page.locator("job-log").nth(number).get_by_role("listitem").first.wait_for()
    page.evaluate(WATCH)
    sent = tell(jobs, rate, seconds)
    page.wait_for_function("(sent) => painted.length >= sent", arg=sent * len(jobs))
    delays = sorted(page.evaluate("() => painted"))
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    print(f"{len(jobs)} live jobs: {len(delays)} of {sent * len(jobs)} events painted, ", end="")
    print(f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, most {delays[-1] * 1000:.0f} ms")


def main() -> None:
    """Read the command line; a server and a browser."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        LiveServer(Path(folder) / "data", bench_models=1, max_running=arguments.jobs, workers=arguments.jobs) as server,
        server.client() as client,
        sync_playwright() as playwright,
    ):
        guid = client.post("/projects", json={"name": "painted"}).json()["data"]["guid"]
        jobs = [LiveJob(server, client, "painted") for _ in range(arguments.jobs)]
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
        with Desk(browser, server.url) as desk:
            desk.sign_in(server.key)
            measure(desk, jobs, guid, arguments.rate, arguments.seconds)
        browser.close()


if __name__ == "__main__":
    main()
