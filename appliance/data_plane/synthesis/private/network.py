"""A Bayes network whose columns depend on earlier ones by log-linear weights, fitted to tables of pairs alone.

Each column's weights are those of the distribution of greatest entropy that has the measured tables with its parents. What the model
itself makes of the earlier columns stands in for rows, so that the fit is convex and never sees the table."""

from __future__ import annotations

import msgspec
import numpy as np
from scipy.linalg import cho_factor, cho_solve

from appliance.data_plane.synthesis.arrays import Array

ROUNDS = 30


class Node(msgspec.Struct, frozen=True):
    """One column: `bias` by its groups, `parents` (column numbers) and `weights`: for each parent its groups by the own ones."""

    bias: Array
    parents: tuple[int, ...] = ()
    weights: tuple[Array, ...] = ()

    def logits(self, codes: dict[int, Array], rows: int) -> Array:
        """Log weights of the groups for every record, up to a constant (rows by groups)."""
        found = np.repeat(self.bias[None, :], rows, 0)
        for parent, weight in zip(self.parents, self.weights, strict=True):
            found += weight[codes[parent]]
        return np.asarray(found)


def fit_node(own: Array, parents: tuple[int, ...], targets: list[Array], ridge: list[float], codes: dict[int, Array], rows: int) -> Node:
    """The node of one column. `own`: shares of its groups; `targets`: for each parent the shares of (parent group, own group);
    `ridge`: how strongly each parent's weights are held to 0; `codes`: groups of the model's own records.

    Accelerated ascent with the bound of Böhning, "Multinomial logistic regression algorithm", 1992, in the place of the Hessian."""
    bias = np.log(np.maximum(own, 1e-9)).astype(np.float32)
    if not parents:
        return Node(bias)
    sizes = [target.shape[0] for target in targets]
    starts = np.r_[0, np.cumsum(sizes)]
    design = np.zeros((int(starts[-1]), rows), np.float32)
    for place, parent in enumerate(parents):
        design[starts[place] + codes[parent], np.arange(rows)] = 1.0
    shares = design.mean(1)
    wanted = np.concatenate([_conditional(target, shares[starts[p] : starts[p + 1]]) for p, target in enumerate(targets)])
    held = np.repeat(np.array(ridge, np.float32), sizes)
    weights = _ascend(design, wanted.astype(np.float32), held, bias)
    return Node(bias, parents, tuple(weights[starts[p] : starts[p + 1]] for p in range(len(parents))))


def _conditional(target: Array, shares: Array) -> Array:
    """The target with the parent's shares as the records have them."""
    return np.asarray(target / np.maximum(target.sum(1, keepdims=True), 1e-12) * shares[:, None])


def _ascend(design: Array, wanted: Array, held: Array, bias: Array) -> Array:
    """Weights (parents' groups by own groups) from the design (parents' groups by records); groups come first, so that what runs over
    the own ones runs along memory."""
    rows = design.shape[1]
    factor = cho_factor(0.5 * (design @ design.T) / rows + np.diag(held + np.float32(1e-6)))
    weights = ahead = np.zeros(wanted.shape, np.float32)
    momentum = 1.0
    for _ in range(ROUNDS):
        shares = ahead.T @ design
        shares += bias[:, None]
        shares -= shares.max(0)
        np.exp(shares, out=shares)
        shares /= shares.sum(0)
        gradient = wanted - (design @ shares.T) / rows - held[:, None] * ahead
        after = ahead + cho_solve(factor, gradient, check_finite=False)
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = after + np.float32((momentum - 1) / following) * (after - weights)
        weights, momentum = after, following
    return np.asarray(weights)


def shares_of(logits: Array, temperature: float = 1.0) -> Array:
    """The chance of every group (rows by groups) from log weights; a temperature above 1 evens them out."""
    shares = logits.astype(np.float64) / temperature
    shares -= shares.max(1, keepdims=True)
    np.exp(shares, out=shares)
    return np.asarray(shares / shares.sum(1, keepdims=True))


def pick(shares: Array, random: np.random.Generator) -> Array:
    """One column of every row of shares."""
    border = np.cumsum(shares, 1)
    point = random.random((len(shares), 1)) * border[:, -1:]
    return np.asarray(np.minimum((border <= point).sum(1), shares.shape[1] - 1))
