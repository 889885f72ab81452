"""Subgroups: whether the synthetic rows of each group are as good as those of all, and whether groups keep their share."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.binning import BINNED_ROWS, Binned, thinned
from appliance.data_plane.quality.column import Feature
from appliance.data_plane.quality.estimate import GROUPS, Estimate, around, chance_variation, jackknife_error
from appliance.data_plane.quality.facts import short_label
from appliance.data_plane.quality.marginals import variation, variations

LEAST_ROWS = 50
MOST_GROUPS = 12
MOST_COLUMNS = 8
MOST_MEASURED = 60


class Group(msgspec.Struct, frozen=True):
    """One group: its training rows, its share on all sides, and the accuracy of all other columns within it.

    The accuracy's reference is what as many real rows would reach: 1 − the total variation that chance explains."""

    group: str
    left_rows: int
    left_share: float
    right_share: float
    holdout_share: float | None
    accuracy: Estimate | None


class GroupedColumn(msgspec.Struct, frozen=True):
    """The groups of one column, largest first."""

    column: str
    groups: tuple[Group, ...]


class Worst(msgspec.Struct, frozen=True):
    """The group furthest below what chance allows."""

    column: str
    group: str
    accuracy: float
    reference: float


class Subgroups(msgspec.Struct, frozen=True):
    """All grouping columns and the worst group."""

    columns: tuple[GroupedColumn, ...]
    worst: Worst | None


def measure_subgroups(features: list[Feature], binned: list[Binned]) -> Subgroups | None:
    """Up to eight columns with two to twelve values that 50 training rows hold each; None where there is no such column."""
    usable = [feature for feature in features if feature.measurable]
    found: list[GroupedColumn] = []
    for position, feature in enumerate(usable):
        levels = _levels(feature)
        if 2 <= len(levels) <= MOST_GROUPS and len(found) < MOST_COLUMNS:
            others = [part for i, part in enumerate(binned) if i != position][:MOST_MEASURED]
            found.append(GroupedColumn(feature.name, tuple(_group(feature, level, others) for level in levels)))
    return Subgroups(tuple(found), _worst(found)) if found else None


def _levels(feature: Feature) -> list[int]:
    """Levels that make a group, largest first; none where the column has many values."""
    if feature.moment:
        return []
    counts = np.bincount(feature.left, minlength=feature.levels + 1)[:-1]
    if (counts > 0).sum() > 2 * MOST_GROUPS:
        return []
    return sorted((level for level in feature.names if counts[level] >= LEAST_ROWS), key=lambda level: (-counts[level], level))


def _group(feature: Feature, level: int, others: list[Binned]) -> Group:
    masks = [thinned(codes, BINNED_ROWS) == level for codes in (feature.left, feature.right, feature.holdout)]
    shares = [float(mask.mean()) if len(mask) else None for mask in masks]
    return Group(
        group=short_label(feature.names[level]),
        left_rows=int((feature.left == level).sum()),
        left_share=shares[0] or 0.0,
        right_share=shares[1] or 0.0,
        holdout_share=shares[2],
        accuracy=_accuracy(others, masks[0], masks[1]),
    )


def _accuracy(others: list[Binned], left: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_]) -> Estimate | None:
    sizes = int(left.sum()), int(right.sum())
    if not others or not min(sizes):
        return None
    values, chances, without = [], [], []
    for part in others:
        ours, theirs = (_grouped(codes[mask], part.size) for codes, mask in ((part.left, left), (part.right, right)))
        first, second = ours.sum(axis=1), theirs.sum(axis=1)
        values.append(variation(first, second))
        chances.append(chance_variation(first / sizes[0], *sizes))
        without.append(variations(first[:, None] - ours, second[:, None] - theirs))
    error = jackknife_error(np.mean(without, axis=0))
    return around(1 - float(np.mean(values)), error, 0.0, 1.0, 1 - float(np.mean(chances)))


def _grouped(codes: npt.NDArray[np.int32], size: int) -> npt.NDArray[np.int64]:
    joint = codes.astype(np.int64) * GROUPS + np.arange(len(codes)) % GROUPS
    return np.bincount(joint, minlength=size * GROUPS).reshape(size, GROUPS)


def _worst(columns: list[GroupedColumn]) -> Worst | None:
    found = [(column, group) for column in columns for group in column.groups if group.accuracy and group.accuracy.reference is not None]
    if not found:
        return None
    column, group = max(found, key=lambda pair: _gap(pair[1]))
    return Worst(column.column, group.group, group.accuracy.value, group.accuracy.reference or 0.0) if group.accuracy else None


def _gap(group: Group) -> float:
    return (group.accuracy.reference or 0.0) - group.accuracy.value if group.accuracy else 0.0
