"""How long a job will take, about: from what earlier jobs of its type took here, else from times that were measured once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from appliance.configurations.tabular_dp import is_private

MOST_CELLS = 10_000_000
"""Of more cells a synthesis learns from a sample."""
_WHOLE_CELLS, _FURTHER = 1_000_000, 0.3
"""Cells beyond so many cost that share each: trees are grown on samples."""
_STREAMING = frozenset({"classify", "transforms", "transform_v2"})
_LOOSE, _CLOSE = (0.6, 2.5), (0.75, 1.4)
"""How far a job may lie from what is typical, and from the fastest and slowest of the earlier ones."""


class Rates(NamedTuple):
    """Seconds of a job: to begin, for a thousand cells read, for a thousand cells made, and for each pair of columns."""

    start: float
    read: float
    made: float
    pair: float


SYNTHESIS, PRIVATE = Rates(1.8, 0.014, 0.003, 0.002), Rates(1.6, 0.012, 0.003, 0.0005)
EVALUATION, STREAMING = Rates(0.8, 0.0012, 0.0, 0.001), Rates(0.8, 0.0015, 0.0, 0.0)
"""Fitted to nine public tables of 418 to 295,243 rows and 4 to 55 columns, on one core. Long texts take up to three times as long."""


class Size(NamedTuple):
    """Rows and columns of the data, and rows that will be made."""

    rows: int
    columns: int
    made: int = 0


class Earlier(msgspec.Struct, frozen=True, array_like=True):
    """A completed job of the same type: seconds from start to end, rows and columns of its data, rows it wrote. A row of `job_times`."""

    seconds: float
    rows: int
    columns: int
    made: int


class Estimate(msgspec.Struct, frozen=True):
    """`seconds`: least and most, null where nothing is known of the data. `basis`: `earlier` (so many `jobs` of this type here), `typical`
    or `unknown`; `why` says it in words. `memory_bytes`: what the job will ask for, null where it asks for nothing of its own."""

    seconds: tuple[float, float] | None
    memory_bytes: int | None
    basis: str
    jobs: int
    why: str


def estimate(rates: Rates, size: Size | None, earlier: Sequence[Earlier], memory_bytes: int) -> Estimate:
    """Of a job on data of that size; None: nothing is known of its data."""
    if size is None:
        return Estimate(None, memory_bytes or None, "unknown", 0, "Nothing is known of the data yet.")
    typical = seconds(rates, size)
    ratios = sorted(one.seconds / seconds(rates, Size(one.rows, one.columns, one.made)) for one in earlier)
    if len(ratios) > 4:
        ratios = ratios[1:-1]
    if not ratios:
        return Estimate(_span(typical, *_LOOSE), memory_bytes or None, "typical", 0, "Typical for data of this size.")
    span = _span(typical, ratios[0] * _CLOSE[0], ratios[-1] * _CLOSE[1])
    jobs = f"{len(earlier)} earlier jobs" if len(earlier) > 1 else "one earlier job"
    return Estimate(span, memory_bytes or None, "earlier", len(earlier), f"From {jobs} of this type here.")


def seconds(rates: Rates, size: Size) -> float:
    """What is typical for a job of that size."""
    cells = min(size.rows * size.columns, MOST_CELLS)
    read = min(cells, _WHOLE_CELLS) + _FURTHER * max(cells - _WHOLE_CELLS, 0)
    made = size.made * size.columns
    return rates.start + (rates.read * read + rates.made * made) / 1000 + rates.pair * size.columns**2


def rates_of(model_type: str, section: dict[str, Any]) -> Rates:
    """Of jobs of a type with that normalised section."""
    if model_type == "evaluate":
        return EVALUATION
    if model_type in _STREAMING:
        return STREAMING
    return PRIVATE if is_private(model_type, section) else SYNTHESIS


def records_made(model_type: str, section: dict[str, Any], rows: int) -> int:
    """How many rows a job with that normalised section makes."""
    if model_type == "evaluate" or model_type in _STREAMING:
        return 0
    asked = (section.get("generate") or section.get("params") or {}).get("num_records")
    return int(asked) if asked else rows


def _span(typical: float, least: float, most: float) -> tuple[float, float]:
    return _rounded(typical * least), _rounded(typical * most)


def _rounded(value: float) -> float:
    """No more digits than are known: one, of 10 seconds and more two."""
    return float(f"{value:.1g}" if value < 10 else f"{value:.2g}")
