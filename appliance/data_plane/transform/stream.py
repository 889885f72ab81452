"""A plan run over a file of any size: batch by batch, what no rule touches copied as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from appliance.data_plane.tables.compression import open_for_writing
from appliance.data_plane.tables.schema import ColumnSchema
from appliance.data_plane.tables.sniff import open_source
from appliance.data_plane.tables.source import Source
from appliance.data_plane.transform.account import TransformAccount
from appliance.data_plane.transform.batch import Batch
from appliance.data_plane.transform.cells import Reader
from appliance.data_plane.transform.evaluation.bounds import Budget
from appliance.data_plane.transform.evaluation.prose import EntityFinder
from appliance.data_plane.transform.evaluation.tools import Tools
from appliance.data_plane.transform.files.editing import FileEditor, WriteOptions, editor_for
from appliance.data_plane.transform.layout import Layout, LayoutColumn
from appliance.data_plane.transform.modes import makes_texts
from appliance.data_plane.transform.passage import Passage, unplanned
from appliance.data_plane.transform.plan import TransformPlan, planned
from appliance.data_plane.transform.program import Compiler, StepProgram
from appliance.data_plane.transform.readers import reader_for
from appliance.data_plane.transform.rendering import OutColumn
from appliance.data_plane.transform.steps import run_steps
from appliance.data_plane.transform.touched import Comparisons
from appliance.data_plane.transform.variables import ColumnFacts, Facts


def transform_file(plan: TransformPlan, passage: Passage) -> TransformAccount:
    """Run the plan over a file.

    Raises DataRefused for a file or a plan that do not fit, JobFailed where a rule overruns its time or a cell fails and may not."""
    return _Run(plan, passage).perform()


class _Run:
    def __init__(self, plan: TransformPlan, passage: Passage) -> None:
        self._plan = plan
        self._passage = passage
        self._source = open_source(passage.source)
        own = plan.section["appliance"]
        finder = None
        if passage.spans is not None:
            threshold = plan.section["globals"]["ner"]["ner_threshold"]
            finder = EntityFinder(passage.spans, plan.text_entities, threshold, passage.mixed_spans)
        budget = Budget(passage.monotonic, float(own["rule_timeout"]))
        self._tools = Tools(passage.key, locales=plan.locales, seed=plan.seed, finder=finder, budget=budget)
        columns = _known_columns(plan, self._source)
        self._readers: dict[str, tuple[str, Reader]] = {
            column.key: (column.name, reader_for(column.planned.schema, self._source.file.format)) for column in columns
        }
        self._compiler = Compiler(plan, Layout(columns), self._tools)
        self._steps: list[StepProgram] = []
        self._rows_in = self._rows_out = 0

    def perform(self) -> TransformAccount:
        """The whole run."""
        passage = self._passage
        for number in range(len(self._plan.section["steps"])):
            self._steps.append(self._compiler.step(number, self._facts(number)))
        guard = bool(self._plan.section["appliance"]["csv_guard"])
        touched = Comparisons(self._passage.key.subkey("counting of values"))
        editor = editor_for(self._passage.source, self._source, self._passage.batching.size)
        compression = self._source.file.compression if passage.compression is None else passage.compression
        with open_for_writing(passage.sink, compression) as stream:
            writer = editor.writer(stream, self._out(None), WriteOptions(guard, self._text_columns()))
            for batch in self._batches(editor):
                run_steps(self._steps, batch)
                for name in batch.touched:
                    touched.add(name, batch.original(name), batch.cells(name))
                writer.rows(batch.rows, batch.kept, self._out(batch))
                self._rows_in, self._rows_out = self._rows_in + batch.rows.count, self._rows_out + batch.size
                if passage.progress is not None:
                    passage.progress(self._rows_in, editor.consumed())
            writer.close()
        return self._account(touched, editor, writer)

    def _facts(self, number: int) -> Facts:
        """What a step's variables ask of whole columns, after the steps before it."""
        wanted = self._compiler.facts_wanted(number)
        if not wanted:
            return {}
        told = f"Step {number + 1}, vars"
        keys = self._compiler.layout.keys
        columns: dict[str, ColumnFacts] = {}
        for name in dict.fromkeys(column for column, _ in wanted):
            if name in keys:
                columns[name] = ColumnFacts(name, frozenset(function for column, function in wanted if column == name), told)
        for batch in self._batches(editor_for(self._passage.source, self._source, self._passage.batching.size)):
            run_steps(self._steps, batch)
            for name, facts in columns.items():
                facts.add(batch.cells(keys[name]))
        self._forget_counts()
        return {pair: answer for facts in columns.values() for pair, answer in facts.answers().items()}

    def _forget_counts(self) -> None:
        """Counts of a pass that only gathered facts are not those of the run."""
        for rule in self._compiler.rules:
            rule.matched = rule.changed = rule.unchanged = rule.missing = rule.errors = rule.fallbacks = rule.redrawn = 0
        for drop in self._compiler.row_drops:
            drop.dropped = drop.errors = 0

    def _batches(self, editor: FileEditor) -> Iterator[Batch]:
        start = 0
        for rows in editor.batches(self._passage.batching.rows):
            yield Batch(rows, start, self._readers)
            start += rows.count

    def _out(self, batch: Batch | None) -> list[OutColumn]:
        """The columns of the output; of a batch, with what rules made of them."""
        made = []
        for column in self._compiler.layout.columns:
            changed = batch is not None and (column.key in batch.touched or column.source is None)
            cells = batch.cells(column.key) if batch is not None and changed else None
            header = self._source.headers.get(column.name, column.name) if column.source == column.name else column.name
            schema: ColumnSchema = column.planned.schema
            made.append(OutColumn(column.name, header, column.source, schema, cells, column.source in self._source.quoted))
        return made

    def _text_columns(self) -> frozenset[str]:
        """Columns of which some rule makes texts, whatever it meets."""
        keys = {rule.key for step in self._steps for rule in step.rules if makes_texts(rule.value)}
        return frozenset(column.name for column in self._compiler.layout.columns if column.key in keys)

    def _account(self, touched: Comparisons, editor: FileEditor, writer: Any) -> TransformAccount:
        layout = {column.key: column for column in self._compiler.layout.columns}
        return TransformAccount(
            self._rows_in,
            self._rows_out,
            self._source.names,
            tuple(column.name for column in self._compiler.layout.columns),
            tuple(self._compiler.rules),
            tuple(self._compiler.row_drops),
            touched.accounts(layout),
            editor.consumed(),
            writer.guarded,
            writer.unfit,
            self._passage.key.number,
            self._passage.key.weak,
            tuple(self._compiler.warnings),
            tuple(column.source or "" for column in self._compiler.layout.columns),
        )


def _known_columns(plan: TransformPlan, source: Source) -> tuple[LayoutColumn, ...]:
    """The file's columns, each as it was when the plan was made."""
    found = {column.name: column for column in plan.columns}
    found |= {name: planned(column) for name, column in unplanned(source, found).items()}
    return tuple(LayoutColumn(name, name, name, found[name]) for name in source.names)
