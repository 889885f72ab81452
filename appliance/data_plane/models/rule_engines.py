"""The two languages of rules behind one door: what a transform job asks of `transform_v2` and of `transforms`."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from appliance.configurations.entities import entity_of
from appliance.configurations.label_predictors import LabelPredictors
from appliance.configurations.transform_v2 import effective_seed, wanted_entities
from appliance.data_plane.detection.finding import ColumnShape, ColumnVerdict
from appliance.data_plane.models.detecting import Judged
from appliance.data_plane.models.policy_engine import PolicyEngine
from appliance.data_plane.transform.account import TransformAccount
from appliance.data_plane.transform.passage import Passage
from appliance.data_plane.transform.plan import TransformPlan, make_plan
from appliance.data_plane.transform.stream import transform_file


class RuleEngine(Protocol):
    """`classifies`: columns are looked at by a detector; `searches`: so is what is inside cells; `seed`: mixed into fakes and hashes."""

    classifies: bool
    searches: bool
    seed: int | None
    predictors: LabelPredictors | None

    def entities(self, judged: Judged) -> dict[str, str | None]:
        """The configuration's word for what each column holds."""

    def plan(self, judged: Judged) -> bytes:
        """What will be done to files like the one that was judged, as JSON."""

    def transform(self, plan: bytes, passage: Passage) -> TransformAccount:
        """Apply a plan to a file. Raises DataRefused, JobFailed."""


class ExpressionEngine:
    """`transform_v2`: rules of expressions."""

    predictors: LabelPredictors | None = None

    def __init__(self, section: dict[str, Any]) -> None:
        self._section = section
        self.classifies = bool(section["globals"]["classify"]["enable"])
        self.seed = effective_seed(section)
        self.searches = "_entities" in msgspec.json.encode(section["steps"]).decode()

    def entities(self, judged: Judged) -> dict[str, str | None]:
        wanted = wanted_entities(self._section)
        return {verdict.name: _word(verdict, wanted) for verdict in judged.verdicts}

    def plan(self, judged: Judged) -> bytes:
        texts = (ColumnShape.TEXT, ColumnShape.MIXED)
        types = {verdict.name: "text" for verdict in judged.verdicts if verdict.shape in texts}
        mixed = frozenset(verdict.name for verdict in judged.verdicts if verdict.shape is ColumnShape.MIXED)
        made = make_plan(self._section, judged.sample.schema, self.entities(judged), types, mixed)
        return msgspec.json.encode(made, order="deterministic")

    def transform(self, plan: bytes, passage: Passage) -> TransformAccount:
        return transform_file(msgspec.json.decode(plan, type=TransformPlan), passage)


def _word(verdict: ColumnVerdict, wanted: tuple[str, ...]) -> str | None:
    return None if verdict.label is None else entity_of(verdict.label, wanted)


def engine_of(document: dict[str, Any]) -> RuleEngine:
    """The engine of a checked configuration's model type."""
    ((model_type, section),) = document["models"][0].items()
    return PolicyEngine(document) if model_type == "transforms" else ExpressionEngine(section)
