"""The private engine as an engine among others."""

from __future__ import annotations

from pathlib import Path

from appliance.data_plane.synthesis.fitting import Progress
from appliance.data_plane.synthesis.options import EngineOptions
from appliance.data_plane.synthesis.private.learning import Learner
from appliance.data_plane.synthesis.private.model import PrivateModel
from appliance.data_plane.synthesis.private.noise import SystemNoise
from appliance.data_plane.tables.schema import Table


class PrivateEngine:
    """A Bayes network of noisy tables. Its noise cannot be seeded, so that two fits differ; sampling from a model is repeatable."""

    private = True

    def fit(self, table: Table, options: EngineOptions, progress: Progress | None = None) -> PrivateModel:
        """Learn from a table, within `options.budget`. Raises DataRefused."""
        return Learner(table, options, SystemNoise(), progress).learn()

    def load(self, path: Path) -> PrivateModel:
        """Read a model file. Raises DataRefused."""
        return PrivateModel.load(path)


ENGINE = PrivateEngine()
