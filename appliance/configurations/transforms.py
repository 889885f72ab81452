"""`transforms`, the first language: policies of rules; over all policies in order, the first rule that fits a column decides.

A rule's conditions name columns (by name, by what a column holds, by its nature) or stretches of values (`value_label`). A rule with
several conditions fits where any of them does. Of a rule's transforms the first that can be applied to a value is."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from msgspec import field

from appliance.configurations.document import Loc
from appliance.configurations.entities import canonical
from appliance.configurations.kinds import Natural, PassedFormat, Positive, Text
from appliance.configurations.label_predictors import own_labels, pattern_fault
from appliance.configurations.model_type import ModelType
from appliance.configurations.policy_transforms import check_transform_list
from appliance.configurations.quantities import seconds
from appliance.configurations.section import Appliance, Section
from appliance.configurations.walk import Walk

NAME = "transforms"
EVERY = "*"

CONDITIONS = ("field_name", "field_name_regex", "field_name_similarity", "field_label", "field_attributes", "value_label")
"""The six keys of a rule's conditions."""
NATURES = ("is_id", "is_numeric", "is_text", "is_categorical", "is_date")
"""What `field_attributes` may ask of a column."""

_MOST_POLICIES, _MOST_RULES, _MOST_WORDS = 50, 200, 1000


class PolicyConditions(Section, frozen=True):
    """What a rule applies to; null where it does not ask."""

    used: ClassVar[frozenset[str]] = frozenset(CONDITIONS)
    field_name: Any = None
    field_name_regex: Any = None
    field_name_similarity: Any = None
    field_label: Any = None
    field_attributes: Any = None
    value_label: Any = None


class PolicyRule(Section, frozen=True):
    """One rule."""

    used: ClassVar[frozenset[str]] = frozenset({"name", "conditions", "transforms"})
    name: Text | None = None
    conditions: PolicyConditions = PolicyConditions()
    transforms: list[Any] = field(default_factory=list)


class Policy(Section, frozen=True):
    """Rules, in order; what none of them fits is left to the next policy."""

    used: ClassVar[frozenset[str]] = frozenset({"name", "rules"})
    name: Text | None = None
    rules: list[Any] = field(default_factory=list)


class TransformsAppliance(Appliance, frozen=True):
    """The appliance's own keys that policies use.

    on_error: what a value becomes that a rule selects and none of its transforms can be applied to: `redact` (its label), `null`, or
    `fail`, which ends the job; never its source. csv_guard: texts that a spreadsheet would run as formulas get an apostrophe in front.
    rule_timeout: seconds (or text such as `2 m`) that one rule may take for one batch of rows. key: number of the project's key; null: the
    present one."""

    used: ClassVar[frozenset[str]] = frozenset({"seed", "max_duration", "memory", "format", "on_error", "csv_guard", "rule_timeout", "key"})
    on_error: Literal["redact", "null", "fail"] = "redact"
    csv_guard: bool = False
    rule_timeout: Positive | Text = 60.0
    key: Natural | None = None
    format: PassedFormat | None = None  # type: ignore[assignment]  # wider than of what is generated


class Transforms(ModelType, frozen=True):
    """`transforms`. `policies` are read by `check_transforms`. `use_nlp`: whether names, places and organisations are looked for in free
    text; null: they are."""

    used: ClassVar[frozenset[str]] = frozenset({"data_source", "policies", "use_nlp"})
    policies: list[Any] = field(default_factory=list)
    use_nlp: bool | None = None
    appliance: TransformsAppliance = TransformsAppliance()


def check_transforms(walk: Walk, section: dict[str, Any], loc: Loc) -> None:
    """Every rule of a filled-in `transforms` section; policies and rules are filled in, in place."""
    policies, place = section["policies"], (*loc, "policies")
    if not policies:
        walk.fault(place, "policies is missing: give a list of policies, each with a list of rules.")
    if len(policies) > _MOST_POLICIES:
        walk.fault(place, f"There may be at most {_MOST_POLICIES} policies.")
    section["policies"] = [_policy(walk, given, (*place, number)) for number, given in enumerate(policies[:_MOST_POLICIES])]
    own = section["appliance"]
    limit = seconds(own["rule_timeout"])
    if limit is None or limit <= 0:
        walk.fault((*loc, "appliance", "rule_timeout"), "rule_timeout must be a number of seconds above 0, or a text such as '30 s'.")
    else:
        own["rule_timeout"] = limit


