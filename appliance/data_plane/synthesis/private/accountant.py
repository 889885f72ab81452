"""The budget: what every look at the table costs, added up in zero-concentrated differential privacy, and what that is as (ε, δ).

zCDP: Bun, Steinke, "Concentrated differential privacy", 2016. Conversion: Canonne, Kamath, Steinke 2020, corollary 13. The exponential
mechanism in zCDP: Cesar, Rogers, "Bounding, concentrating, and truncating", 2021."""

from __future__ import annotations

import math

import msgspec

COUNT_SHARE = 0.04
"""Of ε, for the number of rows."""

LIST_SHARE = 0.1
"""Of δ, for lists of values that are not known beforehand."""

_MARGIN = 5
"""Scales of the count's noise that are added before δ is chosen from it."""


class Expense(msgspec.Struct, frozen=True):
    """One look at the table: for what, by which mechanism, at which price (`rho`; 0 where it was paid in ε alone)."""

    purpose: str
    mechanism: str
    rho: float


class Ledger:
    """What may be spent and what was. Raises RuntimeError when more is spent than there is: that is a fault of the engine."""

    def __init__(self, rho: float) -> None:
        self.rho = rho
        self.expenses: list[Expense] = []

    @property
    def spent(self) -> float:
        return math.fsum(expense.rho for expense in self.expenses)

    def spend(self, purpose: str, mechanism: str, rho: float) -> None:
        """Note an expense before the table is looked at."""
        if self.spent + rho > self.rho * (1 + 1e-9):
            raise RuntimeError(f"The privacy budget does not cover {purpose}.")
        self.expenses.append(Expense(purpose, mechanism, rho))


def count_scale(epsilon: float) -> int:
    """The scale of the discrete Laplace noise on the number of rows: the least whole number that costs at most COUNT_SHARE of ε."""
    return math.ceil(1.0 / (COUNT_SHARE * epsilon))


def chosen_delta(noisy_count: int, scale: int) -> float:
    """δ where none was given: 1 / N^1.5 of N = the noisy count and a margin of five times its noise, so that, on average over that noise,
    it is at most 1 / rows^1.5."""
    return float((max(noisy_count, 0) + _MARGIN * scale + 1) ** -1.5)


def delta_of(rho: float, epsilon: float) -> float:
    """The least δ for which ρ-zCDP is (ε, δ)-DP by corollary 13; any α gives a valid δ, so a coarse search errs on the safe side."""
    if rho <= 0:
        return 0.0
    low, high = math.log(1e-6), math.log(1e9)
    for _ in range(80):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if _log_delta(rho, epsilon, math.exp(left)) < _log_delta(rho, epsilon, math.exp(right)):
            high = right
        else:
            low = left
    return math.exp(min(_log_delta(rho, epsilon, math.exp((low + high) / 2)), 0.0))


def _log_delta(rho: float, epsilon: float, above_one: float) -> float:
    alpha = 1.0 + above_one
    return above_one * (alpha * rho - epsilon) + alpha * math.log1p(-1.0 / alpha) - math.log(above_one)


def rho_for(epsilon: float, delta: float) -> float:
    """The largest ρ whose ρ-zCDP is (ε, δ)-DP."""
    low, high = 0.0, epsilon + 1.0
    while delta_of(high, epsilon) <= delta:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if delta_of(middle, epsilon) <= delta:
            low = middle
        else:
            high = middle
    return low


def epsilon_of(rho: float, delta: float) -> float:
    """The least ε for which ρ-zCDP is (ε, δ)-DP."""
    low, high = 0.0, 1.0
    while delta_of(rho, high) > delta:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if delta_of(rho, middle) <= delta:
            high = middle
        else:
            low = middle
    return high


def variance_for(rho: float) -> int:
    """The least whole variance of the discrete Gaussian that costs at most `rho` for counts of sensitivity one."""
    return max(1, math.ceil(1.0 / (2.0 * rho)))


def list_threshold(variance: int, delta: float) -> int:
    """The noisy count from which a value that nobody named may be told: a value of a single row passes with at most `delta`.

    The tail of the discrete Gaussian lies below that of the continuous one, one step nearer (Canonne, Kamath, Steinke 2020, proposition
    25); the latter is bounded by exp(-x² / (2 · variance)) / 2."""
    return 2 + math.ceil(math.sqrt(2.0 * variance * math.log(1.0 / (2.0 * delta))))
