"""The rules of one column on a batch: stretches of values by the rules that look inside, all other values by the rule for the column."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from appliance.configurations.policy_words import CONDITIONAL, DROP, PASS, NamedTransform
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.transform.account import RuleAccount
from appliance.data_plane.transform.batch import Batch
from appliance.data_plane.transform.cells import Cells, Codes, grouped
from appliance.data_plane.transform.evaluation.prose import FindSpans
from appliance.data_plane.transform.evaluation.vectors import listed, picked, text_of
from appliance.data_plane.transform.policies.conditions import label_word
from appliance.data_plane.transform.policies.operations import GONE, Operations, Stretch
from appliance.errors import JobFailed

"""Texts in, the personal data inside each out."""

_WHOLE_NUMBER = re.compile(r"[-+]?\d{1,400}\Z", re.ASCII)


class Chain(msgspec.Struct, frozen=True):
    """A rule on one column. `transforms`: in order; `labels`: words of `value_label`, empty for a rule on the column as a whole.

    `counts`: cells by transform, for the report."""

    rule: str
    transforms: tuple[NamedTransform, ...]
    account: RuleAccount
    counts: dict[tuple[str, str, str], int]
    labels: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether the rule leaves values as they are on purpose."""
        return any(each.type == PASS for each in self.transforms)


class ColumnCourse(msgspec.Struct, frozen=True):
    """What becomes of one column, ready to run. `reads`: keys of the other columns that its transforms read, by name. `label`: as what the
    column's values count; `whole`: the label that every value has as a whole; `mixed`: whether its values are of several labels, or of
    none."""

    key: str
    column: str
    values: tuple[Chain, ...]
    field: Chain | None
    label: str | None
    whole: str | None
    reads: Mapping[str, str]
    on_error: str
    mixed: bool = False


class Reach(msgspec.Struct, frozen=True):
    """What courses work with: the transforms, and the detector where one is needed; `mixed_spans`: for mixed columns (None: the same)."""

    operations: Operations
    spans: FindSpans | None
    mixed_spans: FindSpans | None = None


def follow(course: ColumnCourse, batch: Batch, reach: Reach) -> None:
    """Run a course over a batch. Raises JobFailed where a value cannot be changed and `on_error` is `fail`."""
    cells = batch.cells(course.key)
    if not batch.size:
        return
    beside = {name: batch.original(key) for name, key in course.reads.items()}
    sources, group, others = _distinct(cells, beside, batch.size)
    held = [place for place, value in enumerate(sources) if value is not None]
    plain = isinstance(cells.pool.vector, pa.Array)
    texts = [sources[place] if plain else text_of(sources[place]) for place in held]
    weights = np.bincount(group, minlength=len(sources))[held]
    numeric = not plain and any(type(sources[place]) in (int, float) for place in held)
    near = {name: [told[place] for place in held] for name, told in others.items()}
    made = _Values(course, reach, texts, near, weights, numeric=numeric).made()
    changed = [(place, text) for place, text, source in zip(held, made, texts, strict=True) if text != source]
    if not changed:
        return
    final = [text if plain or text is None else _restored(sources[place], text) for place, text in changed]
    codes = np.full(len(sources), -1, np.int64)
    codes[np.array([place for place, _ in changed])] = cells.pool.size + np.arange(len(final))
    codes = np.where(codes[group] < 0, cells.codes, codes[group])
    batch.put(course.key, Cells(codes, cells.pool.extended(pa.array(final, pa.string()) if plain else final, len(final))))


def _distinct(cells: Cells, beside: Mapping[str, Cells], rows: int) -> tuple[list[Any], Codes, dict[str, list[str]]]:
    """The values that differ, by themselves or with the cells beside them: the values, the group of each row, the cells beside as texts."""
    if not beside:
        return listed(cells.pool.vector, cells.pool.size), cells.codes, {}
    first, group = grouped([(cells.codes, cells.pool.size), *((one.codes, one.pool.size) for one in beside.values())], rows)
    sources = listed(picked(cells.pool.vector, cells.codes[first]), len(first))
    return sources, group, {name: _texts(one, first) for name, one in beside.items()}


def _texts(cells: Cells, rows: Codes) -> list[str]:
    return [text_of(value) for value in listed(picked(cells.pool.vector, cells.codes[rows]), len(rows))]


def _restored(source: Any, text: str) -> Any:
    """A made text as the kind of value that its source is, where it can be one."""
    if isinstance(source, str | bool):
        return str(text)
    try:
        if isinstance(source, int):
            return int(text) if _WHOLE_NUMBER.match(text) else float(text)
        if isinstance(source, float):
            return float(text)
        if isinstance(source, datetime.date):
            return type(source).fromisoformat(text)
    except ValueError:
        return str(text)
    return str(text)


