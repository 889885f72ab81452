"""Policies run over a file of any size, batch by batch; columns that no rule touches are copied as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from appliance.configurations.policy_words import DROP
from appliance.data_plane.tables.compression import open_for_writing
from appliance.data_plane.tables.missing import missing_among_numbers
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema
from appliance.data_plane.tables.sniff import open_source
from appliance.data_plane.tables.source import Source
from appliance.data_plane.transform.account import RuleAccount, TransformAccount
from appliance.data_plane.transform.batch import Batch
from appliance.data_plane.transform.cells import Reader
from appliance.data_plane.transform.evaluation.bounds import Budget
from appliance.data_plane.transform.evaluation.vectors import Vector
from appliance.data_plane.transform.files.editing import WriteOptions, editor_for
from appliance.data_plane.transform.layout import LayoutColumn
from appliance.data_plane.transform.passage import Passage, unplanned
from appliance.data_plane.transform.plan import planned
from appliance.data_plane.transform.policies.applying import Chain, ColumnCourse, Reach, follow
from appliance.data_plane.transform.policies.operations import Operations, names_read
from appliance.data_plane.transform.policies.plan import PolicyColumn, PolicyPlan, course_of, rules_of, transforms_of
from appliance.data_plane.transform.readers import reader_for
from appliance.data_plane.transform.rendering import OutColumn
from appliance.data_plane.transform.touched import Comparisons
from appliance.errors import DataRefused

_TYPED = (ColumnKind.INTEGER, ColumnKind.NUMERIC, ColumnKind.BOOLEAN, ColumnKind.DATETIME)


class TransformCount(msgspec.Struct, frozen=True):
    """So many cells of a column were changed by a transform, as values of a label (empty: of none)."""

    column: str
    label: str
    transform: str
    cells: int


class PolicyAccount(TransformAccount, frozen=True):
    """What policies did. `field_transforms`: whole cells; `value_transforms`: cells with a stretch inside that was changed."""

    field_transforms: tuple[TransformCount, ...] = ()
    value_transforms: tuple[TransformCount, ...] = ()


def transform_by_policies(plan: PolicyPlan, passage: Passage) -> PolicyAccount:
    """Run the plan over a file.

    Raises DataRefused for a file that does not fit, JobFailed where a rule overruns its time or a value cannot be changed and may not be
    redacted."""
    return _Run(plan, passage).perform()


class _Run:
    def __init__(self, plan: PolicyPlan, passage: Passage) -> None:
        self._own = plan.section["appliance"]
        self._passage = passage
        self._source = open_source(passage.source)
        self._budget = Budget(passage.monotonic, float(self._own["rule_timeout"]))
        self._reach = Reach(Operations(passage.key, plan.seed), passage.spans, passage.mixed_spans)
        self._columns = _known_columns(plan, self._source)
        form = self._source.file.format
        self._readers = {name: (name, _reader(column.planned.schema, form)) for name, column in self._columns.items()}
        self._courses = _Courses(plan, self._columns, self._own["on_error"])
        self._rows = 0

    def perform(self) -> PolicyAccount:
        """The whole run."""
        passage = self._passage
        touched = Comparisons(self._passage.key.subkey("counting of values"))
        editor = editor_for(self._passage.source, self._source, self._passage.batching.size)
        compression = self._source.file.compression if passage.compression is None else passage.compression
        with open_for_writing(passage.sink, compression) as stream:
            texts = frozenset(course.column for course in self._courses.courses if not _keeps_type(course))
            writer = editor.writer(stream, self._out(None), WriteOptions(bool(self._own["csv_guard"]), texts))
            for batch in self._batches(editor.batches(self._passage.batching.rows)):
                for course in self._courses.courses:
                    self._budget.start(_told(course))
                    follow(course, batch, self._reach)
                    self._budget.check()
                for name in batch.touched:
                    touched.add(name, batch.original(name), batch.cells(name))
                writer.rows(batch.rows, batch.kept, self._out(batch))
                self._rows += batch.rows.count
                if passage.progress is not None:
                    passage.progress(self._rows, editor.consumed())
            writer.close()
        return self._account(touched, editor.consumed(), writer)

    def _batches(self, parts: Iterator[Any]) -> Iterator[Batch]:
        start = 0
        for rows in parts:
            yield Batch(rows, start, self._readers)
            start += rows.count

    def _out(self, batch: Batch | None) -> list[OutColumn]:
        """The columns that are left; of a batch, with what rules made of them."""
        made = []
        for name in self._courses.left:
            cells = batch.cells(name) if batch is not None and name in batch.touched else None
            header = self._source.headers.get(name, name)
            made.append(OutColumn(name, header, name, self._columns[name].planned.schema, cells, name in self._source.quoted))
        return made

    def _account(self, touched: Comparisons, consumed: int, writer: Any) -> PolicyAccount:
        layout = {name: LayoutColumn(name, name, name, self._columns[name].planned) for name in self._courses.left}
        return PolicyAccount(
            rows_in=self._rows,
            rows_out=self._rows,
            columns_in=self._source.names,
            columns_out=tuple(self._courses.left),
            rules=tuple(self._courses.accounts),
            row_drops=(),
            touched=touched.accounts(layout),
            bytes_in=consumed,
            guarded=writer.guarded,
            unfit=writer.unfit,
            key_number=self._passage.key.number,
            weak_key=self._passage.key.weak,
            warnings=tuple(self._courses.warnings),
            field_transforms=_counts(self._courses.whole_counts),
            value_transforms=_counts(self._courses.value_counts),
        )


class _Courses:
    """What becomes of every column of a file. `left`: columns that no rule drops."""

    def __init__(self, plan: PolicyPlan, columns: dict[str, PolicyColumn], on_error: str) -> None:
        self._columns, self._on_error = columns, on_error
        self._rules = rules_of(plan.section)
        self.accounts = [RuleAccount(place, []) for place, _ in self._rules]
        self.left: list[str] = []
        self.courses: list[ColumnCourse] = []
        self.warnings: list[str] = []
        self.whole_counts: dict[tuple[str, str, str], int] = {}
        self.value_counts: dict[tuple[str, str, str], int] = {}
        for name, column in columns.items():
            self._add(name, column)
        if columns and not self.left:
            raise DataRefused("The policies drop every column of the table. Keep at least one.")

    def _add(self, name: str, column: PolicyColumn) -> None:
        chosen = course_of([rule for _, rule in self._rules], column)
        values = tuple(self._chain(number, self.value_counts) for number in chosen.values)
        field = None if chosen.field is None else self._chain(chosen.field, self.whole_counts)
        if field is not None and not values and field.transforms[0].type == DROP:
            field.account.columns.append(name)
            return
        self.left.append(name)
        if field is not None or values:
            self._append(column, values, field, chosen.label)

    def _append(self, column: PolicyColumn, values: tuple[Chain, ...], field: Chain | None, label: str | None) -> None:
        name = column.name
        chains = [*values, *([field] if field is not None else [])]
        names: dict[str, None] = {}
        for chain in chains:
            reads = [read for transform in chain.transforms for read in names_read(transform)]
            names.update(dict.fromkeys(reads))
            chain.account.columns.append(name)
            chain.account.passthrough = chain.passes
            chain.account.mode = "row" if reads or chain.account.mode == "row" else "distinct"
            self._warn(chain, reads)
        own = {read: read for read in names if read in self._columns}
        self.courses.append(ColumnCourse(name, name, values, field, label, column.whole, own, self._on_error, column.planned.mixed))

    def _warn(self, chain: Chain, reads: list[str]) -> None:
        for read in reads:
            said = f"{chain.rule} reads the column {read!r}, which the table does not have."
            if read not in self._columns and said not in self.warnings:
                self.warnings.append(said)

    def _chain(self, number: int, counts: dict[tuple[str, str, str], int]) -> Chain:
        place, rule = self._rules[number]
        labels = tuple(rule["conditions"]["value_label"] or ()) if counts is self.value_counts else ()
        return Chain(place, transforms_of(rule), self.accounts[number], counts, labels)


def _told(course: ColumnCourse) -> str:
    return course.field.rule if course.field is not None else course.values[0].rule


def _keeps_type(course: ColumnCourse) -> bool:
    """Whether a column of numbers or dates can still be one."""
    kept = {"dateshift", "numbershift", "numberbucket", "encrypt", "decrypt", "passthrough", "drop"}
    return not course.values and course.field is not None and all(each.type in kept for each in course.field.transforms)


def _reader(column: ColumnSchema, form: str) -> Reader:
    """Cells of files of text are seen as they are written, whatever their column holds: they go out in the same writing."""
    typed = column.kind in _TYPED or column.format.storage == "int64"
    return _written(column) if typed and form in ("csv", "text") else reader_for(column, form)


def _written(column: ColumnSchema) -> Reader:
    def read(raw: pa.Array) -> Vector:
        return pc.if_else(missing_among_numbers(raw, column.format.missing), pa.scalar(None, raw.type), raw)

    return read


def _known_columns(plan: PolicyPlan, source: Source) -> dict[str, PolicyColumn]:
    """The file's columns, each as it was when the plan was made."""
    found = {column.name: column for column in plan.columns}
    found |= {name: PolicyColumn(planned(column)) for name, column in unplanned(source, found).items()}
    return {name: found[name] for name in source.names}


def _counts(counts: dict[tuple[str, str, str], int]) -> tuple[TransformCount, ...]:
    return tuple(TransformCount(*told, cells) for told, cells in counts.items())
