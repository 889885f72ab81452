"""One rule on one column: which cells it selects, and whether they are worked on by distinct value or by row."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from appliance.configurations.expression import Usage, tree
from appliance.data_plane.transform.batch import Batch
from appliance.data_plane.transform.cells import Cells, Codes, Mask, grouped
from appliance.data_plane.transform.evaluation.branches import truths
from appliance.data_plane.transform.evaluation.evaluator import Evaluator
from appliance.data_plane.transform.evaluation.scope import Scope
from appliance.data_plane.transform.evaluation.vectors import Places, Same, listed, picked
from appliance.data_plane.transform.making import CellRule, Making


class _Selected(msgspec.Struct, frozen=True):
    """Selected places, of the pool or of rows; `broken`: those whose condition could not be told."""

    hit: Mask
    broken: Mask

    @property
    def any(self) -> Mask:
        return self.hit | self.broken


def apply(rule: CellRule, batch: Batch) -> None:
    """Run the rule over a batch. Raises JobFailed where its time is over, or a cell fails and `on_error` is `fail`."""
    evaluator: Evaluator = rule.evaluator
    evaluator.tools.budget.start(f"{rule.account.place}, column {rule.column!r},")
    cells = batch.cells(rule.key)
    if not batch.size:
        return
    if _by_row(rule.asks):
        _apply_to_rows(rule, batch, cells, _selected_rows(rule, batch, cells))
        return
    selected = _selected_values(rule, cells)
    if _by_row(rule.reads) or (rule.draws_by_row and (cells.pool.missing & selected.any).any()):
        _apply_to_rows(rule, batch, cells, _Selected(selected.hit[cells.codes], selected.broken[cells.codes]))
    else:
        _apply_to_values(rule, batch, cells, selected)


def _by_row(usage: Usage) -> bool:
    return usage.index or usage.whole_row or bool(usage.columns)


def _selected_values(rule: CellRule, cells: Cells) -> _Selected:
    if rule.condition is None:
        return _Selected(np.ones(cells.pool.size, np.bool_), np.zeros(cells.pool.size, np.bool_))
    vector = cells.pool.vector
    return _told(rule, rule.condition, Scope(cells.pool.size, this=lambda: vector))


def _selected_rows(rule: CellRule, batch: Batch, cells: Cells) -> _Selected:
    assert rule.condition is not None
    rows = np.arange(batch.size, dtype=np.int64)
    first, group = _groups(batch, cells, rule.asks, rule.row, rows, alone=False)
    told = _told(rule, rule.condition, batch.scope(rule.key, rule.row, rows[first]))
    return _Selected(told.hit[group], told.broken[group])


def _told(rule: CellRule, condition: tree.Expression, scope: Scope) -> _Selected:
    """Where the condition holds. One that fails on a missing cell does not hold."""
    found = rule.evaluator.run(condition, scope)
    if isinstance(found, Same) and (one := truths(found, 1)[0]) is not None:
        return _Selected(np.full(scope.size, one), np.zeros(scope.size, np.bool_))
    told = truths(found, scope.size)
    hit = np.fromiter((one is True for one in told), np.bool_, scope.size)
    broken = np.fromiter((one is None for one in told), np.bool_, scope.size)
    if broken.any():
        this = listed(scope.named("this"), scope.size)
        broken &= np.fromiter((value is not None for value in this), np.bool_, scope.size)
    return _Selected(hit, broken)


def _groups(batch: Batch, cells: Cells, usage: Usage, row: Mapping[str, str], rows: Places, *, alone: bool) -> tuple[Places, Codes]:
    """Rows in groups of equal inputs. `alone`: a row whose cell is missing is a group by itself, because it draws by its number."""
    if usage.index:
        return np.arange(len(rows), dtype=np.int64), np.arange(len(rows), dtype=np.int64)
    codes, size = cells.codes[rows], cells.pool.size
    if alone:
        lonely = cells.pool.missing[codes]
        codes, size = np.where(lonely, size + np.arange(len(rows)), codes), size + len(rows)
    names = row if usage.whole_row else [name for name in usage.columns if name in row]
    beside = [batch.cells(row[name]) for name in names]
    return grouped([(codes, size), *((one.codes[rows], one.pool.size) for one in beside)], len(rows))


def _apply_to_values(rule: CellRule, batch: Batch, cells: Cells, selected: _Selected) -> None:
    weights = cells.weights()
    places = np.flatnonzero(selected.any & (weights > 0))
    if not len(places):
        return
    everywhere = len(places) == cells.pool.size
    vector = cells.pool.vector if everywhere else picked(cells.pool.vector, places)
    scope = Scope(len(places), this=lambda: vector)

    def row_of(place: int) -> int:
        return int(batch.index[np.flatnonzero(cells.codes == places[place])[0]])

    values = Making(rule, scope, selected.broken[places], weights[places], row_of).values()
    _put(rule, batch, Cells(cells.codes, cells.pool.changed(None if everywhere else places, values)))


def _apply_to_rows(rule: CellRule, batch: Batch, cells: Cells, selected: _Selected) -> None:
    rows = np.flatnonzero(selected.any)
    if not len(rows):
        return
    first, group = _groups(batch, cells, rule.reads, rule.row, rows, alone=rule.draws_by_row)
    scope = batch.scope(rule.key, rule.row, rows[first])
    weights = np.bincount(group, minlength=len(first))
    making = Making(rule, scope, selected.broken[rows[first]], weights, lambda place: int(batch.index[rows[first[place]]]))
    values = making.values()
    codes = cells.codes.copy()
    codes[rows] = cells.pool.size + group
    _put(rule, batch, Cells(codes, cells.pool.extended(values, len(first))))


def _put(rule: CellRule, batch: Batch, cells: Cells) -> None:
    batch.put(rule.key, cells)
    rule.evaluator.tools.budget.check_held(batch.held)
