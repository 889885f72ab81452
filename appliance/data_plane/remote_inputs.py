"""Brings the inputs of a manual job together in its run directory: files of this machine, and what the control plane holds."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec

from appliance.contract.job import Assignment, Input, Kind
from appliance.contract.run_directory import RunDirectory
from appliance.contract.worker_protocol import Claim
from appliance.data_plane.remote_wire import Wire
from appliance.errors import DataRefused

_PLACEHOLDERS = frozenset({"", "_", "__tmp__", "__temp__"})


def gather_inputs(claim: Claim, directory: RunDirectory, wire: Wire, model: Path | None) -> Assignment:
    """Fill `inputs/` and return the assignment that names them. Raises DataRefused for a missing file, OSError for an unreadable one."""
    directory.inputs.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = {entry.role: Input(entry.role, entry.name) for entry in claim.inputs}
    for entry in claim.inputs:
        wire.get(entry.path, directory.inputs / Path(entry.name).name)
    local = _local_sources(claim.assignment)
    if claim.assignment.kind is Kind.RUN and "model" not in held:
        local["model"] = str(model or _beside(directory))
    for role, source in local.items():
        if role not in held:
            held[role] = _bring(role, Path(source), directory)
    return msgspec.structs.replace(claim.assignment, inputs=tuple(held.values()))


def _local_sources(assignment: Assignment) -> dict[str, str]:
    """Role → path on this machine, as the user wrote it in the configuration or in the run's parameters."""
    section: dict[str, Any] = dict(assignment.params)
    if assignment.kind is Kind.TRAIN:
        section = assignment.configuration["models"][0][assignment.model_type]
    found: dict[str, str] = {}
    source = section.get("data_source")
    first = source[0] if isinstance(source, list) and source else source
    if isinstance(first, str) and first not in _PLACEHOLDERS:
        found["data_source"] = first
    for key, value in (section.get("ref_data") or {}).items():
        found[f"ref_data.{key}"] = str(value)
    return found


def _beside(directory: RunDirectory) -> Path:
    """Where an earlier manual training with the same output folder left its archive."""
    return directory.path.parent / "model.tar.gz"


def _bring(role: str, source: Path, directory: RunDirectory) -> Input:
    """Link or copy a local file in: the confined attempt reads nothing else."""
    if "://" in str(source):
        raise DataRefused(f"The {role} is a URL. A manual worker opens no connection for data: download it and name the file.")
    if not source.is_file():
        raise DataRefused(f"The {role} of the job is not a file on this machine. Start the worker where its path is valid.")
    name = f"{role.replace('/', '_')}{''.join(source.suffixes[-2:])}"
    target = directory.inputs / name
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
    return Input(role, name)
