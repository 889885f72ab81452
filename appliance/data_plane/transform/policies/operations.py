"""Every transform of the first language as a function of distinct values. What it cannot be applied to comes out as None."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from appliance.configurations import policy_words as words
from appliance.configurations.policy_words import NamedTransform, named
from appliance.data_plane.transform.policies.buckets import bucketed
from appliance.data_plane.transform.values.dates import DAY, offsets, read_moments
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.fakes import Fakes
from appliance.data_plane.transform.values.fpe import CLASSES, FormatCipher, alphabet_of
from appliance.data_plane.transform.values.hashes import hashed
from appliance.data_plane.transform.values.keys import ValueKey
from appliance.data_plane.transform.values.masks import hidden_span, redact_with_char
from appliance.data_plane.transform.values.numbers import shift_numbers

Made = list[str | None]
"""For each value what it became; None: the transform cannot be applied to it."""


class _Gone(str):
    __slots__ = ()


GONE = _Gone()
"""What stands for a value that is dropped; told from an empty text by identity."""


class Stretch(msgspec.Struct, frozen=True):
    """Distinct values of one label that a rule is applied to. `beside`: for each value the cells of other columns, by name, that the rule
    reads. `numeric`: the values are numbers of a typed file and must stay numbers."""

    values: Sequence[str]
    label: str | None
    beside: dict[str, list[str]] = {}
    numeric: bool = False

    def part(self, places: Sequence[int]) -> Stretch:
        """Only some of the values."""
        beside = {name: [cells[place] for place in places] for name, cells in self.beside.items()}
        return Stretch([self.values[place] for place in places], self.label, beside, self.numeric)


_MASKS = frozenset({"mask_after", "mask_until", "start_pos", "end_pos"})


def names_read(transform: NamedTransform) -> tuple[str, ...]:
    """The other columns that a transform reads."""
    given = transform.attrs.get("field_name") or ()
    names = [given] if isinstance(given, str) else list(given)
    for branch in ("true_transforms", "false_transforms"):
        names += [name for inner in _branch(transform, branch) for name in names_read(inner)]
    return tuple(dict.fromkeys(names))


class Operations:
    """The transforms of one job. `key`: of the project; `seed`: of the configuration."""

    def __init__(self, key: ValueKey, seed: int | None) -> None:
        self._key = key
        self._seed = seed
        self._fakes: dict[tuple[Any, ...], Fakes] = {}
        self._ciphers: dict[tuple[Any, ...], FormatCipher] = {}
        self._runs: dict[str, Callable[[dict[str, Any], Stretch], Made]] = {
            words.FAKE: self._fake, words.FAKE_CONSTANT: self._constant, words.HASH: self._hash, words.CHAR: _char, words.LABEL: _label,
            words.STRING: _string, words.DATES: self._dates, words.NUMBERS: self._numbers, words.BUCKETS: _buckets,
            words.ENCRYPT: self._encrypt, words.DECRYPT: self._decrypt, words.DROP: _gone, words.PASS: _same, words.COMBINE: _combined,
            words.FORMAT: _formatted,
        }  # fmt: skip

    @property
    def redrawn(self) -> int:
        """Fakes that equalled their source and were drawn again, so far."""
        return sum(fakes.redrawn for fakes in self._fakes.values())

    def chain(self, transforms: Sequence[NamedTransform], stretch: Stretch) -> tuple[Made, list[int]]:
        """The first transform that can be applied to each value, applied; and its number, -1 where none can."""
        made: Made = [None] * len(stretch.values)
        used = [-1] * len(stretch.values)
        left = list(range(len(made)))
        for number, transform in enumerate(transforms):
            if not left:
                break
            results = self.apply(transform, stretch.part(left) if len(left) < len(made) else stretch)
            for place, result in zip(left, results, strict=True):
                if result is not None:
                    made[place], used[place] = result, number
            left = [place for place in left if made[place] is None]
        return made, used

    def apply(self, transform: NamedTransform, stretch: Stretch) -> Made:
        """One transform."""
        if transform.type == words.CONDITIONAL:
            return self._conditional(transform, stretch)
        run = self._runs[transform.type]
        masks = {key: value for key, value in transform.attrs.items() if key in _MASKS}
        return run(transform.attrs, stretch) if not masks else _masked(run, transform.attrs, masks, stretch)

    def _conditional(self, transform: NamedTransform, stretch: Stretch) -> Made:
        import re2  # patterns of users run on RE2: linear time

        pattern = re2.compile(transform.attrs["regex"])
        names = names_read(msgspec.structs.replace(transform, attrs={"field_name": transform.attrs["field_name"]}))
        columns = [stretch.beside[name] for name in names if name in stretch.beside]
        told = [any(pattern.search(text) for text in row) for row in zip(*columns, strict=True)] if columns else []
        made: Made = [None] * len(stretch.values)
        for branch, wanted in (("true_transforms", True), ("false_transforms", False)):
            places = [place for place, holds in enumerate(told) if holds is wanted]
            transforms = _branch(transform, branch) or (NamedTransform(words.PASS),)
            for place, text in zip(places, self.chain(transforms, stretch.part(places))[0], strict=True):
                made[place] = text
        return made

    def _maker(self, attrs: dict[str, Any]) -> Fakes:
        given = attrs.get("locales") or attrs.get("locale") or ("en_US",)
        locales = (given,) if isinstance(given, str) else tuple(given)
        seed = attrs.get("seed", self._seed)
        if (locales, seed) not in self._fakes:
            self._fakes[locales, seed] = Fakes(self._key, locales, seed)
        return self._fakes[locales, seed]

    def _fake(self, attrs: dict[str, Any], stretch: Stretch) -> Made:
        entity = attrs.get("entity") or stretch.label
        if entity is None or "/" in entity:
            return [None] * len(stretch.values)
        return [*self._maker(attrs).entity(entity, stretch.values)]

    def _constant(self, attrs: dict[str, Any], stretch: Stretch) -> Made:
        entity = attrs.get("entity") or stretch.label
        if entity is None or "/" in entity:
            return [None] * len(stretch.values)
        first, second = self._maker(attrs).entity(entity, [f"constant {entity}", f"spare {entity}"])
        return [second if value.casefold() == first.casefold() else first for value in stretch.values]

    def _hash(self, attrs: dict[str, Any], stretch: Stretch) -> Made:
        return [*hashed(self._key, stretch.values, attrs.get("secret"), attrs.get("length", 32))]

    def _draws(self, kind: str, attrs: dict[str, Any], stretch: Stretch) -> Draws:
        """Of the values themselves, or of the ids beside them."""
        names = [name for name in names_read(NamedTransform(kind, attrs)) if name in stretch.beside]
        ids = ["\0".join(row) for row in zip(*(stretch.beside[name] for name in names), strict=True)] if names else stretch.values
        return Draws(self._key.digest(f"{kind}\0{attrs.get('secret', '')}\0{'by id' if names else ''}", ids))

    def _dates(self, attrs: dict[str, Any], stretch: Stretch) -> Made:
        given = attrs.get("formats") or ()
        formats = tuple(each for each in ((given,) if isinstance(given, str) else given) if "%" in each)
        moments = read_moments(stretch.values, formats, attrs.get("day_first"))
        return moments.written(moments.micros + offsets(self._draws(words.DATES, attrs, stretch), attrs["min"], attrs["max"], DAY))

    def _numbers(self, attrs: dict[str, Any], stretch: Stretch) -> Made:
        return shift_numbers(stretch.values, self._draws(words.NUMBERS, attrs, stretch), attrs["min"], attrs["max"])

    def _encrypt(self, attrs: dict[str, Any], stretch: Stretch) -> Made:
        return self._enciphered(attrs, stretch, inverse=False)

    def _decrypt(self, attrs: dict[str, Any], stretch: Stretch) -> Made:
        return self._enciphered(attrs, stretch, inverse=True)

    def _enciphered(self, attrs: dict[str, Any], stretch: Stretch, *, inverse: bool) -> Made:
        cipher = self._cipher(attrs)
        if stretch.numeric or attrs.get("float"):
            made = cipher.numbers(stretch.values, inverse)
        elif attrs.get("luhn"):
            made = cipher.luhn(stretch.values, inverse)
        else:
            made = cipher.decrypt(stretch.values) if inverse else cipher.encrypt(stretch.values)
        return [text if text != value or cipher.touches(value) else None for value, text in zip(stretch.values, made, strict=True)]

    def _cipher(self, attrs: dict[str, Any]) -> FormatCipher:
        told = (attrs.get("secret", ""), attrs.get("tweak", ""), attrs.get("radix"))
        if told not in self._ciphers:
            alphabets = CLASSES if told[2] is None else (alphabet_of(told[2]),)
            self._ciphers[told] = FormatCipher(self._key.subkey(f"encrypt\0{told[0]}"), str(told[1]).encode(), alphabets)
        return self._ciphers[told]


def _branch(transform: NamedTransform, name: str) -> tuple[NamedTransform, ...]:
    given = transform.attrs.get(name) or ()
    items = given if isinstance(given, list | tuple) else [given]
    return tuple(named({"type": each} if isinstance(each, str) else each) for each in items)


def _masked(run: Callable[[dict[str, Any], Stretch], Made], attrs: dict[str, Any], masks: dict[str, Any], stretch: Stretch) -> Made:
    """The transform on a part of each value: what stands outside stays. A value whose part is empty is changed as a whole."""
    bounds = [_bounds(value, masks) for value in stretch.values]
    inner = [value[start:stop] for value, (start, stop) in zip(stretch.values, bounds, strict=True)]
    made = run(attrs, Stretch(inner, stretch.label, stretch.beside, stretch.numeric))
    return [
        None if text is None else value[:start] + text + value[stop:]
        for value, text, (start, stop) in zip(stretch.values, made, bounds, strict=True)
    ]


def _bounds(value: str, masks: dict[str, Any]) -> tuple[int, int]:
    start, stop = hidden_span(value, masks.get("mask_after"), masks.get("mask_until"))
    low, high = masks.get("start_pos"), masks.get("end_pos")
    start = max(start, slice(low, None).indices(len(value))[0]) if low is not None else start
    stop = min(stop, slice(None, high).indices(len(value))[1]) if high is not None else stop
    return (start, stop) if start < stop else (0, len(value))


def _char(attrs: dict[str, Any], stretch: Stretch) -> Made:
    return [*redact_with_char(stretch.values, attrs.get("char", "X"))]


def _label(attrs: dict[str, Any], stretch: Stretch) -> Made:
    return [None if stretch.label is None else stretch.label.upper()] * len(stretch.values)


def _string(attrs: dict[str, Any], stretch: Stretch) -> Made:
    return [str(attrs["string"])] * len(stretch.values)


def _buckets(attrs: dict[str, Any], stretch: Stretch) -> Made:
    return bucketed(attrs, stretch.values)


def _gone(attrs: dict[str, Any], stretch: Stretch) -> Made:
    return [GONE] * len(stretch.values)


def _same(attrs: dict[str, Any], stretch: Stretch) -> Made:
    return [*stretch.values]


def _combined(attrs: dict[str, Any], stretch: Stretch) -> Made:
    names = [name for name in names_read(NamedTransform(words.COMBINE, attrs)) if name in stretch.beside]
    if not names:
        return [None] * len(stretch.values)
    separator = str(attrs.get("separator", ""))
    rows = zip(stretch.values, *(stretch.beside[name] for name in names), strict=True)
    return [separator.join(part for part in row if part) for row in rows]


def _formatted(attrs: dict[str, Any], stretch: Stretch) -> Made:
    import re2  # patterns of users run on RE2: linear time

    pattern, replacement = re2.compile(attrs["pattern"]), str(attrs.get("replacement", ""))
    try:
        return [pattern.sub(replacement, value) if pattern.search(value) else None for value in stretch.values]
    except (re2.error, IndexError, ValueError):
        return [None] * len(stretch.values)
