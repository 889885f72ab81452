"""The short form of `scripts/bench/private_audit.py`: neighbouring tables cannot be told apart beyond ε, and the audit would notice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from private_tables import SeededNoise

from appliance.data_plane.synthesis.options import Budget
from appliance.data_plane.synthesis.private import census, learning, noise
from scripts.bench.private_audit import audit, cases

TRAININGS = 44
BUDGET = Budget(1.0, 1e-5)
_CASES = {case.name: case for case in cases()}


def seeded(seed: int) -> Any:
    """A source that goes on from training to training, as the operating system's does."""
    source = SeededNoise(seed)
    return lambda: source


def test_neighbours_cannot_be_told_apart_beyond_epsilon() -> None:
    found = audit(_CASES["row of an empty cell, domain given"], BUDGET, TRAININGS, seeded(7))
    assert found.epsilon <= BUDGET.epsilon, found


def test_the_audit_catches_noise_that_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine claims its ε, but a sixtieth of the noise is added."""

    def weak(drawn: np.ndarray) -> np.ndarray:
        return np.asarray(np.rint(drawn / 60).astype(np.int64))

    monkeypatch.setattr(census, "discrete_gaussian", lambda *of: weak(noise.discrete_gaussian(*of)))
    monkeypatch.setattr(learning, "discrete_laplace", lambda *of: weak(noise.discrete_laplace(*of)))
    found = audit(_CASES["row of an empty cell, domain given"], BUDGET, TRAININGS, seeded(8))
    assert found.epsilon > BUDGET.epsilon, found
