"""`transforms` as a rule engine: policies of the first language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from appliance.configurations.label_predictors import DEFAULT_THRESHOLD, LabelPredictors, predictors_of
from appliance.configurations.transforms import searches_text
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.models.detecting import Judged
from appliance.data_plane.transform.account import TransformAccount
from appliance.data_plane.transform.evaluation.prose import FindSpans
from appliance.data_plane.transform.passage import Passage
from appliance.data_plane.transform.policies.plan import PolicyPlan, make_policy_plan
from appliance.data_plane.transform.policies.stream import transform_by_policies

_FROM_PROSE = frozenset({"person_name", "first_name", "last_name", "location", "city", "country", "organization_name", "norp_group"})
"""Labels that are told by reading prose: not looked for inside values where `use_nlp` is false."""


class PolicyEngine:
    """`transforms`: policies in order, the first rule that fits decides. `document`: the checked configuration."""

    classifies: bool = True

    def __init__(self, document: dict[str, Any]) -> None:
        ((_, section),) = document["models"][0].items()
        self._section = section
        self.predictors: LabelPredictors | None = predictors_of(document)
        self.searches = searches_text(section)
        self.seed: int | None = section["appliance"]["seed"]

    def entities(self, judged: Judged) -> dict[str, str | None]:
        """What each column holds, by its label."""
        return {verdict.name: verdict.label for verdict in judged.verdicts}

    def plan(self, judged: Judged) -> bytes:
        """What will be done to files like the one that was judged, as JSON."""
        sample = judged.sample
        threshold = DEFAULT_THRESHOLD if self.predictors is None else self.predictors.threshold
        made = make_policy_plan(self._section, sample.schema, judged.verdicts, sample.columns, threshold)
        return msgspec.json.encode(made, order="deterministic")

    def transform(self, plan: bytes, passage: Passage) -> TransformAccount:
        """Apply a plan to a file. Raises DataRefused, JobFailed."""
        if self._section["use_nlp"] is False:
            finds = {name: find and _without_prose(find) for name, find in (("spans", passage.spans), ("mixed_spans", passage.mixed_spans))}
            passage = msgspec.structs.replace(passage, **finds)
        return transform_by_policies(msgspec.json.decode(plan, type=PolicyPlan), passage)


def _without_prose(spans: FindSpans) -> FindSpans:
    def find(texts: list[str]) -> Sequence[Sequence[Span]]:
        return [[span for span in found if span.label not in _FROM_PROSE] for found in spans(texts)]

    return find
