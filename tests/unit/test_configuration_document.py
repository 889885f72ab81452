"""Reading configurations: whatever comes in, the only refusal is ConfigurationRefused, and it comes soon."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.configurations import normalise, normalise_run
from appliance.configurations.catalogue import MODEL_TYPES
from appliance.configurations.document import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from appliance.errors import ConfigurationRefused

T = TypeVar("T")

GOOD = {"schema_version": "1.0", "name": "good", "models": [{"actgan": {"data_source": "__tmp__"}}]}


def refusal(document: Any) -> str:
    with pytest.raises(ConfigurationRefused) as caught:
        normalise(document)
    return caught.value.faults[0].msg


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_dict_json_and_yaml_read_the_same() -> None:
    assert normalise(GOOD).document == normalise(msgspec.json.encode(GOOD)).document == normalise(yaml.safe_dump(GOOD).encode()).document
    assert normalise(b"\xef\xbb\xbf" + msgspec.json.encode(GOOD)).document == normalise(GOOD).document


def test_what_was_given_is_not_touched_nor_shared() -> None:
    sizes = [64, 64]
    given = {"schema_version": "1.0", "models": [{"actgan": {"data_source": "_", "params": {"generator_dim": sizes}}}]}
    section = normalise(given).section
    sizes.append(1)
    assert section["params"]["generator_dim"] == [64, 64]
    assert given["models"] == [{"actgan": {"data_source": "_", "params": {"generator_dim": sizes}}}]


@pytest.mark.parametrize(
    "document", [b"", b"3", b"[]", b"null", b"just words", b"\xff\xfe{", b"\x00", b"a: b: c", b"{", b'{"a": ', b"a\tb: [", b"- - -"]
)
def test_text_that_is_no_object(document: bytes) -> None:
    assert refusal(document)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: 1\na: 2", "twice"),
        (b"a: &x 1\nb: *x", "Anchors"),
        (b"a: !!python/object/apply:os.system ['true']", "Tags"),
        (b"a: !!timestamp 2020-01-01", "Tags"),
        (b"a: .nan", "finite"),
        (b"a: -.inf", "finite"),
        (b"a: 99999999999999999999999", "64 bits"),
        (b"a: " + b"9" * 5000, "cannot be read"),
        (b"? [1]\n: 2", "YAML"),
        (b"~: 2", "text"),
        (b"a: [1, 2\nb: 3", "line 2"),
        (b"a: \x01", "characters"),
    ],
)
def test_yaml_that_is_more_than_plain_values(text: bytes, words: str) -> None:
    assert words in refusal(text)


def test_dates_in_yaml_stay_text() -> None:
    text = b"schema_version: '1.0'\nname: a\nmodels: [{actgan: {data_source: 2020-01-01}}]"
    assert normalise(text).data_source == "2020-01-01"


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        2**63,
        -(2**63),
        "\ud800",
        b"bytes",
        datetime.date(2020, 1, 1),
        {1},
        object(),
        {None: 1},
        {(1, 2): 1},
        {True: 1},
    ],
)
def test_values_that_json_has_no_word_for(value: Any) -> None:
    assert refusal(GOOD | {"notifications": value})


def test_size_bombs() -> None:
    assert "KiB" in refusal(b"a" * (MAX_BYTES + 1))
    assert "KiB" in refusal(GOOD | {"notifications": ["x" * 1024] * (MAX_BYTES // 1024 + 1)})
    assert "values" in refusal(GOOD | {"notifications": [0] * MAX_VALUES})
    shared: list[Any] = [0] * 10
    for _ in range(12):
        shared = [shared] * 10
    assert "values" in refusal(GOOD | {"notifications": shared})


def test_depth_bombs() -> None:
    assert "deep" in refusal(GOOD | {"notifications": nested(MAX_DEPTH)})
    assert "deep" in refusal(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    assert "deep" in refusal(b"[" * 100_000)
    assert "deep" in refusal(b"".join(b" " * level + b"a:\n" for level in range(MAX_DEPTH + 1)))
    cycle: list[Any] = []
    cycle.append(cycle)
    assert "deep" in refusal(GOOD | {"notifications": cycle})


def test_alias_bombs_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join(['*a' + str(level - 1)] * 9)}]" for level in range(1, 12)]
    before = time.monotonic()
    assert "Anchors" in refusal("\n".join(lines).encode())
    merges = ["m0: &m0 {k: v}"] + [f"m{level}: &m{level} {{<<: [{', '.join(['*m' + str(level - 1)] * 9)}]}}" for level in range(1, 12)]
    assert "Anchors" in refusal("\n".join(merges).encode())
    assert time.monotonic() - before < 5


@pytest.mark.parametrize("text", [b"a: 1" + b":1" * 200_000, b"1" + b":1" * 200_000 + b": a", b"a: 1" + b":1" * 200_000 + b".5"])
def test_number_bombs_in_base_60_are_refused_at_once(text: bytes) -> None:
    before = time.monotonic()
    assert "YAML" in refusal(text)
    assert time.monotonic() - before < 5


def test_an_endless_list_of_faults_is_cut() -> None:
    before = time.monotonic()
    with pytest.raises(ConfigurationRefused) as caught:
        normalise(GOOD | {f"key{index}": 1 for index in range(40_000)})
    assert time.monotonic() - before < 1, "the nearest name is looked for only where a fault is told"
    assert len(caught.value.faults) <= 200
    assert len(str(caught.value)) < 1000


_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["auto", "null", "1e400", "nan", "medium"])
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12
)


def _keys(kind: Any) -> list[str]:
    return [*kind.__struct_fields__, "unknown"]


_section_keys = st.sampled_from(sorted({key for kind in MODEL_TYPES.values() for key in _keys(kind)}))
_leaf_keys = st.sampled_from(
    sorted(
        {
            key
            for kind in MODEL_TYPES.values()
            for field in msgspec.structs.fields(kind)
            if isinstance(field.default, msgspec.Struct)
            for key in _keys(type(field.default))
        }
    )
)
_sections = st.dictionaries(_section_keys, _values | st.dictionaries(_leaf_keys, _values, max_size=6), max_size=8)


def accepted(attempt: Callable[[], T]) -> T | None:
    """What the attempt answers, or None for a proper refusal; every other exception fails the test."""
    try:
        return attempt()
    except ConfigurationRefused as error:
        if not error.faults or not msgspec.json.encode(error.faults):
            raise AssertionError("a refusal lists its faults") from error
        return None


def outcome(document: Any) -> None:
    found = accepted(lambda: normalise(document))
    if found is not None:
        assert normalise(msgspec.json.encode(found.document)).document == found.document


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(model_type=st.sampled_from(sorted(MODEL_TYPES)), section=_sections, source=st.just("__tmp__") | _values)
def test_fuzzed_sections_are_accepted_or_refused(model_type: str, section: dict[str, Any], source: Any) -> None:
    outcome({"schema_version": "1.0", "name": "a", "models": [{model_type: {"data_source": source} | section}]})


@settings(max_examples=150, deadline=None)
@given(document=st.dictionaries(st.sampled_from(["schema_version", "name", "models", "notifications", "x"]), _values, max_size=5))
def test_fuzzed_documents_are_accepted_or_refused(document: dict[str, Any]) -> None:
    outcome(document)


@settings(max_examples=150, deadline=None)
@given(text=st.binary(max_size=60) | st.text(alphabet="ab:-[]{}&*!?|>'\"#%@, \n\t0.1e~<=", max_size=60).map(str.encode))
def test_fuzzed_text_is_accepted_or_refused(text: bytes) -> None:
    outcome(text)


@settings(max_examples=150, deadline=None)
@given(
    body=st.dictionaries(
        st.sampled_from(["params", "data_source", "ref_data", "x"]), _values | st.dictionaries(_leaf_keys, _values), max_size=4
    )
)
def test_fuzzed_runs_are_accepted_or_refused(body: dict[str, Any]) -> None:
    found = accepted(lambda: normalise_run(normalise(GOOD), body))
    if found is not None:
        msgspec.json.encode(found)
