"""Configurations: the keys of every section with defaults and choices, templates, labels and the words of the languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from appliance.configurations import configuration as whole
from appliance.configurations import constraints, entities, evaluation, label_predictors, policy_words, run_parameters
from appliance.configurations import model_type as types
from appliance.configurations import section as shared
from appliance.configurations import transform_rules as rules
from appliance.configurations import transforms as policies
from appliance.configurations.catalogue import MODEL_TYPES
from appliance.configurations.expression import vocabulary
from appliance.configurations.section import Section
from appliance.configurations.template import templates
from appliance.configurations.walk import describe
from scripts.documented.table import Table, cell, value

SECTIONS: dict[str, type[Section]] = {
    kind.__name__: kind
    for kind in (
        *(types.ModelType, shared.Appliance, shared.Generate, shared.PrivacyFilters, shared.Evaluate, shared.Validators, shared.StopParams),
        *(run_parameters.GenerateParams, run_parameters.PassParams),
        *(rules.Step, rules.ColumnAdd, rules.ColumnDrop, rules.ColumnRename, rules.RowDrop, rules.RowUpdate),
        *(policies.Policy, policies.PolicyRule),
    )
}
"""Sections with a table of their own. A type that has one of them has a row that leads there."""

_WHOLE = (shared.Appliance, shared.RunAppliance)
OWN_FILTERS = list(vocabulary.FILTERS)[:18]


def leaves(kind: type[Section], path: str = "", *, top: bool = True) -> Iterator[tuple[str, msgspec.structs.FieldInfo | None, bool]]:
    """Every key of a section: its dotted path, its field (None for a section that has a table of its own), and whether it has an effect.

    Keys that a narrower `appliance` section inherits and does not use are left out: they are in the table of the whole."""
    for field in msgspec.structs.fields(kind):
        default = _default(field)
        here = f"{path}{field.name}"
        if isinstance(default, Section):
            if type(default) in SECTIONS.values() and not (top and kind in SECTIONS.values()):
                yield here, None, True
            else:
                yield from leaves(type(default), f"{here}.", top=top)
        elif field.name in kind.used or not (issubclass(kind, _WHOLE) and kind not in _WHOLE):
            yield here, field, field.name in kind.used


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default


def _row(name: str, field: msgspec.structs.FieldInfo | None, used: bool) -> list[str]:
    if field is None:
        return [name, "section", "–", "yes"]
    may_be = cell(describe(field.type)).replace(" and of at most 1,000,000,000", "").replace("'", "`")
    return [
        name,
        value(msgspec.to_builtins(_default(field))),
        "an object or null" if may_be == "a value or null" else may_be,
        "yes" if used else "none",
    ]


_HEAD = ["key", "default", "may be", "effect", "meaning"]


def type_keys(name: str) -> Table:
    """The keys of a model type. `data_source`, `ref_data` and `appliance` of the general kind are told once, for all."""
    general = ("data_source", "ref_data")
    return Table(_HEAD, [_row(*leaf) for leaf in leaves(MODEL_TYPES[name], top=False) if leaf[0] not in general])


def section_keys(name: str) -> Table:
    """The keys of a section by the name of its class."""
    return Table(_HEAD, [_row(*leaf) for leaf in leaves(SECTIONS[name]) if not (name == "ModelType" and "." in leaf[0])])


def top_keys(_: str) -> Table:
    """The keys of a whole configuration."""
    return Table(["key", "meaning"], [[key] for key in whole._TOP_KEYS])


def constraint_types(_: str) -> Table:
    """The types of constraints with their keys."""
    return Table(["type", "keys", "what holds in every record"], [[kind, _words(keys)] for kind, keys in constraints._KEYS.items()])


def predictor_keys(_: str) -> Table:
    """The keys of `label_predictors`."""
    return Table(["key", "meaning"], [[key] for key in label_predictors._KEYS])


def policy_transforms(_: str) -> Table:
    """The transforms of the first language with their attributes."""
    return Table(
        ["transform", "attributes", "meaning"], [[kind, _words(policy_words.ATTRIBUTES[kind]) or "–"] for kind in policy_words.TYPES]
    )


def policy_attributes(_: str) -> Table:
    """The attributes of those transforms: what each may be, and of which transforms it is."""
    found: dict[str, dict[str, str]] = {}
    for kind in policy_words.TYPES:
        for name, may_be in policy_words.known_attributes(kind).items():
            found.setdefault(name, {})[kind] = may_be
    rows = [[name, ", ".join(dict.fromkeys(of.values())), _words(of)] for name, of in found.items()]
    return Table(["attribute", "may be", "of", "meaning"], rows)


def filters(_: str) -> Table:
    """The filters of expressions that are not Jinja's."""
    return Table(["filter", "takes", "gives"], [[name, _words(vocabulary.FILTERS[name].parameters) or "–"] for name in OWN_FILTERS])


def metrics_of_tasks(_: str) -> Table:
    """Downstream tasks with the metrics and models that they may name."""
    rows = [[task, _words(evaluation.METRICS[task]), _words(evaluation.MODELS[task])] for task in evaluation.DOWNSTREAM]
    return Table(["task", "metrics, the first is the default", "models", "meaning"], rows)


def _words(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def template_text(family: str) -> str:
    """The templates of one family, with what they make; those of later versions say so."""
    lines = ["| template | makes | what for |", "| --- | --- | --- |"]
    for one in templates():
        if one.name.partition("/")[0] == family:
            makes = f"`{one.model_type}`" + ("" if one.runs else " (not in this version)")
            lines.append(f"| `{one.name}` | {makes} | {cell(one.title)} |")
    return "\n".join(lines) + "\n"


def label_text(_: str) -> str:
    """Every label of the catalogue with its other names."""
    lines = ["| label | also called |", "| --- | --- |"]
    lines += [f"| `{name}` | {', '.join(label.aliases) or '–'} |" for name, label in entities.LABELS.items()]
    return "\n".join(lines) + "\n"


def vocabulary_text(what: str) -> str:
    """The names of one part of the expression language."""
    parts: dict[str, Any] = {
        "filters": [name for name in vocabulary.FILTERS if name not in OWN_FILTERS],
        "tests": vocabulary.TESTS,
        "methods": vocabulary.METHODS,
        "random": vocabulary.RANDOM,
        "re": vocabulary.PATTERNS,
        "data": vocabulary.DATA_FUNCTIONS,
    }
    return _words(parts[what]) + ".\n"


def families() -> list[str]:
    """The families of templates."""
    return list(dict.fromkeys(one.name.partition("/")[0] for one in templates()))


TABLES: dict[str, Callable[[str], Table]] = {
    "type": type_keys,
    "section": section_keys,
    "top": top_keys,
    "constraints": constraint_types,
    "predictors": predictor_keys,
    "policy-transforms": policy_transforms,
    "policy-attributes": policy_attributes,
    "filters": filters,
    "tasks": metrics_of_tasks,
}
TEXTS: dict[str, Callable[[str], str]] = {"templates": template_text, "labels": label_text, "words": vocabulary_text}
