"""Identifiers: the pattern of a column's texts is learnt again, no text is copied.

A text becomes a template: runs of digits, capitals, small letters, and every other sign as it is. Templates held by at least `RARE` rows
stay, with the frequency of signs at every place (signs that fewer than `RARE` rows hold there are drawn from their class instead)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.options import RARE

CLASSES = {"9": "0123456789", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "a": "abcdefghijklmnopqrstuvwxyz"}
PLACES = 64
TEMPLATES = 200


class Template(msgspec.Struct, frozen=True):
    """One pattern: `rows` that hold it, and for every place the signs that may stand there with their weights."""

    rows: int
    signs: tuple[str, ...]
    weights: tuple[tuple[int, ...], ...]

    def draw(self, count: int, random: np.random.Generator) -> list[str]:
        """That many texts of the pattern."""
        columns = []
        for signs, weights in zip(self.signs, self.weights, strict=True):
            share = np.asarray(weights, np.float64)
            columns.append(np.asarray(list(signs))[random.choice(len(signs), count, p=share / share.sum())])
        return ["".join(parts) for parts in zip(*columns, strict=True)]


class PatternCodec(msgspec.Struct, frozen=True, tag="pattern"):
    """How an identifier column is made. `integer`: whole numbers instead of texts, `low` to `high` digits or a running number from `next`
    where the training numbers were a dense run. `unique`: no value occurs twice. `missing`: share of missing cells."""

    templates: tuple[Template, ...]
    integer: bool
    unique: bool
    missing: float
    next: int = -1

    @property
    def size(self) -> int:
        return 0


def fit_pattern(column: pa.Array) -> PatternCodec:
    """Learns an identifier column (text or int64)."""
    present = column.drop_null()
    integer = pa.types.is_integer(column.type)
    texts = [str(value) for value in present.to_pylist()]
    unique = len(set(texts)) == len(texts)
    missing = column.null_count / max(len(column), 1)
    if integer and unique and len(texts) >= RARE:
        numbers = np.sort(np.asarray(present, np.int64))
        if float(numbers[-1]) - float(numbers[0]) < 2 * len(numbers) and numbers[0] >= 0:
            return PatternCodec((), True, True, missing, _round_up(int(numbers[-1]) + 1))
    return PatternCodec(_templates(texts), integer, unique, missing)


def _round_up(number: int) -> int:
    """The number with two leading digits, rounded up: where a running number goes on, without telling where the training ended."""
    step: int = 10 ** max(len(str(number)) - 2, 1)
    return -(-number // step) * step


def _shape(text: str) -> str:
    return re.sub("[a-z]", "a", re.sub("[A-Z]", "A", re.sub("[0-9]", "9", text)))


def _templates(texts: list[str]) -> tuple[Template, ...]:
    groups: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        if len(text) <= PLACES:
            groups[_shape(text)].append(text)
    kept = sorted((shape for shape in groups if len(groups[shape]) >= RARE), key=lambda shape: (-len(groups[shape]), shape))[:TEMPLATES]
    if kept:
        return tuple(_template(shape, groups[shape]) for shape in kept)
    return (_loose(texts),) if texts else ()


def _template(shape: str, texts: list[str]) -> Template:
    signs, weights = [], []
    for place, kind in enumerate(shape):
        counts = Counter(text[place] for text in texts)
        common = sorted((sign, count) for sign, count in counts.items() if count >= RARE)
        if kind not in CLASSES:
            common = [(kind, len(texts))]
        elif sum(count for _, count in common) < 0.9 * len(texts):
            common = [(sign, 1) for sign in CLASSES[kind]]
        signs.append("".join(sign for sign, _ in common))
        weights.append(tuple(count for _, count in common))
    return Template(len(texts), tuple(signs), tuple(weights))


def _loose(texts: list[str]) -> Template:
    """No shape is common: letters and digits of the usual length."""
    length = int(np.clip(np.median([len(text) for text in texts]), 4, PLACES))
    alphabet = CLASSES["9"] if all(text.isdigit() for text in texts) else CLASSES["A"] + CLASSES["9"]
    return Template(len(texts), (alphabet,) * length, ((1,) * len(alphabet),) * length)


def draw_identifiers(codec: PatternCodec, count: int, taken: MarkTest, random: np.random.Generator) -> pa.Array:
    """A column of identifiers. Values that `taken` marks as (perhaps) training values are drawn again, and so are repeats where the
    training column had none; when a pattern has no room left, it is made longer."""
    kind = pa.int64() if codec.integer else pa.string()
    if codec.next >= 0:
        values: list[str] = [str(number) for number in range(codec.next, codec.next + count)]
    else:
        values = _fresh(codec, count, taken, random) if codec.templates else [""] * count
    hidden = random.random(count) < (codec.missing if codec.templates or codec.next >= 0 else 1.0)
    cells = [None if hide else (int(value) if codec.integer else value) for value, hide in zip(values, hidden.tolist(), strict=True)]
    return pa.array(cells, kind)


class MarkTest:
    """Says which texts may have been in the training column. Subclassed by the filters; this one marks nothing."""

    def marked(self, texts: list[str]) -> Array:
        """One truth value per text."""
        return np.zeros(len(texts), bool)


def _fresh(codec: PatternCodec, count: int, taken: MarkTest, random: np.random.Generator) -> list[str]:
    share = np.asarray([template.rows for template in codec.templates], np.float64)
    which = random.choice(len(share), count, p=share / share.sum())
    values, seen = [""] * count, set[str]()
    waiting = np.arange(count)
    for attempt in range(60):
        drawn = _draw(codec, which[waiting], attempt, random)
        marks = taken.marked(drawn).tolist()
        again = []
        for row, text, mark in zip(waiting.tolist(), drawn, marks, strict=True):
            if mark or (codec.unique and text in seen):
                again.append(row)
                continue
            values[row] = text
            seen.add(text)
        waiting = np.asarray(again, np.int64)
        if not len(waiting):
            break
    return values


def _draw(codec: PatternCodec, which: Array, attempt: int, random: np.random.Generator) -> list[str]:
    """Texts for the drawn templates; after ten attempts with one more digit for every further five."""
    texts = [""] * len(which)
    longer = max(0, (attempt - 5) // 5)
    for number in np.unique(which).tolist():
        rows = np.flatnonzero(which == number)
        tails = random.integers(0, 10, (len(rows), longer))
        for row, text, tail in zip(rows.tolist(), codec.templates[number].draw(len(rows), random), tails.tolist(), strict=True):
            whole = text + "".join(str(digit) for digit in tail)
            texts[row] = (
                (whole.lstrip("0") or "1")[:18] if codec.integer and not whole.startswith("-") else whole[:19] if codec.integer else whole
            )
    return texts