def check_policy_labels(walk: Walk, section: dict[str, Any], predictors: Any, loc: Loc) -> None:
    """Every label that a rule names is one of the catalogue or one that `label_predictors` defines."""
    known = own_labels(predictors)
    spaces = {label.partition("/")[0] for label in known}
    for number, policy in enumerate(section["policies"]):
        for place, rule in enumerate(policy["rules"]):
            for key in ("field_label", "value_label"):
                for word in rule["conditions"][key] or ():
                    own = word in known or (word.endswith(f"/{EVERY}") and word[:-2] in spaces)
                    if not own and word != EVERY and ("/" in word or not canonical(word)):
                        said = "; label_predictors defines no such label." if "/" in word else "."
                        here = (*loc, "policies", number, "rules", place, "conditions", key)
                        walk.fault(here, f"'{word[:64]}' is not a known label{said}")


def wanted_labels(section: dict[str, Any]) -> tuple[str, ...] | None:
    """The words of every label that rules ask for; None where one asks for all."""
    words = [
        word
        for policy in section["policies"]
        for rule in policy["rules"]
        for key in ("field_label", "value_label")
        for word in rule["conditions"][key] or ()
    ]
    return None if EVERY in words else tuple(dict.fromkeys(words))


def searches_text(section: dict[str, Any]) -> bool:
    """Whether any rule looks inside values."""
    return any(rule["conditions"]["value_label"] for policy in section["policies"] for rule in policy["rules"])


def _policy(walk: Walk, given: Any, loc: Loc) -> dict[str, Any]:
    policy = walk.section(Policy, given, loc)
    rules = policy["rules"]
    if not rules or len(rules) > _MOST_RULES:
        walk.fault((*loc, "rules"), f"A policy needs a list of 1 to {_MOST_RULES} rules.")
    policy["name"] = policy["name"] or f"policy_{int(loc[-1]) + 1}"
    policy["rules"] = [_rule(walk, rule, (*loc, "rules", number)) for number, rule in enumerate(rules[:_MOST_RULES])]
    return policy


def _rule(walk: Walk, given: Any, loc: Loc) -> dict[str, Any]:
    rule = walk.section(PolicyRule, given, loc)
    rule["name"] = rule["name"] or f"rule_{int(loc[-1]) + 1}"
    conditions = rule["conditions"]
    for key in CONDITIONS:
        conditions[key] = _condition(walk, key, conditions[key], (*loc, "conditions", key))
    asked = [key for key in CONDITIONS if conditions[key]]
    if not asked:
        walk.fault((*loc, "conditions"), f"A rule needs at least one condition: {', '.join(CONDITIONS)}.")
    if len(asked) > 1:
        walk.warnings.append(f"Rule '{rule['name'][:64]}' has several conditions; it applies wherever any of them holds.")
    rule["transforms"] = check_transform_list(walk, rule["transforms"], (*loc, "transforms"), 0)
    return rule


def _condition(walk: Walk, key: str, given: Any, loc: Loc) -> Any:
    if given is None:
        return None
    if key == "field_attributes":
        return _attributes(walk, given, loc)
    if key == "field_name_similarity" and isinstance(given, dict):
        return _similarity(walk, given, loc)
    words = [given] if isinstance(given, str) else given
    if not isinstance(words, list) or not 0 < len(words) <= _MOST_WORDS or not all(isinstance(word, str) and word for word in words):
        walk.fault(loc, f"{key} must be a text or a list of texts.")
        return None
    if key == "field_name_regex":
        _check_patterns(walk, words, loc)
    return words


def _check_patterns(walk: Walk, patterns: list[str], loc: Loc) -> None:
    for number, pattern in enumerate(patterns):
        fault = pattern_fault(pattern)
        if fault:
            walk.fault((*loc, number), fault)


def _attributes(walk: Walk, given: Any, loc: Loc) -> Any:
    if not isinstance(given, dict) or not given:
        walk.fault(loc, f"field_attributes must be an object with keys such as {NATURES[0]}.")
        return None
    walk.unknown(given, NATURES, loc)
    for key, value in given.items():
        if not isinstance(value, bool):
            walk.fault((*loc, key[:64]), f"{key[:64]} must be true or false.")
    return given


def _similarity(walk: Walk, given: dict[str, Any], loc: Loc) -> Any:
    walk.unknown(given, ("names", "threshold"), loc)
    names = given.get("names")
    names = [names] if isinstance(names, str) else names
    threshold = given.get("threshold", 0.8)
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        walk.fault((*loc, "names"), "names must be a text or a list of texts.")
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 < threshold <= 1:
        walk.fault((*loc, "threshold"), "threshold must be a number above 0 and at most 1.")
    return {"names": names, "threshold": threshold}
