"""The report's further sections: measured one after another, and put under the keys that `findings.py` lists."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from appliance.data_plane.quality import attacks, binning, constraints, discriminator, distances, intervals, predicates
from appliance.data_plane.quality import utility as utility_module
from appliance.data_plane.quality.attacks import Attacks, measure_attacks
from appliance.data_plane.quality.binning import Binned, bin_columns
from appliance.data_plane.quality.column import Feature
from appliance.data_plane.quality.comparison import Comparison
from appliance.data_plane.quality.constraints import Constraint, find_constraints
from appliance.data_plane.quality.distances import Distances, measure_distances
from appliance.data_plane.quality.entities import ReplayedColumn
from appliance.data_plane.quality.marginals import MOST_PAIRS, MOST_TRIPLES, Marginals, marginal_distances, summarised
from appliance.data_plane.quality.options import JudgeOptions
from appliance.data_plane.quality.pair_grids import Grid, worst_pairs
from appliance.data_plane.quality.queries import Queries, measure_queries
from appliance.data_plane.quality.replay import Replay, measure_replay
from appliance.data_plane.quality.subgroups import Subgroups, measure_subgroups
from appliance.data_plane.quality.utility import Utility, measure_utility

NO_ROWS = "Both tables need rows, and a column with numbers, categories or times."
OUTSIDE = "This report itself looks at the real data and is outside ε."
ALONE = "Rows stand alone: the configuration names no key of sequences."


CAPS = (
    ("interval_rows", intervals.SAMPLED_ROWS),
    ("binned_rows", binning.BINNED_ROWS),
    ("pairs", MOST_PAIRS),
    ("triples", MOST_TRIPLES),
    ("utility_training_rows", utility_module.TRAINING_ROWS),
    ("utility_test_rows", utility_module.TEST_ROWS),
    ("distance_probes", distances.PROBES),
    ("distance_rows", distances.REAL_ROWS),
    ("attacked_rows", attacks.VICTIMS),
    ("predicates", predicates.PREDICATES),
    ("constraint_columns", constraints.MOST_COLUMNS),
    ("detection_columns", discriminator.COLUMNS),
)
"""Most rows, columns or marginals that the costly measures read."""


class Sections(msgspec.Struct, frozen=True):
    """Results of the further measures; None (or empty) where one was not made, with the reason by section in `not_measured`."""

    constraints: tuple[Constraint, ...] = ()
    marginals: tuple[Marginals, ...] = ()
    grids: tuple[Grid, ...] = ()
    utility: Utility | None = None
    queries: Queries | None = None
    subgroups: Subgroups | None = None
    replay: Replay | None = None
    distances: Distances | None = None
    attacks: Attacks | None = None
    not_measured: dict[str, str] = {}


def measure_sections(comparison: Comparison, options: JudgeOptions, seed: int, no_attacks: str) -> Sections:
    """All of them; `no_attacks` is the reason why rows cannot be attacked, or empty."""
    features = [feature for feature in comparison.features if feature.measurable][: options.attack_columns]
    if not features or not min(comparison.left_rows, comparison.right_rows):
        names = ("one_way", "pairs", "three_way", "utility", "queries", "subgroups")
        return Sections(not_measured=dict.fromkeys(names, NO_ROWS) | ({"attacks": no_attacks} if no_attacks else {}))
    reasons = {"attacks": no_attacks, "distance": no_attacks} if no_attacks else {}
    binned = bin_columns(features)
    marginals, grids = _marginals(features, binned, seed)
    utility, why = measure_utility(features, options.target, seed) if options.utility else (None, "It was switched off.")
    subgroups = measure_subgroups(features, binned)
    if utility is None:
        reasons["utility"] = why
    if subgroups is None:
        reasons["subgroups"] = "No column has a few values that 50 training rows hold each."
    return Sections(
        constraints=tuple(find_constraints(features, comparison.positions, seed)),
        marginals=marginals,
        grids=grids,
        utility=utility,
        queries=measure_queries(features, binned, seed),
        subgroups=subgroups,
        replay=measure_replay(list(comparison.features), options.copy_rows, seed),
        distances=None if no_attacks else measure_distances(features, seed),
        attacks=measure_attacks(features, seed) if options.attacks and not no_attacks else None,
        not_measured=reasons,
    )


def _marginals(features: list[Feature], binned: list[Binned], seed: int) -> tuple[tuple[Marginals, ...], tuple[Grid, ...]]:
    rows = len(binned[0].right)
    found = [marginal_distances(binned, ways, most, seed) for ways, most in ((1, MOST_PAIRS), (2, MOST_PAIRS), (3, MOST_TRIPLES))]
    made = tuple(summarised(distances, len(binned), ways, rows) for ways, distances in enumerate(found, start=1))
    return made, tuple(worst_pairs(features, found[1]))


def gather_sections(sections: Sections, comparison: Comparison, options: JudgeOptions, seed: int) -> dict[str, Any]:
    """The keys of report.json outside `privacy`, `fields` and `detection`."""
    one, two, three = sections.marginals or (None, None, None)
    reasons = dict(sections.not_measured)
    if not options.group_by:
        reasons["sequences"] = ALONE
    return {
        "validity": validity(sections, comparison, options),
        "one_way": one,
        "pairs": None if two is None else msgspec.structs.asdict(two) | {"worst": sections.grids},
        "three_way": three,
        "utility": sections.utility,
        "queries": sections.queries,
        "subgroups": sections.subgroups,
        "pii_replay": {"columns": replayed_columns(comparison)},
        "provenance": provenance(comparison, options, seed),
        "not_measured": reasons,
    }


def validity(sections: Sections, comparison: Comparison, options: JudgeOptions) -> dict[str, Any]:
    """Checks of columns and pairs; columns beyond the report's limit are counted, but not listed."""
    columns = [facts.validity for facts in comparison.facts]
    checks = [check for column in columns for check in column.checks]
    every = [check.failed for check in checks] + [constraint.failed for constraint in sections.constraints]
    return {
        "rows": comparison.right_rows,
        "checks": len(every),
        "failed": sum(every),
        "columns": columns[: options.report_columns],
        "constraints": sections.constraints,
    }


def replayed_columns(comparison: Comparison) -> tuple[ReplayedColumn, ...]:
    """The columns whose values may stand for persons or things."""
    return tuple(facts.replay for facts in comparison.facts if facts.replay is not None)


def provenance(comparison: Comparison, options: JudgeOptions, seed: int) -> dict[str, Any]:
    """Seed, a digest of the columns' names and kinds (none of values: those of a small table could be guessed), the caller's facts."""
    schema = "\n".join(f"{facts.name}\t{facts.kind}" for facts in comparison.facts)
    digest = hashlib.sha256(schema.encode()).hexdigest()
    return {"seed": seed, "schema_digest": digest, "facts": [list(pair) for pair in options.provenance]}


def gather_privacy(sections: Sections, options: JudgeOptions) -> dict[str, Any]:
    """The further keys of `privacy`."""
    return {
        "copies": sections.replay,
        "distance": sections.distances,
        "attacks": sections.attacks,
        "mechanism": {
            "facts": [list(pair) for pair in options.mechanism],
            "budget": [list(pair) for pair in options.budget],
            "note": OUTSIDE if options.budget else "",
        },
    }
