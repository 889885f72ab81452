"""The composition root: wires the rooms of the control plane, starts them in order, and ends as it was told to.

Start: lock the data folder, bind the address, open the store, recover (fence, collect, adopt, lost), answer, warm the zygotes.
End on SIGTERM or SIGINT: `detach` (workers run on and are adopted by the next start), `drain` (wait for them), `stop` (cancel them).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any

import uvloop

from appliance.administration.account_commands import ensure_owner, issue_token
from appliance.administration.admin_socket import listen
from appliance.administration.audit_commands import check_folder, note_start
from appliance.administration.data_folder import DataFolder, ServerFile
from appliance.administration.desk import answer
from appliance.administration.machine import bind, check_platform, raise_open_files, served_url
from appliance.administration.office import Office
from appliance.administration.offline import administer, restore
from appliance.clock import SystemClock, SystemRandom
from appliance.control_plane.api.services import Services
from appliance.control_plane.artifact_store.disk import Disk
from appliance.control_plane.artifact_store.links import LinkSigner
from appliance.control_plane.artifact_store.local import LocalStore
from appliance.control_plane.artifact_store.outputs import Outputs
from appliance.control_plane.launchers.driver import ask_driver
from appliance.control_plane.launchers.local import LocalLauncher
from appliance.control_plane.scheduler.capacity import Inventory
from appliance.control_plane.scheduler.scheduler import Scheduler
from appliance.control_plane.store import Store, meta
from appliance.control_plane.store.transform_keys import Seal, secrets_of
from appliance.control_plane.store.users import User
from appliance.errors import DataFolderRefused
from appliance.people.passwords import Brake
from appliance.settings import Settings, check_exposure

__all__ = ["Ending", "administer", "check_folder", "restore", "serve"]
"""What the command line is given."""

BENCH_MODELS = "APPLIANCE_BENCH_MODELS"
SECRET = "link_secret"
STOPPING = "The server is stopping; try again in a moment."

logger = logging.getLogger("appliance.server")


class Ending(StrEnum):
    """What happens to running jobs when the server is told to end."""

    DETACH = "detach"
    DRAIN = "drain"
    STOP = "stop"


def serve(settings: Settings, *, ending: Ending = Ending.DETACH, announce: Callable[[str], None] = print) -> int:
    """Serve until SIGTERM or SIGINT; the exit code: 0, or 1 when the store or the scheduler failed.

    `announce` gets one line when the server answers: the Console address with a one-time sign-in token.
    Raises SettingsRefused, DataFolderRefused."""
    check_platform()
    check_exposure(settings)
    raise_open_files()
    folder = DataFolder(settings.data_dir)
    if not folder.lock():
        raise DataFolderRefused(f"Another server uses the data folder {settings.data_dir}; stop it, or name another with --data-dir.")
    try:
        with bind(settings.host, settings.port) as listening, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(Server(settings, folder, listening, ending).run(announce))
    finally:
        folder.server_file.unlink(missing_ok=True)
        folder.admin_socket.unlink(missing_ok=True)
        folder.unlock()


class Server:
    """One life of the server on a locked data folder and a bound socket."""

    def __init__(self, settings: Settings, folder: DataFolder, listening: socket.socket, ending: Ending) -> None:
        self._settings = settings
        self._folder = folder
        self._listening = listening
        self._ending = ending
        self._clock, self._random = SystemClock(), SystemRandom()
        self._disk = Disk(settings.data_dir, settings.free_disk_reserve_bytes)
        self._files = LocalStore(settings.data_dir, self._disk)
        self._told = asyncio.Event()

    async def run(self, announce: Callable[[str], None]) -> int:
        """Start, serve until told to end, end."""
        store = await Store.open(self._settings.data_dir, self._clock)
        try:
            self._files.prepare()
            self._disk.restore_ballast()
            owner = await ensure_owner(store, self._folder, self._clock, self._random)
            return await self._serve(store, owner, announce)
        finally:
            await store.close()

    async def _serve(self, store: Store, owner: User, announce: Callable[[str], None]) -> int:
        launcher = LocalLauncher(self._settings.data_dir)
        services = await self._services(store, launcher)
        office = Office(self._folder, self._files, store, self._clock, self._random, self._settings, services.scheduler.wake)
        await note_start(office)
        scheduling = asyncio.create_task(services.scheduler.serve(), name="scheduler")
        await services.scheduler.ready()
        try:
            from appliance.console.table import ROUTES
            from appliance.control_plane.api.web import web_server
            from appliance.people.admission import admit

            web = web_server(services, ROUTES, admit)
            answering = asyncio.create_task(web.serve(sockets=[self._listening]), name="web")
            desk = await listen(partial(answer, office), self._folder.admin_socket)
            for number in (signal.SIGTERM, signal.SIGINT):  # before anybody knows that there is something to stop
                asyncio.get_running_loop().add_signal_handler(number, self._told.set)
            await self._announce(announce, services, owner)
            await launcher.start()
            code = await self._until_told(services, scheduling, answering)
            desk.close()
            services.refusing = STOPPING
            web.should_exit = True
            await asyncio.wait({answering})
            return code
        finally:
            await services.scheduler.stop()
            await asyncio.wait({scheduling})
            await launcher.stop()

    async def _services(self, store: Store, launcher: LocalLauncher) -> Services:
        settings, clock, random = self._settings, self._clock, self._random
        inventory = await asyncio.to_thread(Inventory.detect, settings, ask_driver)
        secret = await store.write(lambda c: meta.get_or_put(c, SECRET, random.token(32)))
        seal = Seal(await asyncio.to_thread(self._folder.make_seal_key, random))
        secrets = partial(secrets_of, store.read, seal)
        return Services(
            settings=settings,
            clock=clock,
            random=random,
            store=store,
            scheduler=Scheduler(store, launcher, settings, clock, Outputs(self._files), inventory, secrets=secrets),
            files=self._files,
            links=LinkSigner(secret, clock, settings.link_lifetime_s),
            passwords=Brake(clock),
            secret=secret,
            seal=seal,
            runs=self._folder.runs,
            inventory=inventory,
            allow=frozenset({"noop", "noop_tabular"}) if os.environ.get(BENCH_MODELS) == "1" else frozenset(),
        )

    async def _announce(self, announce: Callable[[str], None], services: Services, owner: User) -> None:
        url = self._settings.public_url.rstrip("/") or served_url(self._settings, self._listening)
        self._folder.announce(ServerFile(url, os.getpid()))
        announce(f"{url}/#token={await issue_token(services.store, self._clock, self._random, owner.id)}")

    async def _until_told(self, services: Services, scheduling: asyncio.Task[None], answering: asyncio.Task[None]) -> int:
        """Wait for a signal, then do with the running jobs as told (a second signal detaches at once). 1 when something failed first."""
        failing = [asyncio.create_task(services.store.failed.wait()), scheduling, answering]
        await self._first(*failing)
        if self._ending is not Ending.DETACH and not any(part.done() for part in failing):
            services.refusing = STOPPING
            await self._first(*failing, asyncio.create_task(self._wind_down(services.scheduler)))
        code = _report(failing)
        failing[0].cancel()
        return code

    async def _first(self, *tasks: asyncio.Task[Any]) -> None:
        """Wait for a signal or one of the tasks."""
        told = asyncio.create_task(self._told.wait(), name="told")
        await asyncio.wait({told, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        self._told.clear()

    async def _wind_down(self, scheduler: Scheduler) -> None:
        if self._ending is Ending.STOP:
            await scheduler.cancel_running()
        await scheduler.drain()


def _report(tasks: list[asyncio.Task[Any]]) -> int:
    """Say which part failed, if any; the exit code."""
    for task, name in zip(tasks, ("the database", "the scheduler", "the web server"), strict=True):
        if task.done():
            error = None if task.cancelled() else task.exception()
            logger.critical("%s failed: %s", name, type(error).__name__ if error else "it gave up")
    return int(any(task.done() for task in tasks))
