"""Some synthetic rows to look at, without a value that only few training rows hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.quality.coercion import common_arrays
from appliance.data_plane.quality.column import NAMED_ROWS
from appliance.data_plane.quality.options import JudgeOptions
from appliance.data_plane.tables.schema import Table

HIDDEN = "…"
LONGEST = 80


def sample_section(train: Table, synthetic: Table, options: JudgeOptions) -> dict[str, Any]:
    """The first synthetic rows; cells that repeat a value which fewer than 10 training rows hold show `…`."""
    there = set(synthetic.schema.names)
    names = [name for name in train.schema.names if name in there][: options.report_columns]
    columns = [_cells(train.data.column(name), synthetic.data.column(name).slice(0, options.sample_rows)) for name in names]
    return {"columns": names, "rows": [list(line) for line in zip(*columns, strict=True)], "hidden_below_rows": NAMED_ROWS}


def _cells(training: pa.ChunkedArray, shown: pa.ChunkedArray) -> list[str | None]:
    arrays = common_arrays([training, shown])
    encoded = pa.concat_arrays(arrays).dictionary_encode()
    codes = np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary)))
    held = np.bincount(codes[: len(arrays[0])], minlength=len(encoded.dictionary) + 1)[codes[len(arrays[0]) :]]
    texts = arrays[1].cast(pa.string()).to_pylist()
    return [
        None if text is None else HIDDEN if 0 < count < NAMED_ROWS else str(text)[:LONGEST] for text, count in zip(texts, held, strict=True)
    ]
