"""Expressions on many values at once: every word of the vocabulary has a meaning, which is Jinja's where the word is."""

from __future__ import annotations

import datetime
from typing import Any

import jinja2
import pytest
from transform_runs import KEY

from appliance.configurations.expression import CELL, parse_expression, tree, vocabulary
from appliance.data_plane.transform.evaluation import evaluator, filters, methods, own_filters, patterns, predicates
from appliance.data_plane.transform.evaluation.bounds import Budget
from appliance.data_plane.transform.evaluation.evaluator import Evaluator
from appliance.data_plane.transform.evaluation.folding import Bindings, fold
from appliance.data_plane.transform.evaluation.scope import Scope
from appliance.data_plane.transform.evaluation.tools import Place, Tools
from appliance.data_plane.transform.evaluation.vectors import FAILED, UNDEFINED, listed

RUN = Evaluator(Tools(KEY, locales=(), seed=None, finder=None, budget=Budget(lambda: 0.0, 60)), Place("test", "a test"))
VALUES: list[Any] = ["Ada Lovelace", "x", "", None, 12, -3, 2.5, True, "12", "a,b,c"]


def worth(expression: str, values: list[Any] | None = None, turn: int = 0) -> list[Any]:
    """The expression at places whose cells are `values`, each beside a row of the same."""
    held = VALUES if values is None else values
    scope = Scope(len(held), this=lambda: held, row={"a": lambda: held}, index=lambda: list(range(len(held))), turn=turn)
    return listed(RUN.run(parse_expression(expression, CELL), scope), len(held))


def alone(expression: str, this: Any = None) -> Any:
    """The expression at one place."""
    return worth(expression, [this])[0]


def test_every_word_of_the_vocabulary_has_a_meaning() -> None:
    assert set(vocabulary.FILTERS) == set(own_filters.OWN) | set(filters.JINJA)
    assert set(vocabulary.TESTS) == set(predicates._TESTS)
    kinds = {"text": str, "list": list, "mapping": dict, "date": datetime.datetime, "duration": datetime.timedelta, "match": patterns.Found}
    for name, method in vocabulary.METHODS.items():
        for kind in method.types:
            assert name in methods._BY_TYPE[kinds.get(kind, float)], name
    assert {node for node in tree.Expression.__args__ if node is not tree.Data} <= set(evaluator._NODES)  # type: ignore[attr-defined]
    for name in vocabulary.PATTERNS:
        assert alone(f"re.{name}('x', 'y', 'z')" if name == "sub" else f"re.{name}('x', 'y')") is not FAILED


LIKE_JINJA = """
this | upper
this | lower
this | title
this | capitalize
this | trim
this | trim('A')
this | string | length
this | string | truncate(5, true, '', 0)
this | string | truncate(7)
this | string | center(20)
this | string | replace('a', 'b')
this | string | replace('a', 'b', 1)
this | string | reverse
this | string | first
this | string | last
this | string | list | join('-')
this | string | wordcount
this | string | unique | join
this | float
this | float(7)
this | int
this | int(9)
[3, 1, 2] | sort | join
[3, 1, 2] | sort(reverse=true) | first
[3, 1, 2] | max
[3, 1, 2] | min
[3, 1, 2] | sum
2.567 | round(1, 'floor')
2.512 | round(2, 'ceil')
-3 | abs
{'a': 1}['a']
{'a': 1} | items | list
this is string
this is number
this is none
this is boolean
this is in ['x', 12]
this == 12
this != 12
this in ['x', '12']
1 < 2 < 3
1 < 3 < 2
not this
this and 'yes'
this or 'no'
'yes' if this else 'no'
this ~ '!' ~ this
7 // 2
7 % 4
2 ** 5
'%s' ~ 'x'
'abc'[1]
'abc'[-2:]
'abc'[::-1]
[1, 2, 3][0:2] | join
'abc'.upper()
'a,b'.split(',') | join('+')
'abc'.startswith('ab')
'abc'.find('c')
'x'.zfill(4)
'x'.rjust(3, '.')
'a b'.title().swapcase()
'abc'.replace('b', 'x')
'  a '.strip()
'a-b-c'.rsplit('-', 1) | last
'-'.join(['a', 'b'])
""".strip().splitlines()


@pytest.mark.parametrize("expression", LIKE_JINJA)
def test_words_of_jinja_mean_what_they_mean_there(expression: str) -> None:
    known = jinja2.Environment().compile_expression(expression, undefined_to_none=False)
    for value, made in zip(VALUES, worth(expression), strict=True):
        if value is None and "this" in expression:
            continue
        told = known(this=value)
        expected = list(told) if hasattr(told, "__next__") else told
        if isinstance(expected, jinja2.Undefined):
            assert made is UNDEFINED
        else:
            assert made == ([list(pair) for pair in expected] if "items" in expression else expected)
            assert type(made) is type(expected)


def test_missing_values_stay_missing_in_filters_of_texts_and_numbers() -> None:
    for name in (
        "upper",
        "trim",
        "string",
        "hash",
        "partial_mask(1, 'X', 1)",
        "normalize",
        "date_shift",
        "date_format",
        "abs",
        "round",
        "tld",
    ):
        assert alone(f"this | {name}") is None, name
    assert alone("this + 1") is None
    assert alone("this > 1") is False
    assert alone("this | default('x')") == "x"
    assert alone("this | isna") is True


