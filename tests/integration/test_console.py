"""The Console in a real browser: what it shows of a failed job, and that the printed address signs in."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.live_server import LiveServer

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
STATIC = Path(__file__).parents[2] / "static"
FAILING = {"schema_version": "1.0", "name": "broken", "models": [{"noop": {"params": {"fail": "No <b>rows</b> are left."}}}]}
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-proxy-server", "--virtual-time-budget=4000", "--dump-dom")


def shown(address: str, profile: Path) -> str:
    """The document as it stands when the browser has opened an address and the page has come to rest."""
    assert BROWSER is not None
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", address]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_the_printed_address_shows_why_a_job_failed_and_its_log(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", bench_models=1) as server, server.client() as client:
        project = client.post("/projects", json={"name": "first-steps"}).json()["data"]["guid"]
        job = client.post(f"/projects/{project}/models", json=FAILING).json()["data"]["model"]["uid"]
        end = time.monotonic() + 60
        while client.get(f"/projects/{project}/models/{job}").json()["data"]["model"]["status"] != "error":
            assert time.monotonic() < end
        page = shown(server.line, tmp_path / "profile")
    assert re.search(r'<section id="sign-in"[^>]* hidden=""', page)
    assert '<span class="status-word error">' in page
    assert "No &lt;b&gt;rows&lt;/b&gt; are left." in page
    assert 'aria-label="Log of broken"' in page
    assert 'role="status">1 job.<' in page


def test_pages_name_only_files_and_elements_that_are_there() -> None:
    for name in ("console.html", "api.html"):
        for path in re.findall(r'"/console/([^"]+)"', (STATIC / name).read_text()):
            assert (STATIC / path).is_file(), path
        assert 'rel="icon"' in (STATIC / name).read_text()
    script = (STATIC / "console.js").read_text()
    used = set(re.findall(r'page(?:\.(\w+)|\["([\w-]+)"\])', script))
    ids = set(re.findall(r'\bid="([\w-]+)"', (STATIC / "console.html").read_text()))
    assert used
    assert {plain or quoted for plain, quoted in used} <= ids
