"""`transform_v2` configurations: every key good and bad, with its place; what users hold is read as it stands."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from appliance.configurations import normalise
from appliance.configurations.entities import DEFAULT_ENTITIES, TRANSFORM_ENTITIES
from appliance.configurations.transform_rules import MOST_RULES, MOST_STEPS
from appliance.configurations.transform_v2 import effective_seed, text_entities, wanted_entities
from appliance.errors import ConfigurationRefused

UPDATE = {"name": "a", "value": "this | hash"}
STEPS: list[dict[str, Any]] = [{"rows": {"update": [UPDATE]}}]


def document(steps: Any = None, model_type: str = "transform_v2", **section: Any) -> dict[str, Any]:
    given = {"data_source": "__tmp__", "steps": STEPS if steps is None else steps, **section}
    return {"schema_version": "1.0", "name": "a-model", "models": [{model_type: given}]}


def section_of(steps: Any = None, **section: Any) -> dict[str, Any]:
    return normalise(document(steps, **section)).section


def faults_of(given: dict[str, Any]) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(ConfigurationRefused) as caught:
        normalise(given)
    return {fault.loc[3:]: fault.msg for fault in caught.value.faults}


WHOLE = b"""
schema_version: "1.0"
name: whole-language
models:
  - transform_v2:
      data_source: _
      globals:
        locales: [en-US, de_DE]
        seed: -7
        lock_columns: [id]
        classify: {enable: true, entities: [first_name, email, coordinate, ssn, coordinate], num_samples: 0}
        ner: {ner_threshold: 0.5, ner_optimized: false, enable_regexps: true, enable_gliner: false, ner_entities: [name]}
      steps:
        - vars:
            row_seed: random.random()
            mapping: {fname: first_name, "zip code": postcode}
            cities: [Bern, '"New York"', data.city.unique() | first]
            doubled: vars.row_seed * 2
            truth: true
            count: 3
          columns:
            add: [{name: full_name}, {name: note, position: 0}]
            drop:
              - {name: [b, c]}
              - {entity: ssn}
              - {type: [text, empty]}
              - {position: [0, -1]}
              - {condition: 'column.name.startswith("tmp_") or column.position > 50'}
            rename: [{name: old, value: new name}]
          rows:
            drop: [{condition: 'row.age < 18 or (row["country"] | isna)', description: minors}]
            update:
              - {condition: column.name in vars.mapping, value: 'vars.mapping[column.name] | fake'}
              - name: [email]
                value: row["fname"][0].lower() + row["lname"].lower() + (random.randint(0, 9) | string) + "@" + fake.free_email_domain()
                fallback_value: '"<" ~ column.entity ~ ">"'
                description: an address that goes with the name
              - {entity: [first_name, last_name], value: 'fake.persona(row_index=vars.row_seed + index).first_name'}
              - {type: text, value: 'this | fake_entities(on_error="label")'}
              - {position: 3, foreach: '["a", "b"]', value: 'this ~ item ~ (items | length)'}
              - {name: code, value: 'fake.bothify(re.sub("\\\\d", "#", re.sub("[A-Z]", "?", (this | string))))'}
              - {name: status, value: REDACTED, fallback_value: 0}
              - {name: flag, value: false, condition: true}
              - {name: place, value: 'fake.location_on_land()[0]'}
        - rows: {update: [{name: seen, value: vars.doubled}]}
      appliance:
        on_error: "null"
        unique: [email]
        domains: {email: mail, contact: mail}
        csv_guard: true
        rule_timeout: 2 m
        key: 3
        seed: 5
        format: csv
