"""Which generative engine a model uses: the tree engine, or one that an installed package registers as `appliance.engines`."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.fitting import Progress
from appliance.data_plane.tables.schema import Table
from appliance.errors import JobFailed


class Engine(Protocol):
    """What an engine offers. A model of another engine has the methods and fields of `TreeModel` that this package uses."""

    def fit(self, table: Table, options: EngineOptions, progress: Progress | None = None) -> TreeModel:
        """Learn from a table."""

    def load(self, path: Path) -> TreeModel:
        """Read back what the model's `save` wrote. Raises DataRefused."""


class _TreeEngine:
    """The default: sequential trees, pruned out of sample."""

    def fit(self, table: Table, options: EngineOptions, progress: Progress | None = None) -> TreeModel:
        return fit(table, options, progress)

    def load(self, path: Path) -> TreeModel:
        return TreeModel.load(path)


def find_engine(name: str) -> Engine:
    """The engine by its name. Raises JobFailed when no installed package offers it."""
    if name in ("tree", "sequential_tree"):
        return _TreeEngine()
    from importlib.metadata import entry_points  # read only when another engine is asked for

    for entry in entry_points(group="appliance.engines", name=name):
        return cast(Engine, entry.load())
    raise JobFailed(f"The engine {name} is not installed on this machine.", hint="Install the extra that provides it.")
