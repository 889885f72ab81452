"""Expressions are read as Jinja reads them, into nodes of our own that know their places and what they depend on."""

from __future__ import annotations

from typing import Any

import jinja2
import msgspec
import pytest
from jinja2 import nodes as jinja

from appliance.configurations.expression import (
    CELL,
    COLUMN,
    CONDITION,
    ROW,
    VARIABLE,
    ExpressionFault,
    Names,
    names_used,
    parse_expression,
    parse_value,
)
from appliance.configurations.expression import tree as own
from appliance.configurations.expression.bounds import MAX_NODES
from appliance.configurations.expression.usage import nodes

EVERYTHING = Names(CELL.known | VARIABLE.known | {"item", "items"})

CORPUS = [
    "this",
    "1 + 2 * 3 - 4 // 5 % 6 / 7",
    "1 + this ~ 2 * 3 ~ 4",
    "2 ** 3 ** 2",
    "-2 ** 2",
    "- this | abs",
    "-(this | int) | abs",
    "not this == 1 and not row.a in ['x', 'y'] or index > 3",
    "1 < this <= 3 != 4",
    "this not in ['a'] and this in ('b', 'c',)",
    "'a' if this else 'b'",
    "'a' if this is none else 'b' if index is odd else 'c'",
    "'a' if this",
    "this is not none and this is string",
    "column.entity is in globals.classify.entities",
    "column.entity is in globals.classify.entities and column.entity != 'x'",
    "index is divisibleby 3 or index is divisibleby(5)",
    "(this is defined) if index is even else this is undefined",
    "row['fname'][0].lower() + row['lname'].lower() + (random.randint(0, 9) | string) + '@' + fake.free_email_domain()",
    "row.fname.lower() ~ '.' ~ row.lname[1:-1] ~ this[::2] ~ this[:3] ~ this[2:]",
    "column.name.startswith('a') or column.name[0] == 'b'",
    "this | string | truncate(10, end='') | upper",
    "(this | string).split('-')[0] | default('none', true)",
    "fake.persona(row_index=vars.row_seed + index).first_name",
    "fake.bothify(re.sub('\\\\d', '#', re.sub('[A-Z]', '?', (this | string))))",
    "fake.location_on_land()[0]",
    "fake(['de_DE', 'en_US'], seed=this).name()",
    "vars.entity_mapping[column.name] | fake",
    "'\"<\" ~ x'",
    "{'a': 1, 'b': [1, 2, {'c': ()}]}['a']",
    "[1, 2.5, 1e3, 0x1f, 0b11, 0o17, 1_000]",
    "'a' 'b' \"c\"",
    "'tab\\there \\x41 \\u00e9 \\' \\\\'",
    "re.match('a', this).group(0)",
    "data.age.mean() + (data['b c'].unique() | length)",
    "timedelta(days=3, hours=2)",
    "this | date_parse | date_shift('-30d', '+30d') | date_format('%Y')",
    "(((this)))",
    "items[0] ~ item.name",
    "this.replace('a', 'b').strip().startswith('c')",
    "true and True or false and False or none == None",
]


@pytest.mark.parametrize("text", CORPUS)
def test_a_tree_is_the_one_that_jinja_reads(text: str) -> None:
    environment = jinja2.Environment(autoescape=False)
    output = environment.parse("{{ " + text + " }}").body[0]
    assert isinstance(output, jinja.Output)
    assert told(parse_expression(text, EVERYTHING)) == jinja_told(output.nodes[0])


