"""The noise has exactly the distribution that the proof needs, and the accountant says what independent computations say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from private_tables import SeededNoise
from scipy.integrate import quad
from scipy.stats import chisquare, norm

from appliance.data_plane.synthesis.private import accountant, noise
from appliance.data_plane.synthesis.private.census import Census, to_total
from appliance.data_plane.synthesis.private.selection import choose, pair_score

DRAWS = 40_000


def test_the_engine_draws_from_the_operating_system() -> None:
    first, second = (noise.SystemNoise().words(4) for _ in range(2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("variance", [1, 3, 40, 2_500])
def test_the_discrete_gaussian_has_its_probabilities(variance: int) -> None:
    drawn = noise.discrete_gaussian(variance, DRAWS, SeededNoise(variance))
    reach = int(12 * variance**0.5) + 3
    places = np.arange(-reach, reach + 1)
    weights = np.exp(-(places**2) / (2 * variance))
    assert _fits(drawn, places, weights / weights.sum())


@pytest.mark.parametrize("scale", [1, 2, 25])
def test_the_discrete_laplace_has_its_probabilities(scale: int) -> None:
    drawn = noise.discrete_laplace(scale, DRAWS, SeededNoise(scale))
    places = np.arange(-40 * scale, 40 * scale + 1)
    weights = np.exp(-np.abs(places) / scale)
    assert _fits(drawn, places, weights / weights.sum())


def test_noise_too_wide_for_machine_integers_is_drawn_with_pythons_own() -> None:
    variance = 10**9
    drawn = noise.discrete_gaussian(variance, 4_000, SeededNoise(5)).astype(float)
    shares = np.histogram(drawn / variance**0.5, [-np.inf, -1, 0, 1, np.inf])[0]
    expected = np.diff(norm.cdf([-np.inf, -1, 0, 1, np.inf])) * len(drawn)
    assert chisquare(shares, expected).pvalue > 1e-4


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (1, 3), (1, 1), (7, 2)])
def test_the_coin_of_an_exponential_is_exact(numerator: int, denominator: int) -> None:
    size = 30_000
    kept = noise.bernoulli_exp(np.full(size, numerator), np.full(size, denominator), SeededNoise(numerator)).mean()
    chance = math.exp(-numerator / denominator)
    assert abs(kept - chance) <= 4.5 * (chance * (1 - chance) / size) ** 0.5


@pytest.mark.parametrize("bound", [3, 10, 2**63 - 25])
def test_even_integers_are_even(bound: int) -> None:
    drawn = noise.uniform_below(np.full(30_000, bound, np.int64), SeededNoise(bound % 97))
    assert 0 <= drawn.min() <= drawn.max() < bound
    counts = np.histogram(drawn.astype(float) / bound, 3, (0, 1))[0] if bound > 10 else np.bincount(drawn, minlength=bound)
    assert chisquare(counts).pvalue > 1e-4


def test_biased_words_are_thrown_away() -> None:
    """Of words that all lie in the biased rest none is used: the source is asked again."""

    class Rest:
        asked = 0

        def words(self, count: int) -> np.ndarray:
            self.asked += 1
            return np.full(count, 2**64 - 1 if self.asked == 1 else 7, np.uint64)

    source = Rest()
    assert noise.uniform_below(np.array([3, 3]), source).tolist() == [1, 1]
    assert source.asked == 2


def _fits(drawn: np.ndarray, places: np.ndarray, shares: np.ndarray) -> bool:
    """Chi-square over cells of at least 20 expected draws, the tails put together."""
    assert abs(int(drawn.min())) <= places.max()
    expected, counts = shares * len(drawn), np.bincount(drawn + places.max(), minlength=len(places)).astype(float)
    large = expected >= 20
    low, high = np.flatnonzero(large)[[0, -1]]
    joined = [np.r_[side[:low].sum(), side[low : high + 1], side[high + 1 :].sum()] for side in (counts, expected)]
    kept = joined[1] > 1
    return bool(chisquare(joined[0][kept], joined[1][kept] * joined[0][kept].sum() / joined[1][kept].sum()).pvalue > 1e-4)


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 8.0])
@pytest.mark.parametrize("delta", [1e-9, 1e-5])
def test_the_conversion_holds_for_the_gaussian_and_is_tighter_than_the_first_one(epsilon: float, delta: float) -> None:
    """A Gaussian of exactly this ρ has its true δ by Balle, Wang 2018; the bound of Bun, Steinke 2016 is ε = ρ + 2 sqrt(ρ log 1/δ)."""
    rho = accountant.rho_for(epsilon, delta)
    sigma = 1 / math.sqrt(2 * rho)
    exact = norm.cdf(0.5 / sigma - epsilon * sigma) - math.exp(epsilon) * norm.cdf(-0.5 / sigma - epsilon * sigma)
    assert exact <= delta
    assert rho + 2 * math.sqrt(rho * math.log(1 / delta)) > epsilon
    assert accountant.delta_of(rho, epsilon) == pytest.approx(delta, rel=1e-6)
    assert accountant.epsilon_of(rho, delta) == pytest.approx(epsilon, rel=1e-6)


def test_the_conversion_is_the_least_over_all_orders() -> None:
    def bound(alpha: float) -> float:
        return math.exp((alpha - 1) * (alpha * 0.02 - 1.0)) / (alpha - 1) * (1 - 1 / alpha) ** alpha

    least = min(bound(1 + step / 500) for step in range(1, 60_000))
    assert accountant.delta_of(0.02, 1.0) == pytest.approx(least, rel=1e-4)


def test_the_ledger_refuses_to_be_overdrawn() -> None:
    ledger = accountant.Ledger(0.1)
    ledger.spend("half", "discrete Gaussian", 0.05)
    with pytest.raises(RuntimeError, match="does not cover the rest"):
        ledger.spend("the rest", "discrete Gaussian", 0.06)


@pytest.mark.parametrize("variance", [1, 50, 5_000])
def test_a_value_of_one_row_is_told_with_at_most_delta(variance: int) -> None:
    delta = 1e-6
    above = accountant.list_threshold(variance, delta) - 1
    tail = sum(math.exp(-(x**2) / (2 * variance)) for x in range(above, above + 40 * int(variance**0.5 + 1)))
    whole = sum(math.exp(-(x**2) / (2 * variance)) for x in range(-above - 400, above + 401))
    assert tail / whole <= delta


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 8.0])
@pytest.mark.parametrize("rows", [1, 20, 200, 1_000, 50_000])
def test_delta_chosen_from_the_noisy_count_is_on_average_at_most_that_of_the_rows(epsilon: float, rows: int) -> None:
    scale = accountant.count_scale(epsilon)
    places = np.arange(-60 * scale, 60 * scale + 1)
    weights = np.exp(-np.abs(places) / scale)
    mean = sum(w * accountant.chosen_delta(rows + int(x), scale) for w, x in zip(weights / weights.sum(), places, strict=True))
    assert mean <= rows**-1.5


def test_choices_follow_the_exponential_mechanism() -> None:
    scores, rho = np.array([0, 30, 60]), 2e-4
    scale = math.ceil(math.sqrt(1 / (2 * rho)))
    source = SeededNoise(3)
    chosen = [choose(scores, 1, rho, Census(accountant.Ledger(1.0), source), "test")[0] for _ in range(500)]
    weights = np.exp(scores / scale)
    assert chisquare(np.bincount(chosen, minlength=3), weights / weights.sum() * len(chosen)).pvalue > 1e-4


def test_a_chosen_tree_has_no_circle() -> None:
    ends = np.array([(a, b) for a in range(6) for b in range(a)])
    chosen = choose(np.arange(len(ends)), 5, 1.0, Census(accountant.Ledger(2.0), SeededNoise(1)), "test", ends)
    seen: set[int] = set()
    for place in chosen:
        seen |= set(ends[place].tolist())
    assert (len(chosen), seen) == (5, set(range(6)))


def test_one_row_changes_a_score_by_at_most_one() -> None:
    random = np.random.default_rng(4)
    for _ in range(50):
        joint, expected = random.integers(0, 9, (3, 4)), random.random((3, 4)) * 9
        more = joint.copy()
        more[random.integers(3), random.integers(4)] += 1
        assert abs(pair_score(more, expected, 2.5) - pair_score(joint, expected, 2.5)) <= 1


def test_counts_are_taken_to_the_nearest_that_add_up() -> None:
    taken = to_total(np.array([5.0, -3.0, 9.0]), 10.0)
    assert taken.sum() == pytest.approx(10.0)
    assert taken.tolist() == pytest.approx([3.0, 0.0, 7.0])


def test_the_mean_noise_is_that_of_the_density() -> None:
    deviation = 50.0
    mean, _ = quad(lambda x: abs(x) * norm.pdf(x, scale=deviation), -600, 600)
    assert np.abs(noise.discrete_gaussian(2500, 20_000, SeededNoise(9))).mean() == pytest.approx(mean, rel=0.03)
