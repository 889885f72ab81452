"""Discrete noise, drawn exactly: integers only, from the operating system's cryptographic source.

No number with a floating point takes part, so that the low bits of what is released tell nothing (Mironov, "On significance of the least
significant bits for differential privacy", 2012). The samplers are those of Canonne, Kamath, Steinke, "The discrete Gaussian for
differential privacy", 2020, algorithms 1 to 3, run on many draws side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from appliance.clock import SystemRandom
from appliance.data_plane.synthesis.arrays import Array

_WORD = 1 << 64
_SMALL_SIGMA = 1 << 12
"""Up to this standard deviation every product below fits into 63 bits; above it Python's own integers are used."""


class NoiseSource(Protocol):
    """Where randomness comes from."""

    def words(self, count: int) -> Array:
        """That many independent, even 64-bit numbers (uint64)."""


class SystemNoise:
    """The operating system's cryptographic source; it cannot be seeded."""

    def __init__(self) -> None:
        self._system = SystemRandom()

    def words(self, count: int) -> Array:
        """Random words of the kernel."""
        return np.frombuffer(self._system.token(8 * count), np.uint64)


def uniform_below(bounds: Array, source: NoiseSource) -> Array:
    """For every bound (above 0) an even integer from 0 to it, exclusive. Biased words are thrown away, so the draw is exact."""
    if bounds.dtype == object:
        return np.array([_big_below(int(bound), source) for bound in bounds], object)
    wide = bounds.astype(np.uint64)
    biased = (np.uint64(_WORD - 1) % wide + np.uint64(1)) % wide
    drawn = source.words(len(wide))
    again = np.flatnonzero(drawn > np.uint64(_WORD - 1) - biased)
    while len(again):
        drawn = drawn.copy()
        drawn[again] = source.words(len(again))
        again = again[drawn[again] > np.uint64(_WORD - 1) - biased[again]]
    return np.asarray((drawn % wide).astype(np.int64))


def _big_below(bound: int, source: NoiseSource) -> int:
    words = -(-bound.bit_length() // 64) + 1
    whole = _WORD**words
    while True:
        drawn = int.from_bytes(source.words(words).tobytes(), "little")
        if drawn < whole - whole % bound:
            return drawn % bound


def bernoulli_exp(numerators: Array, denominators: Array, source: NoiseSource) -> Array:
    """True with probability exp(-numerator / denominator), for any fraction of at least 0."""
    wholes = numerators // denominators
    successes = unit_successes(len(numerators), source)
    kept = np.asarray(successes >= wholes, bool)
    rest = np.flatnonzero(kept)
    kept[rest] = _bernoulli_exp_below_one((numerators % denominators)[rest], denominators[rest], source)
    return kept


def _bernoulli_exp_below_one(numerators: Array, denominators: Array, source: NoiseSource) -> Array:
    """exp(-f) = the chance that the first failure among coins of f, f/2, f/3 … comes at an odd place."""
    odd = np.zeros(len(numerators), bool)
    left, place = np.arange(len(numerators)), 1
    while len(left):
        failed = np.asarray(uniform_below(denominators[left] * place, source) >= numerators[left], bool)
        odd[left[failed]] = place % 2 == 1
        left, place = left[~failed], place + 1
    return odd


def unit_successes(count: int, source: NoiseSource) -> Array:
    """How often a coin of exp(-1) comes up before it first fails, for `count` coins."""
    total, left = np.zeros(count, np.int64), np.arange(count)
    while len(left):
        one = np.ones(len(left), np.int64)
        left = left[_bernoulli_exp_below_one(one, one, source)]
        total[left] += 1
    return total


def discrete_laplace(scale: int, count: int, source: NoiseSource) -> Array:
    """Integers x with probability in proportion to exp(-|x| / scale)."""
    return _collect(count, 2.2, lambda size: _laplace_batch(scale, size, source))


def _laplace_batch(scale: int, size: int, source: NoiseSource) -> Array:
    bounds = np.full(size, scale, np.int64)
    steps = uniform_below(bounds, source)
    kept = _bernoulli_exp_below_one(steps, bounds, source)
    found = steps[kept] + scale * unit_successes(int(kept.sum()), source)
    negative = (source.words(len(found)) >> np.uint64(63)) == 1
    twice_zero = negative & (found == 0)
    return np.asarray(np.where(negative, -found, found)[~twice_zero])


def discrete_gaussian(variance: int, count: int, source: NoiseSource) -> Array:
    """Integers x with probability in proportion to exp(-x² / (2 · variance)); `variance` is a whole number of at least 1. Added to counts
    that one row changes by at most one in one cell, it gives 1 / (2 · variance)-zCDP."""
    return _collect(count, 3.4, lambda size: _gaussian_batch(variance, size, source))


def _gaussian_batch(variance: int, size: int, source: NoiseSource) -> Array:
    scale = _root(variance) + 1
    found = _laplace_batch(scale, size, source)
    exact = found if scale <= _SMALL_SIGMA else found.astype(object)
    apart = abs(exact) * scale - variance
    whole = np.full(len(found), 2 * variance * scale * scale, np.int64 if scale <= _SMALL_SIGMA else object)
    return np.asarray(found[bernoulli_exp(apart * apart, whole, source)])


def _root(number: int) -> int:
    """The whole part of the square root."""
    guess = int(number**0.5)
    while guess * guess > number:
        guess -= 1
    while (guess + 1) * (guess + 1) <= number:
        guess += 1
    return guess


def _collect(count: int, spare: float, batch: Callable[[int], Array]) -> Array:
    """Batches until there are `count` draws; what is over is thrown away unseen."""
    parts: list[Array] = []
    missing = count
    while missing > 0:
        parts.append(batch(int(missing * spare) + 16))
        missing -= len(parts[-1])
    return np.asarray(np.concatenate(parts)[:count]) if parts else np.zeros(0, np.int64)
