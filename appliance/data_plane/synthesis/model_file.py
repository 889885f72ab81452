"""The tree engine's model file. Nothing in it is ever executed."""

from __future__ import annotations

from pathlib import Path

from appliance.data_plane.synthesis.array_file import read_arrays, write_arrays
from appliance.data_plane.synthesis.model_check import check_model
from appliance.data_plane.synthesis.tree_model import TreeModel

VERSION = 3
_FORM = "appliance sequential trees"


def write_model(model: TreeModel, path: Path) -> None:
    """Writes the file in place; the caller writes into a folder that nobody reads yet."""
    write_arrays(model, path, _FORM, VERSION)


def read_model(path: Path) -> TreeModel:
    """Reads and checks a model file. Raises DataRefused, also for trees that do not end."""
    model = read_arrays(path, TreeModel, _FORM, VERSION)
    check_model(model)
    return model
