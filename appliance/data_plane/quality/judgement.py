"""The judge: every measure run over a training and a synthetic table, gathered into one plain report."""

from __future__ import annotations

import math
from typing import Any

import msgspec
from threadpoolctl import threadpool_limits

from appliance.data_plane.quality.alarms import Evidence, PrivacyTest, privacy_tests
from appliance.data_plane.quality.attribute import Attribute, attribute_attack
from appliance.data_plane.quality.column import Role
from appliance.data_plane.quality.comparison import Comparison, compare
from appliance.data_plane.quality.copies import Exact, Near, exact_copies, near_copies
from appliance.data_plane.quality.correlation import Correlation, correlate
from appliance.data_plane.quality.discriminator import Discriminator, discriminate
from appliance.data_plane.quality.distribution import distribution_score, text_structure_score
from appliance.data_plane.quality.findings import Findings
from appliance.data_plane.quality.gathering import gather
from appliance.data_plane.quality.intervals import Intervals, Parts, score_intervals, with_privacy
from appliance.data_plane.quality.membership import Membership, Tail, membership_attack, tail_measure
from appliance.data_plane.quality.options import JudgeOptions, Progress
from appliance.data_plane.quality.sample import sample_section
from appliance.data_plane.quality.score import tabular_score, text_score, weighted
from appliance.data_plane.quality.sections import Sections, measure_sections, replayed_columns
from appliance.data_plane.quality.sequence_facts import SequenceMeasures
from appliance.data_plane.quality.sequence_side import with_identifiers
from appliance.data_plane.quality.sequences import measure_sequences
from appliance.data_plane.quality.structure import Structure, deep_structure
from appliance.data_plane.tables.schema import Table, TableSchema

LEAST_HOLDOUT = 10
NO_KEY = "A column of the key is missing from one of the tables, or no row has a key."
STEPS = ("correlation", "structure", "intervals", "membership", "attributes", "copies", "discriminator", "sections", "report")
"""The steps that follow the reading of the columns, as `progress` names them."""


