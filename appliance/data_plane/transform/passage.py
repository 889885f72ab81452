"""One passage of a file through a plan: from where to where, under which key, with what; and what the file's columns are."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema
from appliance.data_plane.tables.sniff import describe, gather
from appliance.data_plane.tables.source import Source, TableOverrides
from appliance.data_plane.transform.evaluation.prose import FindSpans
from appliance.data_plane.transform.values.keys import ValueKey

Progress = Callable[[int, int], None]
"""Rows so far, and bytes of the file that they came from."""

BATCH_BYTES = 16 << 20
BATCH_ROWS = 1 << 17
_HEAD_BYTES = 8 << 20


class Batching(msgspec.Struct, frozen=True):
    """How much is worked on at once: about `size` bytes, at most `rows` rows (None: what the bytes hold). Results do not depend on it."""

    size: int = BATCH_BYTES
    rows: int | None = BATCH_ROWS


class Passage(msgspec.Struct, frozen=True):
    """`source` becomes `sink`, in its format and dialect, packed as it is (or by `compression`: gz, zst, or empty for not at all).

    `monotonic`: a clock for the time limit of rules. `spans`: the detector, for plans that look inside values; `mixed_spans`: for mixed
    columns (None: the same)."""

    source: Path
    sink: Path
    key: ValueKey
    monotonic: Callable[[], float]
    spans: FindSpans | None = None
    mixed_spans: FindSpans | None = None
    batching: Batching = Batching()
    progress: Progress | None = None
    compression: str | None = None


def unplanned(source: Source, known: Collection[str]) -> dict[str, ColumnSchema]:
    """The columns of a file that a plan does not know, by what the first rows show; text where there is no row."""
    missing = [name for name in source.names if name not in known]
    raw = gather(source, most_bytes=_HEAD_BYTES) if missing else None
    if raw is None or not raw.num_rows:
        return {name: ColumnSchema(name, ColumnKind.TEXT) for name in missing}
    schema = describe(source, raw, TableOverrides()).schema
    return {name: schema.column(name) for name in missing}
