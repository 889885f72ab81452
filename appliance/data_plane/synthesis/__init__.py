"""Generative engines. The default one is a sequence of trees, one per column, pruned out of sample, with sketches in their leaves."""

from __future__ import annotations

from appliance.data_plane.synthesis.filters import CopyFilter, make_copy_filter
from appliance.data_plane.synthesis.fitting import fit
from appliance.data_plane.synthesis.options import EngineOptions, Note
from appliance.data_plane.synthesis.tree_model import Sampled, TreeModel

__all__ = ["CopyFilter", "EngineOptions", "Note", "Sampled", "TreeModel", "fit", "make_copy_filter"]
