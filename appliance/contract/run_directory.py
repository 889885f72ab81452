"""The run directory: the contract between the planes as files on one disk."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

import msgspec

from appliance.contract.event import Resource, decode_event
from appliance.contract.foreign import decode
from appliance.contract.job import Assignment, Outcome

MOST_PLAIN_BYTES = 16 << 20
"""Of an outcome or a profile."""
LAST_EVENTS_BYTES = 64 << 10
"""Of the events, in which the last word on CPU time is looked for: one is written every few seconds."""


class RunDirectory(msgspec.Struct, frozen=True):
    """Names inside `runs/<job>.<attempt>/`. Holds paths only; creating and reading are explicit calls."""

    path: Path

    @property
    def assignment(self) -> Path:
        return self.path / "job.json"

    @property
    def inputs(self) -> Path:
        return self.path / "inputs"

    @property
    def lease(self) -> Path:
        return self.path / "lease"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def log(self) -> Path:
        return self.path / "worker.log"

    @property
    def heartbeat(self) -> Path:
        return self.path / "heartbeat"

    @property
    def staging(self) -> Path:
        return self.path / "staging"

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    @property
    def tmp(self) -> Path:
        return self.path / "tmp"

    @property
    def outcome(self) -> Path:
        return self.path / "outcome"

    def create(self, assignment: Assignment) -> None:
        """Make the directory with its folders and `job.json` (0600). Safe to repeat."""
        for folder in (self.path, self.inputs, self.staging, self.tmp):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.assignment, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(assignment))

    def read_assignment(self) -> Assignment:
        """The assignment as written. Raises `msgspec.DecodeError` or `OSError`."""
        return msgspec.json.decode(self.assignment.read_bytes(), type=Assignment)

    def write_outcome(self, outcome: Outcome) -> None:
        """After this returns the outcome survives a power loss."""
        write_private(self.outcome, msgspec.json.encode(outcome))

    def told_cpu_seconds(self) -> float:
        """CPU seconds as the worker last told them, some seconds before its end; 0 when it never did, or not in a way that can be read."""
        try:
            lines = last_bytes(self.events, LAST_EVENTS_BYTES).splitlines()
        except OSError:
            return 0.0
        for line in reversed(lines):
            if b'"resource"' in line:
                try:
                    event = decode_event(line)
                except msgspec.DecodeError:
                    continue
                if isinstance(event, Resource):
                    return max(0.0, event.cpu_s)
        return 0.0

    def read_outcome(self) -> Outcome | None:
        """The outcome, or None while there is none. Raises `msgspec.DecodeError` or OSError for one that is not ours."""
        try:
            return decode(plain_bytes(self.outcome), Outcome)
        except FileNotFoundError:
            return None


def open_plain(path: Path) -> BinaryIO:
    """Open for reading what a worker wrote. Raises OSError unless it is an ordinary file: a pipe would block, a link lead elsewhere."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not an ordinary file")
    return os.fdopen(descriptor, "rb")


def plain_bytes(path: Path) -> bytes:
    """A small ordinary file that a worker wrote. Raises OSError for anything else."""
    with open_plain(path) as file:
        content = file.read(MOST_PLAIN_BYTES + 1)
    if len(content) > MOST_PLAIN_BYTES:
        raise OSError(errno.EFBIG, "too large")
    return content


def last_bytes(path: Path, count: int) -> bytes:
    """The end of an ordinary file that a worker wrote. Raises OSError for anything else."""
    with open_plain(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - count))
        return file.read(count)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read (0600), whole or not at all; it survives a power loss once this returned."""
    temporary = path.with_name(f"{path.name}.tmp")
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    temporary.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and new names inside `folder` survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
