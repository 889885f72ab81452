"""A job: its states, its moves, what a worker is told (`Assignment`) and what it says last (`Outcome`)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from appliance.contract.foreign import check_levels


class State(StrEnum):
    """Where a job stands. The last four are final and never change."""

    CREATED = "created"
    PENDING = "pending"
    ACTIVE = "active"
    COMPLETED = "completed"
    ERROR = "error"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def final(self) -> bool:
        return self in FINAL


FINAL = frozenset({State.COMPLETED, State.ERROR, State.CANCELLED, State.LOST})
RUNNING = frozenset({State.PENDING, State.ACTIVE})

TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    {
        (State.CREATED, State.PENDING),
        (State.CREATED, State.CANCELLED),
        (State.CREATED, State.ERROR),
        (State.PENDING, State.ACTIVE),
        (State.PENDING, State.ERROR),
        (State.PENDING, State.CANCELLED),
        (State.PENDING, State.LOST),
        (State.ACTIVE, State.COMPLETED),
        (State.ACTIVE, State.ERROR),
        (State.ACTIVE, State.CANCELLED),
        (State.ACTIVE, State.LOST),
    }
)


class Kind(StrEnum):
    """What an attempt is for. `inspection` belongs to no job and counts toward no limit."""

    TRAIN = "train"
    RUN = "run"
    INSPECTION = "inspection"


class Preload(StrEnum):
    """Which zygote a worker is forked from: `base` can read tables and look at values, `tabular` can learn from them."""

    BASE = "base"
    TABULAR = "tabular"


class Input(msgspec.Struct, frozen=True):
    """One input file. `role`: `data_source`, `ref_data.<key>`, `model` (the archive that a run uses), `seed` (seed rows of a run).
    `name`: its file name inside `inputs/`, keeping the extension of the original."""

    role: str
    name: str


class AttemptLimits(msgspec.Struct, frozen=True):
    """What one attempt may use: seconds from `active`, bytes of resident memory over its process group, CPU threads, GPU ids."""

    duration_s: float = 3600.0
    memory_bytes: int = 4 << 30
    threads: int = 1
    gpus: tuple[str, ...] = ()


class Assignment(msgspec.Struct, frozen=True):
    """What `job.json` holds: all that a worker is told. Never a secret.

    `configuration` is the whole normalised configuration of the model; `params` the parameters of a run (empty for train).
    `job` is the 24-hex uid (for an inspection: the artifact's uid). `seed` is None when the worker is to draw one.
    `allow_unconfined` lets the attempt go on where no network cut is possible."""

    job: str
    attempt: int
    kind: Kind
    model_type: str
    configuration: dict[str, Any]
    params: dict[str, Any] = {}
    inputs: tuple[Input, ...] = ()
    outputs: tuple[str, ...] = ()
    limits: AttemptLimits = AttemptLimits()
    seed: int | None = None
    allow_unconfined: bool = False

    @property
    def attempt_name(self) -> str:
        """The name of the run directory: `<job>.<attempt>`."""
        return f"{self.job}.{self.attempt}"


class ArtifactDigest(msgspec.Struct, frozen=True):
    """A finished artifact of an attempt: `type` as on the wire (`report_json`), file name, bytes and sha256 in hex."""

    type: str
    name: str
    size: int
    sha256: str


class Usage(msgspec.Struct, frozen=True):
    """What the attempt used: wall and CPU seconds, peak resident bytes, GPU seconds, rows read and written."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    rss_peak: int = 0
    gpu_s: float = 0.0
    rows_in: int = 0
    rows_out: int = 0


class Failure(msgspec.Struct, frozen=True):
    """Why a job ended in error. `traceback` holds file names, lines and functions, never a value."""

    error_id: str
    message: str
    stage: str = ""
    hint: str = ""
    traceback: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """The worker's last word: `completed` or `error`. `report` carries the few scores the control plane may keep (none in manual mode);
    `resolved` is the configuration with every `auto` resolved; `confinement` maps each step to `applied` or the reason it is not."""

    state: State
    failure: Failure | None = None
    artifacts: tuple[ArtifactDigest, ...] = ()
    usage: Usage = Usage()
    report: dict[str, float] = {}
    resolved: dict[str, Any] = {}
    confinement: dict[str, str] = {}

    def __post_init__(self) -> None:
        check_levels(self.resolved)
