"""What expressions of one job work with: the key, the fakes, the detector, the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from appliance.configurations.expression import tree
from appliance.configurations.expression.usage import nodes
from appliance.data_plane.transform.evaluation.bounds import Budget
from appliance.data_plane.transform.evaluation.prose import EntityFinder
from appliance.data_plane.transform.values.fakes import Fakes
from appliance.data_plane.transform.values.keys import ValueKey
from appliance.data_plane.transform.values.words import DEFAULT_LOCALE, Words

_MOST_FAKES = 256
"""Makers of fakes that are kept: a seed may differ from row to row."""


class Tools:
    """`key`: of the project. `locales` and `seed`: of the configuration's globals. `finder`: None where no free text is searched."""

    def __init__(self, key: ValueKey, *, locales: tuple[str, ...], seed: int | None, finder: EntityFinder | None, budget: Budget) -> None:
        self.key = key
        self.finder = finder
        self.budget = budget
        self._locales = locales
        self._seed = seed
        self._domain = ""
        self._domains: dict[str, Tools] = {}
        self._fakes: dict[tuple[tuple[str, ...], Any], Fakes] = {}
        self._words: dict[str, Words] = {}
        self._redrawn = 0

    def fakes(self, locales: tuple[str, ...] | None = None, seed: Any = None) -> Fakes:
        """The maker of fakes for these locales and seed, else those of the globals."""
        chosen = (locales or self._locales, self._seed if seed is None else seed)
        if chosen not in self._fakes:
            if len(self._fakes) >= _MOST_FAKES:
                self._redrawn, self._fakes = self.redrawn, {}
            own = chosen[1] if not self._domain else f"{chosen[1]} domain {self._domain}"
            self._fakes[chosen] = Fakes(self.key, chosen[0] or (DEFAULT_LOCALE,), own, self._words)
        return self._fakes[chosen]

    def of_domain(self, name: str) -> Tools:
        """The tools for columns of a domain of its own: what is the same there becomes the same fake, and another one elsewhere."""
        if name not in self._domains:
            made = Tools(self.key, locales=self._locales, seed=self._seed, finder=self.finder, budget=self.budget)
            made._domain, made._words = name, self._words
            self._domains[name] = made
        return self._domains[name]

    @property
    def seed(self) -> int | None:
        """The seed of the globals."""
        return self._seed

    @property
    def redrawn(self) -> int:
        """Fakes that equalled their source and were drawn again, so far."""
        return self._redrawn + sum(fakes.redrawn for fakes in self._fakes.values())


class Place(msgspec.Struct, frozen=True):
    """Where an expression stands. `domain`: parts the random numbers of rules and columns. `told`: names the place for people.

    `unique`: no two values may get the same fake. `sites`: of each place that makes fakes, its number among those of the same provider, so
    that the first of a provider draws as it does in any other expression. `mixed`: the cells are those of a mixed column."""

    domain: str = ""
    told: str = ""
    unique: bool = False
    sites: dict[int, int] = {}
    mixed: bool = False


def sites_of(trees: Sequence[tree.Expression | None]) -> dict[int, int]:
    """The places that call providers of fakes, numbered by provider."""
    found = sorted(
        ((node.site, node.provider) for one in trees if one is not None for node in nodes(one) if isinstance(node, tree.Fake)),
        key=lambda pair: pair[0],
    )
    counts: dict[str, int] = {}
    numbers: dict[int, int] = {}
    for site, provider in found:
        numbers.setdefault(site, counts.setdefault(provider, 0))
        counts[provider] += 1
    return numbers
