"""`tabular_dp`: a table learnt under differential privacy."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from appliance.configurations.kinds import Auto, Rate
from appliance.configurations.model_type import ModelType
from appliance.configurations.section import Evaluate, Generate, Section

Epsilon = Annotated[float, Meta(gt=0, le=100)]


class TabularDpParams(Section, frozen=True):
    """`epsilon` and `delta` (`auto`: at most 1 / rows^1.5) are spent on all that is learnt. `infer_domain`: bounds and categories that the
    configuration does not give are learnt, at the expense of the same budget. `domain`: bounds and categories by column."""

    used: ClassVar[frozenset[str]] = frozenset({"epsilon", "delta", "infer_domain", "domain"})
    epsilon: Epsilon = 1.0
    delta: Auto | Rate = "auto"
    infer_domain: bool = True
    domain: dict[str, Any] | None = None


class TabularDp(ModelType, frozen=True):
    """`tabular_dp`."""

    params: TabularDpParams = TabularDpParams()
    generate: Generate = Generate()
    evaluate: Evaluate = Evaluate()