class _Values:
    """Distinct values of a column, with the rows behind each."""

    def __init__(
        self, course: ColumnCourse, reach: Reach, texts: list[str], beside: dict[str, list[str]], weights: Codes, *, numeric: bool
    ) -> None:
        self._course = course
        self._reach = reach
        self._texts = texts
        self._beside = beside
        self._weights = weights
        self._numeric = numeric

    def made(self) -> list[str | None]:
        """What each value becomes; None: nothing."""
        made: list[str | None] = [*self._texts]
        left = list(range(len(self._texts)))
        if self._course.values and left:
            left = self._inside(made)
        if self._course.field is not None and left:
            self._changed(self._course.field, self._course.label, left, made)
        return made

    def _inside(self, made: list[str | None]) -> list[int]:
        """Values in which rules find something, changed; the places of those in which they do not."""
        course = self._course
        whole = _chain_for(course.values, course.whole)
        if whole is not None:
            self._changed(whole, course.whole, list(range(len(made))), made)
            return []
        found = [_taken(course.values, spans) for spans in self._found()]
        wanted: dict[tuple[int, str], list[tuple[int, Span]]] = {}
        for place, spans in enumerate(found):
            for chain, span in spans:
                wanted.setdefault((chain, span.label), []).append((place, span))
        new = {}
        for (chain, label), where in wanted.items():
            new.update(self._stretches(course.values[chain], label, where))
        for place, spans in enumerate(found):
            if spans:
                made[place] = _rebuilt(self._texts[place], [(span, new[place, span.start]) for _, span in spans])
                self._count(course.values[spans[0][0]], [place], made)
        return [place for place, spans in enumerate(found) if not spans]

    def _found(self) -> Sequence[Sequence[Span]]:
        find = self._reach.mixed_spans if self._course.mixed and self._reach.mixed_spans is not None else self._reach.spans
        return find(self._texts) if find is not None else [()] * len(self._texts)

    def _stretches(self, chain: Chain, label: str, where: list[tuple[int, Span]]) -> dict[tuple[int, int], str]:
        """What each found stretch becomes, by place and start."""
        texts = [self._texts[place][span.start : span.end] for place, span in where]
        beside = {name: [cells[place] for place, _ in where] for name, cells in self._beside.items()}
        results = self._run(chain, Stretch(texts, label, beside), np.array([place for place, _ in where], np.int64))
        return {(place, span.start): result or "" for (place, span), result in zip(where, results, strict=True)}

    def _changed(self, chain: Chain, label: str | None, places: list[int], made: list[str | None]) -> None:
        """Whole values by one chain, in place."""
        values = Stretch(self._texts, label, self._beside, self._numeric)
        every = len(places) == len(self._texts)
        results = self._run(chain, values if every else values.part(places), np.array(places, np.int64))
        if every:
            made[:] = results
        else:
            for place, result in zip(places, results, strict=True):
                made[place] = result
        self._count(chain, places, made)

    def _run(self, chain: Chain, stretch: Stretch, places: Codes) -> list[str | None]:
        """A chain on stretches of the values at some places, noted for the report; what no transform can be applied to is put right."""
        results, used = self._reach.operations.chain(chain.transforms, stretch)
        numbers, weights, odd = np.array(used, np.int64), self._weights[places], False
        for number in np.unique(numbers).tolist():
            kind = chain.transforms[number].type if number >= 0 else "on_error"
            rows = int(weights[numbers == number].sum())
            told = (self._course.column, stretch.label or "", kind)
            chain.counts[told] = chain.counts.get(told, 0) + rows
            chain.account.errors += rows if number < 0 else 0
            odd |= number < 0 or kind in (DROP, CONDITIONAL)
        return [self._final(chain, stretch.label, result) for result in results] if odd else results

    def _final(self, chain: Chain, label: str | None, result: str | None) -> str | None:
        return self._instead(chain, label) if result is None else None if result is GONE else result

    def _count(self, chain: Chain, places: list[int], made: list[str | None]) -> None:
        rows = self._weights[np.array(places, np.int64)]
        same = np.fromiter((made[place] == self._texts[place] for place in places), np.bool_, len(places))
        chain.account.matched += int(rows.sum())
        chain.account.changed += int(rows[~same].sum())
        chain.account.unchanged += 0 if chain.passes else int(rows[same].sum())

    def _instead(self, chain: Chain, label: str | None) -> str | None:
        """What stands for a value to which no transform can be applied: never the value."""
        if self._course.on_error == "fail":
            raise JobFailed(
                f"{chain.rule}: no transform can be applied to a value of column {self._course.column!r}.",
                hint="Add a transform that always can, such as hash, or leave appliance.on_error at redact.",
            )
        return None if self._course.on_error == "null" else f"<{label or self._course.column}>"


def _chain_for(chains: Sequence[Chain], label: str | None) -> Chain | None:
    return next((chain for chain in chains if label_word(chain.labels, label) is not None), None) if label else None


def _taken(chains: Sequence[Chain], spans: Sequence[Span]) -> list[tuple[int, Span]]:
    """The stretches that some rule is for, from left to right, none over another, each with the number of the first such rule."""
    found: list[tuple[int, Span]] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        number = next((place for place, chain in enumerate(chains) if label_word(chain.labels, span.label) is not None), None)
        if number is not None and span.start >= (found[-1][1].end if found else 0) and span.end > span.start:
            found.append((number, span))
    return found


def _rebuilt(text: str, parts: list[tuple[Span, str]]) -> str:
    pieces, place = [], 0
    for span, new in parts:
        pieces += [text[place : span.start], new]
        place = span.end
    return "".join([*pieces, text[place:]])
