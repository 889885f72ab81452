"""The private model's file: noisy figures only. Nothing in it is ever executed."""

from __future__ import annotations

from pathlib import Path

from appliance.data_plane.synthesis.array_file import DAMAGES, damaged, read_arrays, write_arrays
from appliance.data_plane.synthesis.private.model import PrivateModel
from appliance.data_plane.synthesis.private.model_check import check_model

VERSION = 1
_FORM = "appliance private network"


def write_model(model: PrivateModel, path: Path) -> None:
    """Writes the file in place; the caller writes into a folder that nobody reads yet."""
    write_arrays(model, path, _FORM, VERSION)


def read_model(path: Path) -> PrivateModel:
    """Reads and checks a model file. Raises DataRefused, also for numbers that point nowhere."""
    model = read_arrays(path, PrivateModel, _FORM, VERSION)
    try:
        check_model(model)
    except DAMAGES as error:
        raise damaged(error) from error
    return model
