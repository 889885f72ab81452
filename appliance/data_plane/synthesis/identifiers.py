"""Identifiers: the form of a column's texts is learnt again, no text is copied.

A text is runs of letters and digits between separators. Texts with the same separators are of one template when at least `RARE` rows hold
it; each run is one segment, or several where letters and digits follow each other in the same way in every text (`CU000123`) instead of
being mixed (`3fa9c01b`). What follows the `@` of addresses is drawn from the domains that at least `RARE` rows hold."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from itertools import pairwise

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.options import RARE
from appliance.data_plane.synthesis.segments import Number, Place, Segment, Signs, Words, alphabet_of, common_words, fit_segment

LONGEST = 128
TEMPLATES = 200
ATTEMPTS = 80
CROWDED = 8
"""A number with fewer values than this for every one that is wanted is drawn from the list of all that are free."""

MIXED = "x"
_SHAPES = 3
_SHAPE_SHARE = 0.05
_RUN = re.compile(r"[^\W_]+")
_PART = re.compile(r"[0-9]+|[^0-9]+")
_LETTERS = re.compile(r"[^0-9]+")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class Template(msgspec.Struct, frozen=True):
    """One form of text: the `rows` that hold it and its segments."""

    rows: int
    parts: tuple[Segment, ...]

    @property
    def elastic(self) -> int:
        """The segment that gives way when the template is used up: the number with the widest range, else the last that is no word."""
        numbers = [(part.knots[-1] - part.knots[0], place) for place, part in enumerate(self.parts) if isinstance(part, Number)]
        loose = [place for place, part in enumerate(self.parts) if not isinstance(part, Words)]
        return max(numbers)[1] if numbers else loose[-1] if loose else -1

    @property
    def counts(self) -> bool:
        """Whether a single number is all that differs from text to text."""
        others = [part for part in self.parts if not (isinstance(part, Words) and len(part.texts) == 1)]
        return len(others) == 1 and isinstance(others[0], Number)

    @property
    def span(self) -> float:
        """How many texts a template that `counts` has; others have no end."""
        part = self.parts[self.elastic]
        return part.knots[-1] - part.knots[0] + 1 if self.counts and isinstance(part, Number) else math.inf

    def draw(self, count: int, attempt: int, random: np.random.Generator) -> list[str]:
        """That many texts; with many vain attempts the elastic segment grows."""
        grow = max(0, attempt - (10 if self.counts else 30))
        elastic = self.elastic
        columns = [part.draw(count, grow if place == elastic else 0, random) for place, part in enumerate(self.parts)]
        if elastic < 0 and grow:
            columns.append([str(number) for number in random.integers(0, 10 ** min(grow, 18), count).tolist()])
        return ["".join(parts) for parts in zip(*columns, strict=True)]

    def running(self, number: int, count: int) -> list[str]:
        """Texts of a template that `counts`, with the numbers from `number` on."""
        place = self.elastic
        before, after = (_constant(self.parts[:place]), _constant(self.parts[place + 1 :]))
        part = self.parts[place]
        width = part.width if isinstance(part, Number) else 0
        return [f"{before}{str(value).zfill(width)}{after}" for value in range(number, number + count)]


class PatternCodec(msgspec.Struct, frozen=True, tag="pattern"):
    """How an identifier column is made. `integer`: whole numbers instead of texts. `unique`: no value occurs twice; `ordered`: values stand
    in ascending order. `next`: where the training values were a dense run of one template, the number with which the run goes on, else
    -1. `domains`: what follows the at sign of addresses, else None. `missing`: share of missing cells."""

    templates: tuple[Template, ...]
    integer: bool
    unique: bool
    missing: float
    next: int = -1
    ordered: bool = False
    domains: Words | None = None

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
    domains = None if integer else _domains(texts)
    locals_ = texts if domains is None else [text.split("@")[0] for text in texts if text.partition("@")[2] in domains.texts]
    templates = _templates(locals_, integer)
    numbers = _numbers(templates[0], texts) if unique and len(templates) == 1 and domains is None else []
    ordered = len(numbers) >= RARE and all(a < b for a, b in pairwise(numbers))
    dense = len(numbers) >= RARE and max(numbers) - min(numbers) < 2 * len(numbers)
    return PatternCodec(templates, integer, unique, missing, _round_up(max(numbers) + 1) if dense else -1, ordered, domains)


def _round_up(number: int) -> int:
    """The number with two leading digits, rounded up, unless that needs another digit: where a running number goes on, without telling
    where the training ended."""
    step: int = 10 ** max(len(str(number)) - 2, 1)
    rounded = -(-number // step) * step
    return rounded if len(str(rounded)) == len(str(number)) else number


def _numbers(template: Template, texts: list[str]) -> list[int]:
    """The numbers of texts that nothing else tells apart; empty where some text is of another form."""
    if not template.counts or template.rows != len(texts):
        return []
    place = template.elastic
    before, after = _constant(template.parts[:place]), _constant(template.parts[place + 1 :])
    middles = [text[len(before) : len(text) - len(after)] for text in texts if text.startswith(before) and text.endswith(after)]
    whole = len(middles) == len(texts) and all(middle.isascii() and middle.isdigit() for middle in middles)
    return [int(middle) for middle in middles] if whole else []


def _constant(parts: tuple[Segment, ...]) -> str:
    return "".join(part.texts[0] for part in parts if isinstance(part, Words))


def _domains(texts: list[str]) -> Words | None:
    """The common domains of a column of addresses; None for other columns and where most domains are rare."""
    addresses = [text.split("@")[1] for text in texts if _ADDRESS.fullmatch(text)]
    if len(addresses) < 0.9 * len(texts):
        return None
    common = common_words(addresses)
    return common if sum(common.rows) >= max(len(texts) / 2, 1) else None


def _templates(texts: list[str], integer: bool) -> tuple[Template, ...]:
    if _is_code(texts):
        return (Template(len(texts), (fit_segment(texts, MIXED),)),)
    groups: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for text in texts:
        if len(text) <= LONGEST:
            groups[tuple(_RUN.split(text))].append(_RUN.findall(text))
    found: list[tuple[Template, str]] = []
    for separators, rows in groups.items():
        if len(rows) >= RARE:
            found.extend(_forms(separators, rows, integer))
    kept = sorted(found, key=lambda pair: (-pair[0].rows, pair[1]))[:TEMPLATES]
    if kept:
        return tuple(template for template, _ in kept)
    return (_loose(texts),) if texts else ()


def _forms(separators: tuple[str, ...], rows: list[list[str]], integer: bool) -> list[tuple[Template, str]]:
    """The templates of texts with the same separators: one for every common way in which letters and digits follow each other."""
    mixed = [_is_mixed([row[place] for row in rows]) for place in range(len(separators) - 1)]
    shaped: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for row in rows:
        shaped[tuple(MIXED if mix else _shape(run) for run, mix in zip(row, mixed, strict=True))].append(row)
    return [
        (_template(separators, shapes, some, integer), repr((separators, shapes))) for shapes, some in shaped.items() if len(some) >= RARE
    ]


def _shape(run: str) -> str:
    return _LETTERS.sub("a", re.sub("[0-9]+", "9", run))


def _is_mixed(runs: list[str]) -> bool:
    """Whether letters and digits are mixed in a run instead of following each other in one to three ways (one or two where every run is
    of one length: two signs of a hexadecimal number do so in four ways)."""
    lengths = {len(run) for run in runs}
    if len(lengths) == 1 and lengths != {1}:
        return not _few([re.sub("[^9]", "a", re.sub("[0-9]", "9", run)) for run in runs], _SHAPES - 1)
    return not _few([_shape(run) for run in runs], _SHAPES)


def _few(shapes: list[str], most: int) -> bool:
    """Whether nearly all are of `most` or fewer common shapes."""
    common = [rows for rows in Counter(shapes).values() if rows >= _SHAPE_SHARE * len(shapes)]
    return len(common) <= most and sum(common) >= (1 - _SHAPE_SHARE) * len(shapes)


def _is_code(texts: list[str]) -> bool:
    """Whether signs that elsewhere part a text stand anywhere in it, in texts of one length: codes such as base64."""
    lengths = Counter(len(text) for text in texts)
    length, rows = max(lengths.items(), key=lambda pair: pair[1], default=(0, 0))
    if not 1 < length <= LONGEST or rows < max(RARE, 0.98 * len(texts)):
        return False
    return not _few([re.sub("[^_]", "a", re.sub(r"[\W_]", "_", text)) for text in texts], _SHAPES)


def _template(separators: tuple[str, ...], shapes: tuple[str, ...], rows: list[list[str]], integer: bool) -> Template:
    parts: list[Segment] = []
    for place, separator in enumerate(separators):
        if separator:
            parts.append(Words((separator,), (len(rows),)))
        if place < len(shapes):
            parts.extend(_run_parts([row[place] for row in rows], shapes[place], integer))
    return Template(len(rows), tuple(parts))


def _run_parts(runs: list[str], shape: str, integer: bool) -> list[Segment]:
    if shape == MIXED:
        return [fit_segment(runs, MIXED)]
    pieces = [_PART.findall(run) for run in runs]
    return [fit_segment([piece[place] for piece in pieces], kind, integer) for place, kind in enumerate(shape)]


def _loose(texts: list[str]) -> Template:
    """No form is common: letters and digits of the usual length."""
    length = int(np.clip(np.median([len(text) for text in texts]), 4, LONGEST))
    alphabet = alphabet_of(Counter(sign for text in texts for sign in text if sign.isalnum()))
    return Template(len(texts), (Signs((1,), ((Place(alphabet, (1,) * len(alphabet)),) * length,)),))


def draw_identifiers(codec: PatternCodec, count: int, taken: MarkTest, random: np.random.Generator) -> pa.Array:
    """A column of identifiers. Values that `taken` marks as (perhaps) training values are drawn again, and so are repeats where the
    training column had none; when a template has no room left, it grows. Cells for which nothing can be found are missing."""
    kind = pa.int64() if codec.integer else pa.string()
    if codec.next >= 0:
        values = codec.templates[0].running(codec.next, count)
    elif codec.unique and len(codec.templates) == 1 and codec.domains is None and codec.templates[0].span < CROWDED * count:
        values = _refilled(codec.templates[0], count, taken, random)
    else:
        values = _fresh(codec, count, taken, random) if codec.templates else [""] * count
    if codec.ordered:
        values.sort(key=lambda text: (len(text), text))
    hidden = random.random(count) < (codec.missing if codec.templates else 1.0)
    cells = [
        None if hide or not value else (int(value) if codec.integer else value) for value, hide in zip(values, hidden.tolist(), strict=True)
    ]
    return pa.array(cells, kind)


class MarkTest:
    """Says which texts may have been in the training column. Subclassed by the filters; this one marks nothing."""

    def marked(self, texts: list[str]) -> Array:
        """One truth value per text."""
        return np.zeros(len(texts), bool)


def _refilled(template: Template, count: int, taken: MarkTest, random: np.random.Generator) -> list[str]:
    """Free numbers of a template that `counts` and has little room: as many as there are, and as many behind its end as are wanted."""
    part = template.parts[template.elastic]
    assert isinstance(part, Number)
    free: list[str] = []
    start, size = part.knots[0], part.knots[-1] - part.knots[0] + 1
    while len(free) < count:
        texts = template.running(start, size)
        free.extend(text for text, mark in zip(texts, taken.marked(texts).tolist(), strict=True) if not mark)
        start, size = start + size, count - len(free) + (count - len(free)) // 8 + 16
    return [free[place] for place in random.permutation(len(free))[:count].tolist()]


def _fresh(codec: PatternCodec, count: int, taken: MarkTest, random: np.random.Generator) -> list[str]:
    share = np.asarray([template.rows for template in codec.templates], np.float64)
    which = random.choice(len(share), count, p=share / share.sum())
    values, seen = [""] * count, set[str]()
    waiting = np.arange(count)
    for attempt in range(ATTEMPTS):
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
    """Texts for the drawn templates, with a domain where the column holds addresses; whole numbers as they are written."""
    texts = [""] * len(which)
    for number in np.unique(which).tolist():
        rows = np.flatnonzero(which == number)
        for row, text in zip(rows.tolist(), codec.templates[number].draw(len(rows), attempt, random), strict=True):
            texts[row] = text
    if codec.domains is not None:
        return [f"{text}@{domain}" for text, domain in zip(texts, codec.domains.draw(len(texts), 0, random), strict=True)]
    return [str(int(text)) for text in texts] if codec.integer else texts