def told(node: own.Expression | None) -> str:
    """A tree as one line with every bracket."""
    if node is None:
        return "-"
    kind, inner = type(node), node
    if isinstance(inner, own.Constant):
        return repr(inner.value)
    if isinstance(inner, own.Name):
        return inner.name
    if isinstance(inner, own.ColumnProperty):
        return f"column[{inner.name!r}]"
    if isinstance(inner, own.Item | own.Attribute):
        return f"{told(inner.of)}[{told(inner.key) if isinstance(inner, own.Item) else repr(inner.name)}]"
    if isinstance(inner, own.Slice):
        return f"{told(inner.of)}[{told(inner.start)}:{told(inner.stop)}:{told(inner.step)}]"
    if isinstance(inner, own.Unary):
        return f"({inner.operator} {told(inner.operand)})"
    if isinstance(inner, own.Binary):
        return f"({told(inner.left)} {inner.operator} {told(inner.right)})"
    if isinstance(inner, own.Logic):
        return f"({flat(inner)})"
    if isinstance(inner, own.Compare):
        return f"({told(inner.first)} " + " ".join(f"{one.operator} {told(one.right)}" for one in inner.rest) + ")"
    if isinstance(inner, own.Conditional):
        return f"({told(inner.then)} if {told(inner.condition)} else {told(inner.otherwise)})"
    if isinstance(inner, own.Concat | own.Sequence):
        parts = inner.parts if isinstance(inner, own.Concat) else inner.items
        return kind.__name__ + "(" + ", ".join(map(told, parts)) + ")"
    if isinstance(inner, own.Mapping):
        return "Mapping(" + ", ".join(f"{told(key)}: {told(value)}" for key, value in inner.pairs) + ")"
    return told_call(inner)


def flat(node: own.Logic) -> str:
    """Chains of one operator without brackets: how they are grouped means nothing."""
    sides = (node.left, node.right)
    return f" {node.operator} ".join(
        flat(side) if isinstance(side, own.Logic) and side.operator == node.operator else told(side) for side in sides
    )


def told_call(node: Any) -> str:
    if isinstance(node, own.Filter):
        return f"{told(node.of)}|{node.name}{arguments(node.args, node.named)}"
    if isinstance(node, own.Test):
        return ("(not " if node.negated else "(") + f"{told(node.of)} is {node.name}{arguments(node.args, ())})"
    if isinstance(node, own.Method):
        return f"{told(node.of)}[{node.name!r}]{arguments(node.args, node.named)}"
    if isinstance(node, own.Data):
        return f"data[{told(node.column)}][{node.function!r}]()"
    if isinstance(node, own.Pattern):
        return f"re[{node.function!r}]{arguments((*node.args, *(one.value for one in node.named)), ())}"
    if isinstance(node, own.Random):
        return f"random[{node.function!r}]{arguments(node.args, node.named)}"
    if isinstance(node, own.Duration):
        return f"timedelta{arguments(node.args, node.named)}"
    provider, args = ("persona", ()) if isinstance(node, own.Persona) else (node.provider, node.args)
    locale = "" if node.locale is None else f"({told(node.locale)}, seed={told(node.seed)})"
    return f"fake{locale}[{provider!r}]{arguments(args, node.named)}"


def arguments(args: tuple[own.Expression, ...], named: tuple[own.Argument, ...]) -> str:
    return "(" + ", ".join([*map(told, args), *(f"{one.name}={told(one.value)}" for one in named)]) + ")"


def jinja_told(node: Any) -> str:
    """Jinja's own tree, in the words of `told`."""
    if node is None:
        return "-"
    if isinstance(node, jinja.TemplateData):
        return repr(node.data)
    if isinstance(node, jinja.Const):
        return repr(node.value)
    if isinstance(node, jinja.Name):
        return str(node.name)
    if isinstance(node, jinja.Getattr):
        return f"{jinja_told(node.node)}[{node.attr!r}]"
    if isinstance(node, jinja.Getitem):
        return f"{jinja_told(node.node)}[{jinja_told(node.arg)}]"
    if isinstance(node, jinja.Slice):
        return f"{jinja_told(node.start)}:{jinja_told(node.stop)}:{jinja_told(node.step)}"
    if isinstance(node, jinja.Not) and isinstance(node.node, jinja.Test):
        return jinja_told(node.node).replace("(", "(not ", 1) if jinja_told(node.node).startswith("(") else f"(not {jinja_told(node.node)})"
    if isinstance(node, jinja.UnaryExpr):
        return f"({node.operator} {jinja_told(node.node)})"
    if isinstance(node, jinja.And | jinja.Or):
        return f"({jinja_flat(node)})"
    if isinstance(node, jinja.BinExpr):
        return f"({jinja_told(node.left)} {node.operator} {jinja_told(node.right)})"
    if isinstance(node, jinja.Compare):
        return f"({jinja_told(node.expr)} " + " ".join(f"{_SIGNS[one.op]} {jinja_told(one.expr)}" for one in node.ops) + ")"
    if isinstance(node, jinja.CondExpr):
        return f"({jinja_told(node.expr1)} if {jinja_told(node.test)} else {jinja_told(node.expr2)})"
    if isinstance(node, jinja.Concat | jinja.List | jinja.Tuple):
        name = "Concat" if isinstance(node, jinja.Concat) else "Sequence"
        parts = node.nodes if isinstance(node, jinja.Concat) else node.items
        return name + "(" + ", ".join(map(jinja_told, parts)) + ")"
    if isinstance(node, jinja.Dict):
        return "Mapping(" + ", ".join(f"{jinja_told(pair.key)}: {jinja_told(pair.value)}" for pair in node.items) + ")"
    listed = "(" + ", ".join([*map(jinja_told, node.args), *(f"{one.key}={jinja_told(one.value)}" for one in node.kwargs)]) + ")"
    if isinstance(node, jinja.Filter):
        return f"{jinja_told(node.node)}|{node.name}{listed}"
    if isinstance(node, jinja.Test):
        return f"({jinja_told(node.node)} is {node.name}{listed})"
    return f"{jinja_told(node.node)}{listed}"


