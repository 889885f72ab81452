"""A manual worker does a job through HTTP only: over the limit, in silence, cancelled, refused; its data never on the wire."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_server import LiveServer, clean_environment

ROWS = "city,age,plan\n" + "".join(f"{('Oslo', 'Rome', 'Kyiv')[n % 3]},{20 + n % 50},{'gold' if n % 3 else 'basic'}\n" for n in range(400))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    with LiveServer(tmp_path / "data", bench_models=1, worker_timeout_s=3, max_running=1) as live:
        yield live


@pytest.fixture
def client(server: LiveServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        client.post("/projects", json={"name": "manual-work"}).raise_for_status()
        yield client


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(ROWS)
    return path


def create(client: httpx.Client, section: dict[str, Any], model_type: str = "actgan") -> tuple[str, str]:
    """A manual model; its path and worker key."""
    answer = client.post(
        "/projects/manual-work/models",
        params={"dry_run": "no", "runner_mode": "manual"},
        json={"schema_version": "1.0", "models": [{model_type: section}]},
    )
    answer.raise_for_status()
    return f"/projects/manual-work/models/{answer.json()['data']['model']['uid']}", answer.json()["worker_key"]


def start_worker(key: str, output: Path, *flags: str) -> subprocess.Popen[str]:
    """`appliance worker` as a person starts it."""
    command = [sys.executable, "-m", "appliance", "worker", "--worker-key", key, "--output", str(output), *flags]
    return subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def work(key: str, output: Path, *flags: str) -> tuple[int, str, str]:
    """Run a worker to its end: exit code, output, complaints."""
    worker = start_worker(key, output, *flags)
    out, err = worker.communicate(timeout=120)
    return worker.returncode, out, err


def model(client: httpx.Client, path: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(path, params={"expand": "logs,artifacts"}).json()["data"]
    return found


def test_a_job_is_done_and_nothing_but_words_is_sent(client: httpx.Client, table: Path, tmp_path: Path, server: LiveServer) -> None:
    path, key = create(client, {"data_source": str(table), "generate": {"num_records": 50}})
    code, out, err = work(key, tmp_path / "out")
    assert code == 0, err
    found = model(client, path)
    assert found["model"]["status"] == "completed"
    assert any("Using updated model configuration" in line["msg"] for line in found["logs"])
    assert [artifact["name"] for artifact in found["artifacts"]] == ["model_logs"]
    assert {Path(line).name for line in out.split()} >= {"model.tar.gz", "data_preview.gz", "report.html.gz", "report_json.json.gz"}
    assert len(gzip.decompress((tmp_path / "out" / "data_preview.gz").read_bytes()).splitlines()) == 51
    held = b"".join(file.read_bytes() for file in server.folder.rglob("*") if file.is_file() and file.name != "ballast")
    assert b"Oslo" not in held


def test_a_run_uses_the_archive_that_stayed_here(client: httpx.Client, table: Path, tmp_path: Path) -> None:
    path, key = create(client, {"data_source": str(table), "evaluate": {"skip": True}})
    assert work(key, tmp_path / "out")[0] == 0
    answer = client.post(f"{path}/record_handlers", params={"runner_mode": "manual"}, json={"params": {"num_records": 30}})
    code, _, err = work(answer.json()["worker_key"], tmp_path / "out")
    assert code == 0, err
    assert len(gzip.decompress((tmp_path / "out" / "data.gz").read_bytes()).splitlines()) == 31


def test_uploaded_artifacts_can_be_fetched(client: httpx.Client, table: Path, tmp_path: Path) -> None:
    path, key = create(client, {"data_source": str(table), "generate": {"num_records": 20}})
    assert work(key, tmp_path / "out", "--upload")[0] == 0
    link = client.get(f"{path}/artifact", params={"type": "data_preview"}).json()["data"]["url"]
    assert len(gzip.decompress(httpx.get(link).content).splitlines()) == 21


def test_a_start_over_the_limit_is_an_error_before_a_row_is_read(client: httpx.Client, tmp_path: Path) -> None:
    _, first = create(client, {"params": {"sleep_s": 60}}, "noop")
    path, second = create(client, {"data_source": "/nowhere/at-all.csv"})
    busy = start_worker(first, tmp_path / "one")
    assert busy.stderr is not None
    assert "Doing nothing" in next(line for line in busy.stderr if "Doing" in line)
    code, _, err = work(second, tmp_path / "two")
    assert code == 1
    assert "Maximum number of running jobs" in err
    assert model(client, path)["model"]["status"] == "error"
    busy.terminate()
    busy.communicate(timeout=30)


def test_silence_is_lost_and_a_late_word_is_refused(client: httpx.Client, tmp_path: Path) -> None:
    path, key = create(client, {"params": {"sleep_s": 600}}, "noop")
    worker = start_worker(key, tmp_path / "out")
    assert worker.stderr is not None
    assert any("Doing nothing" in line for line in worker.stderr)
    worker.send_signal(signal.SIGSTOP)
    assert until_final(client, path) == "lost"
    worker.send_signal(signal.SIGCONT)
    assert worker.wait(30) == 1
    worker.stderr.close()
    assert worker.stdout is not None
    worker.stdout.close()
    assert model(client, path)["model"]["status"] == "lost"


def test_a_cancelled_job_stops_its_worker(client: httpx.Client, tmp_path: Path) -> None:
    path, key = create(client, {"params": {"sleep_s": 600}}, "noop")
    worker = start_worker(key, tmp_path / "out")
    assert worker.stderr is not None
    assert any("Doing nothing" in line for line in worker.stderr)
    client.patch(path, json={"status": "cancelled"}).raise_for_status()
    _, err = worker.communicate(timeout=30)
    assert worker.returncode == 1, err
    assert model(client, path)["model"]["status"] == "cancelled"


def test_a_file_that_is_not_there_is_an_error_with_a_sentence(client: httpx.Client, tmp_path: Path) -> None:
    path, key = create(client, {"data_source": "/nowhere/at-all.csv"})
    code, _, err = work(key, tmp_path / "out")
    assert code == 1
    assert "is not a file on this machine" in err
    assert "is not a file on this machine" in model(client, path)["model"]["error_msg"]


def test_a_key_works_once_and_only_for_its_job(client: httpx.Client, table: Path, tmp_path: Path, server: LiveServer) -> None:
    _, key = create(client, {"params": {}}, "noop")
    assert work(key, tmp_path / "out")[0] == 0
    code, _, err = work(key, tmp_path / "out")
    assert code == 1, err
    with server.client("grtm" + "0" * 64) as stranger:
        assert stranger.post("/v1/appliance/worker/claim", json={"job": "0" * 24, "token": "x"}).status_code in (401, 404)


@pytest.mark.parametrize("key", ["", "nonsense", "e30="])
def test_what_is_no_key_is_wrong_usage(key: str, tmp_path: Path) -> None:
    code, _, err = work(key, tmp_path / "out")
    assert code == 2
    assert "key" in err


def until_final(client: httpx.Client, path: str) -> str:
    """Ask again, each question waiting for the server, until the job has ended."""
    for _ in range(4000):
        status = str(client.get(path).json()["data"]["model"]["status"])
        if status in ("completed", "error", "cancelled", "lost"):
            return status
        os.sched_yield()
    raise AssertionError("the job did not end")
