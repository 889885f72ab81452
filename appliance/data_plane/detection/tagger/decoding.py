"""From label scores to labelled stretches: forward-backward over a chain of labels, only where something else than "nothing" is near."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

KINDS = ("person_name", "location", "organization_name")
LABELS = 1 + 2 * len(KINDS)
"""0 is "nothing"; 1 + 2k starts an entity of kind k, 2 + 2k goes on with it."""
CUT = 64
"""Longest run that is decoded as one chain; a longer one is cut there."""


class Runs(NamedTuple):
    """Stretches of neighbouring tokens, longest first."""

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


def runs_of(active: NDArray[np.bool_]) -> Runs:
    """The stretches of tokens marked active."""
    padded = np.concatenate([[False], active, [False]])
    change = np.flatnonzero(padded[1:] != padded[:-1])
    starts, ends = change[::2], change[1::2]
    pieces = (ends - starts + CUT - 1) // CUT
    first = np.repeat(starts, pieces)
    inner = np.arange(len(first)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = first + inner * CUT
    lengths = np.minimum(np.repeat(ends, pieces) - starts, CUT)
    order = np.argsort(-lengths, kind="stable")
    return Runs(starts[order], lengths[order])


def posteriors(scores: Floats, transitions: Floats, active: NDArray[np.bool_]) -> Floats:
    """Probability of each label at each token (rows sum to 1), where tokens that are not active are certainly "nothing".

    `scores`: tokens × labels, natural logs; `transitions`: labels × labels, from row to column. The forward-backward recursions of a
    linear chain (Rabiner 1989), all runs side by side, in the scaled domain."""
    result = np.zeros_like(scores)
    result[:, 0] = 1
    runs = runs_of(active)
    if not len(runs.starts):
        return result
    weight = np.exp(scores - scores.max(1, keepdims=True))
    step = np.exp(transitions)
    longest = int(runs.lengths[0])
    alive = [int(np.searchsorted(-runs.lengths, -t, side="left")) for t in range(longest)]
    forward = np.zeros((longest, len(runs.starts), LABELS), np.float32)
    current = weight[runs.starts] * step[0]
    forward[0] = current / current.sum(1, keepdims=True)
    for t in range(1, longest):
        n = alive[t]
        current = (forward[t - 1, :n] @ step) * weight[runs.starts[:n] + t]
        forward[t, :n] = current / current.sum(1, keepdims=True)
    _backward(result, runs, alive, (forward, weight, step))
    return result


def _backward(result: Floats, runs: Runs, alive: list[int], tables: tuple[Floats, Floats, Floats]) -> None:
    forward, weight, step = tables
    backward = np.tile(step[:, 0], (len(runs.starts), 1))
    for t in range(len(alive) - 1, -1, -1):
        n = alive[t]
        both = forward[t, :n] * backward[:n]
        result[runs.starts[:n] + t] = both / both.sum(1, keepdims=True)
        if t:
            before = (weight[runs.starts[:n] + t] * backward[:n]) @ step.T
            backward[:n] = before / before.sum(1, keepdims=True)


class Stretches(NamedTuple):
    """Found entities, in reading order: tokens `first` to `last` (inclusive), `kind` (a place in `KINDS`), raw `score` 0–1."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    kind: NDArray[np.int64]
    score: Floats


def stretches(probability: Floats, floor: float) -> Stretches:
    """Neighbouring tokens of one kind whose probability of being anything reaches `floor`. A token that more probably starts an entity than
    goes on with one starts a new stretch. The score is the mean probability of the kind."""
    masses = probability[:, 1::2] + probability[:, 2::2]
    places = np.flatnonzero(1 - probability[:, 0] >= floor)
    if not len(places):
        none = np.zeros(0, np.int64)
        return Stretches(none, none, none, np.zeros(0, np.float32))
    kind = masses[places].argmax(1)
    begins = probability[places, 1 + 2 * kind] > probability[places, 2 + 2 * kind]
    fresh = np.ones(len(places), bool)
    fresh[1:] = (np.diff(places) > 1) | (kind[1:] != kind[:-1]) | begins[1:]
    first = np.flatnonzero(fresh)
    sizes = np.diff(np.append(first, len(places)))
    score = np.add.reduceat(masses[places, kind], first) / sizes
    return Stretches(places[first], places[first + sizes - 1], kind[first], score.astype(np.float32))
