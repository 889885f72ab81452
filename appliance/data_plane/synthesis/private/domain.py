"""What is known about columns before the table is looked at: bounds and categories from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from appliance.data_plane.synthesis.options import EngineOptions
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema
from appliance.errors import DataRefused

NUMERIC = (ColumnKind.INTEGER, ColumnKind.NUMERIC, ColumnKind.DATETIME)
WORDS = (ColumnKind.CATEGORICAL, ColumnKind.TEXT, ColumnKind.IDENTIFIER)
LEARNT = (*NUMERIC, ColumnKind.CATEGORICAL, ColumnKind.BOOLEAN)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Domain(msgspec.Struct, frozen=True):
    """Of one column: its least and greatest value, or all its values (numbers; dates in microseconds), or all its categories."""

    bounds: tuple[float, float] | None = None
    numbers: tuple[float, ...] | None = None
    texts: tuple[str, ...] | None = None

    @property
    def given(self) -> bool:
        """Whether anything is known."""
        return self.bounds is not None or self.numbers is not None or self.texts is not None


def known_domains(columns: tuple[ColumnSchema, ...], options: EngineOptions) -> tuple[Domain, ...]:
    """The domain of every column. Raises DataRefused for bounds and categories that do not fit a column's kind, and where one is missing
    that may not be learnt (`infer_domain` false)."""
    infer = options.budget is None or options.budget.infer_domain
    domains = tuple(_domain(column, options.bounds, options.categories) for column in columns)
    for column, domain in zip(columns, domains, strict=True):
        if not infer and column.kind in LEARNT and column.kind is not ColumnKind.BOOLEAN and not domain.given:
            what = "bounds" if column.kind in NUMERIC else "categories"
            raise DataRefused(
                f"Column {column.name!r} has no {what} in the configuration, and infer_domain is false.",
                hint=f"Give its {what} under appliance.{what}, or let infer_domain be true.",
            )
    return domains


def _domain(column: ColumnSchema, bounds: Mapping[str, Any], categories: Mapping[str, Any]) -> Domain:
    given, listed = bounds.get(column.name), categories.get(column.name)
    if column.kind is ColumnKind.EMPTY:
        return Domain()
    if listed is not None:
        if column.kind in NUMERIC:
            return Domain(numbers=tuple(sorted({_number(column, value) for value in listed})))
        return Domain(texts=tuple(sorted({_text(value) for value in listed})))
    if given is None:
        return Domain()
    if column.kind not in NUMERIC:
        raise DataRefused(
            f"Column {column.name!r} has bounds in the configuration, but it is {column.kind.value}; give categories instead."
        )
    low, high = (given.get("min"), given.get("max")) if isinstance(given, Mapping) else given
    ends = _number(column, low), _number(column, high)
    if ends[0] > ends[1]:
        raise DataRefused(f"The bounds of column {column.name!r} are the wrong way round.")
    return Domain(bounds=ends)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(column: ColumnSchema, value: Any) -> float:
    """A configured value of a numeric column; dates as ISO texts become microseconds since 1970."""
    try:
        if column.kind is not ColumnKind.DATETIME:
            number = float(value)
            if number - number != 0:
                raise ValueError("no end")
            return number
        moment = datetime(value.year, value.month, value.day) if type(value) is date else datetime.fromisoformat(str(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return float((moment - _EPOCH).total_seconds() * 1e6)
    except (TypeError, ValueError, OverflowError):
        word = "an ISO date such as 2020-12-31" if column.kind is ColumnKind.DATETIME else "a number"
        raise DataRefused(f"The configuration gives column {column.name!r} a bound or category that is not {word}.") from None
