"""A file of one Struct and its arrays: a zip of a JSON description and a few arrays, the same bytes for the same Struct. Nothing in it
is ever executed.

`model.json` holds names, codecs and the shape of everything; arrays stand in it as `{"dtype", "start", "shape"}` and lie end to end in one
`<dtype>.npy` per type. `digest.json` holds the form, its version and the sha256 of every member. A reader refuses other members, sizes past
`LIMIT`, digests that differ and references that point nowhere; whether the numbers make sense is for the caller to check."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.errors import DataRefused

LIMIT = 4 * 2**30
DTYPES = ("bool", "uint8", "uint16", "int32", "int64", "float32", "float64")
_MOMENT = (1980, 1, 1, 0, 0, 0)

Described = TypeVar("Described", bound=msgspec.Struct)

DAMAGES = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    msgspec.MsgspecError,
    ArithmeticError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    RuntimeError,
)
"""What reading a damaged or hostile file raises; a packing that is not ours and a nesting too deep are kinds of RuntimeError."""


class _Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dtype: str
    start: int
    shape: tuple[int, ...]


class _Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    version: int
    members: dict[str, str]


def write_arrays(described: msgspec.Struct, path: Path, form: str, version: int) -> None:
    """Writes the file in place; the caller writes into a folder that nobody reads yet."""
    parts: dict[str, list[Array]] = {}
    lengths: dict[str, int] = {}

    def refer(value: object) -> object:
        if not isinstance(value, np.ndarray):
            raise NotImplementedError
        dtype = value.dtype.name
        start = lengths.get(dtype, 0)
        parts.setdefault(dtype, []).append(np.ascontiguousarray(value).ravel())
        lengths[dtype] = start + value.size
        return msgspec.to_builtins(_Reference(dtype, start, value.shape))

    members = {"model.json": msgspec.json.encode(msgspec.to_builtins(described, enc_hook=refer))}
    members |= {f"{dtype}.npy": _npy(np.concatenate(parts[dtype])) for dtype in DTYPES if dtype in parts}
    digest = _Digest(form, version, {name: hashlib.sha256(data).hexdigest() for name, data in members.items()})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, data in {"digest.json": msgspec.json.encode(digest), **members}.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=4)


def _npy(values: Array) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, values.astype(values.dtype.newbyteorder("<")), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def read_arrays(path: Path, kind: type[Described], form: str, version: int) -> Described:
    """Reads what `write_arrays` wrote, with arrays that cannot be changed. Raises DataRefused."""
    try:
        members = _members(path, form, version)
        arrays = {dtype: _array(members[f"{dtype}.npy"], dtype) for dtype in DTYPES if f"{dtype}.npy" in members}
        return msgspec.convert(msgspec.json.decode(members["model.json"]), kind, dec_hook=_resolver(arrays))
    except DAMAGES as error:
        raise damaged(error) from error


def damaged(error: BaseException) -> DataRefused:
    """The refusal of a model file that cannot be read."""
    return DataRefused(f"The model file is damaged or not one of ours ({type(error).__name__}).")


def _members(path: Path, form: str, version: int) -> dict[str, bytes]:
    """Every member of the archive, after sizes, names and digests were checked."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        allowed = {"digest.json", "model.json", *(f"{dtype}.npy" for dtype in DTYPES)}
        if len({entry.filename for entry in entries}) != len(entries) or not {entry.filename for entry in entries} <= allowed:
            raise ValueError("members")
        if sum(entry.file_size for entry in entries) > LIMIT:
            raise DataRefused(f"The model file is larger than {LIMIT // 2**30} GiB when unpacked.")
        members = {entry.filename: unpacked(archive, entry) for entry in entries}
    digest = msgspec.json.decode(members.pop("digest.json"), type=_Digest)
    if digest.format != form:
        raise DataRefused("The model file is of another engine than the archive says.")
    if digest.version != version:
        raise DataRefused(f"The model file has version {digest.version}; this appliance reads version {version}.")
    if {name: hashlib.sha256(data).hexdigest() for name, data in members.items()} != digest.members:
        raise DataRefused("The model file is damaged: its digests differ.")
    return members


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A member, read no further than the size it declares."""
    with archive.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise ValueError("size")
    return data


def _array(data: bytes, dtype: str) -> Array:
    """One plain one-dimensional array; its header may not promise more than the member holds."""
    buffer = io.BytesIO(data)
    if np.lib.format.read_magic(buffer) != (1, 0):
        raise ValueError("npy version")
    shape, _, kind = np.lib.format.read_array_header_1_0(buffer, max_header_size=1024)
    if len(shape) != 1 or kind != np.dtype(dtype).newbyteorder("<") or shape[0] * kind.itemsize != len(data) - buffer.tell():
        raise ValueError("npy header")
    return np.frombuffer(data, kind, offset=buffer.tell())


def _resolver(arrays: dict[str, Array]) -> Callable[[type, object], Any]:
    def resolve(_: type, value: object) -> Array:
        reference = msgspec.convert(value, _Reference)
        count = 1
        for side in reference.shape:
            count *= max(side, -1)
        source = arrays[reference.dtype] if reference.dtype in arrays else np.zeros(0, np.dtype(_known(reference.dtype)))
        if (
            reference.start < 0
            or count < 0
            or len(reference.shape) > 2
            or min(reference.shape, default=0) < 0
            or reference.start + count > len(source)
        ):
            raise ValueError("array reference")
        return source[reference.start : reference.start + count].reshape(reference.shape)

    return resolve


def _known(dtype: str) -> str:
    if dtype not in DTYPES:
        raise ValueError("array type")
    return dtype
