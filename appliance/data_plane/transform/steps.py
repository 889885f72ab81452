"""Runs the steps of a program over a batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from appliance.data_plane.transform.batch import Batch
from appliance.data_plane.transform.cells import grouped
from appliance.data_plane.transform.evaluation.branches import truths
from appliance.data_plane.transform.evaluation.vectors import Places
from appliance.data_plane.transform.program import RowRule, StepProgram
from appliance.data_plane.transform.rules import apply


def run_steps(steps: Sequence[StepProgram], batch: Batch) -> None:
    """All steps, one after another: rows are dropped, then cells are changed."""
    for step in steps:
        for drop in step.drops:
            _drop(drop, batch)
        for rule in step.rules:
            apply(rule, batch)


def _drop(rule: RowRule, batch: Batch) -> None:
    """Leave out the rows for which the condition holds, and those for which it cannot be told."""
    if not batch.size:
        return
    rule.evaluator.tools.budget.start(rule.account.place)
    first, group = _groups(rule, batch)
    told = truths(rule.evaluator.run(rule.condition, batch.scope(None, rule.row, first)), len(first))
    gone = np.fromiter((one is not False for one in told), np.bool_, len(told))[group]
    broken = np.fromiter((one is None for one in told), np.bool_, len(told))[group]
    rule.account.dropped += int(gone.sum())
    rule.account.errors += int(broken.sum())
    if gone.any():
        batch.drop(gone)


def _groups(rule: RowRule, batch: Batch) -> tuple[Places, Places]:
    if rule.asks.index or rule.asks.draws or rule.asks.fakes:
        return np.arange(batch.size, dtype=np.int64), np.arange(batch.size, dtype=np.int64)
    names = rule.row if rule.asks.whole_row else [name for name in rule.asks.columns if name in rule.row]
    beside = [batch.cells(rule.row[name]) for name in names]
    return grouped([(cells.codes, cells.pool.size) for cells in beside], batch.size)
