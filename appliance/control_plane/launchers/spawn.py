"""Starts each worker as a program of its own: slower than a fork, possible everywhere."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from appliance.contract.channel import INHERITED, Start, encode_message
from appliance.control_plane.launchers.launcher import Launch, Watch
from appliance.control_plane.launchers.watch import Watches

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_PACKAGE_PARENT = str(Path(__file__).resolve().parents[3])


def worker_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What workers inherit of the server's environment: where programs and libraries are, the language; never a secret.

    Numeric libraries size their pools when they are imported, so they get one thread here; hashes are fixed for repeatable results;
    an allocator that claims a gigabyte ahead would meet the memory limit at once; another starts a thread when it is imported."""
    kept = {name: environ[name] for name in _PASSED_ON if name in environ}
    fixed = {"PYTHONHASHSEED": "0", "PYTHONPATH": _PACKAGE_PARENT, "MIMALLOC_ARENA_EAGER_COMMIT": "0"}
    fixed["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
    return kept | dict.fromkeys(_THREADS, "1") | fixed


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends, whole messages where the system has them; not inheritable."""
    kind = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_STREAM
    return socket.socketpair(socket.AF_UNIX, kind)


def start_program(module: str, arguments: Sequence[str], inherited: socket.socket, complaints: Path | None) -> int:
    """Start a module of the data plane with one inherited socket, as descriptor 3; its pid, to be reaped by `reap`.

    `complaints`: where its standard error goes; it never holds a pipe of ours, which would break with us. Raises OSError."""
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-m", f"appliance.data_plane.{module}", *arguments],
        worker_environment(os.environ),
        file_actions=[
            (os.POSIX_SPAWN_DUP2, inherited.fileno(), INHERITED),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, str(complaints or os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        ],
    )


async def reap(pid: int) -> None:
    """Wait until a child of this process is gone for good."""
    with contextlib.suppress(ChildProcessError):
        await asyncio.to_thread(os.waitpid, pid, 0)


class SpawnLauncher(Watches):
    """A launcher that starts a new interpreter for every attempt. Needs an asyncio event loop."""

    async def start(self) -> None:
        """Nothing to warm up."""

    async def launch(self, launch: Launch) -> Watch:
        start = encode_message(Start(str(launch.directory.path), launch.secrets, launch.environment))
        ours, theirs = socket_pair()
        ours.sendall(start)
        ours.shutdown(socket.SHUT_WR)
        with theirs:
            try:
                pid = start_program("worker", (), theirs, launch.directory.log)
            except OSError:  # no process to be had: the watch sees the end of the channel, and fences
                return self.follow(launch.directory, ours)
        return self.follow(launch.directory, ours, lambda: reap(pid))
