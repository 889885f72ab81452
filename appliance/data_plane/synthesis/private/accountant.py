"""The budget: what every look at the table costs, added up in zero-concentrated differential privacy, and what that is as (ε, δ).

zCDP: Bun, Steinke, "Concentrated differential privacy", 2016. Conversion: Canonne, Kamath, Steinke 2020, corollary 13. The exponential
mechanism in zCDP: Cesar, Rogers, "Bounding, concentrating, and truncating", 2021."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array

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
    """The least δ for which ρ-zCDP is (ε, δ)-DP by corollary 13: the least over α of exp((α-1)(αρ-ε)) / (α-1) · (1-1/α)^α. Every α gives a
    valid δ, so that a grid of them errs on the safe side."""
    above, tail = _orders()
    return float(np.exp(min(float((above * ((1 + above) * rho - epsilon) + tail).min()), 0.0))) if rho > 0 else 0.0


def rho_for(epsilon: float, delta: float) -> float:
    """The largest ρ whose ρ-zCDP is (ε, δ)-DP: corollary 13 solved for ρ at every α."""
    above, tail = _orders()
    return max(float(((epsilon + (math.log(delta) - tail) / above) / (1 + above)).max()), 0.0)


def epsilon_of(rho: float, delta: float) -> float:
    """The least ε for which ρ-zCDP is (ε, δ)-DP."""
    above, tail = _orders()
    return max(float(((1 + above) * rho + (tail - math.log(delta)) / above).min()), 0.0)


def _orders() -> tuple[Array, Array]:
    """A grid of α - 1, and for each the logarithm of (1-1/α)^α / (α-1)."""
    above = np.geomspace(1e-4, 1e8, 6000)
    return above, (1 + above) * np.log1p(-1 / (1 + above)) - np.log(above)


def variance_for(rho: float) -> int:
    """The least whole variance of the discrete Gaussian that costs at most `rho` for counts of sensitivity one."""
    return max(1, math.ceil(1.0 / (2.0 * rho)))


def list_threshold(variance: int, delta: float) -> int:
    """The noisy count from which a value that nobody named may be told: a value of a single row passes with at most `delta`.

    The tail of the discrete Gaussian lies below that of the continuous one, one step nearer (Canonne, Kamath, Steinke 2020, proposition
    25); the latter is bounded by exp(-x² / (2 · variance)) / 2."""
    return 2 + math.ceil(math.sqrt(2.0 * variance * math.log(1.0 / (2.0 * delta))))
