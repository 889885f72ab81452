"""Numbers in text: shifted by a keyed amount, or put into buckets; decimals, sign and grouping stay as they were."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from typing import Literal

from appliance.data_plane.transform.values.draws import Draws

Rounding = Literal["min", "max", "avg"]

_NUMBER = re.compile(r"\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?\s*\Z", re.ASCII)
_PRECISION = 60


def number_of(text: str) -> Decimal | None:
    """The number that a text writes, or None. At most 400 characters are read."""
    return Decimal(text.strip()) if len(text) <= 400 and _NUMBER.match(text) else None


def shift_numbers(values: Sequence[str], draws: Draws, low: float, high: float) -> list[str | None]:
    """Each number plus a drawn amount from `low` to `high`, never 0 where the range allows, with the source's decimals.

    `draws` are of the values, or of the ids that share a shift. None for what is no number."""
    shares = draws.shares().tolist()
    bounds = Decimal(repr(float(low))), Decimal(repr(float(high)))
    with localcontext(prec=_PRECISION):
        return [_shifted(value, share, *bounds) for value, share in zip(values, shares, strict=True)]


def _shifted(text: str, share: float, low: Decimal, high: Decimal) -> str | None:
    number = number_of(text)
    if number is None:
        return None
    unit = _unit(number)
    first = (low / unit).to_integral_value("ROUND_CEILING")
    count = int((high / unit).to_integral_value(ROUND_FLOOR) - first) + 1
    if count < 1:
        step = low + (high - low) * Decimal(share)
        return _written(number + step, unit / 1000, text)
    place = int(count * share)
    amount = (first + place) * unit
    if amount == 0 and count > 1:
        amount = (first + (place + 1 if place + 1 < count else place - 1)) * unit
    return _written(number + amount, unit, text)


def bucket_numbers(
    values: Sequence[str], low: float | None, high: float | None, nearest: float, method: Rounding = "min"
) -> list[str | None]:
    """Each number as its bucket's lower end (`min`), upper end (`max`) or middle (`avg`).

    Buckets are `nearest` wide and start at `low` (else 0); numbers below `low` become `low`, above `high` become `high`. None for what is
    no number. Raises ValueError unless `nearest` is above 0."""
    if nearest <= 0:
        raise ValueError("nearest must be above 0.")
    width = Decimal(repr(nearest))
    ends = tuple(None if end is None else Decimal(repr(end)) for end in (low, high))
    with localcontext(prec=_PRECISION):
        return [_bucketed(value, ends, width, method) for value in values]


def _bucketed(text: str, ends: tuple[Decimal | None, ...], width: Decimal, method: Rounding) -> str | None:
    number, (low, high) = number_of(text), ends
    if number is None:
        return None
    start = low or Decimal(0)
    bottom = start + ((number - start) / width).to_integral_value(ROUND_FLOOR) * width
    made = {"min": bottom, "max": bottom + width, "avg": bottom + width / 2}[method]
    if high is not None and number >= high:
        made = high
    if low is not None and number < low:
        made = low
    return _plain(made)


def _unit(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    return Decimal(1).scaleb(min(int(exponent), 0))


def _written(number: Decimal, unit: Decimal, source: str) -> str:
    made = f"{number.quantize(unit, ROUND_HALF_EVEN):f}"
    return made if "e" not in source.lower() else _plain(Decimal(made))


def _plain(number: Decimal) -> str:
    made = f"{number:f}"
    return (made.rstrip("0").rstrip(".") if "." in made else made) or "0"
