"""Which generative engine a model uses: the tree engine, the private network, sequences, or one that an installed package registers as
`appliance.engines`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, cast

from appliance.data_plane.synthesis import EngineOptions, Note, Sampled
from appliance.data_plane.synthesis.fitting import Progress
from appliance.data_plane.tables.schema import Table, TableSchema
from appliance.errors import JobFailed

TREE = "tree"
PRIVATE = "private_network"
SEQUENCES = "sequences"
_OWN = {
    TREE: "appliance.data_plane.synthesis.tree_engine",
    PRIVATE: "appliance.data_plane.synthesis.private.engine",
    SEQUENCES: "appliance.data_plane.synthesis.sequences.engine",
}


class TrainedModel(Protocol):
    """What every engine's model offers.

    `engine`: its name in logs and reports. `trained_rows`: how many records a run makes when nobody says (under differential privacy
    a noisy count). `mechanism`: what protects the training rows, as pairs of name and value for log and report."""

    @property
    def schema(self) -> TableSchema: ...
    @property
    def engine(self) -> str: ...
    @property
    def trained_rows(self) -> int: ...
    @property
    def notes(self) -> tuple[Note, ...]: ...
    @property
    def mechanism(self) -> tuple[tuple[str, str], ...]: ...

    def sample(self, n: int, seed: int, *, conditions: Table | None = None, temperature: float = 1.0) -> Table:
        """`n` records, or one for every row of `conditions`."""

    def sample_records(
        self,
        n: int,
        seed: int,
        *,
        conditions: Table | None = None,
        temperature: float = 1.0,
        outliers: str | None = None,
        similarity: str | None = None,
    ) -> Sampled:
        """Like `sample`, with the privacy filters and an account of what happened. Raises DataRefused, JobFailed."""

    def save(self, path: Path) -> None:
        """Write the model file: same model, same bytes; no training row in it."""


class Engine(Protocol):
    """What an engine offers. `private`: nothing may look at the training table but one `fit` (no early preview)."""

    private: bool

    def fit(self, table: Table, options: EngineOptions, progress: Progress | None = None) -> TrainedModel:
        """Learn from a table. Raises DataRefused."""

    def load(self, path: Path) -> TrainedModel:
        """Read back what the model's `save` wrote. Raises DataRefused."""


def choose_engine(model_type: str, section: dict[str, Any]) -> str:
    """The engine's name for a section: differential privacy and sequences have engines of their own."""
    if model_type == "tabular_dp" or (section.get("privacy_params") or {}).get("dp"):
        return PRIVATE
    return SEQUENCES if section.get("group_training_examples_by") else str(section["appliance"]["engine"])


def find_engine(name: str) -> Engine:
    """The engine by its name. Raises JobFailed when no installed package offers it."""
    from importlib import import_module  # engines are loaded when asked for

    if name in _OWN:
        return cast(Engine, import_module(_OWN[name]).ENGINE)
    from importlib.metadata import entry_points  # read only when another engine is asked for

    for entry in entry_points(group="appliance.engines", name=name):
        return cast(Engine, entry.load())
    raise JobFailed(f"The engine {name} is not installed on this machine.", hint="Install the extra that provides it.")
