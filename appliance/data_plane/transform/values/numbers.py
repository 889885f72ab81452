"""Numbers in text: shifted by a keyed amount, or put into buckets. They keep their writing: decimals, grouping, currency and unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import Literal

import msgspec

from appliance.data_plane.transform.values.draws import Draws

Rounding = Literal["min", "max", "avg"]

_NUMBER = re.compile(
    r"(?P<before>[^\d.,+\-()]{0,8}[-+]?[^\d.,+\-()]{0,8})"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+,\d+|\d+(?:\.\d*)?|\.\d+)"
    r"(?P<power>[eE][-+]?\d{1,3})?(?P<after>[^\d.,+\-()]{0,8})\Z",
    re.ASCII,
)
"""A number with what may stand around it. A comma with three digits behind it groups; with any other count it is a decimal comma."""
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,12})?\Z", re.ASCII).match
_PRECISION = 60
_LONGEST = 400


class WrittenNumber(msgspec.Struct, frozen=True):
    """A number as a text writes it. `before` and `after`: what stands around the digits, without the sign; `comma`: decimals stand behind
    a comma; `grouped`: thousands are set apart; `power`: it has an exponent."""

    value: Decimal
    before: str
    after: str
    comma: bool
    grouped: bool
    power: bool

    @property
    def unit(self) -> Decimal:
        """The least step that the writing shows."""
        return Decimal(1).scaleb(min(int(self.value.as_tuple().exponent), 0))

    def rewritten(self, number: Decimal, unit: Decimal) -> str:
        """Another number in the same writing, in steps of `unit`."""
        made = f"{number.quantize(unit, ROUND_HALF_EVEN):f}"
        if self.power:
            return self._dressed(_plain(Decimal(made)))
        sign, digits = ("-", made[1:]) if made.startswith("-") else ("", made)
        whole, _, decimals = digits.partition(".")
        if self.grouped:
            whole = f"{int(whole):,}".replace(",", "." if self.comma else ",")
        return self._dressed(sign + whole + (("," if self.comma else ".") + decimals if decimals else ""))

    def _dressed(self, digits: str) -> str:
        sign = "-" if digits.startswith("-") else ""
        return f"{sign}{self.before}{digits.removeprefix('-')}{self.after}"


def written_number(text: str) -> WrittenNumber | None:
    """The number that a text writes, or None. At most 400 characters are read."""
    found = _NUMBER.match(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    digits, around = found["digits"], found["before"]
    comma = bool(re.search(r"\.\d{3}.*,|\.\d{3}\.|,\d+$", digits)) and not re.search(r",\d{3}(?:,|\.|$)", digits)
    grouped = bool(re.search(r"\d[.,]\d{3}[.,]|,\d{3}$", digits)) and (not comma or "." in digits)
    plain = digits.replace(".", "").replace(",", ".") if comma else digits.replace(",", "")
    value = Decimal(plain + (found["power"] or ""))
    negative = "-" in around
    before = around.replace("-", "").replace("+", "")
    return WrittenNumber(-value if negative else value, before, found["after"], comma, grouped, bool(found["power"]))


def number_of(text: str) -> Decimal | None:
    """The number that a text writes, or None."""
    found = written_number(text)
    return None if found is None else found.value


def shift_numbers(values: Sequence[str], draws: Draws, low: float, high: float) -> list[str | None]:
    """Each number plus a drawn amount from `low` to `high`, never 0 where the range allows, with the source's decimals.

    `draws` are of the values, or of the ids that share a shift. None for what is no number."""
    bounds = Decimal(repr(float(low))), Decimal(repr(float(high)))
    steps: dict[int, tuple[int, int]] = {}
    made: list[str | None] = []
    with localcontext(prec=_PRECISION):
        for value, share in zip(values, draws.shares().tolist(), strict=True):
            if _PLAIN(value):
                decimals = len(value.partition(".")[2])
                if decimals not in steps:
                    steps[decimals] = _steps(Decimal(1).scaleb(-decimals), *bounds)
                if steps[decimals][1] > 0:
                    made.append(_shifted_plain(value, decimals, _amount(share, *steps[decimals])))
                    continue
            made.append(_shifted(value, share, *bounds))
    return made


def _steps(unit: Decimal, low: Decimal, high: Decimal) -> tuple[int, int]:
    """The least amount in units, and how many amounts there are."""
    first = int((low / unit).to_integral_value(ROUND_CEILING))
    return first, int((high / unit).to_integral_value(ROUND_FLOOR)) - first + 1


def _amount(share: float, first: int, count: int) -> int:
    """The drawn amount in units, 0 only where there is no other."""
    place = int(count * share)
    if first + place == 0 and count > 1:
        place += 1 if place + 1 < count else -1
    return first + place


def _shifted_plain(text: str, decimals: int, amount: int) -> str:
    """The same for digits with at most a point between them, without the cost of decimal numbers."""
    if not decimals:
        return str(int(text) + amount)
    moved = int(text.replace(".", "")) + amount
    digits = str(abs(moved)).rjust(decimals + 1, "0")
    return f"{'-' if moved < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def _shifted(text: str, share: float, low: Decimal, high: Decimal) -> str | None:
    number = written_number(text)
    if number is None:
        return None
    first, count = _steps(number.unit, low, high)
    try:
        if count < 1:
            step = low + (high - low) * Decimal(share)
            return number.rewritten(number.value + step, number.unit / 1000)
        return number.rewritten(number.value + _amount(share, first, count) * number.unit, number.unit)
    except InvalidOperation:  # more digits than are worked with
        return None


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


def _plain(number: Decimal) -> str:
    made = f"{number:f}"
    return (made.rstrip("0").rstrip(".") if "." in made else made) or "0"
