"""What is checked and worked out before a job is stored: where its data comes from, which columns it names, how much memory it asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from appliance.clock import Random
from appliance.configurations import Configuration
from appliance.configurations.quantities import seconds, size
from appliance.contract.artifact import ARTIFACT_KEY_PREFIX
from appliance.contract.job import Kind, Preload
from appliance.control_plane.api.call import Call
from appliance.control_plane.artifact_store.names import file_name
from appliance.control_plane.store import Connection, artifacts
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import JobInput
from appliance.errors import ConfigurationRefused, Fault

BASE_MEMORY_BYTES = 1 << 30
CELL_MEMORY_BYTES = 400
"""Bytes of a worker for one cell of its table: the values, their ranks, trees and samples while a report is made."""

_BASE_TYPES = frozenset({"noop", "transform", "transforms", "transform_v2", "classify"})
Loc = tuple[str | int, ...]


class Source(msgspec.Struct, frozen=True):
    """One source of data that a submission names: its role as an input, where it stands in the document, its text."""

    role: str
    loc: Loc
    text: str


class Needs(msgspec.Struct, frozen=True):
    """What a job asks for: bytes (0: no own request), seconds, seed (None: to be drawn), kind of worker."""

    memory_bytes: int
    max_duration_s: float
    seed: int | None
    preload: Preload


class Identity(msgspec.Struct, frozen=True):
    """The two ids of a new job."""

    uid: str
    guid: str


def new_identity(kind: Kind, random: Random) -> Identity:
    """Ids of a new model or record handler."""
    prefix = "model" if kind is Kind.TRAIN else "model_run"
    return Identity(random.token(12).hex(), f"{prefix}_{random.token(13).hex()}")


def body_digest(body: bytes, *, runner_mode: str) -> bytes:
    """What makes a repeated POST the same one."""
    return hashlib.sha256(runner_mode.encode() + b"\n" + body).digest()


def find_inputs(call: Call, sources: Iterable[Source], mode: str) -> tuple[tuple[JobInput, ...], list[Artifact]]:
    """The inputs among `sources` that this server holds, and their artifacts. Manual jobs may also name files of the worker's own.

    Raises ConfigurationRefused for a source that cannot be used."""
    inputs: list[JobInput] = []
    found: list[Artifact] = []
    faults: list[Fault] = []
    for source in sources:
        if not source.text.startswith(ARTIFACT_KEY_PREFIX):
            if mode == "cloud":
                faults.append(Fault(source.loc, _NOT_HERE))
            continue
        artifact = artifacts.find(call.services.store.read, call.project.id, source.text)
        if artifact is None or artifact.state != "ready":
            faults.append(Fault(source.loc, _UNFINISHED if artifact else _UNKNOWN))
            continue
        found.append(artifact)
        inputs.append(JobInput(source.role, input_name(source.role, artifact.key), artifact.key))
    if faults:
        raise ConfigurationRefused(tuple(faults))
    return tuple(inputs), found


_NOT_HERE = (
    "A data source must be the key of an uploaded artifact (gretel_…): this server opens no connection and no path. Upload the file first."
)
_UNKNOWN = "There is no such artifact in this project: it was never uploaded here, or deleted."
_UNFINISHED = "The upload of this artifact is not finished."


def recheck(connection: Connection, project_id: int, inputs: Iterable[JobInput], faulty: Loc) -> None:
    """Inside the storing transaction: nothing that the job needs was deleted meanwhile. Raises ConfigurationRefused."""
    for item in inputs:
        if item.key:
            artifact = artifacts.find(connection, project_id, item.key)
            if artifact is None or artifact.state != "ready":
                raise ConfigurationRefused((Fault(faulty, _UNKNOWN),))


def input_name(role: str, key: str) -> str:
    """The name inside `inputs/`: the role first, so that two inputs of one file name stay apart, then the file's own name."""
    return f"{role.replace('.', '-')}-{file_name(key)}"


def check_columns(configuration: Configuration, known: tuple[str, ...]) -> None:
    """Every column that the configuration names is in the inspected file. Raises ConfigurationRefused with every one that is not."""
    names = set(known)
    faults = tuple(
        Fault(loc, f"The file has no column '{name}'. It has {_listed(known)}.")
        for loc, name in named_columns(configuration)
        if name not in names
    )
    if faults:
        raise ConfigurationRefused(faults)


def named_columns(configuration: Configuration) -> list[tuple[Loc, str]]:
    """Where the configuration names columns, and which."""
    place: Loc = ("models", 0, configuration.model_type)
    own = configuration.section.get("appliance") or {}
    found: list[tuple[Loc, str]] = []
    for section, loc, keys in (
        (own, (*place, "appliance"), ("target", "seed_columns", "drop_columns")),
        (configuration.section, place, ("group_training_examples_by", "order_training_examples_by")),
    ):
        for key in keys:
            value = section.get(key)
            values = value if isinstance(value, list) else [value]
            found += [((*loc, key), name) for name in values if isinstance(name, str)]
    found += [((*place, "appliance", key, name), name) for key in ("bounds", "categories") for name in own.get(key) or {}]
    return found


def needs(call: Call, model_type: str, own: dict[str, Any], tables: Iterable[Artifact]) -> Needs:
    """Memory from rows × columns of the profiles unless `appliance.memory` says otherwise, duration at most the server's, seed as given."""
    limit = call.services.settings.max_duration_s
    asked = seconds(own["max_duration"]) if own.get("max_duration") is not None else None
    memory = size(own["memory"]) if own.get("memory") is not None else _estimate(tables)
    preload = Preload.BASE if model_type in _BASE_TYPES else Preload.TABULAR
    return Needs(memory or 0, min(asked or limit, limit), own.get("seed"), preload)


def _estimate(tables: Iterable[Artifact]) -> int:
    cells = [(table.rows or 0) * len(table.columns) for table in tables if table.profile_state == "ready"]
    return BASE_MEMORY_BYTES + CELL_MEMORY_BYTES * sum(cells) if cells else 0


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")
