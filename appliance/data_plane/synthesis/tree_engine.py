"""The tree engine as an engine among others."""

from __future__ import annotations

from pathlib import Path

from appliance.data_plane.synthesis.fitting import Progress, fit
from appliance.data_plane.synthesis.options import EngineOptions
from appliance.data_plane.synthesis.tree_model import TreeModel
from appliance.data_plane.tables.schema import Table


class TreeEngine:
    """The default: sequential trees, pruned out of sample."""

    private = False

    def fit(self, table: Table, options: EngineOptions, progress: Progress | None = None) -> TreeModel:
        """Learn from a table."""
        return fit(table, options, progress)

    def load(self, path: Path) -> TreeModel:
        """Read a model file. Raises DataRefused."""
        return TreeModel.load(path)


ENGINE = TreeEngine()
