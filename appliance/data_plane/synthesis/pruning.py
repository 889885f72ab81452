"""Pruning out of sample: a split stays only where it helps rows that had no say in it (reduced-error pruning, Quinlan 1987)."""

from __future__ import annotations

import numpy as np

from appliance.data_plane.synthesis.arrays import Array


def subtree_ends(right: Array) -> Array:
    """For nodes in depth-first order: one past the last node of each node's subtree (`right` is -1 at leaves)."""
    children = right.tolist()
    ends = [0] * len(children)
    for node in range(len(children) - 1, -1, -1):
        ends[node] = node + 1 if children[node] < 0 else ends[children[node]]
    return np.asarray(ends)


def subtree_sums(leaf_of: Array, targets: Array, ends: Array) -> tuple[Array, Array]:
    """Rows and sums of targets in every node's subtree; `leaf_of` is the node in which each row ends."""
    nodes = len(ends)
    counts = np.bincount(leaf_of, minlength=nodes).astype(np.float64)
    sums = np.stack([np.bincount(leaf_of, targets[:, k], nodes) for k in range(targets.shape[1])], 1)
    total = np.concatenate([np.zeros((1, sums.shape[1] + 1)), np.cumsum(np.column_stack([counts, sums]), 0)])
    spread = total[ends] - total[: len(ends)]
    return spread[:, 0], spread[:, 1:]


def prune(left: Array, right: Array, grown: tuple[Array, Array], judged: tuple[Array, Array], penalty: float = 0.0) -> tuple[Array, float]:
    """Which nodes become leaves, and the share of the root's squared error that the pruned tree leaves.

    `grown` and `judged` are rows and sums per subtree, of the growing and of the judging rows. A node's prediction is the mean of its
    growing rows; its loss the squared error on its judging rows (less a constant). A split must win more than `penalty` times the
    variance of one judging row."""
    mean = grown[1] / np.maximum(grown[0], 1)[:, None]
    loss = (judged[0] * (mean * mean).sum(1) - 2 * (mean * judged[1]).sum(1)).tolist()
    best, cut = list(loss), [True] * len(loss)
    lefts, rights = left.tolist(), right.tolist()
    for node in range(len(loss) - 1, -1, -1):
        if lefts[node] >= 0:
            below = best[lefts[node]] + best[rights[node]]
            if below < loss[node] - penalty:
                best[node], cut[node] = below, False
    return np.asarray(cut), best[0] - loss[0]
