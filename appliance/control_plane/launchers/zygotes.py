"""Zygotes as the control plane sees them: started, proven by a canary, restarted with back-off, given up when they cannot be trusted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

from appliance.contract.channel import MAX_DATAGRAM, Prove, Proven, Ready, Start, ToZygote, decode_from_below, encode_message
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.launchers.spawn import reap, socket_pair, start_program

_IMPORT_S = 120.0
"""Seconds that the imports may take."""
_CANARY_S = 30.0
"""Seconds after which a canary hangs."""
_FIRST_BACKOFF_S, _LAST_BACKOFF_S = 0.1, 5.0
_TRIALS = 3
"""Zygotes that may fail one after the other before workers are started as programs."""
_PROVEN_LIFE_S = 20.0
"""Seconds of service after which an end counts as a first failure."""


class ZygoteRefused(Exception):
    """This zygote cannot be trusted; the text says why. Never leaves this module."""


class Zygote:
    """One warm process, ready to fork."""

    def __init__(self, pid: int, control: socket.socket) -> None:
        self.ready: Ready | None = None
        self.pid = pid
        self._reaped = False
        self._control = control
        control.setblocking(False)

    async def prove(self) -> None:
        """Wait for its imports, then for its canary. Raises ZygoteRefused."""
        try:
            async with asyncio.timeout(_IMPORT_S):
                told = await _receive(self._control)
            if not told:
                raise ZygoteRefused("It ended during its imports.")
            ready = decode_from_below(told)
            if not isinstance(ready, Ready) or ready.threads != 1:
                raise ZygoteRefused("It has more than one thread after its imports.")
            async with asyncio.timeout(_CANARY_S):
                with await self._send(Prove()) as channel:
                    proven = await _receive(channel)
        except TimeoutError:
            raise ZygoteRefused("It was not ready, or its canary hung.") from None
        if not proven or not isinstance(decode_from_below(proven), Proven):
            raise ZygoteRefused("Its canary died.")
        self.ready = ready

    async def fork(self, launch: Launch) -> socket.socket:
        """Have it fork a worker; our end of the worker's channel. Raises OSError when it is gone and the order was not delivered."""
        return await self._send(Start(str(launch.directory.path), launch.secrets, launch.environment))

    async def death(self) -> None:
        """Wait until it is gone, and reap it."""
        with contextlib.suppress(OSError):
            while await _receive(self._control):
                continue
        await self.end()

    async def end(self) -> None:
        """End it now, if it lives; its workers go on. Idempotent."""
        self._control.close()
        if not self._reaped:
            os.kill(self.pid, signal.SIGKILL)
            self._reaped = True
            await reap(self.pid)

    async def _send(self, message: ToZygote) -> socket.socket:
        encoded = encode_message(message)
        ours, theirs = socket_pair()
        ours.setblocking(False)
        with theirs:
            while True:
                try:
                    socket.send_fds(self._control, [encoded], [theirs.fileno()])
                except BlockingIOError:
                    await _writable(self._control)
                except OSError:
                    ours.close()
                    raise
                else:
                    return ours


class ZygoteKeeper:
    """Keeps one kind of zygote alive. `usable` is all that a launcher asks."""

    def __init__(self, modules: Sequence[str], complaints: Path | None) -> None:
        self._modules = tuple(modules)
        self._complaints = complaints
        self._decided = asyncio.Event()
        self._zygote: Zygote | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def confinement(self) -> dict[str, str]:
        """What the zygote that serves now reported; empty while none does."""
        ready = self._zygote.ready if self._zygote else None
        return ready.confinement if ready else {}

    def start(self) -> None:
        """Warm up in the background. Safe to repeat."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """End the zygote; idempotent, safe before start."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def fork(self, launch: Launch) -> socket.socket | None:
        """Our end of the channel of a worker that some proven zygote was told to fork; None as for `usable`."""
        while (zygote := await self.usable()) is not None:
            try:
                return await zygote.fork(launch)
            except OSError:  # it died and its end has not been noticed yet: nothing was delivered, so the next one may have the order
                if self._zygote is zygote:
                    self._zygote = None
                    self._decided.clear()
        return None

    async def usable(self) -> Zygote | None:
        """Wait for a zygote that proved itself; None when none can be had and workers are to be started as programs."""
        self.start()
        await self._decided.wait()
        return self._zygote

    async def _keep(self) -> None:
        """Replace a zygote that died, later and later while they die young; give up after three that could not be proven."""
        loop = asyncio.get_running_loop()
        refused = deaths = 0
        while refused < _TRIALS:
            began = loop.time()
            try:
                await self._serve_once()
                refused = 0
            except (ZygoteRefused, OSError):
                refused += 1
            deaths = 1 if loop.time() - began > _PROVEN_LIFE_S else deaths + 1
            await asyncio.sleep(min(_FIRST_BACKOFF_S * 2 ** (deaths - 1), _LAST_BACKOFF_S))
        self._decided.set()

    async def _serve_once(self) -> None:
        """Start one zygote, prove it, let it serve until it dies. Raises ZygoteRefused or OSError when it never served."""
        ours, theirs = socket_pair()
        with theirs:
            zygote = Zygote(start_program("zygote", self._modules, theirs, self._complaints), ours)
        try:
            await zygote.prove()
            self._zygote = zygote
            self._decided.set()
            await zygote.death()
        finally:
            self._zygote = None
            self._decided.clear()
            await zygote.end()


async def _receive(channel: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(channel, MAX_DATAGRAM)


async def _writable(channel: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    free = asyncio.Event()
    loop.add_writer(channel, free.set)
    try:
        await free.wait()
    finally:
        loop.remove_writer(channel)
