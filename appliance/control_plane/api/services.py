"""What the API works with, wired by the composition root and by tests."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec

from appliance.clock import Clock, Random
from appliance.control_plane.artifact_store.links import LinkSigner
from appliance.control_plane.artifact_store.local import LocalStore
from appliance.control_plane.scheduler.capacity import Inventory
from appliance.control_plane.scheduler.scheduler import Scheduler
from appliance.control_plane.store import Store
from appliance.control_plane.store.transform_keys import Seal
from appliance.settings import Settings


class PasswordBrake(Protocol):
    """Compares passwords, and not too often."""

    async def check(self, who: str, password: str, stored: str, address: str) -> None:
        """Raises NotSignedIn for a wrong one; LimitReached after many failures of `who` or from `address` (empty: from nowhere)."""


class Room(Protocol):
    """What a room above keeps over requests."""

    def close(self) -> None:
        """End what would go on without an end: the server stops."""


class Services(msgspec.Struct):
    """One of each. `secret` signs links and derives model keys; `seal` closes what the database must not hold openly; `runs` holds the
    run directories; `refusing` is the sentence with which writes are refused while the server stops (empty: it does not)."""

    settings: Settings
    clock: Clock
    random: Random
    store: Store
    scheduler: Scheduler
    files: LocalStore
    links: LinkSigner
    passwords: PasswordBrake
    secret: bytes
    seal: Seal
    runs: Path
    inventory: Inventory
    allow: frozenset[str] = frozenset()
    """Model types beyond the ordinary ones (the bench's own)."""
    refusing: str = ""
    key_uses: dict[bytes, float] = {}
    """Digest of a valid key → when its use was last written down."""
    refusals: dict[int, tuple[float, int]] = {}
    """User id → since when, and how often, the user was refused something: what limits those lines of the audit log."""
    accesses: dict[tuple[int, str, str], float] = {}
    """User id, file id and name → when the audit log last told that the user took it."""
    rooms: dict[str, Room] = {}
    """What the rooms above keep over requests, by name."""
