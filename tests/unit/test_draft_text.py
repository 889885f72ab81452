"""Changes of a configuration's text: they say what they do to its document, and leave its author's words where they can."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.configurations import template, templates
from appliance.configurations.document import read_document
from appliance.console import yaml_edit
from appliance.console.changes import Change, changed
from appliance.console.draft_text import Reading, opening_text, place_faults, placed, read_draft
from appliance.console.yaml_edit import dumped, edit, same
from appliance.errors import ApplianceError, BadRequest, ConfigurationRefused

MODEL = ("models", 0, "actgan")
NOTHING: frozenset[str] = frozenset()
COMMENTED = """# mine
schema_version: '1.0'   # of the format
models:
  # one only
  - actgan:
      data_source: __tmp__ # later
      generate:
        num_records: 5000   # enough
      # and filters

      privacy_filters: {outliers: null, similarity: high}
name: kept   # the end
"""


def after(text: str, *changes: Change) -> str:
    return edit(text, read_document(text.encode()), changes)[0]


def put(*loc: str | int, value: Any) -> Change:
    return Change(loc, value)


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


def test_a_value_is_replaced_where_it_stands() -> None:
    text = after(COMMENTED, put(*MODEL, "generate", "num_records", value=7), put(*MODEL, "data_source", value="gretel_é: #1"))
    assert text == COMMENTED.replace("5000", "7").replace("__tmp__", "'gretel_é: #1'")


def test_a_new_key_is_a_new_line_below_its_neighbours() -> None:
    text = after(COMMENTED, put(*MODEL, "generate", "max_invalid", value=3), put(*MODEL, "appliance", "bounds", "age", value=[0, 120]))
    assert "num_records: 5000   # enough\n        max_invalid: 3\n" in text
    assert text.endswith("similarity: high}\n      appliance:\n        bounds:\n          age: [0, 120]\nname: kept   # the end\n")
    assert comments(text) == comments(COMMENTED)


def test_a_key_goes_with_its_line_and_leaves_the_comments_of_the_others() -> None:
    text = after(COMMENTED, Change((*MODEL, "data_source"), remove=True), Change(("name",), remove=True))
    assert text == COMMENTED.replace("data_source: __tmp__ # later\n      ", "").replace("name: kept   # the end\n", "")


def test_the_last_key_of_an_object_leaves_an_empty_object() -> None:
    text = after(COMMENTED, Change((*MODEL, "generate", "num_records"), remove=True))
    assert "      generate: {}" in text


def test_a_collection_on_one_line_stays_on_its_line() -> None:
    text = after(COMMENTED, put(*MODEL, "privacy_filters", "outliers", value="medium"))
    assert text == COMMENTED.replace("outliers: null", "outliers: medium")
    text = after(COMMENTED, Change((*MODEL, "privacy_filters", "outliers"), remove=True))
    assert text == COMMENTED.replace("outliers: null, ", "")
    text = after(COMMENTED, put(*MODEL, "privacy_filters", "max_iterations", value=3))
    assert text == COMMENTED.replace("similarity: high}", "similarity: high, max_iterations: 3}")


def test_json_becomes_yaml_only_when_something_changes() -> None:
    sent = '{"schema_version": "1.0", "models": [{"actgan": {"data_source": "__tmp__"}}]}'
    assert after(sent) == sent
    assert after(sent, put(*MODEL, "data_source", value="__tmp__")) == sent
    assert after(sent, put("name", value="x")).splitlines()[-1] == "name: x"


def test_a_change_without_a_place_is_refused() -> None:
    for loc in (("schema_version", "x"), ("models", 7), ("models", "x"), (*MODEL, "generate", "num_records", "x")):
        with pytest.raises(BadRequest):
            after(COMMENTED, Change(loc, 1))


def test_a_value_that_no_configuration_may_hold_is_refused() -> None:
    with pytest.raises(ConfigurationRefused):
        after(COMMENTED, put("name", value=2**70))


KEYS = st.text(min_size=1, max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=10)
OBJECTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


@st.composite
def places(draw: st.DrawFn, document: Any) -> tuple[str | int, ...]:
    """A place in a document, there or not."""
    loc: list[str | int] = []
    value = document
    while True:
        if isinstance(value, dict) and value and draw(st.booleans()):
            loc.append(draw(st.sampled_from(sorted(value))))
            value = value[loc[-1]]
        elif isinstance(value, list) and draw(st.booleans()):
            at = draw(st.integers(0, len(value)))
            loc.append(at)
            value = value[at] if at < len(value) else None
        else:
            return (*loc, draw(KEYS)) if isinstance(value, dict | None) or not loc else tuple(loc)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_change_of_the_text_is_the_change_of_the_document(data: st.DataObject) -> None:
    document = data.draw(OBJECTS)
    change = Change(data.draw(places(document)), data.draw(VALUES), data.draw(st.booleans()))
    text = dumped(document)
    try:
        plain = read_document(text.encode())
        wanted = changed(plain, change.loc, change)
        read_document(dumped(wanted).encode())
    except ApplianceError:
        return
    found, told = edit(text, plain, (change,))
    assert same(read_document(found.encode()), wanted)
    assert same(told, wanted)


TEMPLATES = [found for found in templates() if found.runs and "models:" in found.text]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_templates_keep_their_comments_whatever_is_set(data: st.DataObject) -> None:
    found = data.draw(st.sampled_from(TEMPLATES))
    document = read_document(found.text.encode())
    ((kind, _),) = document["models"][0].items()
    loc = ("models", 0, kind, *data.draw(st.sampled_from([("data_source",), ("appliance", "seed"), ("generate", "num_records")])))
    value = data.draw(st.integers(1, 10**6) if loc[-1] != "data_source" else st.text(min_size=1, max_size=20))
    try:
        text, told = edit(found.text, document, (Change(loc, value),))
    except ConfigurationRefused:
        return
    assert [one for one in comments(found.text) if one not in comments(text)] == []
    assert same(told, changed(document, loc, Change(loc, value)))


# Faults


def reading(text: str, *changes: Change) -> Reading:
    return read_draft(text, changes, NOTHING)


def lines(text: str) -> dict[int | None, str]:
    found = reading(text)
    return {fault.line: fault.msg for fault in place_faults(found, found.faults)}


def test_every_fault_has_the_line_of_its_key_or_of_the_one_above() -> None:
    text = COMMENTED.replace("5000", "-1").replace("kept ", "9bad ").replace("outliers: null", "outlier: null")
    found = lines(text)
    assert set(found) == {8, 11, 12}
    assert "num_records" in found[8]
    assert "outlier" in found[11]


def test_text_that_cannot_be_read_tells_its_line() -> None:
    broken = COMMENTED.replace("      data_source", "\n   data_source: [")
    found = reading(broken)
    assert found.document is None
    assert found.text == broken
    assert [fault.line for fault in place_faults(found, found.faults)] == [7]
    assert list(lines("a: 1\nb: &x 2\n")) == [2]
    assert list(lines("a: 1\n\nb: !!python/object:os.system 2\n")) == [3]
    assert list(lines("- 1\n")) == [None]


def test_changes_wait_for_a_text_that_can_be_read() -> None:
    assert reading("a: [", put("a", value=1)).text == "a: ["


def test_a_place_is_said_in_the_text_s_own_words() -> None:
    task = {"task": {"name": "transform", "config": {"globals": {}}}}
    assert placed(task, ("models", 0, "*", "globals", "seed")) == ("task", "config", "globals", "seed")
    assert placed({"models": [{"transform": {}}]}, ("models", 0, "transform_v2", "steps")) == ("models", 0, "transform", "steps")
    assert placed({"models": 3}, ("models", 0, "*", "x")) == ("models", 0, "*", "x")
    text = template("tasks/transform__default").text
    found = reading(text, put("models", 0, "*", "globals", "ner", "ner_threshold", value=7))
    assert "ner_threshold: 7" in found.text
    (fault,) = place_faults(found, found.faults)
    assert fault.loc == ("task", "config", "globals", "ner", "ner_threshold")
    assert fault.line is not None
    assert "ner_threshold: 7" in found.text.splitlines()[fault.line - 1]


def test_fields_say_what_a_key_takes_and_what_it_has() -> None:
    found = {field.key: field for field in reading(COMMENTED).fields}
    records = found["generate.num_records"]
    assert (records.kind, records.value, records.default, records.given, records.least, records.first) == (
        "integer",
        5000,
        5000,
        True,
        1,
        True,
    )
    assert found["privacy_filters.outliers"].choices == ("medium", "high", "auto")
    assert (found["privacy_filters.outliers"].value, found["privacy_filters.outliers"].given) == (None, True)
    assert found["appliance.target"].kind == "column"
    assert found["appliance.drop_columns"].kind == "columns"
    assert "params.epochs" not in found
    assert "data_source" not in found


@pytest.mark.parametrize("found", TEMPLATES, ids=lambda found: found.name)
def test_every_template_has_fields_and_says_itself(found: Any) -> None:
    read = reading(found.text)
    assert read.text == found.text
    assert read.fields
    assert {field.kind for field in read.fields} <= {
        "choice",
        "boolean",
        "integer",
        "number",
        "text",
        "column",
        "columns",
        "list",
        "object",
    }


def test_what_was_sent_comes_back_as_it_was_written() -> None:
    assert opening_text(COMMENTED.encode()) == COMMENTED
    document = read_document(COMMENTED.encode())
    assert opening_text(msgspec.json.encode({"config": COMMENTED})) == COMMENTED
    for sent in (document, {"config": document, "provenance": None}):
        assert same(read_document(opening_text(msgspec.json.encode(sent)).encode()), document)


# Hostile texts

BOMBS = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "deep": "[" * 100_000,
    "deep blocks": "".join(" " * depth + "a:\n" for depth in range(600)),
    "long": "a: " + "x" * (600 << 10),
    "numbers": "a: " + "1:" * 200_000 + "1",
    "many": "a: [" + "1," * 60_000 + "1]",
    "surrogates": 'a: "\\ud800"',
    "control": "a: \x00\x1b",
    "tags": "a: !!python/object/apply:os.system [id]",
    "merge": "<<: {a: 1}\n<<: {b: 2}",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_bombs_are_answered_soon_with_a_fault(text: str) -> None:
    start = time.perf_counter()
    found = reading(text, put("name", value="x"))
    assert place_faults(found, found.faults)
    assert time.perf_counter() - start < 5


def test_a_long_text_is_changed_in_one_go_not_key_by_key() -> None:
    text = "models: []\nnotes:\n" + "".join(f"  key{number}: value\n" for number in range(12_000))
    start = time.perf_counter()
    found = reading(text, *(put("notes", f"key{number}", value=number) for number in range(50)))
    assert found.document is not None
    assert found.document["notes"]["key4"] == 4
    assert time.perf_counter() - start < 10


def test_many_changes_of_a_text_do_not_find_its_marks_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "models: []\nnotes: [" + "a," * 30_000 + "]\nname: x\n"
    found: list[int] = []
    real = yaml_edit.composed
    monkeypatch.setattr(yaml_edit, "composed", lambda given: [found.append(len(given)), real(given)][1])
    changed_text, document = edit(text, read_document(text.encode()), tuple(put("name", value=number) for number in range(50)))
    assert (document["name"], read_document(changed_text.encode())["name"]) == (49, 49)
    assert sum(found) <= 3 * yaml_edit.MOST_PATCHED
