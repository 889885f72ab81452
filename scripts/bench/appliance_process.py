"""An appliance of the benchmark's own on a scratch data folder, started and stopped as a user would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

PROJECT = "bench-project"


def noop(name: str, model_type: str = "noop", **params: Any) -> dict[str, Any]:
    """The configuration of a job that does nothing (or sleeps, or fails) as told."""
    return {"schema_version": "1.0", "name": name, "models": [{model_type: {"params": params}}]}


class ApplianceProcess:
    """`appliance serve` on a free port. `settings` become flags of the environment (`max_created` → `APPLIANCE_MAX_CREATED`)."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.data_dir = data_dir
        self._environment = {
            **os.environ,
            "APPLIANCE_BENCH_MODELS": "1",
            **{f"APPLIANCE_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def start(self, within_s: float = 60.0) -> float:
        """Start and wait until it says where it serves; returns the seconds that took."""
        begun = time.monotonic()
        self.start_only()
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode} while starting")
            if self._reads_server_file():
                return time.monotonic() - begun
            if time.monotonic() - begun > within_s:
                raise RuntimeError("the server did not start in time")
            time.sleep(0.01)

    def start_only(self) -> None:
        """Start without waiting."""
        log = (self.data_dir.parent / f"{self.data_dir.name}.log").open("ab")
        command = [sys.executable, "-m", "appliance", "serve", "--port", "0", "--data-dir", str(self.data_dir)]
        self.process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, start_new_session=True)
        log.close()

    def _reads_server_file(self) -> bool:
        try:
            server = json.loads((self.data_dir / "server.json").read_bytes())
        except (OSError, ValueError):
            return False
        if server["pid"] != self.process.pid:
            return False
        self.url = str(server["url"])
        host, port = self.url.rpartition("//")[2].rsplit(":", 1)
        self.host, self.port = host, int(port.rstrip("/"))
        return True

    @property
    def key(self) -> str:
        """The owner's API key."""
        return (self.data_dir / "owner.key").read_text().strip()

    def kill(self) -> None:
        """kill -9, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def children(self) -> list[psutil.Process]:
        """What the server itself started: its zygotes, not their workers."""
        try:
            return psutil.Process(self.process.pid).children(recursive=False)
        except psutil.NoSuchProcess:
            return []

    def cpu_s(self) -> float:
        """CPU seconds of the server process alone so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)