"""


def test_the_whole_language_is_read() -> None:
    found = normalise(WHOLE)
    shared, own = found.section["globals"], found.section["appliance"]
    assert found.data_source is None
    assert shared["locales"] == ["en_US", "de_DE"]
    assert shared["ner"]["entities"] == ["name"]
    assert (own["on_error"], own["unique"], own["rule_timeout"], own["key"]) == ("null", ["email"], 120.0, 3)
    assert effective_seed(found.section) == 5
    assert effective_seed(found.section | {"appliance": own | {"seed": None}}) == -7
    assert wanted_entities(found.section) == ("first_name", "email", "coordinate", "ssn", "last_name")
    assert text_entities(found.section) == ("name",)
    assert set(found.section["steps"][0]["rows"]["drop"][0]) == {"condition", "description"}
    without_effect = {"ner.ner_optimized", "ner.enable_regexps", "ner.enable_gliner", "classify.num_samples"}
    assert set(found.ignored) == {f"globals.{key}" for key in without_effect}
    assert found.warnings == ()


def test_what_was_read_is_read_again_as_it_stands() -> None:
    once = normalise(WHOLE)
    twice = normalise(msgspec.json.encode(once.document))
    assert twice.document == once.document
    assert twice.warnings == once.warnings


def test_a_missing_source_is_filled_in_later() -> None:
    given = document()
    del given["models"][0]["transform_v2"]["data_source"]
    for value in ({}, {"data_source": None}, {"data_source": ""}):
        given["models"][0]["transform_v2"].update(value)
        found = normalise(given)
        assert (found.data_source, found.section["data_source"]) == (None, "__tmp__")


def test_defaults_are_those_of_the_language() -> None:
    section = section_of()
    assert section["globals"]["classify"]["entities"] == list(DEFAULT_ENTITIES)
    assert text_entities(section) == tuple(DEFAULT_ENTITIES)
    assert effective_seed(section) is None


def test_every_entity_of_the_templates_is_known() -> None:
    listed = [*TRANSFORM_ENTITIES, "coordinate"]
    found = normalise(document(globals={"classify": {"entities": listed}}))
    assert found.section["globals"]["classify"]["entities"] == listed
    assert found.warnings == ()


def test_unknown_entities_are_told_and_kept() -> None:
    given = document(globals={"classify": {"entities": ["email", "shoe_size"]}, "ner": {"entities": ["shoe_size", "hat_size"]}})
    found = normalise(given)
    assert found.section["globals"]["classify"]["entities"] == ["email", "shoe_size"]
    assert [warning.partition(":")[0] for warning in found.warnings] == ["globals.classify.entities", "globals.ner.entities"]
    assert "'shoe_size' is not a known entity; a column is found for it by its name only" in found.warnings[0]
    assert normalise(found.document).warnings == found.warnings


def test_types_that_no_column_has_are_told() -> None:
    found = normalise(document([{"rows": {"update": [{"type": ["text", "strnig"], "value": "this | hash"}]}}]))
    assert found.warnings == (
        "Step 1, rows update rule 1, type: no column has the type 'strnig'; types are text, numeric, categorical, binary, other, empty.",
    )


TYPO = 'c(olumn.entity == "national_id" or column.entity == "tax_id") and not (this | isna)'


def test_the_two_known_typing_errors_are_repaired_and_told() -> None:
    rules = [
        UPDATE,
        {"condition": TYPO, "value": "fake.itin()"},
        {"entity": ["unique_identifer"], "value": "this | hash"},
        {"condition": 'column.entity in ["unique_identifer", "pin"]', "value": '"<" ~ column.entity ~ ">"'},
    ]
    given = document([{"rows": {"update": rules}}], globals={"classify": {"entities": ["unique_identifer"]}})
    found = normalise(given)
    updates = found.section["steps"][0]["rows"]["update"]
    assert found.section["globals"]["classify"]["entities"] == ["unique_identifier"]
    assert updates[1]["condition"] == TYPO.replace("c(olumn", "(column")
    assert updates[2]["entity"] == ["unique_identifier"]
    assert updates[3]["condition"] == 'column.entity in ["unique_identifier", "pin"]'
    assert found.warnings == (
        "globals.classify.entities: the entity 'unique_identifer' is read as 'unique_identifier'.",
        "Step 1, rows update rule 2, condition, character 1: 'c(olumn' is read as '(column'.",
        "Step 1, rows update rule 3, entity: the entity 'unique_identifer' is read as 'unique_identifier'.",
        "Step 1, rows update rule 4, condition, character 19: the entity 'unique_identifer' is read as 'unique_identifier'.",
    )
    again = normalise(msgspec.json.encode(found.document))
    assert (again.document, again.warnings) == (found.document, found.warnings)


@pytest.mark.parametrize(
    "value", ["row.unique_identifer | hash", "row['unique_identifer'] ~ column.entity", "this ~ 'unique_identifer'", "'c(olumn'"]
)
def test_nothing_else_is_repaired(value: str) -> None:
    found = normalise(document([{"rows": {"update": [{"name": "unique_identifer", "value": value}]}}]))
    assert found.section["steps"][0]["rows"]["update"][0]["value"] == value
    assert found.warnings == ()


def test_other_typing_errors_are_refused_with_step_rule_and_character() -> None:
    steps = [*STEPS, {"rows": {"update": [UPDATE, UPDATE, {"condition": "colum(n.entity == 'x')", "value": "this"}]}}]
    assert faults_of(document(steps)) == {
        ("steps", 1, "rows", "update", 2, "condition"): "Step 2, rows update rule 3, condition, character 1: 'colum' is not a known name; "
        "the nearest known one is 'column'; a text stands in quotes."
    }


def test_all_faults_are_listed_at_once() -> None:
    steps = [
        {"vars": {"a": "randm.random()", "b": {"deep": ["this + 1"]}}, "columns": {"drop": [{"condition": "row.a == 1"}]}},
        {
            "rows": {
                "drop": [{"condition": "this == 1"}],
                "update": [{"name": "a", "value": "this |", "fallback_value": "(", "foreach": ")"}],
            }
        },
    ]
    found = faults_of(document(steps))
    assert set(found) == {
        ("steps", 0, "vars", "a"),
        ("steps", 0, "vars", "b", "deep", 0),
        ("steps", 0, "columns", "drop", 0, "condition"),
        ("steps", 1, "rows", "drop", 0, "condition"),
        ("steps", 1, "rows", "update", 0, "value"),
        ("steps", 1, "rows", "update", 0, "fallback_value"),
        ("steps", 1, "rows", "update", 0, "foreach"),
    }
    assert found["steps", 0, "vars", "b", "deep", 0].startswith("Step 1, vars b.deep.0, character 1: 'this' is not a known name")


def in_update(**rule: Any) -> dict[str, Any]:
    return document([{"rows": {"update": [{**UPDATE, **rule}]}}])


def in_columns(key: str, rule: Any) -> dict[str, Any]:
    return document([{"columns": {key: [rule]}}])


RULE = ("steps", 0, "rows", "update", 0)
BAD: list[tuple[dict[str, Any], tuple[str | int, ...], str]] = [
    (document([]), ("steps",), "1 to 10 steps; it has 0"),
    (document(STEPS * (MOST_STEPS + 1)), ("steps",), "1 to 10 steps; it has 11"),
    (document({"a": 1}), ("steps",), "must be a list"),
    (document([{}]), ("steps", 0), "needs vars, columns or rows"),
    (document(["x"]), ("steps", 0), "must be an object"),
    (document([{"rowz": {}, **STEPS[0]}]), ("steps", 0, "rowz"), "nearest known one is 'rows'"),
    (document([{"rows": {"updates": [UPDATE]}}]), ("steps", 0, "rows", "updates"), "nearest known one is 'update'"),
    (document([{"rows": {"update": UPDATE}}]), ("steps", 0, "rows", "update"), "must be a list"),
    (document([{"rows": {"update": [5]}}]), RULE, "must be an object"),
    (document([{"rows": {"update": [UPDATE] * (MOST_RULES + 1)}}]), ("steps", 0, "rows", "update"), "at most 500 rules"),
    (document([{"rows": {"update": [{"name": "a"}]}}]), (*RULE, "value"), "lacks its value; for an empty cell say value: none"),
    (document([{"rows": {"update": [{"value": "this"}]}}]), RULE, "needs one of name, entity, type, position, condition"),
    (document([{"rows": {"drop": [{"description": "x"}]}}]), ("steps", 0, "rows", "drop", 0, "condition"), "lacks its condition"),
    (document([{"rows": {"drop": [{"name": "x", "condition": "true"}]}}]), ("steps", 0, "rows", "drop", 0, "name"), "not a known key"),
    (in_update(vlaue="x"), (*RULE, "vlaue"), "nearest known one is 'value'"),
    (in_update(name=5), (*RULE, "name"), "must be a text or a list"),
    (in_update(name=[["a"]]), (*RULE, "name"), "must be a text or a list"),
    (in_update(entity={"a": 1}), (*RULE, "entity"), "must be a text"),
    (in_update(position="first"), (*RULE, "position"), "must be a whole number"),
    (in_update(position=1.5), (*RULE, "position"), "must be a whole number"),
    (in_update(condition=["this"]), (*RULE, "condition"), "must be an expression"),
    (in_update(fallback_value={"a": 1}), (*RULE, "fallback_value"), "must be an expression"),
    (in_update(condition=""), (*RULE, "condition"), "The expression is empty"),
    (in_update(description=[1]), (*RULE, "description"), "must be a text"),
    (in_update(value="vars.nothing"), (*RULE, "value"), "'nothing' is not a known variable; this step has no vars yet"),
    (in_update(value="item ~ 'a'"), (*RULE, "value"), "'item' is not a known name"),
    (in_update(foreach="item ~ 'a'"), (*RULE, "foreach"), "'item' is not a known name"),
    (in_update(value="data.a.mean()"), (*RULE, "value"), "'data' is not a known name"),
    (in_update(value=""), (*RULE, "value"), "lacks its value"),
    (in_columns("add", {"position": 1}), ("steps", 0, "columns", "add", 0, "name"), "lacks its name"),
    (in_columns("add", {"name": ["a"]}), ("steps", 0, "columns", "add", 0, "name"), "must be a text"),
    (in_columns("drop", {"description": "x"}), ("steps", 0, "columns", "drop", 0), "needs one of"),
    (in_columns("drop", {"name": []}), ("steps", 0, "columns", "drop", 0), "needs one of"),
    (in_columns("rename", {"name": "a"}), ("steps", 0, "columns", "rename", 0, "value"), "lacks its value"),
    (in_columns("rename", {"value": "a"}), ("steps", 0, "columns", "rename", 0, "name"), "lacks its name"),
    (in_columns("remove", {"name": "a"}), ("steps", 0, "columns", "remove"), "not a known key"),
    (document([{"vars": ["a"], **STEPS[0]}]), ("steps", 0, "vars"), "must be an object"),
    (document([{"vars": {"_a": "1"}}]), ("steps", 0, "vars", "_a"), "begins with a letter"),
    (document([{"vars": {"a-b": "1"}}]), ("steps", 0, "vars", "a-b"), "begins with a letter"),
    (document([{"vars": {"a": "vars.b + 1", "b": "1"}}]), ("steps", 0, "vars", "a"), "'b' is not a known variable"),
    (document([{"vars": {f"v{number}": "1" for number in range(201)}}]), ("steps", 0, "vars"), "at most 200 variables"),
    (document(globals={"locale": "en_US"}), ("globals", "locale"), "nearest known one is 'locales'"),
    (document(globals={"locales": ["en_US", "en_UZ"]}), ("globals", "locales", 1), "nearest known one is"),
    (document(globals={"locales": [5]}), ("globals", "locales"), "a list of which each item is a text"),
    (document(globals={"seed": 2**31}), ("globals", "seed"), "below 2,147,483,648"),
    (document(globals={"seed": "x"}), ("globals", "seed"), "whole number"),
    (document(globals={"lock_columns": "id"}), ("globals", "lock_columns"), "must be a list"),
    (document(globals={"classify": {"enabel": True}}), ("globals", "classify", "enabel"), "nearest known one is 'enable'"),
    (document(globals={"classify": {"entities": "email"}}), ("globals", "classify", "entities"), "must be a list"),
    (document(globals={"classify": {"num_samples": -1}}), ("globals", "classify", "num_samples"), "at least 0"),
    (document(globals={"classify": "yes"}), ("globals", "classify"), "must be an object"),
    (document(globals={"classification": "yes"}), ("globals", "classify"), "must be an object"),
    (document(globals={"ner": {"ner_threshold": 2}}), ("globals", "ner", "ner_threshold"), "at most 1"),
    (document(globals={"ner": [1]}), ("globals", "ner"), "must be an object"),
    (document(globals=[1]), ("globals",), "must be an object"),
    (document(stepz=1), ("stepz",), "nearest known one is 'steps'"),
    (document(appliance={"on_error": "keep"}), ("appliance", "on_error"), "one of 'redact', 'null', 'fail'"),
    (document(appliance={"unique": "email"}), ("appliance", "unique"), "true or false"),
    (document(appliance={"domains": {"a": ""}}), ("appliance", "domains", "a"), "1 to 64 characters"),
    (document(appliance={"domains": {"a": 5}}), ("appliance", "domains", "a"), "1 to 64 characters"),
    (document(appliance={"csv_guard": "yes, please"}), ("appliance", "csv_guard"), "true or false"),
    (document(appliance={"rule_timeout": "soon"}), ("appliance", "rule_timeout"), "number of seconds"),
    (document(appliance={"rule_timeout": 0}), ("appliance", "rule_timeout"), "above 0"),
    (document(appliance={"key": -1}), ("appliance", "key"), "at least 0"),
    (document(appliance={"uniqe": True}), ("appliance", "uniqe"), "nearest known one is 'unique'"),
]


@pytest.mark.parametrize(("given", "place", "words"), BAD, ids=[f"{'.'.join(map(str, place))}-{words[:24]}" for _, place, words in BAD])
def test_a_fault_is_named_with_its_place(given: dict[str, Any], place: tuple[str | int, ...], words: str) -> None:
    found = faults_of(given)
    assert place in found
    assert words in found[place]


def test_older_words_are_read_as_they_are_said_today() -> None:
    old = {
        "consistency": "session",
        "locales": "it-IT",
        "entities": ["first_name"],
        "classification": {"enable": False, "num_values": 5},
    }
    found = normalise(document(globals=old))
    shared = found.section["globals"]
    assert shared["classify"] == {"enable": False, "entities": ["first_name"], "num_samples": 5}
    assert shared["locales"] == ["it_IT"]
    assert found.ignored == ("globals.consistency", "globals.classify.num_samples")
    beside = normalise(document(classify={"enabled": False}, globals={"classify": {"ner_threshold": 0.2, "entities": ["email"]}})).section
    assert beside["globals"]["classify"] == {"enable": False, "entities": ["email"], "num_samples": 3}
    assert beside["globals"]["ner"]["ner_threshold"] == 0.2
    today = {"enable_classify": True, "entities": ["email"]}
    assert section_of(globals={"classify": today})["globals"]["classify"]["enable"] is True


def test_what_is_said_today_wins_over_older_words() -> None:
    shared = {
        "entities": ["email"],
        "classify": {"entities": ["ssn"], "ner_threshold": 0.2},
        "ner": {"ner_threshold": 0.9, "entities": ["name"], "ner_entities": ["city"]},
    }
    found = section_of(globals=shared)["globals"]
    assert found["classify"]["entities"] == ["ssn"]
    assert (found["ner"]["ner_threshold"], found["ner"]["entities"]) == (0.9, ["name"])


def test_presets_of_tasks_are_models_without_a_source() -> None:
    config = {"globals": {"ner": {"ner_threshold": 0.3}, "locales": ["en_US"]}, "steps": STEPS}
    found = normalise({"schema_version": "1.0", "name": "ner_only", "task": {"name": "transform", "config": config}})
    assert (found.model_type, found.data_source, found.name) == ("transform_v2", None, "ner_only")
    assert found.document["models"][0]["transform_v2"]["data_source"] == "__tmp__"
    assert found.document == normalise(found.document).document


def test_transform_is_another_name() -> None:
    found = normalise(document(model_type="transform"))
    assert found.model_type == "transform_v2"
    assert list(found.document["models"][0]) == ["transform_v2"]


def test_values_may_be_plain_numbers_and_truth_values() -> None:
    for value in (5, 1.5, True, False, ["a", 1], {"a": "this"}):
        found = section_of([{"rows": {"update": [{"name": "a", "value": value}]}}])
        assert found["steps"][0]["rows"]["update"][0]["value"] == value


def test_the_new_name_of_a_column_is_a_text_and_no_expression() -> None:
    found = section_of([{"columns": {"rename": [{"name": "a", "value": "this | is (no expression"}]}}])
    assert found["steps"][0]["columns"]["rename"][0]["value"] == "this | is (no expression"


def test_keys_without_effect_are_named_with_their_place() -> None:
    steps = [{"columns": {"add": [{"name": "a"}, {"name": "b", "value": "this"}]}, "rows": STEPS[0]["rows"]}]
    found = normalise(document(steps, ref_data="other.csv", appliance={"engine": "tree", "drop_columns": ["a"]}))
    assert set(found.ignored) == {"steps[0].columns.add[1].value", "ref_data", "appliance.engine", "appliance.drop_columns"}


def test_expressions_may_stand_in_braces() -> None:
    rule = {"name": "a", "value": "{{ this | hash }}", "condition": "{{ column.entity is none }}"}
    update = section_of([{"rows": {"update": [rule]}}])["steps"][0]["rows"]["update"][0]
    assert (update["value"], update["condition"]) == (rule["value"], rule["condition"])


def test_an_unknown_entity_is_told_with_the_nearest_known_one() -> None:
    (warning,) = normalise(document(globals={"classify": {"entities": ["emails", "email"]}})).warnings
    assert "'emails' is not a known entity, the nearest known one is 'email'; a column is found for it by its name only." in warning