def jinja_flat(node: Any) -> str:
    return f" {node.operator} ".join(jinja_flat(side) if type(side) is type(node) else jinja_told(side) for side in (node.left, node.right))


_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in"}


@pytest.mark.parametrize("text", CORPUS)
def test_a_tree_survives_json_and_knows_its_places(text: str) -> None:
    tree = parse_expression(text, EVERYTHING)
    assert msgspec.json.decode(msgspec.json.encode(tree), type=own.Expression) == tree
    assert all(0 <= node.offset < len(text) for node in nodes(tree))


def test_places_are_those_of_the_words_and_signs() -> None:
    tree = parse_expression("row.a + fake.first_name()", CELL)
    assert isinstance(tree, own.Binary)
    assert (tree.offset, tree.left.offset, tree.right.offset) == (6, 4, 13)
    wrapped = parse_expression("  {{- this | hash -}} ", CELL)
    assert isinstance(wrapped, own.Filter)
    assert (wrapped.name, wrapped.offset) == ("hash", 13)


@pytest.mark.parametrize("text", ["REDACTED", "first_name", " unknown ", "{{ word }}", "data"])
def test_a_bare_unknown_word_stands_for_itself(text: str) -> None:
    tree = parse_expression(text, CELL)
    assert isinstance(tree, own.Constant)
    assert tree.value == text.strip(" {}")


def test_a_bare_unknown_word_in_a_condition_is_a_fault() -> None:
    for names in (CONDITION, ROW, COLUMN):
        with pytest.raises(ExpressionFault, match="not a known name"):
            parse_expression("REDACTED", names)


def test_scopes_see_what_there_is_where_they_stand() -> None:
    parse_expression("data.age.mean()", VARIABLE)
    parse_expression("column.type == 'text'", COLUMN)
    parse_expression("row.age < 18 or index == 0", ROW)
    parse_expression("item ~ items[0]", CELL.having(items=True))
    for text, names in [
        ("this + 1", VARIABLE),
        ("this + 1", ROW),
        ("row.a + 1", COLUMN),
        ("data.age.mean()", CELL),
        ("column.name ~ ''", ROW),
        ("item ~ ''", CELL),
    ]:
        with pytest.raises(ExpressionFault, match="not a known name"):
            parse_expression(text, names)


def test_variables_must_be_there() -> None:
    names = CELL.having(variables=frozenset({"row_seed", "mapping"}))
    parse_expression("vars.row_seed + vars['mapping'][column.name]", names)
    for text, offset in [("vars.row_sed + 1", 5), ("vars['maping']", 5)]:
        with pytest.raises(ExpressionFault, match="nearest known one") as caught:
            parse_expression(text, names)
        assert caught.value.offset == offset


