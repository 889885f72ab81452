"""What policies do, fixed when they are trained: what each column is, by which the rule that it follows is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from appliance.configurations.label_predictors import DEFAULT_THRESHOLD
from appliance.configurations.policy_words import NamedTransform, named
from appliance.configurations.transforms import searches_text
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict
from appliance.data_plane.tables.schema import ColumnKind, TableSchema
from appliance.data_plane.transform.plan import PlannedColumn, planned
from appliance.data_plane.transform.policies.conditions import fits_column, natures_of

UNSEARCHED = (ColumnKind.INTEGER, ColumnKind.NUMERIC, ColumnKind.BOOLEAN, ColumnKind.DATETIME, ColumnKind.EMPTY)
"""Kinds of columns that hold no texts."""


class PolicyColumn(msgspec.Struct, frozen=True):
    """A column of the training file. `labels`: what it holds as a whole, best first; `whole`: the label that every cell has unless it shows
    another one; `natures`: what `field_attributes` asks for."""

    planned: PlannedColumn
    labels: tuple[str, ...] = ()
    whole: str | None = None
    natures: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.planned.schema.name


class PolicyPlan(msgspec.Struct, frozen=True):
    """`section`: the filled-in `transforms` section. `columns`: of the training file, in its order."""

    section: dict[str, Any]
    columns: tuple[PolicyColumn, ...]

    @property
    def seed(self) -> int | None:
        """The seed that is mixed into fakes; never the key."""
        seed: int | None = self.section["appliance"]["seed"]
        return seed

    @property
    def needs_detector(self) -> bool:
        """Whether any rule looks inside values."""
        return searches_text(self.section)


class Course(msgspec.Struct, frozen=True):
    """Which rules a column follows, by their number over all policies. `values`: those that look inside values and stand before the one for
    the column as a whole, `field`. `label`: as what the column's values count there."""

    values: tuple[int, ...]
    field: int | None
    label: str | None


def make_policy_plan(
    section: dict[str, Any], schema: TableSchema, verdicts: Sequence[ColumnVerdict], samples: Sequence[ColumnSample] = (),
    threshold: float = DEFAULT_THRESHOLD,
) -> PolicyPlan:  # fmt: skip
    """The plan of a filled-in section for the training file's columns. `threshold`: the share of a column's cells that must carry a label
    for the column to have it."""
    found = {verdict.name: verdict for verdict in verdicts}
    sampled = {sample.name: sample for sample in samples}
    columns = []
    for column in schema.columns:
        verdict = found.get(column.name)
        labels = () if verdict is None else column_labels(verdict, threshold)
        whole = verdict.label if verdict is not None and verdict.shape is ColumnShape.WHOLE else None
        natures = natures_of(column, sampled.get(column.name))
        mixed = verdict is not None and verdict.shape is ColumnShape.MIXED
        columns.append(PolicyColumn(planned(column, labels[0] if labels else None, mixed=mixed), labels, whole, natures))
    return PolicyPlan(section, tuple(columns))


def column_labels(verdict: ColumnVerdict, threshold: float = DEFAULT_THRESHOLD) -> tuple[str, ...]:
    """The labels of a column as a whole: what the detector says of it, and every label that at least `threshold` of its cells carry."""
    held = [verdict.label] if verdict.shape is ColumnShape.WHOLE and verdict.label else []
    if verdict.shape is not ColumnShape.TEXT:
        held += [label for label, share in sorted(verdict.others.items(), key=lambda pair: (-pair[1], pair[0])) if share >= threshold]
    return tuple(dict.fromkeys(held))


def rules_of(section: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The rules of all policies in order, each with its place for people."""
    return [(f"Policy {policy['name']!r}, rule {rule['name']!r}", rule) for policy in section["policies"] for rule in policy["rules"]]


def course_of(rules: Sequence[dict[str, Any]], column: PolicyColumn) -> Course:
    """Which of all rules a column follows. Rules that look inside values have nothing to look for in numbers, dates and truth values that
    carry no label."""
    values: list[int] = []
    label = column.labels[0] if column.labels else column.whole
    searched = column.planned.schema.kind not in UNSEARCHED or bool(column.labels)
    for number, rule in enumerate(rules):
        fits, by = fits_column(rule["conditions"], column.name, column.labels, column.natures)
        if fits:
            return Course(tuple(values), number, by or label)
        if rule["conditions"]["value_label"] and searched:
            values.append(number)
    return Course(tuple(values), None, label)


def transforms_of(rule: dict[str, Any]) -> tuple[NamedTransform, ...]:
    """The rule's transforms, as they run."""
    return tuple(named(each) for each in rule["transforms"])
