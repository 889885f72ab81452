"""What an administrative command works with, and what it is asked."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec

from appliance.administration.data_folder import DataFolder
from appliance.audit import DONE, MACHINE, Entry
from appliance.clock import Clock, Random, timestamp
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.artifact_store.local import LocalStore
from appliance.control_plane.store import Store, users
from appliance.control_plane.store.users import User
from appliance.errors import NotFound
from appliance.people.accounts import LimitsChange
from appliance.people.act import Act
from appliance.settings import Settings


class Request(msgspec.Struct, frozen=True):
    """One request. `command` is one of the desk's commands; the rest is what that one needs."""

    command: str
    email: str = ""
    password: str = ""
    name: str = ""
    id: int = 0
    target: str = ""
    to: str = ""
    month: str = ""
    project: str = ""
    query: str = ""
    after: int = 0
    limit: int = 100
    administrator: bool = False
    limits: LimitsChange | None = None


def _nobody() -> None:
    """Without a server no job waits for a plan."""


class Office(msgspec.Struct):
    """One installation: by its running server with those `settings`, or (None) by a command while no server runs. `wake` makes the
    scheduler plan anew."""

    folder: DataFolder
    files: LocalStore
    store: Store
    clock: Clock
    random: Random
    settings: Settings | None = None
    wake: Callable[[], None] = _nobody

    @property
    def serving(self) -> bool:
        """Whether this is the running server."""
        return self.settings is not None

    def user(self, request: Request) -> User:
        """The user that the request names; without an e-mail the owner. Raises NotFound."""
        user = users.by_email(self.store.read, request.email) if request.email else owner(self.store)
        if user is None:
            raise NotFound("There is no user with that e-mail.")
        return user

    def sign_in_url(self, token: str) -> str:
        """Where a one-time token signs its user in; empty while no server runs."""
        server = self.folder.read_server() if self.serving and token else None
        return f"{server.url}/#token={token}" if server else ""

    def act(self, action: Action) -> Act:
        """An act of whoever sits at the machine."""
        return Act(self.store, self.clock, self.random, partial(self.entry, action))

    def entry(
        self, action: Action, kind: str, uid: str = "", name: str = "", *, result: str = DONE, **detail: str | int | float | bool
    ) -> Entry:
        """A line of the audit log: the account of the operating system that works at the machine does `action`."""
        return Entry(
            at=timestamp(self.clock.now()),
            actor=MACHINE,
            via="admin.sock" if self.serving else "data folder",
            address=f"uid {os.geteuid()}",
            action=action.word,
            kind=kind,
            id=uid,
            name=name[:200],
            result=result,
            detail=detail,
        )


Commands = dict[str, Callable[[Office, Request], Awaitable[Any]]]
"""Commands of the desk by name."""


def owner(store: Store) -> User | None:
    """The first user, whose key lies in the data folder; None before the first start."""
    return next((user for user in users.every(store.read) if user.is_owner), None)
