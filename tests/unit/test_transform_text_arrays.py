"""Operations on whole arrays of texts give what the same operations give text by text, or leave it to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from appliance.data_plane.transform.evaluation import filters, methods, operators, text_arrays
from appliance.data_plane.transform.evaluation.bounds import MOST_TEXT
from appliance.data_plane.transform.evaluation.vectors import Same
from appliance.data_plane.transform.values.masks import partial_mask, partial_mask_texts

TEXTS = [
    "",
    "a",
    "ab",
    "Straße",
    "naïve café",
    "日本語の文字",
    "a b c d e f g",
    "x" * 40,
    "🎲🎲🎲",
    "ﬃ ligature",
    "one two three four five",
]
PLAIN = pa.array(TEXTS)
HOLED = pa.array([*TEXTS[:4], None, *TEXTS[4:], None]).slice(1)


@pytest.mark.parametrize("array", [PLAIN, HOLED, PLAIN.slice(3, 4)])
def test_slices_are_those_of_each_text(array: pa.Array) -> None:
    for start in (None, 0, 1, 3, 50):
        for stop in (None, 0, 2, 7, 50):
            made = text_arrays.sliced(array, start, stop, None)
            assert made is not None
            assert made.to_pylist() == [methods.part(text, start, stop, None) for text in array.to_pylist()]


@pytest.mark.parametrize("places", [(-1, None, None), (0, -2, None), (0, 5, 2), (True, 3, None), ("1", None, None), (0, 1 << 40, None)])
def test_slices_of_another_kind_are_left_to_each_text(places: tuple[Any, Any, Any]) -> None:
    assert text_arrays.sliced(PLAIN, *places) is None
    assert text_arrays.sliced(pa.array([1, 2]), 0, 1, None) is None


def test_texts_are_joined_as_each_is() -> None:
    made = text_arrays.concatenated([Same("+1 é"), PLAIN, Same("")])
    assert made is not None
    assert made.to_pylist() == [operators.concat("+1 é", text, "") for text in TEXTS]
    both = text_arrays.concatenated([PLAIN, PLAIN])
    assert both is not None
    assert both.to_pylist() == [operators.add(text, text) for text in TEXTS]


def test_joining_that_could_fail_or_grow_is_left_to_each_text() -> None:
    assert text_arrays.concatenated([Same("x"), HOLED]) is None
    assert text_arrays.concatenated([Same(1), PLAIN]) is None
    assert text_arrays.concatenated([Same("x"), Same("y")]) is None
    assert text_arrays.concatenated([Same("x" * MOST_TEXT), PLAIN]) is None
    many = pa.array(["a"] * 8192)
    assert text_arrays.concatenated([Same("x" * 10_000), many]) is None


@pytest.mark.parametrize("array", [PLAIN, HOLED, pa.array(["abc", "ÉaB"[1:], None, ""])])
@pytest.mark.parametrize("name", ["string", "upper", "lower", "truncate"])
def test_filters_are_those_of_each_text(array: pa.Array, name: str) -> None:
    function: Callable[..., Any] = filters.JINJA[name]
    options: list[dict[str, Any]] = [{}]
    if name == "truncate":
        options = [{"length": length, "killwords": True, "end": end, "leeway": 0} for length in (3, 12) for end in ("", "…", "...")]
        options += [{"length": 5, "killwords": True}, {"length": 5, "killwords": True, "end": ""}]
    for given in options:
        made = text_arrays.filtered(name, array, {key: Same(value) for key, value in given.items()})
        if name in ("upper", "lower") and array is not PLAIN and len(array) > 4:
            assert made is None
        if made is not None:
            assert made.to_pylist() == [function(text, **given) for text in array.to_pylist()]
        else:
            assert name in ("upper", "lower")


@pytest.mark.parametrize("given", [{"length": 1, "killwords": True}, {"length": 9}, {"length": 9, "killwords": 1}, {"length": -3}])
def test_truncation_of_another_kind_is_left_to_each_text(given: dict[str, Any]) -> None:
    assert text_arrays.filtered("truncate", PLAIN, {key: Same(value) for key, value in given.items()}) is None


def test_filters_leave_long_texts_and_varying_arguments_to_each_text() -> None:
    assert text_arrays.filtered("string", pa.array(["x" * (MOST_TEXT + 1)]), {}) is None
    assert text_arrays.filtered("truncate", PLAIN, {"length": [3] * len(PLAIN)}) is None
    assert text_arrays.filtered("title", PLAIN, {}) is None


@pytest.mark.parametrize("left", [0, 1, 4, 60])
@pytest.mark.parametrize("right", [0, 1, 4, 60])
@pytest.mark.parametrize("tolerance", [0, 1, 3])
def test_masks_of_arrays_are_those_of_each_text(left: int, right: int, tolerance: int) -> None:
    for array in (PLAIN, HOLED, PLAIN.slice(7, 1)):
        made = partial_mask_texts(array, left, "✱X", right, tolerance).to_pylist()
        assert made == [None if text is None else partial_mask([text], left, "✱X", right, tolerance)[0] for text in array.to_pylist()]


def test_masks_of_arrays_refuse_what_masks_refuse() -> None:
    with pytest.raises(ValueError, match="negative"):
        partial_mask_texts(PLAIN, -1, "X", 0)
