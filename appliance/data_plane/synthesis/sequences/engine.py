"""The engine of sequences as an engine among others."""

from __future__ import annotations

from pathlib import Path

from appliance.data_plane.synthesis.fitting import Progress
from appliance.data_plane.synthesis.options import EngineOptions
from appliance.data_plane.synthesis.sequences.learning import fit_sequences
from appliance.data_plane.synthesis.sequences.sequence_model import SequenceModel
from appliance.data_plane.tables.schema import Table


class SequenceEngine:
    """Rows that belong together by a key: tree models of first rows and of the steps from row to row."""

    private = False

    def fit(self, table: Table, options: EngineOptions, progress: Progress | None = None) -> SequenceModel:
        """Learn from a table. Raises DataRefused."""
        return fit_sequences(table, options, progress)

    def load(self, path: Path) -> SequenceModel:
        """Read a model file. Raises DataRefused."""
        return SequenceModel.load(path)


ENGINE = SequenceEngine()
