"""The model file: a short JSON head, then the tables as raw little-endian bytes; a JSON beside it holds its digest and provenance."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.data_plane.detection.tagger.decoding import LABELS, Floats
from appliance.data_plane.detection.tagger.gazetteer import Gazetteer
from appliance.errors import JobFailed

MAGIC = b"namestg1"
LANES = 8
"""Weights per row in memory: one per label and one left over, so that a row is 16 bytes."""
_HEAD = struct.Struct("<8sI")


class ModelDamaged(JobFailed):
    """The model file is not the one that its provenance describes, or it is cut short."""


class Head(msgspec.Struct, frozen=True):
    """`bits`: log2 of the rows of the weight table; `scale`: value of one step of a weight; `transitions`: labels × labels, natural logs;
    `words`: entries of the word lists; `calibration`: per kind of entity slope and intercept of the logistic curve over the raw score's
    log-odds."""

    bits: int
    scale: float
    words: int
    transitions: list[list[float]]
    calibration: list[tuple[float, float]]


class Model(NamedTuple):
    """What tagging needs. `weights`: rows × 8 lanes, steps of `head.scale`; the lane of label 0 is zero."""

    head: Head
    weights: NDArray[np.int16]
    transitions: Floats
    gazetteer: Gazetteer


def pack(head: Head, weights: NDArray[np.int8], gazetteer: Gazetteer) -> bytes:
    """The bytes of a model file. `weights`: rows × (labels - 1), label 0 being zero everywhere."""
    text = msgspec.json.encode(head)
    text += b" " * (-(len(text) + _HEAD.size) % 8)
    tables = (gazetteer.hashes.astype("<u4"), gazetteer.bits, weights)
    return b"".join([_HEAD.pack(MAGIC, len(text)), text, *(table.tobytes() for table in tables)])


def unpack(data: bytes) -> Model:
    """The model in a file's bytes. Raises `ModelDamaged` when they are not a whole model."""
    if len(data) < _HEAD.size or not data.startswith(MAGIC):
        raise ModelDamaged("The name model is damaged: its head is missing; install the appliance again")
    _, size = _HEAD.unpack_from(data)
    try:
        head = msgspec.json.decode(data[_HEAD.size : _HEAD.size + size], type=Head)
    except msgspec.DecodeError:
        raise ModelDamaged("The name model is damaged: its head cannot be read; install the appliance again") from None
    at = _HEAD.size + size
    rows = 1 << head.bits
    if len(data) != at + 5 * head.words + rows * (LABELS - 1):
        raise ModelDamaged("The name model is damaged: its length is wrong; install the appliance again")
    hashes = np.frombuffer(data, "<u4", head.words, at)
    bits = np.frombuffer(data, np.uint8, head.words, at + 4 * head.words)
    steps = np.frombuffer(data, np.int8, rows * (LABELS - 1), at + 5 * head.words).reshape(rows, LABELS - 1)
    weights = np.zeros((rows, LANES), np.int16)
    weights[:, 1:LABELS] = steps
    return Model(head, weights, np.array(head.transitions, np.float32), Gazetteer(hashes, bits))


def _shipped(name: str) -> bytes:
    return (files("appliance.data_plane.detection.tagger") / name).read_bytes()


def read(source: Callable[[str], bytes] = _shipped) -> Model:
    """The shipped model, checked against the digest in its provenance. Raises `ModelDamaged`."""
    data = source("names.model")
    provenance: dict[str, Any] = msgspec.json.decode(source("names.json"))
    if hashlib.sha256(data).hexdigest() != provenance.get("sha256"):
        raise ModelDamaged("The name model is damaged: its digest is not that of its provenance; install the appliance again")
    return unpack(data)