FAULTS = [
    ("colunm.entity == 'x'", "'colunm' is not a known name; the nearest known one is 'column'", 0),
    ("column.entty == 'x'", "the nearest known one is 'entity'", 7),
    ("fake.frist_name()", "the nearest known one is 'first_name'", 5),
    ("this | hahs", "the nearest known one is 'hash'", 7),
    ("this is nune", "the nearest known one is 'none'", 8),
    ("this.uper()", "the nearest known one is 'upper'", 5),
    ("random.randnt(1, 2)", "the nearest known one is 'randint'", 7),
    ("re.sbu('a', 'b', this)", "the nearest known one is 'sub'", 3),
    ("this | date_format(formt='%Y')", "the nearest known one is 'format'", 25),
    ("fake.email", "it is called: fake.email()", 5),
    ("fake ~ 'a'", "say what to fake", 0),
    ("this.lower ~ 'a'", "it is called: lower()", 5),
    ("random.randint ~ 'a'", "it is called", 7),
    ("column ~ 'a'", "column.name, column.entity", 0),
    ("(this", "'(' is not closed", 0),
    ("this)", "')' is not expected here", 4),
    ("this +", "ends too early", 6),
    ("this this", "'this' is not expected here", 5),
    ("'abc", "has no end", 0),
    ("this $ 1", "'$' means nothing here", 5),
    ("this |", "name of a filter is missing", 6),
    ("this is", "name of a test is missing", 7),
    ("this.", "a name is missing behind the dot", 5),
    ("this[1:2:3:4]", "A slice has", 4),
    ("", "is empty", 0),
    ("{{ }}", "is empty", 0),
    ("Hello {{ row.name }}", "no template", 6),
    ("{% if this %}a{% endif %}", "no template", 0),
    ("this | hash(1, 2)", "takes at most 1 argument; it has 2", 7),
    ("this | isna(1)", "takes no arguments", 7),
    ("this | partial_mask(1)", "lacks its argument 'mask'", 7),
    ("this | partial_mask('*', 4, 4)", "'left' of partial_mask must be a whole number of at least 0 (partial_mask takes left, mask", 20),
    ("this | partial_mask(4, 4, 4)", "'mask' of partial_mask must be a text", 23),
    ("this | partial_mask(4, '*', '4')", "'right' of partial_mask must be a whole number", 28),
    ("this | partial_mask(-1, '*', 4)", "'left' of partial_mask must be a whole number of at least 0", 20),
    ("this | partial_mask(1, '*', 4, tolerance=true)", "'tolerance' of partial_mask must be", 41),
    ("this | date_shift('thirty days')", "'min' of date_shift must be a number of days", 18),
    ("this | date_shift('-30d', max_offset=[30])", "'max' of date_shift must be a number of days", 37),
    ("this | date_time_shift('5 lightyears')", "'min' of date_time_shift must be", 23),
    ("this | date_format(2020)", "'format' of date_format must be a text in quotes", 19),
    ("this | date_parse('yes')", "'dayfirst' of date_parse must be true or false", 18),
    ("this | normalize(1)", "'allow' of normalize must be a text", 17),
    ("this | hash(['a'])", "'salt' of hash must be a text or a number", 12),
    ("this | replace('a', 'b', new='c')", "is given 'new' twice", 29),
    ("this | default(default_value='a', 'b')", "behind one that has a name", 34),
    ("random.randint(*row)", "'*' is not accepted", 15),
    ("this | fake_entities(on_error='ignore')", "must be one of hash, label, raise, redact", 30),
    ("fake.persona(email_format='x').email", "must be one of", 26),
    ("fake.persona().age", "not a known part of a persona", 15),
    ("fake('xx_XX').name()", "not a known locale", 5),
    ("fake(['en_US', 'en_UK']).name()", "the nearest known one is", 15),
    ("re.sub('(?=a)', '', this)", "look-around", 7),
    ("re.sub('(a', '', this)", "pattern is refused", 7),
    ("re.sub('" + "a" * 1001 + "', '', this)", "at most 1,000 characters", 7),
    ("re.sub(this, '', this, flags=re.I)", "literal pattern only", 32),
    ("re.sub('a', '', this, flags=2)", "flags must be", 28),
    ("this ~ re.I", "flags of a function", 10),
    ("'%s' % this", "joined with ~", 5),
    ("'nickname' | faek", "nearest known one is 'fake'", 13),
    ("'frist_name' | fake", "nearest known one is 'first_name'", 0),
]


