"""Small phrases that every text of the reports is built from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

NAMED_COLUMNS = 5
LONGEST_NAME = 60


def counted(number: int, thing: str) -> str:
    """`1 row`, `2 rows`: a number of things whose plural ends in s."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def listed(names: Sequence[str]) -> str:
    """Names in quotes, at most five of them."""
    shown = ", ".join(quoted(name) for name in names[:NAMED_COLUMNS])
    return shown + (f" and {len(names) - NAMED_COLUMNS} more" if len(names) > NAMED_COLUMNS else "")


def quoted(name: str) -> str:
    """A name in quotes, cut where it is very long."""
    return f"“{name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + '…'}”"


def share(part: float, digits: int = 1) -> str:
    """A share (0–1) as per cent with a true minus sign."""
    return f"{100 * part:.{digits}f} %".replace("-", "−")


def widened(value: float, low: float, high: float, count: int) -> tuple[float, float]:
    """A 95 % interval widened so that `count` of them hold together (Bonferroni): the worst of many is bad by chance alone."""
    half = max(value - low, high - value) * NormalDist().inv_cdf(1 - 0.025 / max(1, count)) / NormalDist().inv_cdf(0.975)
    return value - half, value + half


def evidence(value: float, low: float, high: float, chance: float) -> float:
    """How far a figure lies above chance, in halves of its interval: the order in which findings are worth reading."""
    half = max(value - low, high - value)
    return (value - chance) / half if half > 0 else math.copysign(math.inf, value - chance) if value != chance else 0.0
