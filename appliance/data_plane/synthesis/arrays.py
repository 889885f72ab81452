"""Arrays as every room of the engine passes them, and the seeds that make its randomness repeatable."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def generator(seed: int, *path: int) -> np.random.Generator:
    """A random generator that depends on `seed` and `path` alone, so that no thread or process can change what it gives."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed & (2**63 - 1), *path])))


def positions_in_group(groups: Array) -> Array:
    """For sorted group numbers: each row's place inside its group, from 0."""
    if not len(groups):
        return np.zeros(0, np.int64)
    starts = np.r_[0, np.flatnonzero(np.diff(groups)) + 1]
    lengths = np.diff(np.r_[starts, len(groups)])
    return np.asarray(np.arange(len(groups)) - np.repeat(starts, lengths))
