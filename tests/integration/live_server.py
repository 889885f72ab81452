"""`appliance serve` as a process of its own, for tests that talk to it as anybody would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import httpx


class LiveServer:
    """A server on `folder`, reached at `url` with `key`. Entering waits for its line; leaving tells it to stop its jobs and end."""

    def __init__(self, folder: Path, *flags: str, ending: str = "--stop", **settings: object) -> None:
        self.folder = folder
        self.line = ""
        self._command = [sys.executable, "-m", "appliance", "serve", "--data-dir", str(folder), "--port", "0", ending, *flags]
        self._settings = {f"APPLIANCE_{name.upper()}": str(value) for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LiveServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until it answers."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with (self.folder.parent / "server.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=log, env=clean_environment() | self._settings)
        assert self._process.stdout is not None
        self.line = self._process.stdout.readline().decode().strip()
        assert self.line, (self.folder.parent / "server.log").read_text()

    def tell(self, number: int = signal.SIGTERM) -> None:
        """Send a signal, unless it has ended."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end and wait; its exit code."""
        self.tell(number)
        return self.wait()

    def wait(self) -> int:
        """Wait until it ends; its exit code."""
        assert self._process is not None
        assert self._process.stdout is not None
        code = self._process.wait(60)
        self._process.stdout.close()
        return code

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        return str(json.loads((self.folder / "server.json").read_text())["url"])

    @property
    def key(self) -> str:
        return (self.folder / "owner.key").read_text().strip()

    def client(self, key: str | None = None) -> httpx.Client:
        """An HTTP client with the owner's key, or another."""
        url = self.url  # loading the list of authorities takes 30 ms, for every client
        return httpx.Client(
            base_url=url, headers={"Authorization": key or self.key}, timeout=60, trust_env=False, verify=url.startswith("https:")
        )


def add_member(server: LiveServer, owner: httpx.Client, project: str, email: str, key: str, level: int) -> str:
    """Make the user with that e-mail and API key a member of the owner's project, by invite and acceptance; the user's id."""
    answer = owner.post(f"/projects/{project}/members", json={"email": email, "level": level})
    assert answer.status_code == 200, answer.text
    given = answer.json()["data"]
    if "invite" in given:
        with server.client(key) as invited:
            accepted = invited.patch(f"/users/me/invites/{given['invite']['_id']}")
        assert accepted.status_code == 200, accepted.text
        given = accepted.json()["data"]
    assert (given["member"]["email"], given["member"]["level"]) == (email, level)
    return str(given["member"]["user_id"])


def clean_environment() -> dict[str, str]:
    """This process's environment without anybody's settings of clients, servers or proxies."""
    unwanted = ("GRETEL_", "APPLIANCE_", "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
