"""`tabular_dp`: a table learnt under differential privacy; and what every section that promises it must keep to."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from appliance.configurations.document import Loc
from appliance.configurations.kinds import Auto, Rate
from appliance.configurations.model_type import ModelType
from appliance.configurations.section import Evaluate, Generate, Section
from appliance.configurations.walk import Walk

NAME = "tabular_dp"
MOST_CATEGORIES = 5000

Epsilon = Annotated[float, Meta(ge=0.001, le=100)]

_BOUNDS = "must be a list of the least and the greatest value, or an object with min and max; dates as text such as '2020-12-31'."
_CATEGORIES = f"must be a list of 1 to {MOST_CATEGORIES:,} texts, numbers or truth values."


class TabularDpParams(Section, frozen=True):
    """`epsilon` and `delta` (`auto`: at most 1 / rows^1.5, on average over the noise on the number of rows) pay for all that is learnt.
    `infer_domain`: bounds and categories that the configuration does not give are learnt, at the expense of the same budget; false: every
    column needs its own. `domain`: what is known without the table, by column: `{min, max}` of numbers and dates, or the list of all
    categories (or all numbers) that there are. It says the same as `appliance.bounds` and `appliance.categories`, and stands there once it
    is read."""

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


def is_private(model_type: str, section: dict[str, Any]) -> bool:
    """Whether a section promises differential privacy that the appliance keeps."""
    return model_type == NAME or bool((section.get("privacy_params") or {}).get("dp"))


def check_private(walk: Walk, model_type: str, section: dict[str, Any], loc: Loc) -> None:
    """What goes together with differential privacy; `domain` is merged into `appliance.bounds` and `appliance.categories` in place."""
    own = section["appliance"]
    if section.get("group_training_examples_by"):
        walk.fault(
            (*loc, "group_training_examples_by"),
            "Differential privacy protects single rows here; of grouped rows it would have to protect whole groups, which it does not. "
            "Leave group_training_examples_by out, or say dp: false.",
        )
    if own["constraints"]:
        walk.fault((*loc, "appliance", "constraints"), "constraints are not available under differential privacy.")
    if own["engine"] != "tree":
        walk.fault((*loc, "appliance", "engine"), "Differential privacy has an engine of its own; leave engine out.")
    if model_type == NAME:
        _merge_domain(walk, section["params"]["domain"] or {}, own, (*loc, "params", "domain"))


def check_domain(walk: Walk, own: dict[str, Any], loc: Loc) -> None:
    """`bounds` and `categories` of an `appliance` section; bounds become lists of two in place."""
    for name, value in own["bounds"].items():
        own["bounds"][name] = _bounds(walk, value, (*loc, "bounds", name))
        if name in own["categories"]:
            walk.fault((*loc, "bounds", name), "A column has bounds or categories, not both.")
    for name, value in own["categories"].items():
        if not _are_categories(value):
            walk.fault((*loc, "categories", name), f"categories of a column {_CATEGORIES}")


def _merge_domain(walk: Walk, domain: dict[str, Any], own: dict[str, Any], loc: Loc) -> None:
    for name, value in domain.items():
        listed = (
            value.get("categories") if isinstance(value, dict) and "categories" in value else value if isinstance(value, list) else None
        )
        key, known = ("categories", listed) if listed is not None else ("bounds", value)
        if key == "bounds":
            known = _bounds(walk, known, (*loc, name))
        if own[key].get(name, known) != known and own[key][name] != value:
            walk.fault((*loc, name), f"domain and appliance.{key} say different things about this column.")
        own[key][name] = known


def _bounds(walk: Walk, value: Any, loc: Loc) -> Any:
    """Bounds as `[least, greatest]`."""
    pair = [value.get("min"), value.get("max")] if isinstance(value, dict) and value.keys() <= {"min", "max"} else value
    if not isinstance(pair, list) or len(pair) != 2 or not all(_is_end(end) for end in pair):
        walk.fault(loc, f"bounds of a column {_BOUNDS}")
        return value
    if type(pair[0]) is not str and type(pair[1]) is not str and pair[0] > pair[1]:
        walk.fault(loc, "bounds of a column must name the least value first.")
    return pair


def _is_end(value: Any) -> bool:
    return (isinstance(value, str) and 0 < len(value) <= 64) or (
        isinstance(value, int | float) and not isinstance(value, bool) and value - value == 0
    )


def _are_categories(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_CATEGORIES and all(isinstance(one, str | int | float | bool) for one in value)
