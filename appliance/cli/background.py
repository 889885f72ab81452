"""A server of one's own as a child process: what `demo` and the one-shot commands run on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from appliance.cli.connection import owner_key, running_url
from appliance.errors import ApplianceError

if TYPE_CHECKING:
    from appliance.cli.client import Client

_STOP_S = 20.0
_TAIL_BYTES = 4000


class ServerNotStarted(ApplianceError):
    """The server did not start."""

    code = "server_not_started"


class BackgroundServer:
    """`appliance serve` on a data folder. Entering waits until it answers; leaving stops it and its workers.

    `port`: 0 takes a free one, None leaves it to the settings."""

    def __init__(self, data_dir: Path, *, port: int | None = 0, host: str | None = None) -> None:
        self.data_dir = data_dir
        self.line = ""
        """What the server printed when it was ready: the Console address with a one-time token."""
        self._command = [sys.executable, "-P", "-m", "appliance", "serve", "--data-dir", str(data_dir), "--stop"]
        if port is not None:
            self._command += ["--port", str(port)]
        if host:
            self._command += ["--host", host]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> BackgroundServer:
        with tempfile.TemporaryFile() as errors:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
            )
            assert self._process.stdout is not None
            self.line = self._process.stdout.readline().decode("utf-8", "replace").strip()
            if not self.line:
                self.stop()
                raise ServerNotStarted(_reason(errors.fileno()))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def client(self) -> Client:
        """A client with the owner's key."""
        from appliance.cli.client import Client

        return Client(running_url(self.data_dir), owner_key(self.data_dir))

    def wait(self) -> int:
        """Wait until the server ends by itself; its exit code."""
        assert self._process is not None
        return self._process.wait()

    def stop(self) -> None:
        """Stop the server and its workers; it is given 20 s to put things away."""
        if self._process is None:
            return
        with self._process as process:  # closes the pipe behind it
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _reason(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _TAIL_BYTES, max(size - _TAIL_BYTES, 0)).decode("utf-8", "replace").strip()
    return f"The server did not start. {tail.removeprefix('Error: ')}".strip()
