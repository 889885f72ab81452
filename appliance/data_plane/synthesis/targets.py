"""What a tree is grown towards: a column as a few numbers per row whose squared error is worth reducing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import CategoryCodec, Codec, NumberCodec

ONE_HOT = 24
"""Columns with at most this many categories are one indicator per category; squared error is then the Gini index (Breiman et al. 1984)."""

DIRECTIONS = 8
FLAGS = 3


def column_target(codec: Codec, codes: Array, predictors: Sequence[tuple[Codec, Array]]) -> Array:
    """Rows × numbers. Rows whose code is protected get zeros; the caller leaves them out."""
    if isinstance(codec, NumberCodec):
        return _number_target(codec, codes)
    size = codec.size + 1
    if size <= ONE_HOT:
        return np.asarray(codes[:, None] == np.arange(size)[None, :], np.float64)
    return _profiles(codes, size, predictors)[np.minimum(codes, size)]


def _number_target(codec: NumberCodec, codes: Array) -> Array:
    """The rank and its squared distance from the middle (so that spread counts too), a flag for missing, flags for the heaviest values."""
    present = codes < codec.size
    safe = np.where(present, codes, 0)
    rank = np.where(present, codec.scale.rank[safe].astype(np.float64) - 0.5, 0.0)
    parts = [rank * 12**0.5, np.where(present, 6 * rank * rank - 0.5, 0.0)]
    if not present.all():
        parts.append(2.0 * ~present)
    counts = np.bincount(codes[present], minlength=codec.size) * codec.scale.heavy
    parts.extend(1.0 * (codes == code) for code in np.argsort(-counts, kind="stable")[:FLAGS].tolist() if counts[code] > 0)
    return np.stack(parts, 1)


def _profiles(codes: Array, size: int, predictors: Sequence[tuple[Codec, Array]]) -> Array:
    """A place for every category such that categories with like records lie together: the main directions of the categories' shares of
    the earlier columns' values (correspondence analysis). The last row is for protected codes and is zero."""
    counts = np.bincount(np.minimum(codes, size), minlength=size + 1)[:size].astype(np.float64)
    blocks = [_shares(codes, size, counts, coarse(codec, other)) for codec, other in predictors]
    if not blocks:
        return np.zeros((size + 1, 1))
    table = np.concatenate(blocks, 1) * np.sqrt(counts)[:, None]
    left, strength, _ = np.linalg.svd(table, full_matrices=False)
    kept = min(DIRECTIONS, len(strength))
    places = left[:, :kept] * strength[:kept] / np.sqrt(np.maximum(counts, 1))[:, None]
    return np.concatenate([places * 3, np.zeros((1, kept))])


def _shares(codes: Array, size: int, counts: Array, other: Array) -> Array:
    """By category: how much more often than on the whole each value of the other column occurs, drawn together for few rows."""
    width = int(other.max()) + 1
    inside = codes < size
    joint = np.bincount(codes[inside].astype(np.int64) * width + other[inside], minlength=size * width).reshape(size, width)
    overall = joint.sum(0) / max(joint.sum(), 1)
    share = (joint + 10 * overall) / (counts + 10)[:, None]
    return np.asarray((share - overall) / np.sqrt(np.maximum(overall, 1e-3)))


def coarse(codec: Codec, codes: Array, groups: int = 16) -> Array:
    """A column in at most `groups` + 1 groups: the most frequent categories, or stretches of a numeric column of like mass."""
    counts = np.bincount(codes, minlength=codec.size + 2)
    if isinstance(codec, CategoryCodec):
        label = np.full(len(counts), groups)
        label[np.argsort(-counts, kind="stable")[:groups]] = np.arange(min(groups, len(counts)))
    else:
        label = (np.cumsum(counts) - counts / 2) * groups / max(len(codes), 1)
        label[codec.size :] = groups
    return label.astype(np.int64)[codes]
