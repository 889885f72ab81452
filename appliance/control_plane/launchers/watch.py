"""Watching processes: the end of file of a worker's socket, or its pidfd, tells that it is gone; the free lease, that all of it is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from appliance.contract.channel import MAX_DATAGRAM, Active, decode_from_below
from appliance.contract.lease import LeaseState, lease_state, read_holder, start_ticks, wait_until_free
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.launchers.fencing import end_all, held, revoke, signal_group
from appliance.control_plane.launchers.launcher import Ended

_PATIENCE_S = 1.0
"""Seconds that the last process of an attempt may take to die after its last word."""


class ProcessWatch:
    """One live attempt of this machine. Made inside a running event loop; every wait may be shared and cancelled."""

    def __init__(
        self, directory: RunDirectory, on_end: Callable[[ProcessWatch], None], reap: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        self.directory = directory
        self.pid = 0
        self._on_end = on_end
        self._reap = reap
        self._active = asyncio.Event()
        self._active_at: float | None = None
        self._over = asyncio.Event()
        self._started = False
        self._source: socket.socket | int | None = None
        self._finishing: asyncio.Task[None] | None = None

    async def active(self) -> float | None:
        await self._active.wait()
        return self._active_at

    async def ended(self) -> Ended:
        await self._over.wait()
        return Ended(self._started)

    def follow(self, channel: socket.socket) -> None:
        """Watch a worker that was launched with the other end of `channel`."""
        self._source = channel
        channel.setblocking(False)
        asyncio.get_running_loop().add_reader(channel, self._heard, channel)

    def adopt(self) -> None:
        """Watch a worker of an earlier life of the server by its lease."""
        holder = read_holder(self.directory.lease)
        if holder is not None:
            self.pid, self._active_at = holder.pid, holder.taken_at
        self._active.set()
        descriptor = _open_process(self.pid, holder.start_ticks if holder else 0)
        if descriptor is None:
            self._main_process_gone()
        else:
            self._source = descriptor
            asyncio.get_running_loop().add_reader(descriptor, self._main_process_gone)

    def let_go(self) -> None:
        """Stop watching; the attempt goes on. Waits that are under way never return."""
        self._release()
        if self._finishing is not None:
            self._finishing.cancel()

    def _heard(self, channel: socket.socket) -> None:
        try:
            datagram = channel.recv(MAX_DATAGRAM)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            datagram = b""
        if not datagram:
            self._main_process_gone()
            return
        message = decode_from_below(datagram)
        if isinstance(message, Active):
            self.pid, self._active_at = message.pid, message.at
            self._active.set()

    def _main_process_gone(self) -> None:
        self._release()
        state = lease_state(self.directory.lease)
        if self._reap is not None or state is LeaseState.HELD:
            self._finishing = asyncio.get_running_loop().create_task(self._finish())
        elif state is LeaseState.FREE:
            if not self.directory.outcome.exists():  # a worker ends its children before it says its last word; this one was killed
                signal_group(self.directory, signal.SIGKILL)
            self._conclude(started=True)
        else:
            self._conclude(started=not revoke(self.directory))

    async def _finish(self) -> None:
        """Take down what the main process left behind, and wait for the proof that it is gone."""
        if not self.directory.outcome.exists():
            signal_group(self.directory, signal.SIGKILL)
            if held(self.directory):
                await asyncio.to_thread(end_all, self.directory)
        elif held(self.directory):  # as a rule it is dying this moment
            freed = asyncio.ensure_future(asyncio.to_thread(wait_until_free, self.directory.lease))
            done, _ = await asyncio.wait([freed], timeout=_PATIENCE_S)
            if not done:
                await asyncio.to_thread(end_all, self.directory)
            await freed
        if self._reap is not None:
            await self._reap()
        self._conclude(started=not revoke(self.directory))

    def _conclude(self, started: bool) -> None:
        self._started = started
        self._active.set()
        self._over.set()
        self._on_end(self)

    def _release(self) -> None:
        source, self._source = self._source, None
        if source is None:
            return
        asyncio.get_running_loop().remove_reader(source)
        if isinstance(source, int):
            os.close(source)
        else:
            source.close()


class Watches:
    """Every attempt that is watched now, by its run directory: the part of a launcher that is the same however workers are started."""

    def __init__(self) -> None:
        self._live: dict[Path, ProcessWatch] = {}

    def follow(self, directory: RunDirectory, channel: socket.socket, reap: Callable[[], Awaitable[object]] | None = None) -> ProcessWatch:
        """Watch a worker just launched. `reap`: awaited when it is gone, for a child of this process."""
        watch = self._live[directory.path] = ProcessWatch(directory, self._forget, reap)
        watch.follow(channel)
        return watch

    def attach(self, directory: RunDirectory) -> ProcessWatch | None:
        """The watch of an attempt whose lease is held, else None."""
        if not held(directory):
            return None
        watch = self._live.get(directory.path)
        if watch is None:
            watch = self._live[directory.path] = ProcessWatch(directory, self._forget)
            watch.adopt()
        return watch

    async def stop_attempt(self, directory: RunDirectory, grace_s: float) -> None:
        """TERM, after `grace_s` KILL; returns when every process of the attempt is dead. Fences what has not begun."""
        watch = self._live.get(directory.path)
        if revoke(directory):
            if watch is not None:
                await watch.ended()
            return
        watch = watch or self.attach(directory)
        if watch is None:
            return
        signal_group(directory, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await watch.ended()
                return
        signal_group(directory, signal.SIGKILL)
        await watch.ended()

    async def stop(self) -> None:
        """Stop watching all of them; they go on."""
        for watch in self._live.values():
            watch.let_go()
        self._live.clear()

    def _forget(self, watch: ProcessWatch) -> None:
        if self._live.get(watch.directory.path) is watch:
            del self._live[watch.directory.path]


def _open_process(pid: int, ticks: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None when it is another process now or this system has none."""
    if not pid or not hasattr(os, "pidfd_open"):
        return None
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    if start_ticks(pid) != ticks:
        os.close(descriptor)
        return None
    return descriptor
