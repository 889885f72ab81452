"""Numbers put into buckets: of one width, or as the configuration lists them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from appliance.data_plane.transform.values.numbers import bucket_numbers, number_of


def bucketed(attrs: dict[str, Any], values: Sequence[str]) -> list[str | None]:
    """The bucket of each number; None for what is no number, or lies outside listed buckets without a label for that."""
    if attrs.get("buckets"):
        return _listed(attrs, values)
    return bucket_numbers(values, attrs.get("min"), attrs.get("max"), float(attrs["nearest"]), attrs.get("method", "min"))


def _listed(attrs: dict[str, Any], values: Sequence[str]) -> list[str | None]:
    """A bucket holds its lower end and not its upper one, but the last holds both."""
    buckets = sorted(attrs["buckets"], key=lambda bucket: float(bucket["min"]))
    starts = [Decimal(repr(float(bucket["min"]))) for bucket in buckets]
    ends = [Decimal(repr(float(bucket["max"]))) for bucket in buckets]
    made: list[str | None] = []
    for value in values:
        number = number_of(value)
        place = -1 if number is None else bisect_right(starts, number) - 1
        if number is None:
            made.append(None)
        elif place < 0:
            made.append(attrs.get("lower_outlier_label"))
        elif number < ends[place] or (place == len(ends) - 1 and number == ends[place]):
            made.append(str(buckets[place]["label"]))
        else:
            made.append(attrs.get("upper_outlier_label") if place == len(ends) - 1 else None)
    return made