def silent(step: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


def judge(
    train: Table, synthetic: Table, holdout: Table | None, options: JudgeOptions, seed: int, progress: Progress = silent
) -> dict[str, Any]:
    """The quality and privacy report of `synthetic` as JSON types, the same for the same tables, options and seed.

    `holdout`: real rows the engine never saw; without them the privacy scores are `Unavailable`. The last key, `run`, is an empty
    object for the caller. No value that fewer than 10 training rows hold is in it. Raises DataRefused when no column is shared."""
    with threadpool_limits(1, "openmp"):  # sums over several threads would differ in their last digits
        return _report(train, synthetic, holdout, options, seed, progress)


def _report(train: Table, synthetic: Table, holdout: Table | None, options: JudgeOptions, seed: int, progress: Progress) -> dict[str, Any]:
    train, synthetic = with_identifiers(train, options.group_by), with_identifiers(synthetic, options.group_by)
    holdout = with_identifiers(holdout, options.group_by) if holdout is not None else None
    comparison = compare(train, synthetic, holdout, options, seed, progress)
    findings = _Inspection(comparison, options, seed, progress).findings()
    report = gather(findings, options, seed)
    report["sequences"] = _sequences(train, synthetic, holdout, options, seed)
    if options.group_by and report["sequences"] is None:
        report["not_measured"]["sequences"] = NO_KEY
    if options.sample_rows > 0:
        report["synthetic_sample"] = sample_section(train, synthetic, options)
    report["run"] = {}
    plain: dict[str, Any] = _plain(report)
    return plain


def _sequences(train: Table, synthetic: Table, holdout: Table | None, options: JudgeOptions, seed: int) -> SequenceMeasures | None:
    """The measures of rows that belong together; None where rows stand alone, or a table lacks a column of the key."""
    shared = [name for name in train.schema.names if name in synthetic.schema.names]
    if not options.group_by or not set(options.group_by) <= set(shared):
        return None
    held = _only(holdout, shared) if holdout is not None and set(shared) <= set(holdout.schema.names) and holdout.rows else None
    return measure_sequences(_only(train, shared), _only(synthetic, shared), held, options.group_by, options.order_by or None, seed)


def _only(table: Table, names: list[str]) -> Table:
    columns = tuple(table.schema.column(name) for name in names)
    return Table(TableSchema(columns, table.schema.file), table.data.select(names))


class _Inspection:
    """One pass over all measures."""

    def __init__(self, comparison: Comparison, options: JudgeOptions, seed: int, progress: Progress) -> None:
        self.comparison = comparison
        self.features = list(comparison.features)
        self.measurable = [feature for feature in self.features if feature.measurable][: options.attack_columns]
        self.options = options
        self.seed = seed
        self.progress = progress

    def findings(self) -> Findings:
        reason = self.no_attacks()
        correlation = self.correlation()
        structure = self.structure()
        membership = self.membership() if not reason and self.options.membership else None
        attribute = self.attribute() if not reason and self.options.attributes else None
        exact, near, tail = self.copies(reason)
        quality = self.quality(correlation, structure, "right")
        reference, held = self.reference(correlation)
        discriminator = self.discriminator()
        sections = self.sections(reason)
        return Findings(
            comparison=self.comparison,
            distribution=self.distribution("right"),
            correlation=correlation,
            structure=structure,
            text_structure=text_structure_score([f.text_distance for f in self.comparison.facts if f.text_distance is not None]),
            quality=quality,
            reference=reference,
            no_attacks=reason,
            membership=membership,
            attribute=attribute,
            exact=exact,
            near=near,
            tail=tail,
            discriminator=discriminator,
            intervals=self.intervals(correlation, structure, (quality, held), (membership, attribute)),
            sections=sections,
            tests=self.tests(exact, near, tail, sections),
        )

    def step(self, name: str) -> None:
        self.progress(name, STEPS.index(name), len(STEPS))

    def no_attacks(self) -> str:
        """Why the attacks cannot run, or nothing."""
        if not self.options.membership and not self.options.attributes:
            return "The configuration leaves the attacks out."
        if self.comparison.holdout_rows < LEAST_HOLDOUT:
            source = "give them as a third table" if self.options.model_type == "evaluate" else "tables of 200 rows or more have one"
            return f"There is no holdout: attacks need at least 10 real rows that the engine never saw ({source})."
        if not self.measurable:
            return "No column has numbers, categories or times by which rows could be compared."
        few = min(self.comparison.left_rows, self.comparison.right_rows) < LEAST_HOLDOUT
        return "Attacks need at least 10 training and 10 synthetic rows." if few else ""

    def correlation(self) -> Correlation | None:
        self.step("correlation")
        return correlate(self.features, limit=self.options.correlation_columns)

    def structure(self) -> Structure | None:
        self.step("structure")
        return deep_structure(self.features)

    def membership(self) -> Membership:
        self.step("membership")
        return membership_attack(self.measurable, self.options.attack_rows, self.seed)

    def attribute(self) -> Attribute | None:
        self.step("attributes")
        return attribute_attack(self.measurable, self.options.attack_rows, self.seed)

    def copies(self, reason: str) -> tuple[Exact, Near | None, Tail | None]:
        self.step("copies")
        exact = exact_copies(self.comparison)
        if reason:
            return exact, None, None
        cap = self.options.copy_rows
        return exact, near_copies(self.measurable, cap, self.seed), tail_measure(self.measurable, cap, self.seed)

    def discriminator(self) -> Discriminator | None:
        self.step("discriminator")
        return discriminate(self.features, self.options.discriminator_rows, self.seed) if self.options.discriminator else None

    def distribution(self, side: str) -> tuple[float | None, float | None]:
        distances = [f.distance if side == "right" else f.holdout_distance for f in self.comparison.facts]
        found = [distance for distance in distances if distance is not None]
        if not found and side == "right" and not any(f.role is Role.TEXT for f in self.comparison.facts):
            found = [f.as_category for f in self.comparison.facts if f.role is Role.OTHER and not f.key]
        return distribution_score(found)

    def quality(self, correlation: Correlation | None, structure: Structure | None, side: str) -> float | None:
        """The overall score: tabular and text scores, weighted by their columns."""
        texts = [f.text_distance if side == "right" else f.holdout_text_distance for f in self.comparison.facts]
        text = text_score(None, text_structure_score([distance for distance in texts if distance is not None]))
        parts = (correlation.score if correlation else None, structure.score if structure else None, self.distribution(side)[1])
        columns = sum(feature.tabular for feature in self.features)
        return weighted([(columns or 1, tabular_score(*parts)), (sum(f.role is Role.TEXT for f in self.features), text)])

    def reference(self, known: Correlation | None) -> tuple[float | None, Parts]:
        """The overall score of the held-out rows (what real rows reach) and the distances behind it; nothing without a holdout."""
        if self.comparison.holdout_rows < LEAST_HOLDOUT:
            return None, Parts(None, None, None)
        correlation = correlate(self.features, "holdout", limit=self.options.correlation_columns, known=known)
        structure = deep_structure(self.features, "holdout")
        return self.quality(correlation, structure, "holdout"), self.parts(correlation, structure, "holdout")

    def parts(self, correlation: Correlation | None, structure: Structure | None, side: str) -> Parts:
        distance = self.distribution(side)[0] if any(feature.tabular for feature in self.features) else None
        return Parts(distance, correlation.error if correlation else None, structure.distance if structure else None)

    def intervals(
        self,
        correlation: Correlation | None,
        structure: Structure | None,
        overall: tuple[float | None, Parts],
        attacks: tuple[Membership | None, Attribute | None],
    ) -> Intervals:
        """Estimates of all scores: the quality scores by leaving rows out, the privacy scores by their own margins."""
        self.step("intervals")
        tabular = sum(feature.tabular for feature in self.features)
        weight = tabular / max(1, tabular + sum(f.role is Role.TEXT for f in self.features))
        parts = self.parts(correlation, structure, "right")
        return with_privacy(score_intervals(self.features, structure, parts, (overall[0], weight), overall[1]), *attacks)

    def sections(self, reason: str) -> Sections:
        self.step("sections")
        return measure_sections(self.comparison, self.options, self.seed, reason)

    def tests(self, exact: Exact, near: Near | None, tail: Tail | None, sections: Sections) -> tuple[PrivacyTest, ...]:
        comparison = self.comparison
        sizes = comparison.right_rows, comparison.left_rows, comparison.holdout_rows
        evidence = Evidence(exact, *sizes, near, tail, sections.distances, sections.attacks, replayed_columns(comparison))
        return privacy_tests(evidence)


def _plain(value: Any) -> Any:
    """JSON types only; floats finite and rounded to six places, so that the same run gives the same bytes."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) + 0.0 if math.isfinite(value) else None
    return _plain(msgspec.to_builtins(value)) if isinstance(value, msgspec.Struct) else value
