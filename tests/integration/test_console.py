"""The Console in a real browser: what it shows of a failed job, and that the printed address signs in."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from scripts.browser import PROGRAM, browser
from tests.integration.live_server import LiveServer

FAILING = {"schema_version": "1.0", "name": "broken", "models": [{"noop": {"params": {"fail": "No <b>rows</b> are left."}}}]}


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")
def test_the_printed_address_shows_why_a_job_failed_and_its_log(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", bench_models=1) as server, server.client() as client:
        project = client.post("/projects", json={"name": "first-steps"}).json()["data"]["guid"]
        job = client.post(f"/projects/{project}/models", json=FAILING).json()["data"]["model"]["uid"]
        end = time.monotonic() + 60
        while client.get(f"/projects/{project}/models/{job}").json()["data"]["model"]["status"] != "error":
            assert time.monotonic() < end
        with browser(tmp_path / "profile") as tab:
            tab.open(server.line)
            page = tab.run("document.documentElement.outerHTML")
    assert re.search(r'<section id="sign-in"[^>]* hidden=""', page)
    assert '<span class="status-word error">' in page
    assert "No &lt;b&gt;rows&lt;/b&gt; are left." in page
    assert 'aria-label="Log of broken"' in page
    assert 'role="status">1 job.<' in page
