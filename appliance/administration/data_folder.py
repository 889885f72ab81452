"""The data folder as a whole: who holds it, the owner's key, and where its server can be reached.

lock          flock of the one process that may write
owner.key     0600, the API key of the first user
seal.key      0600, the secret that seals what the database must not hold openly
server.json   {"url": …, "pid": …} while a server runs
admin.sock    0600, see `administration/desk.py`
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import msgspec

from appliance.clock import Random
from appliance.contract.run_directory import write_private
from appliance.errors import DataFolderRefused
from appliance.people.api_keys import new_api_key


class ServerFile(msgspec.Struct, frozen=True):
    """What a running server tells about itself."""

    url: str
    pid: int


class DataFolder:
    """Names inside the data folder, and its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runs = path / "runs"
        self.owner_key = path / "owner.key"
        self.seal_key = path / "seal.key"
        self.server_file = path / "server.json"
        self.admin_socket = path / "admin.sock"
        self._lock = -1

    def lock(self) -> bool:
        """Take the folder for this process, until `unlock` or its death. False when another process has it. Raises DataFolderRefused."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.runs.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataFolderRefused(f"The data folder {self.path} cannot be used: {os.strerror(error.errno or 0)}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def unlock(self) -> None:
        """Let the folder go. Safe to repeat."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def read_owner_key(self) -> str:
        """The owner's API key, or an empty text before the first start."""
        try:
            return self.owner_key.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def make_owner_key(self, random: Random) -> str:
        """The owner's API key; written (0600, durably) when there is none yet."""
        key = self.read_owner_key()
        if not key:
            key = new_api_key(random)
            write_private(self.owner_key, key.encode() + b"\n")
        return key

    def make_seal_key(self, random: Random) -> bytes:
        """The 32 bytes that seal keys; written (0600, durably) when there are none yet. Raises DataFolderRefused for a damaged file."""
        if not self.seal_key.exists():
            write_private(self.seal_key, random.token(32))
        secret = self.seal_key.read_bytes()
        if len(secret) != 32:
            raise DataFolderRefused(f"{self.seal_key} is damaged: it must hold 32 bytes. Put back the one from a backup.")
        return secret

    def announce(self, server: ServerFile) -> None:
        """Write `server.json`."""
        write_private(self.server_file, msgspec.json.encode(server) + b"\n")

    def read_server(self) -> ServerFile | None:
        """What the last server said; it may be dead by now."""
        try:
            return msgspec.json.decode(self.server_file.read_bytes(), type=ServerFile)
        except (OSError, msgspec.DecodeError):
            return None
