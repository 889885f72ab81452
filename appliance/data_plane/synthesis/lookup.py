"""The two searches that making records consists of, for many records at once: the leaf of a record, and the place of a random number among
cumulated shares. Both give what the plain search gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from appliance.data_plane.synthesis.arrays import Array

FEW = 400
"""Records of a node below which the nodes are walked all at once: a node of its own costs some microseconds however few they are."""

TRIES = 3
_CELLS = 16


def leaf_nodes(feature: Array, threshold: Array, left: Array, right: Array, features: Sequence[Array], rows: int) -> Array:
    """The node at which each record ends (`feature` -1); `features` are the records' order numbers by feature.

    From the root down each node parts its records, which reads one feature in order; where only a few are left, all are walked down
    together, level by level."""
    nodes = np.zeros(rows, np.int32)
    asked, border, no, yes = feature.tolist(), threshold.tolist(), left.tolist(), right.tolist()
    waiting: list[tuple[int, Array]] = []
    todo = [(0, np.arange(rows, dtype=np.int32))]
    while todo:
        node, some = todo.pop()
        if asked[node] < 0:
            nodes[some] = node
        elif len(some) < FEW:
            waiting.append((node, some))
        else:
            column = features[asked[node]]
            above = (column if len(some) == rows else column.take(some)) > border[node]
            todo += [(yes[node], some[above]), (no[node], some[~above])]
    if waiting:
        active = np.concatenate([some for _, some in waiting])
        here = np.repeat(np.asarray([node for node, _ in waiting], np.int32), [len(some) for _, some in waiting])
        _walk(nodes, active, here, feature, threshold, np.stack([left, right], 1).ravel(), np.concatenate(features))
    return nodes


def _walk(nodes: Array, active: Array, here: Array, feature: Array, threshold: Array, child: Array, table: Array) -> None:
    """Walks the `active` records from the nodes `here` to their ends; `table`: all features, one after another."""
    start, ends = feature.astype(np.int64) * len(nodes), feature < 0
    while len(active):
        above = table.take(start.take(here) + active) > threshold.take(here)
        there = child.take(2 * here + above)
        ended = ends.take(there)
        nodes[active[ended]] = there[ended]
        active, here = active[~ended], there[~ended]


def places_above(edges: Array, keys: Array, span: int, cells: int = _CELLS) -> Array:
    """`np.searchsorted(edges, keys, side="right")` for keys from 0 to below `span`: a table of the answers at `cells` (a power of two)
    points of every unit leaves only a step or two (Chen and Asau 1974)."""
    if 4 * span * cells > len(keys):
        return np.asarray(np.searchsorted(edges, keys, side="right"))
    guide = np.searchsorted(edges, np.arange(span * cells) / cells, side="right")
    found = guide.take((keys * cells).astype(np.int64))
    padded = np.append(edges, np.inf)
    active = np.flatnonzero(padded.take(found) <= keys)
    for _ in range(TRIES):
        found[active] += 1
        active = active[padded.take(found[active]) <= keys[active]]
        if not len(active):
            return found
    found[active] = np.searchsorted(edges, keys[active], side="right")
    return found
