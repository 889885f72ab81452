"""What the server takes of the machine before it starts: a system that can carry it, open files, an address to listen on."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import socket
import sys

from appliance.errors import SettingsRefused
from appliance.settings import Settings

_BACKLOG = 2048


def check_platform() -> None:
    """Raises SettingsRefused where the server cannot run."""
    if sys.platform == "win32":
        raise SettingsRefused("The appliance does not run on Windows itself; run it inside WSL2.")


def raise_open_files() -> None:
    """As many open files as this process may have: every connection and every worker takes one, and 1,024 are soon gone."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError):  # macOS refuses "no limit"
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens there (port 0: any free one). Raises SettingsRefused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)  # who connects while the server starts waits instead of being refused
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsRefused(f"Port {port} on {host} is taken; choose another with --port (0 takes any free one).") from error
        raise SettingsRefused(f"{host}:{port} cannot be served on: {os.strerror(error.errno or 0)}.") from error
    return listening


def served_url(settings: Settings, listening: socket.socket) -> str:
    """Where this machine reaches the server: the bound address, loopback for an address that means all."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"
    scheme = "https" if settings.tls_cert is not None else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
