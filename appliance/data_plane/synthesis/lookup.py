"""The two searches that making records consists of, for many records at once: the leaf of a record, and the place of a random number among
cumulated shares. Both give what the plain search gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from appliance.data_plane.synthesis.arrays import Array

FEW = 400
"""Records of a node below which the nodes are walked all at once: a node of its own costs some microseconds however few they are."""

TRIES = 3
_LARGEST = 65_535
"""Order numbers are of 16 bits."""


def leaf_nodes(feature: Array, threshold: Array, left: Array, right: Array, features: Sequence[Array], rows: int) -> Array:
    """The node at which each record ends (`feature` -1); `features` are the records' order numbers by feature.

    From the root down each node parts its records, which reads one feature in order; where only a few are left, all are walked down
    together, level by level."""
    nodes = np.zeros(rows, np.int32)
    border = np.floor(np.clip(threshold, -1, _LARGEST)).astype(np.int64)
    asked, borders, no, yes = feature.tolist(), border.tolist(), left.tolist(), right.tolist()
    waiting: list[tuple[int, Array]] = []
    todo = [(0, np.arange(rows))]
    while todo:
        node, some = todo.pop()
        if asked[node] < 0:
            nodes[some] = node
        elif len(some) < FEW:
            waiting.append((node, some))
        else:
            column = features[asked[node]]
            above = (column if len(some) == rows else column.take(some)) > borders[node]
            todo += [(yes[node], some.compress(above)), (no[node], some.compress(~above))]
    if waiting:
        active = np.concatenate([some for _, some in waiting])
        here = np.repeat([node for node, _ in waiting], [len(some) for _, some in waiting])
        _walk(nodes, active, here, feature, border, np.stack([left, right], 1).ravel(), np.concatenate(features))
    return nodes


def _walk(nodes: Array, active: Array, here: Array, feature: Array, border: Array, child: Array, table: Array) -> None:
    """Walks the `active` records from the nodes `here` to their ends; `table`: all features, one after another."""
    start, ends = feature.astype(np.int64) * len(nodes), feature < 0
    child = child.astype(np.int64)
    while len(active):
        above = table.take(start.take(here) + active) > border.take(here)
        there = child.take(2 * here + above)
        ended = ends.take(there)
        nodes[active.compress(ended)] = there.compress(ended)
        going = ~ended
        active, here = active.compress(going), there.compress(going)


def places_above(edges: Array, keys: Array, span: int) -> Array:
    """`np.searchsorted(edges, keys, side="right")` for keys from 0 to below `span`: a table of the answers at some points of every unit
    leaves only a step or two (Chen and Asau 1974)."""
    cells = _cells(len(edges), len(keys), span)
    if not cells:
        return np.asarray(np.searchsorted(edges, keys, side="right"))
    guide = np.searchsorted(edges, np.arange(span * cells) / cells, side="right")
    found = guide.take((keys * cells).astype(np.int64))
    padded = np.append(edges, np.inf)
    active = np.flatnonzero(padded.take(found) <= keys)
    for _ in range(TRIES):
        found[active] += 1
        active = active.compress(padded.take(found.take(active)) <= keys.take(active))
        if not len(active):
            return found
    found[active] = np.searchsorted(edges, keys.take(active), side="right")
    return found


def _cells(edges: int, keys: int, span: int) -> int:
    """Points in every unit: a power of two, about two for every edge, and few beside the keys; 0 where no table pays."""
    wanted = min(2 * edges, keys // 4) // max(span, 1)
    return int(2 ** (wanted.bit_length() - 1)) if wanted else 0
