"""Sequences of the shared purchases table: CPU seconds to fit and to make as many rows, and the measures of the report beside chance.

Usage: python -m scripts.bench.sequences [SEED …]   (APPLIANCE_TEST_DATA names the folder of the shared tables)"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from appliance.data_plane.models.holdout import split_holdout
from appliance.data_plane.quality.sequence_facts import SequenceMeasures, Spread
from appliance.data_plane.quality.sequences import measure_sequences
from appliance.data_plane.synthesis import EngineOptions
from appliance.data_plane.synthesis.sequences.engine import ENGINE
from appliance.data_plane.tables import read_table

KEY, ORDER = "users_id", "date"


def main(seeds: list[int]) -> int:
    """One line of figures for every seed."""
    folder = os.environ.get("APPLIANCE_TEST_DATA")
    if not folder:
        print("APPLIANCE_TEST_DATA is not set: the purchases table is not here")
        return 2
    for seed in seeds:
        print(measure(Path(folder) / "cdnow_purchases.csv.gz", seed), flush=True)
    return 0


def measure(path: Path, seed: int) -> str:
    """Fit, make, save, compare."""
    table = read_table(path)
    split = split_holdout(table, seed, (KEY,))
    began = time.process_time()
    model = ENGINE.fit(split.train, EngineOptions(seed=seed, group_by=(KEY,), order_by=ORDER))
    fitted = time.process_time()
    sampled = model.sample_records(split.train.rows, seed)
    made = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        size = (Path(folder) / "model").stat().st_size
    found = measure_sequences(split.train, sampled.table, split.holdout, (KEY,), ORDER, seed)
    assert found is not None
    figures = f"fit {fitted - began:.1f} CPU s, {sampled.table.rows:,} rows {made - fitted:.1f} CPU s, file {size / 1e6:.1f} MB"
    return f"seed {seed}: {figures}; {_told(found)}"


def _told(found: SequenceMeasures) -> str:
    parts = [f"lengths {_spread(found.lengths)}"]
    if found.gaps is not None:
        parts.append(f"gaps {_spread(found.gaps)}")
    parts += [
        f"{m.column}: lag-1 {m.right:.3f} of {m.left:.3f} ({m.low:.3f} to {m.high:.3f}), "
        f"between {m.right_between:.3f} of {m.left_between:.3f}"
        for m in found.memory
    ]
    return "; ".join([*parts, f"keys that return {found.replayed_keys}", f"in order {found.ordered}"])


def _spread(spread: Spread) -> str:
    reference = "" if spread.reference is None else f", held-out {spread.reference:.3f}"
    return f"JS {spread.distance:.3f} (chance {spread.chance:.3f}{reference}), mean {spread.right_mean:.2f} of {spread.left_mean:.2f}"


if __name__ == "__main__":
    sys.exit(main([int(seed) for seed in sys.argv[1:]] or [1, 2, 3]))
