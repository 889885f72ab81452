"""What a model sees of the appliance while it works: its assignment, its inputs, and the ways to tell and to leave something.

Nothing here reads or writes outside the run directory. No text that goes through it may hold a value of the training data.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

from appliance.clock import Clock, Random
from appliance.contract.event import ArtifactReady, Event, EventValue, Log, Metric, Progress, ResolvedConfiguration, encode_event
from appliance.contract.job import ArtifactDigest, Assignment
from appliance.contract.run_directory import RunDirectory, sync_folder


class EventLog:
    """The append-only event file of an attempt. Best effort: a full disk loses events, never the job. Safe from several threads."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._lock = threading.Lock()

    def append(self, event: Event) -> None:
        """Write one whole line, or none of it."""
        line = encode_event(event)
        with self._lock:
            try:
                written = os.write(self._descriptor, line)
                if written < len(line):
                    os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            except OSError:
                return


class Context:
    """One attempt, from the inside.

    `seed`: the one given, or one that was drawn and logged. `threads`: how many may compute at once. `secrets`: connection keys and
    tokens, held in memory only. Models set `rows_in`, `rows_out` (counts) and `scores` (the few numbers the control plane may keep)."""

    def __init__(
        self,
        assignment: Assignment,
        directory: RunDirectory,
        clock: Clock,
        random: Random,
        *,
        events: EventLog | None = None,
        secrets: dict[str, str] | None = None,
    ) -> None:
        self.assignment = assignment
        self.directory = directory
        self.clock = clock
        self.threads = assignment.limits.threads
        self.secrets = dict(secrets or {})
        self.rows_in = 0
        self.rows_out = 0
        self.scores: dict[str, float] = {}
        self.stage = "pre"
        self.resolved_configuration: dict[str, Any] = {}
        self._events = events or EventLog(directory.events)
        self._published: dict[str, ArtifactDigest] = {}
        self.seed = assignment.seed if assignment.seed is not None else self._draw_seed(random)

    @property
    def artifacts(self) -> tuple[ArtifactDigest, ...]:
        """What was published so far, in order."""
        return tuple(self._published.values())

    def input(self, role: str) -> Path | None:
        """The file that has this role, or None."""
        for entry in self.assignment.inputs:
            if entry.role == role:
                return self.directory.inputs / entry.name
        return None

    def inputs(self, prefix: str) -> dict[str, Path]:
        """Every file whose role starts with `prefix`, by what follows the prefix, such as the keys of `ref_data.`."""
        return {
            entry.role.removeprefix(prefix): self.directory.inputs / entry.name
            for entry in self.assignment.inputs
            if entry.role.startswith(prefix)
        }

    def log(self, stage: str, msg: str, *, level: str = "info", **ctx: EventValue) -> None:
        """Tell people what goes on: a sentence, and its figures as `ctx`."""
        self.stage = stage
        self._events.append(Log(self.clock.now(), level, stage, msg, ctx))

    def progress(self, stage: str, done: float, total: float, eta_s: float | None = None) -> None:
        """`done` of `total` units of a stage are behind; `eta_s` seconds to go when known."""
        self.stage = stage
        self._events.append(Progress(self.clock.now(), stage, done, total, eta_s))

    def metric(self, name: str, value: float, **ctx: EventValue) -> None:
        """A number worth a curve."""
        self._events.append(Metric(self.clock.now(), name, value, ctx))

    def resolved(self, configuration: dict[str, Any]) -> None:
        """The configuration with every `auto` resolved: an event now, and part of the outcome."""
        self.resolved_configuration = configuration
        self._events.append(ResolvedConfiguration(self.clock.now(), configuration))

    def staging(self, name: str) -> Path:
        """Where to write an artifact before it is published. The folder is there."""
        self.directory.staging.mkdir(mode=0o700, exist_ok=True)
        return self.directory.staging / name

    def publish(self, artifact_type: str, name: str) -> None:
        """Finish `staging/<name>` as the artifact of this type. After this returns it survives a power loss.

        May be called while the job goes on; a second artifact of a type replaces the first. Raises OSError when there is no such file."""
        staged = self.directory.staging / name
        size, sha256 = _seal(staged)
        self.directory.artifacts.mkdir(mode=0o700, exist_ok=True)
        _move(staged, self.directory.artifacts / name)
        sync_folder(self.directory.artifacts)
        self._published[artifact_type] = ArtifactDigest(artifact_type, name, size, sha256)
        self._events.append(ArtifactReady(self.clock.now(), artifact_type, name, size, sha256))

    def _draw_seed(self, random: Random) -> int:
        seed = int.from_bytes(random.token(4), "big")
        self.log("pre", f"No seed was given: {seed} was drawn.", seed=seed)
        return seed


def _seal(path: Path) -> tuple[int, str]:
    """Sync a file to disk; its size and sha256."""
    import hashlib  # loads OpenSSL: not for attempts that publish nothing

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size, digest


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    """Landlock before kernel 5.19 refuses every rename between folders: copy beside the target, sync, rename there."""
    import shutil

    beside = target.with_name(f".{target.name}")
    shutil.copyfile(source, beside)
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.rename(target)
    source.unlink()
