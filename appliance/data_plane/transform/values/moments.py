"""Fakes of dates, times and ages, in the writing of their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np

from appliance.data_plane.transform.values.dates import DAY, SECOND, format_moments, read_moments
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.people import Maker
from appliance.data_plane.transform.values.words import Words

_AGE = re.compile(r"\d+")
_OLDEST, _YOUNGEST = 90, 18


def _between(first: date, last: date, pattern: str) -> Maker:
    start = (first - date(1970, 1, 1)).days
    days = (last - first).days + 1

    def make(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
        micros = (start + draws.index(days)) * DAY + draws.index(86_400) * SECOND
        written = read_moments(values).written(micros)
        plain = format_moments(micros, np.ones(len(values), bool), pattern) if None in written else []
        return [text if text is not None else str(plain[row]) for row, text in enumerate(written)]

    return make


any_date = _between(date(1970, 1, 1), date(2024, 12, 31), "%Y-%m-%d")
"""A day from 1970 to 2024."""

date_time = _between(date(1970, 1, 1), date(2024, 12, 31), "%Y-%m-%dT%H:%M:%S")
"""A moment from 1970 to 2024."""

birth_date = _between(date(1935, 1, 1), date(2006, 12, 31), "%Y-%m-%d")
"""A day on which an adult was born."""

clock_time = _between(date(1970, 1, 1), date(1970, 1, 1), "%H:%M:%S")
"""A time of day."""


def age(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """An adult's age in years, in place of the number that the value has."""
    years = (_YOUNGEST + draws.index(_OLDEST - _YOUNGEST + 1)).tolist()
    return [_AGE.sub(str(year), value, count=1) if _AGE.search(value) else str(year) for value, year in zip(values, years, strict=True)]
