"""Everything the judge found out, before it is put into words and keys.

The sections of report.json beside the older keys. An *estimate* is `{value, low, high, reference}`: the figure, its 95 % interval, and the
same figure of held-out real rows (scaled to the synthetic table's size where noise depends on the size); all but `value` may be null. A
section or part that was not measured is null, and `not_measured` holds the reason: `{"utility": "There is no holdout …", …}`.
Row numbers count synthetic rows from 1. Names of values and edges of bins follow the rule of ten training rows everywhere.

    intervals    {level, method, groups, scores: {<new score name>: estimate}}; privacy scores have no reference
    validity     {rows, checks, failed,
                  columns: [{name, kind, checks: [{check, failed, offending, share, reference, rows: [≤ 10 numbers]}]}],
                  constraints: [{form: "ordered" (first ≤ second) | "determined" (first gives second), columns: [first, second],
                                 failed, offending, share, reference, rows}]}
                 check: type | range | category | pattern | unique | null (`failed`: clearly more offences than held-out rows have)
    fields[i]    + measures: {total_variation, kolmogorov_smirnov, wasserstein, tail_low, tail_high, rare_recall, missing_difference},
                 each null or {value, expected, reference}; tail_low: share of rows at or below the training rows' 1 % quantile, `expected`
                 the training rows' own share; wasserstein in training standard deviations; rare_recall: share of the
                 categories held by 10 training rows to 1 % of them that the synthetic table has too
    one_way, pairs, three_way
                 {marginals, compared, rows, bins, accuracy: estimate}: 1 − mean total variation of 1, 2, 3 columns in 10 bins;
                 pairs also has worst: [≤ 12 × {first, second, distance, reference, first_axis, second_axis, left: [[share]], right}]
                 with axis {form: "bins" | "categories", edges, labels, moment} (after the bins one more place for missing values);
                 lines run along first_axis; a training cell held by fewer than 10 rows is null
    detection    + reference: estimate (training against held-out rows; its own reference is null), columns_told: [{name, importance,
                 share}] most telling first, pair: null | {first, second, auc, alone}, curve: [[false alarms, found], …]
    utility      {test_rows, targets: [{target, task: "classification" | "regression", metric: "auc" | "r2", classes,
                  chosen: "given" | "predictable", models: [{model: "linear" | "boosted trees" | "small tree", real: estimate,
                  synthetic: estimate, difference: estimate}], rank_agreement, ratio}], training_rows}: trained on real rows and on
                 synthetic rows, tested on held-out rows
    queries      {ranges: {count, mean, worst, reference_mean, reference_worst}, groups: the same}; absolute error of shares (ranges) and of
                 group means in standard deviations (groups); worst is the 95 % quantile
    subgroups    {columns: [{column, groups: [{group, left_rows, left_share, right_share, holdout_share, accuracy: estimate, auc}]}],
                  worst: null | {column, group, accuracy, reference}}
    privacy      + copies: {partial: {columns, matches, share, low, high, reference}, rare_values: {values, replayed, rows, share, low,
                 high, reference}, outliers: {rows, share, low, high, reference}}
                 + distance: {dcr, nndr}, each {share, low, high, ideal, levels, to_training, to_holdout}; share of synthetic rows nearer to
                 training than to as many held-out rows; the lists are quantiles at `levels`
                 + attacks: {singling_out: [attack], linkability: [attack], inference: [attack], worst: name}, attack = {name, attacks,
                 controls, success, control, baseline, risk, low, high}: rates on training and held-out rows, by guessing, and the risk
                 beyond control
                 + tail: also auc_low, auc_high, tpr_low, tpr_high, tpr_tenth (at 0.1 % false alarms; null with fewer than 1,000 of them)
                 + mechanism: {facts: [[word, value]], budget: [[word, value]], note}
                 + tests: [{test, failed, value, limit}], the figures behind `alarm`
    pii_replay   {columns: [{name, entity, values, replayed, expected, rare_values, rare_replayed, rare_expected, alarm}]}
    sequences    null | what quality/sequences.py measures
    provenance   {seed, schema_digest, facts: [[word, value]]}
"""

from __future__ import annotations

import math

import msgspec

from appliance.data_plane.quality.alarms import PrivacyTest
from appliance.data_plane.quality.attribute import Attribute
from appliance.data_plane.quality.comparison import Comparison
from appliance.data_plane.quality.copies import Exact, Near
from appliance.data_plane.quality.correlation import Correlation
from appliance.data_plane.quality.discriminator import Discriminator
from appliance.data_plane.quality.intervals import Intervals
from appliance.data_plane.quality.membership import Membership, Tail
from appliance.data_plane.quality.sections import Sections
from appliance.data_plane.quality.structure import Structure


class Findings(msgspec.Struct, frozen=True):
    """Results of all measures. `distribution` is (mean distance, score); `quality` and `reference` are overall scores (0–100) of the
    synthetic and of the held-out rows; `no_attacks` is the reason why privacy is not measured, or empty. `tests` are the privacy tests,
    of which the report raises the alarm if one failed."""

    comparison: Comparison
    distribution: tuple[float | None, float | None]
    correlation: Correlation | None
    structure: Structure | None
    text_structure: float | None
    quality: float | None
    reference: float | None
    no_attacks: str
    membership: Membership | None
    attribute: Attribute | None
    exact: Exact
    near: Near | None
    tail: Tail | None
    discriminator: Discriminator | None
    intervals: Intervals | None = None
    sections: Sections = Sections()
    tests: tuple[PrivacyTest, ...] = ()

    @property
    def privacy(self) -> float | None:
        """The data privacy score (0–100): mean of both attacks; None when they did not run."""
        found = [attack.score for attack in (self.membership, self.attribute) if attack is not None]
        return sum(found) / len(found) if found else None

    @property
    def privacy_margin(self) -> float:
        """Points by which other rows would move the data privacy score (half of its 95 % interval); 0 when it is not measured."""
        margins = [attack.margin for attack in (self.membership, self.attribute) if attack is not None]
        return math.hypot(*margins) / len(margins) if margins else 0.0

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the privacy tests that failed."""
        return tuple(test.test for test in self.tests if test.failed)
