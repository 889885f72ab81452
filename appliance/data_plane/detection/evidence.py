"""What the values of a column say for a label, as log-odds with the shares behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

LEAST_SHARE, FULL_SHARE = 0.3, 0.88
"""Below the first a share of matching values says nothing, from the second on it says all."""


class Evidence(msgspec.Struct, frozen=True):
    """What values say for one label. `strength`: log-odds (below 0: against). `share` of distinct values that match; `check`: share of
    those that pass a check digit; `listed`: share that a word list holds; negative where nothing was asked. `formed`: the values are
    written as such values are, even where no list knows them: a clear header then settles it."""

    label: str
    strength: float
    share: float
    check: float = -1.0
    listed: float = -1.0
    formed: bool = False


Found = Iterator[Evidence]


def lent(strength: float, share: float) -> float:
    """Log-odds of a form that speaks with `strength` when all values have it, for a share of them."""
    return strength * min(1.0, max(0.0, (share - LEAST_SHARE) / (FULL_SHARE - LEAST_SHARE)))


def listed_odds(share: float, count: int, usual: float, chance: float, most: float) -> float:
    """Log-odds that a list knows such a share of `count` values because they are of its kind (it then knows `usual` of them), and not as
    it knows other words (`chance`). Values are no independent draws, so that more than forty count no more than twenty."""
    gain = share * math.log(usual / chance) + (1 - share) * math.log((1 - usual) / (1 - chance))
    return max(-6.0, min(most, gain * min(20.0, 1 + 0.5 * count)))


def beyond_chance(passed: int, asked: int, chance: float, most: float = 8.0) -> float:
    """Log-odds that so many of `asked` values pass a check by more than chance: the likelihood at 97 % against that at `chance`."""
    chance = max(chance, 1e-4)
    gain = passed * math.log(0.97 / chance) + (asked - passed) * math.log(0.03 / (1 - chance))
    return max(-most, min(most, gain))


def probability(logit: float) -> float:
    """The probability of log-odds."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))
