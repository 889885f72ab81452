"""Dates read and moved in their own writing."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from appliance.data_plane.transform.values.dates import (
    DAY,
    SECOND,
    format_moments,
    offset_micros,
    offsets,
    read_moments,
)
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.keys import ValueKey

KEY = ValueKey(bytes(range(32)))
WRITTEN = [
    ("2020-02-29", "2020-02-29"), ("29/02/2020", "2020-02-29"), ("02/03/2020", "2020-02-03"), ("03.02.2020", "2020-02-03"),
    ("2/3/20", "2020-02-03"),
    ("Feb 3, 2020", "2020-02-03"), ("3 February 2020", "2020-02-03"), ("20200203", "2020-02-03"), ("2020-02", "2020-02-01"),
    ("2020-02-03T04:05:06.123456Z", "2020-02-03T04:05:06.123456"), ("2020-02-03 04:05:06+02:00", "2020-02-03T04:05:06"),
    ("02/03/2020 4:05 PM", "2020-02-03T16:05"), ("2020年2月3日", "2020-02-03"), ("2020-02-03T04:05:06 UTC", "2020-02-03T04:05:06"),
]  # fmt: skip
NO_DATES = ["", "hello", "2020-13-01", "2019-02-29", "12", "99999999", "1.2.3.4", "日本"]


def _draws(values: list[str]) -> Draws:
    return Draws(KEY.digest("test", values))


def _moved(values: list[str], draws: Draws, low: str | float, high: str | float, unit: int = DAY) -> list[str | None]:
    moments = read_moments(values)
    return moments.written(moments.micros + offsets(draws, low, high, unit))


@pytest.mark.parametrize(("text", "iso"), WRITTEN)
def test_every_writing_is_read_and_written_back(text: str, iso: str) -> None:
    moments = read_moments([text])
    wanted = np.datetime64(iso, "us").astype(np.int64)
    assert moments.valid[0]
    assert moments.micros[0] == wanted
    assert moments.written(moments.micros) == [text]


def test_what_is_no_date_becomes_none() -> None:
    moments = read_moments(NO_DATES)
    assert not moments.valid.any()
    assert moments.written(moments.micros) == [None] * len(NO_DATES)
    assert _moved(NO_DATES, _draws(NO_DATES), -10, 10) == [None] * len(NO_DATES)


def test_a_date_is_read_alike_alone_and_among_others() -> None:
    values = [text for text, _ in WRITTEN] + NO_DATES
    together = read_moments(values)
    for place, value in enumerate(values):
        alone = read_moments([value])
        assert alone.valid[0] == together.valid[place]
        assert alone.micros[0] == together.micros[place]


def test_day_first_and_given_formats_decide() -> None:
    assert read_moments(["03/04/2020"], day_first=True).micros[0] - read_moments(["03/04/2020"]).micros[0] == 30 * DAY
    assert read_moments(["03/04/2020"], ["%d/%m/%Y"]).micros[0] == read_moments(["2020-04-03"]).micros[0]


def test_dates_move_by_whole_days_within_the_bounds_and_never_stay() -> None:
    values = [f"20{year:02d}-01-{day:02d}" for year in range(50) for day in range(1, 29)]
    moved = _moved(values, _draws(values), "-30d", "+2w")
    days = [(datetime.fromisoformat(str(text)) - datetime.fromisoformat(value)).days for value, text in zip(values, moved, strict=True)]
    assert min(days) == -30
    assert max(days) == 14
    assert 0 not in days
    assert len(set(days)) == 44


def test_one_offset_for_each_id_keeps_order_and_intervals() -> None:
    ids, values = ["p1", "p2", "p1", "p1"], ["2020-01-01", "2020-01-01", "03/01/2020", "Apr 1, 2020"]
    moved = _moved(values, _draws(ids), -100, 100)
    before = read_moments(values).micros
    after = read_moments([str(text) for text in moved]).micros
    shifts = (after - before) // DAY
    assert shifts[0] == shifts[2] == shifts[3] != shifts[1]


def test_seconds_move_and_zones_stay() -> None:
    values = [f"2020-02-03T04:05:{second:02d}+02:00" for second in range(60)]
    moved = _moved(values, _draws(values), "-1h", "1h", SECOND)
    assert all(str(text).endswith("+02:00") and text != value for text, value in zip(moved, values, strict=True))


def test_beyond_the_calendar_there_is_nothing() -> None:
    assert _moved(["9999-12-30", "0001-01-02"], _draws(["a", "b"]), 100, 100) == [None, "0001-04-12"]


@pytest.mark.parametrize(
    ("text", "micros"),
    [("-30d", -30 * DAY), ("+2w", 14 * DAY), ("1y", 365 * DAY), ("6M", 180 * DAY), ("90m", 5400 * SECOND), ("today", 0), (3, 3 * DAY),
     ("1y 2d", 367 * DAY), ("-5", -5 * DAY), ("2 weeks", 14 * DAY), (0.5, DAY // 2)],
)  # fmt: skip
def test_offsets_by_any_writing(text: str | float, micros: int) -> None:
    assert offset_micros(text) == micros


@pytest.mark.parametrize("text", ["soon", "5 parsecs", "--3d", "3d and more"])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="An offset is"):
        offset_micros(text)


def test_bounds_the_wrong_way_are_refused() -> None:
    with pytest.raises(ValueError, match="below the least"):
        offsets(_draws(["a"]), 5, -5, DAY)
    assert offsets(_draws(["a"]), 0, 0, DAY).tolist() == [0]


def test_moments_in_any_format() -> None:
    micros = read_moments(["2020-02-03 04:05:06"]).micros
    valid = np.ones(1, bool)
    assert format_moments(micros, valid, "%d.%m.%y") == ["03.02.20"]
    assert format_moments(micros, valid, "%A %j") == ["Monday 034"]
    assert format_moments(micros, valid, "year") == ["year"]
    assert format_moments(micros, ~valid, "%Y") == [None]
