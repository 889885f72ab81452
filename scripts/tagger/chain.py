"""A linear-chain conditional random field over hashed features, trained by AdaGrad, one text at a time.

Lafferty, McCallum, Pereira 2001; Duchi, Hazan, Singer 2011.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.data_plane.detection.tagger.decoding import KINDS, LABELS

try:
    from numba import njit as compiled
except ImportError:  # the short form in the tests does without: the same numbers, a hundred times slower

    def compiled(**_options: bool) -> Any:
        """A decorator that changes nothing."""
        return lambda function: function


FORBIDDEN = -30.0
RATE = 0.15


def first_transitions() -> NDArray[np.float64]:
    """Zero, but for going on with what has not begun."""
    table = np.zeros((LABELS, LABELS))
    for kind in range(len(KINDS)):
        for before in range(LABELS):
            if before not in (1 + 2 * kind, 2 + 2 * kind):
                table[before, 2 + 2 * kind] = FORBIDDEN
    return table


@compiled(cache=True)
def _marginals(scores: Any, step: Any, marginal: Any, pair: Any) -> float:
    n, k = scores.shape
    forward, backward, weight, total = np.zeros((n, k)), np.zeros((n, k)), np.zeros((n, k)), np.zeros(n)
    for t in range(n):
        top = scores[t].max()
        for j in range(k):
            weight[t, j] = np.exp(scores[t, j] - top)
    for t in range(n):
        for j in range(k):
            value = 0.0
            if t == 0:
                value = step[0, j]
            else:
                for i in range(k):
                    value += forward[t - 1, i] * step[i, j]
            forward[t, j] = value * weight[t, j]
            total[t] += forward[t, j]
        for j in range(k):
            forward[t, j] /= total[t]
    for i in range(k):
        backward[n - 1, i] = step[i, 0]
    for t in range(n - 2, -1, -1):
        for i in range(k):
            value = 0.0
            for j in range(k):
                value += step[i, j] * weight[t + 1, j] * backward[t + 1, j]
            backward[t, i] = value / total[t + 1]
    for t in range(n):
        size = 0.0
        for j in range(k):
            marginal[t, j] = forward[t, j] * backward[t, j]
            size += marginal[t, j]
        for j in range(k):
            marginal[t, j] /= size
    for t in range(1, n):
        size = 0.0
        for i in range(k):
            for j in range(k):
                size += forward[t - 1, i] * step[i, j] * weight[t, j] * backward[t, j]
        for i in range(k):
            for j in range(k):
                pair[i, j] += forward[t - 1, i] * step[i, j] * weight[t, j] * backward[t, j] / size
    return 0.0


@compiled(cache=True)
def epoch(rows: Any, labels: Any, edges: Any, order: Any, weights: Any, squares: Any, transitions: Any, moves: Any, rate: float) -> float:
    """One pass over the texts in `order`; updates weights and transitions in place. Returns the mean loss per token (nats)."""
    loss, count, k = 0.0, 0, transitions.shape[0]
    for number in order:
        first, last = edges[number], edges[number + 1]
        n = last - first
        if n == 0:
            continue
        scores = np.zeros((n, k))
        for t in range(n):
            for f in range(rows.shape[1]):
                row = rows[first + t, f]
                if row >= 0:
                    for j in range(1, k):
                        scores[t, j] += weights[row, j - 1]
        marginal, pair = np.zeros((n, k)), np.zeros((k, k))
        _marginals(scores, np.exp(transitions), marginal, pair)
        for t in range(n):
            gold = labels[first + t]
            loss -= np.log(max(marginal[t, gold], 1e-12))
            if t:
                pair[labels[first + t - 1], gold] -= 1.0
            marginal[t, gold] -= 1.0
            if np.abs(marginal[t]).max() < 0.003:
                continue
            for f in range(rows.shape[1]):
                row = rows[first + t, f]
                if row >= 0:
                    for j in range(1, k):
                        slope = marginal[t, j]
                        squares[row, j - 1] += slope * slope
                        weights[row, j - 1] -= rate * slope / np.sqrt(squares[row, j - 1])
        for i in range(k):
            for j in range(k):
                if transitions[i, j] > FORBIDDEN + 1 and pair[i, j] != 0.0:
                    moves[i, j] += pair[i, j] * pair[i, j]
                    transitions[i, j] -= 0.05 * pair[i, j] / np.sqrt(moves[i, j])
        count += n
    return loss / max(count, 1)
