"""Dates that `fake` makes. Today is a fixed day, so that fakes do not change with the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from appliance.data_plane.transform.values.dates import DAY, SECOND, offset_micros
from appliance.data_plane.transform.values.draws import Draws

TODAY = date(2025, 1, 1)
"""What `today` means in fakes."""

When = str | float | date | timedelta | None

_EPOCH = datetime(1970, 1, 1)
_CENTURY = date(2001, 1, 1)


def date_of_birth(draws: Draws, tzinfo: None = None, minimum_age: int = 0, maximum_age: int = 115) -> list[date]:
    """A day on which somebody of that age was born."""
    if not 0 <= minimum_age <= maximum_age <= 1000:
        raise ValueError("minimum_age and maximum_age are numbers from 0 to 1000, the least first.")
    first = TODAY.replace(year=TODAY.year - maximum_age - 1) + timedelta(days=1)
    return _days(draws, first, TODAY.replace(year=TODAY.year - minimum_age))


def date_between(draws: Draws, start_date: When = "-30y", end_date: When = "today") -> list[date]:
    """A day between two, given as dates or offsets from today."""
    return _days(draws, _moment(start_date).date(), _moment(end_date).date())


def date_time_between(draws: Draws, start_date: When = "-30y", end_date: When = "now", tzinfo: None = None) -> list[datetime]:
    """A moment between two, given as dates or offsets from today."""
    first, last = _moment(start_date), _moment(end_date)
    seconds = int((last - first).total_seconds())
    if seconds < 0:
        raise ValueError("The first date lies behind the last.")
    drawn = np.floor(draws.shares() * (seconds + 1)).astype(np.int64).tolist()
    return [first + timedelta(seconds=second) for second in drawn]


def date_text(draws: Draws, pattern: str = "%Y-%m-%d", end_datetime: When = None) -> list[str]:
    """A day since 1970 in a format of `strftime`."""
    return [day.strftime(pattern) for day in date_between(draws, _EPOCH, end_datetime)]


def date_time(draws: Draws, tzinfo: None = None, end_datetime: When = None) -> list[datetime]:
    """A moment since 1970."""
    return date_time_between(draws, _EPOCH, end_datetime)


def iso8601(draws: Draws, tzinfo: None = None, end_datetime: When = None) -> list[str]:
    """A moment since 1970 as ISO 8601 writes it."""
    return [moment.isoformat() for moment in date_time(draws, None, end_datetime)]


def clock(draws: Draws, pattern: str = "%H:%M:%S", end_datetime: When = None) -> list[str]:
    """A time of day in a format of `strftime`."""
    return [moment.strftime(pattern) for moment in date_time(draws, None, end_datetime)]


def clock_object(draws: Draws, end_datetime: When = None) -> list[time]:
    """A time of day."""
    return [moment.time() for moment in date_time(draws, None, end_datetime)]


def past_date(draws: Draws, start_date: When = "-30d", tzinfo: None = None) -> list[date]:
    """A day before today."""
    return _days(draws, _moment(start_date).date(), TODAY - timedelta(days=1))


def future_date(draws: Draws, end_date: When = "+30d", tzinfo: None = None) -> list[date]:
    """A day after today."""
    return _days(draws, TODAY + timedelta(days=1), _moment(end_date).date())


def past_datetime(draws: Draws, start_date: When = "-30d", tzinfo: None = None) -> list[datetime]:
    """A moment before today."""
    return date_time_between(draws, start_date, "now")


def future_datetime(draws: Draws, end_date: When = "+30d", tzinfo: None = None) -> list[datetime]:
    """A moment after today."""
    return date_time_between(draws, 0, end_date)


def unix_time(draws: Draws, end_datetime: When = None, start_datetime: When = None) -> list[int]:
    """Seconds since 1970."""
    moments = date_time_between(draws, start_datetime or _EPOCH, end_datetime)
    return [int((moment - _EPOCH).total_seconds()) for moment in moments]


def card_expiry(draws: Draws, start: When = "now", end: When = "+10y", date_format: str = "%m/%y") -> list[str]:
    """The month until which a card holds."""
    return [day.strftime(date_format) for day in date_between(draws, start, end)]


def _days(draws: Draws, first: date, last: date) -> list[date]:
    count = (last - first).days + 1
    if count < 1:
        raise ValueError("The first date lies behind the last.")
    return [first + timedelta(days=days) for days in draws.index(count).tolist()]


def _moment(given: When) -> datetime:
    if isinstance(given, datetime):
        return given.replace(tzinfo=None)
    start = datetime.combine(TODAY, time())
    if isinstance(given, date):
        return datetime.combine(given, time())
    if isinstance(given, timedelta):
        return start + given
    if isinstance(given, str) and given[:4].isdigit() and len(given) >= 8:
        return datetime.fromisoformat(given).replace(tzinfo=None)
    micros = offset_micros(0 if given is None else given)
    return start + timedelta(microseconds=micros)


def _written(pattern: str) -> Callable[[Draws], list[str]]:
    return lambda draws: [moment.strftime(pattern) for moment in date_time(draws)]


def _since(first: date) -> tuple[Callable[..., Any], Callable[..., Any]]:
    last = TODAY.replace(year=TODAY.year + 1)

    def days(draws: Draws, before_today: bool = True, after_today: bool = False) -> list[date]:
        return _days(draws, first if before_today else TODAY, last if after_today else TODAY)

    def moments(draws: Draws, before_now: bool = True, after_now: bool = False, tzinfo: None = None) -> list[datetime]:
        return date_time_between(draws, first if before_now else TODAY, last if after_now else TODAY)

    return days, moments


CALENDAR: dict[str, Callable[..., list[Any]]] = {
    "date_of_birth": date_of_birth, "date_between": date_between, "date_between_dates": date_between, "date": date_text,
    "date_object": lambda draws, end_datetime=None: date_between(draws, _EPOCH, end_datetime), "date_time": date_time,
    "date_time_ad": date_time, "date_time_between": date_time_between, "date_time_between_dates": date_time_between, "iso8601": iso8601,
    "time": clock, "time_object": clock_object, "past_date": past_date, "future_date": future_date, "past_datetime": past_datetime,
    "future_datetime": future_datetime, "unix_time": unix_time, "credit_card_expire": card_expiry, "year": _written("%Y"),
    "month": _written("%m"), "month_name": _written("%B"), "day_of_week": _written("%A"), "day_of_month": _written("%d"),
    "am_pm": _written("%p"),
}  # fmt: skip
"""By provider: functions of draws and of the provider's own arguments."""

for _name, _first in (("century", _CENTURY), ("decade", date(2020, 1, 1)), ("year", date(2024, 1, 2)), ("month", date(2024, 12, 2))):
    CALENDAR[f"date_this_{_name}"], CALENDAR[f"date_time_this_{_name}"] = _since(_first)

SPANS = (DAY, SECOND)
"""The units that offsets are counted in."""
