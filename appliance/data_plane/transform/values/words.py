"""The words of one locale: pools of names, streets, companies and whatever else Faker's providers know, in an order that never changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.text import slug

DEFAULT_LOCALE = "en_US"
_CALLS = 4000
_PLAIN_FORMAT = re.compile(r"(?:\{\{(?:first|last|middle)_name(?:_male|_female)?\}\}|[^{}\w])+\Z")
_TOKEN = re.compile(r"\{\{(\w+?)\}\}")


@lru_cache(maxsize=256)
def known_locale(locale: str) -> str:
    """A locale that Faker has: `en-us` → `en_US`, `de` → `de_DE`, `de_XX` → `de_DE`; an unknown language is English of the States."""
    from faker.config import AVAILABLE_LOCALES  # heavy: read when a fake is first made

    language, _, country = locale.replace("-", "_").partition("_")
    language, country = language.lower(), country.upper()
    wanted = f"{language}_{country}"
    if wanted in AVAILABLE_LOCALES:
        return wanted
    home = {"en": "en_US", "ja": "ja_JP", "cs": "cs_CZ", "da": "da_DK", "sv": "sv_SE", "uk": "uk_UA", "el": "el_GR", "zh": "zh_CN"}
    same = sorted(each for each in AVAILABLE_LOCALES if each.split("_")[0] == language and "_" in each)
    own = f"{language}_{language.upper()}"
    return home.get(language) or (own if own in same else next(iter(same), DEFAULT_LOCALE))


Made = TypeVar("Made")


class Words:
    """The pools of one locale, each built when it is first asked for by calling Faker with a constant seed: the pool and its order depend
    on nothing but Faker's version."""

    def __init__(self, locale: str) -> None:
        self.locale = known_locale(locale)
        self._faker: Any = None
        self._pools: dict[object, list[str]] = {}
        self._kept: dict[str, Any] = {}

    @property
    def country(self) -> str:
        """The two letters of the locale's country."""
        return self.locale.rpartition("_")[2].upper()

    @property
    def faker(self) -> Any:
        """Faker's generator for the locale, whose random numbers nobody else uses."""
        if self._faker is None:
            from faker import Factory  # heavy: read when a fake is first made

            self._faker = Factory.create(self.locale, use_weighting=False)
        return self._faker

    def pool(self, *methods: str, calls: int = _CALLS) -> list[str]:
        """What the first of the methods that the locale has gives in so many calls, without repeats; never empty."""
        key = (methods, calls)
        if key not in self._pools:
            self._pools[key] = self._sampled(methods, calls)
        return self._pools[key]

    def derived(self, name: str, make: Callable[[], Iterable[str]]) -> list[str]:
        """A pool made once of other pools, without repeats and blanks."""
        if name not in self._pools:
            self._pools[name] = [text for text in dict.fromkeys(make()) if text]
        return self._pools[name]

    def kept(self, name: str, make: Callable[[], Made]) -> Made:
        """Something made once of the locale's pools."""
        if name not in self._kept:
            self._kept[name] = make()
        made: Made = self._kept[name]
        return made

    def slugs(self, *methods: str) -> list[str]:
        """A pool as it is written in addresses of mail and web: lower ASCII letters. A locale in another script lends from English."""
        made = self.derived("slug " + methods[0], lambda: (slug(text) for text in self.pool(*methods)))
        return made if len(made) >= 20 or self.locale == DEFAULT_LOCALE else self._english().slugs(*methods)

    def name_parts(self, male: bool) -> list[str | tuple[str, ...]]:
        """How a full name is written: texts, and the methods that fill the places between them."""
        sex = "male" if male else "female"
        provider = self.faker.provider("faker.providers.person")
        formats = [*getattr(provider, f"formats_{sex}", ()), *getattr(provider, "formats", ())]
        plain = next((each for each in formats if _PLAIN_FORMAT.match(each) and _fits(each, sex)), "{{first_name}} {{last_name}}")
        pieces = _TOKEN.split(plain)
        return [_methods(piece, sex) if place % 2 else piece for place, piece in enumerate(pieces)]

    def _sampled(self, methods: tuple[str, ...], calls: int) -> list[str]:
        known = next((name for name in methods if hasattr(self.faker, name)), None)
        if known is None:
            return self._english().pool(*methods, calls=calls)
        self.faker.seed_instance(f"appliance {self.locale} {known}")
        call = getattr(self.faker, known)
        made = dict.fromkeys(text for text in (call() for _ in range(calls)) if isinstance(text, str) and text.strip())
        return list(made) or self._english().pool(*methods, calls=calls)

    def _english(self) -> Words:
        if self.locale == DEFAULT_LOCALE:
            raise LookupError("No provider of fakes has these words.")
        return Words(DEFAULT_LOCALE)


def picked(pool: list[str], draws: Draws) -> list[str]:
    """One text of the pool for each value."""
    return list(map(pool.__getitem__, draws.index(len(pool)).tolist()))


def chosen(masks: np.ndarray[Any, Any], whens: list[str], others: list[str]) -> list[str]:
    """`whens` where the mask is true, else `others`."""
    return [when if mask else other for mask, when, other in zip(masks.tolist(), whens, others, strict=True)]


def _fits(written: str, sex: str) -> bool:
    return "last_name" in written and "first_name" in written and ("_female" if sex == "male" else "_male") not in written


def _methods(token: str, sex: str) -> tuple[str, ...]:
    base = token.removesuffix("_male").removesuffix("_female")
    return (f"{base}_{sex}", base)
