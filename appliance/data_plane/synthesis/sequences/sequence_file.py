"""The model file of sequences: a zip of one JSON header and the model files of its tree models, the same bytes for the same model.

Nothing in it is ever executed. Every inner file is read by the tree engine's own reader, which checks it; the header's columns must be
those of the inner models."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from appliance.data_plane.synthesis.array_file import DAMAGES, LIMIT, damaged, unpacked
from appliance.data_plane.synthesis.filters import Marks
from appliance.data_plane.synthesis.model_file import read_model, write_model
from appliance.data_plane.synthesis.options import Note
from appliance.data_plane.synthesis.sequences.layout import Layout
from appliance.data_plane.synthesis.sequences.sequence_check import check_sequences
from appliance.data_plane.synthesis.sequences.sequence_model import SequenceModel
from appliance.data_plane.synthesis.tree_model import TreeModel
from appliance.errors import DataRefused

VERSION = 1
FORMAT = "appliance sequences"
PARTS = ("keys", "firsts", "rows", "moves", "steps", "labels", "group_labels", "texts")
NEEDED = ("keys", "firsts", "rows")
_HEADER = "sequences.json"
_MARKS = "whole.bits"
_MOMENT = (1980, 1, 1, 0, 0, 0)


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything but the tree models; `members`: the sha256 of every other file."""

    format: str
    version: int
    layout: Layout
    salt: int
    trained_rows: int
    trained_groups: int
    notes: tuple[Note, ...]
    members: dict[str, str]


def write_sequences(model: SequenceModel, path: Path) -> None:
    """Writes the file in place; the caller writes into a folder that nobody reads yet."""
    members = {_MARKS: model.whole.bits.tobytes()}
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for name in PARTS:
            part: TreeModel | None = getattr(model, name)
            if part is not None:
                write_model(part, Path(folder) / name)
                members[name] = (Path(folder) / name).read_bytes()
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    header = Header(FORMAT, VERSION, model.layout, model.whole.salt, model.trained_rows, model.trained_groups, model.notes, digests)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in {_HEADER: msgspec.json.encode(header), **members}.items():
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), data)


def read_sequences(path: Path) -> SequenceModel:
    """Reads and checks a model file. Raises DataRefused."""
    try:
        header, members = _members(path)
        model = _model(header, members, path.parent)
    except DAMAGES as error:
        raise damaged(error) from error
    check_sequences(model)
    return model


def _members(path: Path) -> tuple[Header, dict[str, bytes]]:
    """The header and every other file of the archive, after names, sizes and digests were checked."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names) or not set(names) <= {_HEADER, _MARKS, *PARTS} or not {_HEADER, _MARKS, *NEEDED} <= set(names):
            raise ValueError("members")
        if sum(entry.file_size for entry in entries) > LIMIT:
            raise DataRefused(f"The model file is larger than {LIMIT // 2**30} GiB when unpacked.")
        members = {entry.filename: unpacked(archive, entry) for entry in entries}
    header = msgspec.json.decode(members.pop(_HEADER), type=Header)
    if header.format != FORMAT or header.version != VERSION:
        raise DataRefused(f"The model file has version {header.version}; this appliance reads version {VERSION}.")
    if {name: hashlib.sha256(data).hexdigest() for name, data in members.items()} != header.members:
        raise DataRefused("The model file is damaged: its digests differ.")
    return header, members


def _model(header: Header, members: dict[str, bytes], folder: Path) -> SequenceModel:
    parts: dict[str, Any] = dict.fromkeys(PARTS)
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        for name in PARTS:
            if name in members:
                (Path(inner) / name).write_bytes(members[name])
                parts[name] = read_model(Path(inner) / name)
    whole = Marks(np.frombuffer(members[_MARKS], np.uint8), header.salt)
    return SequenceModel(
        layout=header.layout,
        **parts,
        whole=whole,
        trained_rows=header.trained_rows,
        trained_groups=header.trained_groups,
        notes=header.notes,
    )
