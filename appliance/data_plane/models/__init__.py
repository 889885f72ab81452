"""Model types by name: each module of this package has `train(context)` and `run(context)`."""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from appliance.data_plane.context import Context
from appliance.errors import JobFailed

_MODULES = {
    "actgan": "tabular",
    "tabular_gan": "tabular",
    "navigator_ft": "tabular",
    "tabular_ft": "tabular",
    "amplify": "tabular",
    "synthetics": "tabular",
    "ctgan": "tabular",
    "tabular_dp": "tabular",
    "evaluate": "evaluation",
    "classify": "classification",
    "transform_v2": "transformation",
    "transforms": "transformation",
    "noop": "noop",
    "noop_tabular": "noop",
}


class Model(Protocol):
    """What a model type can do. Both leave their artifacts through `context.publish` and raise a drawn error when they cannot."""

    def train(self, context: Context) -> None:
        """Learn from the inputs; leaves archive, report and preview."""

    def run(self, context: Context) -> None:
        """Use a trained archive; leaves data and a run report."""


def find_model(model_type: str) -> Model:
    """The implementation of a model type, imported on first use. Raises JobFailed for a type that is not there."""
    module = _MODULES.get(model_type)
    if module is None:
        raise JobFailed(f"{model_type} is not available in this version")
    return cast(Model, importlib.import_module(f"appliance.data_plane.models.{module}"))
