"""The private model's file: a zip of one JSON description and a few plain arrays, the same bytes for the same model.

`model.json` holds names, codecs and shapes; arrays stand in it as `{"dtype", "start", "shape"}` and lie end to end in one `<dtype>.bin` per
type, little-endian. `digest.json` holds the version and the sha256 of every member. Nothing in it is ever executed; a reader refuses other
members, sizes past `LIMIT`, digests that differ, and numbers that point nowhere."""

from __future__ import annotations

import hashlib
import math
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.private.model import PrivateModel
from appliance.data_plane.synthesis.private.model_check import check_model
from appliance.errors import DataRefused

VERSION = 1
LIMIT = 2 * 2**30
DTYPES = {"int32": "<i4", "int64": "<i8", "float32": "<f4", "float64": "<f8"}
_KIND = "appliance private network"
_MOMENT = (1980, 1, 1, 0, 0, 0)


class _Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dtype: str
    start: int
    shape: tuple[int, ...]


class _Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    version: int
    members: dict[str, str]


def write_model(model: PrivateModel, path: Path) -> None:
    """Writes the file in place; the caller writes into a folder that nobody reads yet."""
    parts: dict[str, list[Array]] = {dtype: [] for dtype in DTYPES}

    def refer(value: object) -> object:
        if not isinstance(value, np.ndarray):
            raise NotImplementedError
        held = parts[value.dtype.name]
        start = sum(array.size for array in held)
        held.append(np.ascontiguousarray(value).ravel())
        return msgspec.to_builtins(_Reference(value.dtype.name, start, value.shape))

    members = {"model.json": msgspec.json.encode(msgspec.to_builtins(model, enc_hook=refer))}
    members |= {f"{dtype}.bin": np.concatenate(held).astype(DTYPES[dtype]).tobytes() for dtype, held in parts.items() if held}
    digest = _Digest(_KIND, VERSION, {name: hashlib.sha256(data).hexdigest() for name, data in members.items()})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, data in {"digest.json": msgspec.json.encode(digest), **members}.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=4)


def read_model(path: Path) -> PrivateModel:
    """Reads and checks a model file. Raises DataRefused."""
    try:
        members = _members(path)
        arrays = {dtype: np.frombuffer(members.get(f"{dtype}.bin", b""), order) for dtype, order in DTYPES.items()}
        model = msgspec.convert(msgspec.json.decode(members["model.json"]), PrivateModel, dec_hook=_resolver(arrays))
        check_model(model)
    except (OSError, zipfile.BadZipFile, msgspec.MsgspecError, ArithmeticError, ValueError, LookupError, EOFError, RecursionError) as error:
        raise DataRefused(f"The model file is damaged or not one of ours ({type(error).__name__}).") from error
    except (NotImplementedError, RuntimeError, TypeError, zlib.error) as error:
        raise DataRefused("The model file is packed in a way that none of ours is.") from error
    return model


def _members(path: Path) -> dict[str, bytes]:
    """Every member of the archive, after sizes, names and digests were checked."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if len(names) != len(entries) or not names <= {"digest.json", "model.json", *(f"{dtype}.bin" for dtype in DTYPES)}:
            raise ValueError("members")
        if sum(entry.file_size for entry in entries) > LIMIT:
            raise DataRefused(f"The model file is larger than {LIMIT // 2**30} GiB when unpacked.")
        members = {entry.filename: _unpacked(archive, entry) for entry in entries}
    digest = msgspec.json.decode(members.pop("digest.json"), type=_Digest)
    if digest.format != _KIND or digest.version != VERSION:
        raise DataRefused(f"The model file is of another kind or version than this appliance reads (version {VERSION}).")
    if {name: hashlib.sha256(data).hexdigest() for name, data in members.items()} != digest.members:
        raise DataRefused("The model file is damaged: its digests differ.")
    return members


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A member, read no further than the size it declares."""
    with archive.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise ValueError("size")
    return data


def _resolver(arrays: dict[str, Array]) -> Callable[[type, object], Any]:
    def resolve(_: type, value: object) -> Array:
        reference = msgspec.convert(value, _Reference)
        source = arrays[reference.dtype]
        if not 1 <= len(reference.shape) <= 2 or min(reference.shape) < 0 or reference.start < 0:
            raise ValueError("array reference")
        end = reference.start + math.prod(reference.shape)
        if end > len(source):
            raise ValueError("array reference")
        return source[reference.start : end].reshape(reference.shape)

    return resolve
