"""The engine behind the interface of outside judges: `Model().fit(frame)`, then `.sample(rows)` as a frame with the same columns.

For a driver that imports an engine as a module: put this folder on its path and name the module `tree_engine`.
"""

from __future__ import annotations

import pandas as pd

# The driver runs this file outside the project's root: `synthesis` is the script beside it.
from synthesis import options, to_frame, to_table

from appliance.data_plane.synthesis import fit


class Model:
    """The default engine with default options. `seed`: of training and sampling."""

    def __init__(self, seed: int = 0, **_: object) -> None:
        self.seed = seed

    def fit(self, frame: pd.DataFrame) -> Model:
        """Learn from a frame of numbers and texts (None: missing)."""
        self._like = frame.head(0)
        self._model = fit(to_table(frame), options(self.seed))
        return self

    def sample(self, rows: int) -> pd.DataFrame:
        """New records."""
        return to_frame(self._model.sample(rows, self.seed), self._like)