def test_a_failed_part_fails_the_whole_and_only_at_its_place() -> None:
    assert [value is FAILED for value in worth("1 / (this | int)", [0, 1, "x", None])] == [True, False, True, True]
    assert [value is FAILED for value in worth("'a' if 1 / this else 'b'", [0, 2])] == [True, False]
    assert worth("this == 0 or 1 / this > 0", [0, 4]) == [True, True]
    for expression in ("this is defined", "this is none", "this | isna", "[this] | length", "this ~ ''", "this == this", "not this"):
        text = expression.replace("this", "(1 / 0)")
        assert alone(text) is FAILED, text


def test_only_methods_of_the_value_s_own_type_are_there() -> None:
    assert alone("this.lower()", 12) is FAILED
    assert alone("this.weekday()", "2020-01-06") is FAILED
    assert alone("(this | date_parse).weekday()", "2020-01-06") == 0
    assert alone("(this | date_parse).year", "06.02.2020") == 2020
    assert alone("(this | date_parse) + timedelta(days=2)", "2020-02-28") == datetime.date(2020, 3, 1)
    assert alone("(this | date_parse).replace(year=2001).isoformat()", "2020-01-06") == "2001-01-06"
    assert alone("((this | date_parse) - ('2020-01-01' | date_parse)).days", "2020-01-06") == 5
    assert alone("(this | date_parse).strftime('%d/%m')", "2020-01-06") == "06/01"
    assert alone("(2.0).is_integer()") is True


def test_patterns_run_on_re2() -> None:
    assert alone("re.sub('[0-9]', '#', this)", "a1b22") == "a#b##"
    assert alone("re.sub('(?P<first>\\\\w)(\\\\w)', '\\\\2\\\\g<first>', this)", "abcd") == "badc"
    assert alone("re.match('(\\\\w+)@(\\\\w+)', this).group(2)", "ann@corp") == "corp"
    assert alone("re.search('z', this) is none", "abc") is True
    assert alone("re.findall('[a-z]', this)", "a1b") == ["a", "b"]
    assert alone("re.split(',', this)", "a,b") == ["a", "b"]
    assert alone("re.sub(this, 'x', 'y')", "(a+)+$(") is FAILED
    assert alone("re.sub('A', 'x', this, flags=re.IGNORECASE)", "aA") == "xx"


def test_random_numbers_hang_on_cell_and_place_and_stay_in_their_range() -> None:
    values = [f"v{number}" for number in range(2_000)]
    drawn = worth("random.randint(1, 6)", values)
    assert set(drawn) == {1, 2, 3, 4, 5, 6}
    assert drawn == [worth("random.randint(1, 6)", [value])[0] for value in values[:5]] + drawn[5:]
    first, second = worth("random.random()", values), worth("[random.random(), random.random()]", values)
    assert [pair[0] for pair in second] == first
    assert all(pair[0] != pair[1] for pair in second)
    assert worth("random.random()", values, turn=1) != first
    assert abs(sum(first) / 2_000 - 0.5) < 0.03
    gauss = worth("random.gauss(10, 2)", values)
    assert abs(sum(gauss) / 2_000 - 10) < 0.2
    assert all(-1 <= value < 1 for value in worth("random.uniform(-1, 1)", values))
    assert set(worth("random.randrange(0, 10, 5)", values)) == {0, 5}
    assert set(worth("random.choice(['a', 'b'])", values)) == set(worth("['a', 'b'] | random", values)) == {"a", "b"}
    assert all(sorted(set(value)) == sorted(value) and len(value) == 3 for value in worth("random.sample([1, 2, 3, 4, 5], 3)", values))
    assert alone("random.randint(5, 1)") is FAILED


def test_what_is_known_is_folded_away() -> None:
    column = {"name": "age", "entity": None, "type": "numeric", "dtype": "int64", "position": 3}
    bindings = Bindings({"limit": 5}, {"seed": 7}, column)

    def folded(text: str) -> tree.Expression:
        return fold(parse_expression(text, CELL), bindings, RUN)

    for text, value in (
        ("column.entity == 'ssn' and this > 5", False),
        ("column.name in ['age'] or this", True),
        ("column.entity | default('none') | upper", "NONE"),
        ("'a' if column.position > 2 else this", "a"),
        ("globals.seed + vars.limit", 12),
        ("[1, vars.limit][1] * 2", 10),
        ("'x' | hash | length", 32),
    ):
        made = folded(text)
        assert isinstance(made, tree.Constant), text
        assert made.value == value
    left = folded("column.name == 'age' and this > vars.limit + 1")
    assert isinstance(left, tree.Compare)
    assert left.rest[0].right == tree.Constant(left.rest[0].right.offset, 6)
    assert isinstance(folded("random.randint(1, 2)"), tree.Random)
    assert isinstance(folded("fake.first_name()"), tree.Fake)
    assert folded("1 / 0") is not None
    assert not isinstance(folded("1 / 0"), tree.Constant)
