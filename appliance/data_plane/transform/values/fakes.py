"""Fakes of personal data: for each value one of its kind, drawn by key, the same in every column, table and run of a project."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from appliance.configurations.entities import LABELS, canonical, plain_word
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.kinds import MAKERS
from appliance.data_plane.transform.values.keys import Digests, ValueKey
from appliance.data_plane.transform.values.people import Maker
from appliance.data_plane.transform.values.words import DEFAULT_LOCALE, Words, known_locale

Locales = str | Sequence[str] | None

TURNS = 8
"""Redraws of a fake that equals its source."""


class Fakes:
    """Draws fakes. `locales`: of which one is drawn for each value. `seed`: another seed gives other fakes (None: the key alone decides).

    `redrawn` counts fakes that equalled their source and were drawn again, `calls` values for which Faker itself was called (slow)."""

    def __init__(self, key: ValueKey, locales: Sequence[str] = (DEFAULT_LOCALE,), seed: int | str | None = None) -> None:
        self.key = key
        self.locales = tuple(dict.fromkeys(known_locale(each) for each in locales)) or (DEFAULT_LOCALE,)
        self.seed = seed
        self.redrawn = 0
        self.calls = 0
        self._words: dict[str, Words] = {}

    def entity(self, entity: str, values: Sequence[str], locale: Locales = None) -> list[str]:
        """A fake for each value, of the entity (any word of either vocabulary; an unknown one keeps the value's shape).

        No fake equals its value, whatever the case of its letters; an empty value stays empty."""
        maker = maker_of(entity)
        digests = self.digests(domain_of(entity), values)
        return self._differing(maker, values, digests, self.chosen(locale))

    def digests(self, domain: str, values: Sequence[str]) -> Digests:
        """The digests of values in a domain, with the seed mixed in."""
        return self.key.digest(domain if self.seed is None else f"{domain}\0seed {self.seed}", values)

    def chosen(self, locale: Locales) -> tuple[str, ...]:
        """Locales that fakes are drawn from: those given, else those of the transform."""
        given = (locale,) if isinstance(locale, str) else tuple(locale or ())
        return tuple(dict.fromkeys(known_locale(each) for each in given)) or self.locales

    def words(self, locale: str) -> Words:
        """The words of a locale."""
        if locale not in self._words:
            self._words[locale] = Words(locale)
        return self._words[locale]

    def _differing(self, maker: Maker, values: Sequence[str], digests: Digests, locales: tuple[str, ...]) -> list[str]:
        made = self.drawn(maker, values, Draws(digests), locales)
        if "" in values:
            made = [text if value else "" for value, text in zip(values, made, strict=True)]
        same = _same(values, made)
        for turn in range(1, TURNS + 1):
            if not same:
                break
            self.redrawn += len(same)
            rows = np.array(same)
            again = self.drawn(maker, [values[row] for row in same], Draws(digests[rows], turn), locales)
            for row, text in zip(same, again, strict=True):
                made[row] = text
            same = [row for row, text in zip(same, again, strict=True) if _equal(values[row], text)]
        return made

    def drawn(self, maker: Maker, values: Sequence[str], draws: Draws, locales: tuple[str, ...]) -> list[str]:
        """What a maker makes of the draws, each value with one of the locales."""
        if len(locales) == 1:
            return maker(self.words(locales[0]), values, draws)
        turns = draws.aside().index(len(locales))
        made: list[str] = [""] * len(values)
        for number, locale in enumerate(locales):
            rows = np.flatnonzero(turns == number)
            part = maker(self.words(locale), [values[row] for row in rows.tolist()], draws.subset(rows)) if len(rows) else []
            for row, text in zip(rows.tolist(), part, strict=True):
                made[row] = text
        return made


def maker_of(entity: str) -> Maker:
    """The maker of an entity's fakes."""
    plain = plain_word(entity)
    labels = canonical(plain)
    names = (plain, *labels, *(alias for label in labels[:1] for alias in LABELS[label].aliases))
    return next((MAKERS[name] for name in names if name in MAKERS), MAKERS["unique_identifier"])


def domain_of(entity: str) -> str:
    """The domain of an entity's digests: the same for all words that mean the same maker, so that they give the same fakes."""
    maker = maker_of(entity)
    return "fake " + next(name for name, each in MAKERS.items() if each is maker)


def _same(values: Sequence[str], made: Sequence[str]) -> list[int]:
    return [row for row, (value, text) in enumerate(zip(values, made, strict=True)) if _equal(value, text)]


def _equal(value: str, text: str) -> bool:
    return len(value) == len(text) > 0 and (value == text or value.casefold() == text.casefold())
