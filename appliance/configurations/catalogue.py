"""The catalogue of model types: the name of each, as configurations write it, and the Section that describes it."""

from __future__ import annotations

from appliance.configurations.classify import Classify
from appliance.configurations.evaluation import Evaluation
from appliance.configurations.model_type import Actgan, Amplify, Ctgan, FineTune, Lstm, ModelType, Noop
from appliance.configurations.tabular_dp import TabularDp
from appliance.configurations.transform_v2 import TransformV2
from appliance.configurations.transforms import Transforms

MODEL_TYPES: dict[str, type[ModelType]] = {
    "actgan": Actgan,
    "tabular_gan": Actgan,
    "navigator_ft": FineTune,
    "tabular_ft": FineTune,
    "amplify": Amplify,
    "synthetics": Lstm,
    "ctgan": Ctgan,
    "tabular_dp": TabularDp,
    "evaluate": Evaluation,
    "transform_v2": TransformV2,
    "classify": Classify,
    "transforms": Transforms,
}

EXTRA_TYPES: dict[str, type[ModelType]] = {"noop": Noop, "noop_tabular": Noop}
"""Types that a caller of `normalise` must allow by name."""

LATER_TYPES = frozenset(
    {
        "timeseries_dgan",
        "gpt_x",
        "text_ft",
        "navigator",
        "tuner",
    }
)
"""Types that users know and this version does not have."""