@pytest.mark.parametrize(("text", "words", "offset"), FAULTS, ids=[text[:40] for text, _, _ in FAULTS])
def test_a_fault_says_what_and_where(text: str, words: str, offset: int) -> None:
    with pytest.raises(ExpressionFault) as caught:
        parse_expression(text, CELL)
    assert words in caught.value.message
    assert caught.value.offset == offset


def test_flags_of_a_pattern_move_into_it() -> None:
    tree = parse_expression("re.sub('a+', 'b', this, flags=re.IGNORECASE)", CELL)
    assert isinstance(tree, own.Pattern)
    assert isinstance(tree.args[0], own.Constant)
    assert tree.args[0].value == "(?i)a+"
    assert [one.name for one in tree.named] == ["repl", "string"]


def test_usage_says_what_a_value_depends_on() -> None:
    used = names_used(parse_expression("row.a ~ row['b'] ~ vars.v ~ (random.random() | string) ~ fake.name() ~ column.name", CELL))
    assert (used.columns, used.variables, used.properties) == (("a", "b"), ("v",), ("name",))
    assert (used.draws, used.fakes, used.whole_row, used.all_variables) == ((0,), (1,), False, False)
    assert names_used(parse_expression("row[column.name]", CELL)).whole_row
    assert names_used(parse_expression("column.name in vars", CELL)).all_variables
    assert names_used(parse_expression("data.age.max() - data['b'].min()", VARIABLE)).data == ("age", "b")
    assert names_used(parse_expression("this | random ~ item", CELL.having(items=True))).item


def test_usage_tells_what_may_be_folded() -> None:
    folded = names_used(parse_expression("column.entity is in globals.classify.entities and column.type == 'text'", CELL))
    assert folded.per_column
    assert not folded.constant
    assert names_used(parse_expression("vars.a ~ globals.seed", CELL)).constant
    for text in ("this", "index", "row.a", "random.random()", "fake.name()", "'name' | fake"):
        assert not names_used(parse_expression(text, CELL)).per_column, text


def test_places_that_draw_are_numbered_in_the_order_of_the_text() -> None:
    tree = parse_expression("random.random() + fake.random_int() + ('name' | fake | length) + random.randint(1, 2)", CELL)
    sites = {node.offset: node.site for node in nodes(tree) if isinstance(node, own.Random | own.Fake | own.Filter) and node.site >= 0}
    assert [site for _, site in sorted(sites.items())] == [0, 1, 2, 3]


def test_values_of_other_kinds_are_constants_lists_and_objects_of_expressions() -> None:
    assert parse_value(5, CELL) == own.Constant(0, 5)
    assert parse_value(None, CELL) == own.Constant(0, None)
    tree = parse_value({"a": ["this", 1], "b": {"c": "word"}}, CELL)
    assert isinstance(tree, own.Mapping)
    assert names_used(tree).this
    assert told(tree) == "Mapping('a': Sequence(this, 1), 'b': Mapping('c': 'word'))"


def test_an_escape_that_is_none_stays_as_it_is() -> None:
    assert parse_expression(r"'\d \. \x41'", CELL) == own.Constant(0, r"\d \. A")


def test_long_chains_of_or_are_shallow() -> None:
    text = " or ".join(f"column.entity == 'e{number}'" for number in range(120))
    assert len(list(nodes(parse_expression(text, CELL)))) < MAX_NODES
    assert told(parse_expression(text, CELL)).count(" or ") == 119


@pytest.mark.parametrize(
    "text",
    [
        "this | partial_mask(0, '*', 4, 2) | normalize('-') | hash(7) | hash('s') | hash(none)",
        "this | date_shift(-30, 30.5) | date_shift('-1y6M', '+2 weeks') | date_shift('-30d, 2h', 'today') | date_time_shift('-12h', '')",
        "this | date_parse(true) | date_format('%Y') | date_time_format(format='%Y')",
        "this | partial_mask(vars.left, this[0], index) | date_shift(row.low, row.high)",
    ],
)
def test_arguments_that_a_filter_takes_pass(text: str) -> None:
    assert parse_expression(text, CELL)
