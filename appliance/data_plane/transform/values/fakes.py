"""Fakes of personal data: for each value one of its kind, drawn by key, the same in every column, table and run of a project."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from appliance.configurations.entities import LABELS, canonical, plain_word
from appliance.data_plane.transform.values.calls import PLAIN, call, faked
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.keys import Digests, ValueKey
from appliance.data_plane.transform.values.kinds import MAKERS
from appliance.data_plane.transform.values.patterns import EACH, filled_each
from appliance.data_plane.transform.values.people import Maker
from appliance.data_plane.transform.values.persona import Personas, personas
from appliance.data_plane.transform.values.words import DEFAULT_LOCALE, Words, known_locale

Locales = str | Sequence[str] | None
Rows = Sequence[int]

TURNS = 8
"""Redraws of a fake that equals its source."""


class Fakes:
    """Draws fakes. `locales`: of which one is drawn for each value. `seed`: another seed gives other fakes (None: the key alone decides).

    `redrawn` counts fakes that equalled their source and were drawn again, `calls` values for which Faker itself was called (slow)."""

    def __init__(
        self,
        key: ValueKey,
        locales: Sequence[str] = (DEFAULT_LOCALE,),
        seed: int | str | None = None,
        words: dict[str, Words] | None = None,
    ) -> None:
        self.key = key
        self.locales = tuple(dict.fromkeys(known_locale(each) for each in locales)) or (DEFAULT_LOCALE,)
        self.seed = seed
        self.redrawn = 0
        self.calls = 0
        self._words: dict[str, Words] = {} if words is None else words

    def entity(self, entity: str, values: Sequence[str], locale: Locales = None) -> list[str]:
        """A fake for each value, of the entity (any word of either vocabulary; an unknown one keeps the value's shape).

        No fake equals its value, whatever the case of its letters: what no redraw changes becomes eight digits. An empty value stays
        empty."""
        maker = maker_of(entity)
        digests = self.digests(domain_of(entity), values)
        return self._differing(maker, values, digests, self.chosen(locale))

    def call(
        self, provider: str, args: Sequence[Any], kwargs: Mapping[str, Any], values: Sequence[str], site: int = 0,
        locale: Locales = None, turn: int = 0,
    ) -> list[Any]:  # fmt: skip
        """What `fake.provider(*args, **kwargs)` makes for each value: texts, or what Faker's provider returns.

        A provider that is no method of Faker is an entity. `site`: a place of its own in an expression draws by itself; place 0 of a
        provider draws as the entity of that name does. `turn`: another turn draws again. A text never equals its value. Raises ValueError
        for a provider that the locale lacks and for arguments that it does not take."""
        chosen = self.chosen(locale)

        def make(rows: Rows, draws: Draws) -> list[Any]:
            return self._called(provider, args, kwargs, [values[row] for row in rows], draws, chosen)

        return self._drawn_again(make, self._placed(provider, values, site), values, turn)

    def patterned(self, provider: str, patterns: Sequence[str], values: Sequence[str], site: int = 0, turn: int = 0) -> list[str]:
        """What `call` makes of `fake.bothify(pattern)` and its like (`patterns.EACH`), for a pattern of its own for each value."""

        def make(rows: Rows, draws: Draws) -> list[Any]:
            return filled_each([patterns[row] for row in rows], EACH[provider], draws)

        return self._drawn_again(make, self._placed(provider, values, site), values, turn)

    def _placed(self, provider: str, values: Sequence[str], site: int) -> Digests:
        return self.digests(call_domain(provider) + (f"\0site {site}" if site else ""), values)

    def _drawn_again(self, make: Callable[[Rows, Draws], list[Any]], digests: Digests, values: Sequence[str], turn: int) -> list[Any]:
        """What is made for each value, drawn again where it equals it."""
        made = make(range(len(values)), Draws(digests, turn))
        same = [row for row, (value, text) in enumerate(zip(values, made, strict=True)) if isinstance(text, str) and _equal(value, text)]
        for again in range(1, TURNS + 1):
            if not same:
                break
            self.redrawn += len(same)
            other = make(same, Draws(digests[np.array(same)], turn + TURNS * again))
            for row, text in zip(same, other, strict=True):
                made[row] = text
            same = [row for row, text in zip(same, other, strict=True) if _equal(values[row], text)]
        return made

    def persona(
        self, values: Sequence[str], email_format: str = "first_name.last_name", domain_type: str = "all_domains",
        gender: str | Sequence[str | None] | None = None, locale: Locales = None, turn: int = 0,
    ) -> Personas:  # fmt: skip
        """A person for each value; the same value is the same person in every column and table. Raises ValueError for unknown options."""
        digests = self.digests("persona", values)
        choice = (self.chosen(locale)[:1]) or self.locales
        return personas(self.words(choice[0]), digests, turn, email_format=email_format, domain_type=domain_type, gender=gender)

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
        for row in same:
            made[row] = str(10_000_000 + int(digests[row, 1] % np.uint64(90_000_000)))
        return made

    def _called(
        self, provider: str, args: Sequence[Any], kwargs: Mapping[str, Any], values: Sequence[str], draws: Draws, locales: tuple[str, ...]
    ) -> list[Any]:  # fmt: skip
        def make(words: Words, part: Sequence[str], drawn: Draws) -> list[Any]:
            made = call(words, provider, args, kwargs, drawn)
            if made is None and not hasattr(words.faker, provider) and canonical(provider):
                return maker_of(provider)(words, part, drawn)
            if made is None:
                self.calls += len(part)
                made = faked(words, provider, args, kwargs, drawn)
            return made

        return self.drawn(make, values, draws, locales)

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


def call_domain(provider: str) -> str:
    """The domain of a provider's digests: that of the entity whose maker it shares, else its own."""
    shared = next((name for name, each in MAKERS.items() if PLAIN.get(provider) is each), None)
    if shared:
        return f"fake {shared}"
    return domain_of(provider) if provider not in PLAIN and canonical(provider) else f"call {provider}"


def _same(values: Sequence[str], made: Sequence[str]) -> list[int]:
    joined = "".join(values)
    if joined.swapcase() == joined:
        return [row for row, alike in enumerate(map(str.__eq__, values, made)) if alike and values[row]]
    sizes = [np.fromiter(map(len, texts), np.int64, len(values)) for texts in (values, made)]
    return [row for row in np.flatnonzero(sizes[0] == sizes[1]).tolist() if _equal(values[row], made[row])]


def _equal(value: str, text: str) -> bool:
    return len(value) == len(text) > 0 and (value == text or value.casefold() == text.casefold())
