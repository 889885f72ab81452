"""What must never be said: ways out of the language, and bombs. Each is refused when the configuration is read, before there is a row."""

from __future__ import annotations

import time
from random import Random
from typing import Any

import pytest

from appliance.configurations import normalise
from appliance.configurations.expression import CELL, ExpressionFault, parse_expression
from appliance.configurations.expression import tree as own
from appliance.configurations.expression.patterns import compile_pattern
from appliance.configurations.expression.usage import nodes
from appliance.errors import ConfigurationRefused


def configuration(**rule: Any) -> dict[str, Any]:
    update = {"name": "a", "value": "this", **rule}
    steps = [{"vars": {"v": "1"}, "rows": {"update": [update]}}]
    return {"schema_version": "1.0", "models": [{"transform_v2": {"data_source": "_", "steps": steps}}]}


def with_variables(**variables: Any) -> dict[str, Any]:
    found = configuration()
    found["models"][0]["transform_v2"]["steps"][0]["vars"] = variables
    return found


ESCAPES = [
    # modules behind the two names that look like modules
    "re.enum.sys.modules['os'].getpid()",
    "re.enum.sys.modules['builtins'].open('/etc/passwd').read()",
    "{{ re.enum.sys.modules['os'].popen('id').read() }}",
    "re.copyreg.pickle",
    "re._compiler.sys.exit()",
    "re.functools.reduce",
    "re['enum']['sys']",
    "re.template('a')",
    "re.compile('a').pattern",
    "re.sub.im_func",
    "re.match('a', this).re.flags",
    "re.match('a', this).string",
    "re.match('a', this).expand('x')",
    "random.sys.modules",
    "random._os.system('id')",
    "random._inst.__init__",
    "random.SystemRandom().random()",
    "random.Random",
    "random['_os']",
    "random.seed(1)",
    "random.getstate()",
    "timedelta.__class__.__base__",
    "timedelta.max",
    "timedelta(days=1).resolution.max.min.__reduce__()",
    # the walk through classes
    "this.__class__",
    "''.__class__.__mro__[1].__subclasses__()",
    "().__class__.__bases__[0].__subclasses__()[40]('/etc/passwd').read()",
    "[].__class__.__base__.__subclasses__()",
    "{}.__class__.__init__.__globals__",
    "(1).__class__",
    "1 .real.__class__",
    "this._private",
    "row.__dict__",
    "row._mgr",
    "vars.__init__",
    "globals.__builtins__",
    "globals.__class__.__init__.__globals__['os']",
    "fake.__class__",
    "fake._Generator__config",
    "fake.factories[0]",
    "column.__class__",
    "fake.persona().__class__",
    "this | string.__class__",
    "this.lower.__self__",
    "this.lower.__func__.__globals__",
    "this.upper().__len__()",
    "this['__class__'].__mro__",
    "item.__class__ if false else this",
    # names that the filters of Jinja open
    "this | attr('__class__')",
    "this | attr('_' ~ '_class_' ~ '_')",
    "this | map(attribute='__class__') | list",
    "[this] | map('attr', '__class__') | list",
    "[this] | selectattr('__class__')",
    "[this] | rejectattr('__class__')",
    "[this] | groupby('__class__')",
    "[this] | sort(attribute='__class__')",
    "[this] | sum(attribute='__class__')",
    "[this] | join(',', attribute='__class__')",
    "[this] | max(attribute='__class__')",
    "[this] | unique(attribute='__class__')",
    "this | xmlattr",
    "this | pprint",
    "this | tojson | safe",
    "this | filesizeformat",
    "this | map('lower')",
    "this | select('callable')",
    # text formatting that reads attributes
    "'{0.__class__}'.format(this)",
    "'{0.__class__.__mro__}'.format_map(row)",
    "'{}'.format(this)",
    "this.format(row)",
    "'%(a)s' % row",
    "'%s' % this",
    "this | format(this)",
    "'%c' * 3 % this",
    # what Jinja puts into scope by itself
    "lipsum.__globals__['os']",
    "lipsum()",
    "cycler('a').next",
    "joiner()",
    "namespace(a=1)",
    "dict(a=1)",
    "range(10)",
    "self.__init__",
    "super()",
    "loop.index",
    "caller()",
    "varargs[0]",
    "kwargs.a",
    "context.parent",
    "environment.filters",
    "request.application.__globals__",
    "config.items()",
    "session.get('a')",
    "url_for.__globals__",
    "get_flashed_messages()",
    "_()",
    "gettext('a')",
    # Python's own
    "__import__('os').system('id')",
    "open('/etc/passwd')",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "getattr(this, 'lower')",
    "setattr(this, 'a', 1)",
    "type(this)",
    "print(this)",
    "os.environ",
    "sys.exit()",
    "pd.read_csv('/etc/passwd')",
    "np.load('a')",
    "datetime.now()",
    "date.today()",
    "this.encode()",
    "this.translate({})",
    "this.maketrans('a', 'b')",
    "this.mro()",
    "this.to_csv('/tmp/a')",
    # the table
    "data.to_csv('/tmp/a')",
    "data.query('a > 1')",
    "data.age.to_pickle('/tmp/a')",
    "data.age.apply(this)",
    "data.age.str.upper()",
    "data.eval('1')",
    "row.to_csv('/tmp/a')",
    "row.pop('a')",
    "row.update({'a': 1})",
    "row.setdefault('a', 1)",
    "globals.classify.update({})",
    "vars.v.append(1)",
    "[1].extend([2])",
    "{'a': 1}.clear()",
    # fakes that read files, take code or make too much
    "fake.add_provider(this)",
    "fake.seed_instance(1)",
    "fake.seed_locale('a', 1)",
    "fake.get_formatter('name')",
    "fake.format('name')",
    "fake.parse('{{name}}')",
    "fake.del_arguments('a')",
    "fake.random.seed(1)",
    "fake.provider('person')",
    "fake.binary(length=9999999)",
    "fake.zip(uncompressed_size=99999999)",
    "fake.tar()",
    "fake.csv(num_rows=99999999)",
    "fake.xml()",
    "fake.json(num_rows=1000000)",
    "fake.image()",
    "fake.enum(this)",
    "fake.pyobject(this)",
    "fake.pylist(nb_elements=1000000000)",
    "fake.unique.name()",
    "fake.optional.name()",
    "fake.pystr(max_chars=1000000000)",
    "fake.text(1000000000)",
    "fake.password(length=10 ** 9)",
    "fake.random_number(digits=1000000)",
    "fake(this)(this).name()",
    "'__class__' | fake",
    "'add_provider' | fake",
    "'seed_instance' | fake",
    # statements, comprehensions, assignments
    "{% for x in range(10) %}a{% endfor %}",
    "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}",
    "{% set x = this %}{{ x }}",
    "{{ this }}{{ row.a }}",
    "{# a #}",
    "a}}{{ re.enum }}{{",
    "{{ {{ this }} }}",
    "[x for x in row]",
    "{x: 1 for x in row}",
    "(x for x in row)",
    "lambda: this",
    "(lambda x: x)(this)",
    "x := this",
    "this = 1",
    "this; row",
    "import os",
    "f'{this}'",
    "b'abc'",
    "rb'abc'",
    "`id`",
    "$(id)",
    "this @ row",
    "~this",
    "this << 3",
    "this & 1",
    "this ^ 1",
    "this -> row",
    "...",
    "this?.lower()",
    "*row",
    "**row",
    "random.choice(*row)",
    "random.randint(**row)",
    "this(1)",
    "'lower'()",
    "row.a()",
    "this.lower()()",
    "this | lower()()",
    # letters that look like others
    "this.＿＿class＿＿",
    "ｔｈｉｓ.lower()",
    "this.ｌｏｗｅｒ()",
    "ｒｅ.enum",
    "rе.sub('a', 'b', this)",
    "this.__сlass__",
    "this.\u200b__class__",
    "this\u00ad.lower()",
    "th\u0131s.lower()",
    "this.lo\u200dwer()",
    "this.\u202e__ssalc__",
    "_\u0332_class__.a",
    # characters that are none
    "this\0.lower()",
    "'\\x00'",
    "'\\ud800'",
    "'\\U00110000'",
    "this\x1b[0m",
]

BOMBS = [
    "'a' * 1000000000",
    "1000000000 * 'a'",
    "'a' * 10 ** 9",
    "'a' * 1000 * 1000 * 1000",
    "'a' * (1000 * 1000) * 1000",
    "('a' ~ this) * 1000000",
    "(this | string) * 1000000000",
    "this.lower() * 1000000000",
    "[this] * 1000000000",
    "[[this] * 1000] * 1000000",
    "9 ** 9 ** 9 ** 9",
    "2 ** 100000000",
    "2 ** this",
    "this ** row.a",
    "(2 ** 60) ** 60",
    "10 ** 20 ** 20",
    "9999999999999999999999999999999999",
    "1e400",
    "0x" + "f" * 100,
    "1" * 5000,
    "'a'.center(1000000000)",
    "this.ljust(100000000)",
    "this.zfill(10 ** 9)",
    "this.rjust(width=99999999)",
    "this | center(999999999)",
    "this | truncate(length=999999999)",
    "'a'.replace('', 'bbbbbbbbbb')" + "".join(f".replace('{old}', '{new * 10}')" for old, new in ("bc", "cd", "de", "ef")),
    "this" + ".replace('a', 'aaaaaaaaaa')" * 20,
    "this" + " | replace('a', 'aaaaaaaaaa')" * 20,
    "this" + ".replace('', 'aaaaaaaaaa')" * 10,
    f"re.sub('', '{'a' * 50}', re.sub('', '{'b' * 50}', re.sub('', '{'c' * 50}', this)))",
    "this.replace('a', 'b' * 1000).replace('b', 'c' * 1000)",
    "('a' * 1000).join(('b' * 1000).join(('c' * 1000) | list) | list)",
    "random.sample(this, 1000000000)",
    "(" * 100 + "this" + ")" * 100,
    "[" * 100 + "]" * 100,
    "{1:" * 60 + "1" + "}" * 60,
    "not " * 1000 + "this",
    "-" * 1000 + "1",
    "this" + ".lower()" * 600,
    "this" + "[0]" * 600,
    "this" + " | lower" * 600,
    "+".join(["this"] * 300),
    "~".join(["this"] * 1000),
    "[" + ",".join(["1"] * 1000) + "]",
    "this if " * 400 + "this",
    "re.sub('a','b'," * 60 + "this" + ")" * 60,
    "'" + "a" * 9000 + "'",
    "'" + "é" * 5000 + "'",
    "a" * 9000,
]


@pytest.mark.parametrize("text", [*ESCAPES, *BOMBS], ids=lambda text: text.encode("unicode_escape").decode()[:60])
def test_a_way_out_is_refused_when_the_configuration_is_read(text: str) -> None:
    for rule in ({"value": text}, {"condition": text}, {"value": "this", "fallback_value": text}, {"foreach": text}):
        with pytest.raises(ConfigurationRefused) as caught:
            normalise(configuration(**rule))
        assert any("steps" in fault.loc and "character" in fault.msg for fault in caught.value.faults)
    with pytest.raises(ConfigurationRefused):
        normalise(with_variables(v=text))
    with pytest.raises(ConfigurationRefused):
        normalise(with_variables(v={"deep": [text]}))


def test_there_are_sixty_escapes_and_more() -> None:
    assert len(set(ESCAPES)) == len(ESCAPES) > 160
    assert len(set(BOMBS)) == len(BOMBS) > 40


def test_whatever_is_read_holds_no_name_that_begins_with_an_underscore() -> None:
    harmless = "row['__class__'] ~ this.get('__class__', '') ~ {'__class__': 1}['__class__']"
    for node in nodes(parse_expression(harmless, CELL)):
        assert not (isinstance(node, own.Attribute | own.Method) and node.name.startswith("_"))
        assert not (isinstance(node, own.Name) and node.name not in CELL.known)


def test_bombs_are_refused_in_no_time() -> None:
    began = time.process_time()
    for text in BOMBS:
        with pytest.raises(ConfigurationRefused):
            normalise(configuration(value=text))
    assert time.process_time() - began < 2


def test_the_largest_configuration_is_read_in_bounded_time() -> None:
    dense = "+".join(["(1+1)"] * 90)
    updates = [{"name": f"c{number}", "value": dense} for number in range(500)]
    found = configuration()
    found["models"][0]["transform_v2"]["steps"] = [{"rows": {"update": updates}}]
    began = time.process_time()
    with pytest.raises(ConfigurationRefused, match="bytes"):
        normalise(found)
    assert time.process_time() - began < 5


def test_yaml_bombs_never_reach_the_language() -> None:
    head = b"schema_version: '1.0'\nmodels:\n- transform_v2:\n    data_source: _\n    steps:\n"
    laughs = b"    - vars:\n        a: &a [x, x]\n        b: &b [*a, *a]\n        c: [*b, *b]\n"
    deep = b"    - vars: {v: " + b"[" * 200 + b"]" * 200 + b"}\n"
    tagged = b"    - vars: {v: !!python/object/apply:os.system [id]}\n"
    twice = b"    - vars: {v: 1, v: 2}\n"
    for text in (laughs, deep, tagged, twice):
        with pytest.raises(ConfigurationRefused):
            normalise(head + text)


REDOS = [
    "(a+)+$",
    "(a*)*$",
    "(a|a)*$",
    "(a|aa)+$",
    "(.*a){25}",
    "(a+){10}b",
    "([a-zA-Z]+)*$",
    "(.*)*b",
    "(.+)+b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(x+x+)+y",
    "(\\w+\\s?)*$",
    "(\\d+)*\\.(\\d+)*$",
    "([^@]+@)+x",
    "((a+)+)+$",
    "(a?){30}a{30}",
    "^(a?a?a?a?a?)*b$",
    "(ab|a|b)*c",
    "(\\s*,\\s*)*x",
    "<(.*)>(.*)</(.*)>x",
    "(?:[a-z]+)+\\d",
    "(0|1|01)*2",
    "(.*?,){20}x",
    "^(\\w+\\.)*\\w+@x$",
    "([\\w.-]+)+@",
    "(a(b(c*)*)*)*d",
    "(?i)(q+)+z",
    "(|a)*b",
    "[\\s\\S]*[\\s\\S]*[\\s\\S]*b",
    "(aa|aab?)*c",
]
REFUSED = [
    "(?=(a+))a*b",
    "(a+)\\1+b",
    "(?<!a+)b",
    "(?>a+)b",
    "a{1001}",
    "((a{1000}){1000}){1000}",
    "(?P<n>a)(?P=n)",
    "(?(1)a|b)",
]


@pytest.mark.parametrize("pattern", [*REDOS, *REFUSED])
def test_a_pattern_is_refused_or_takes_linear_time(pattern: str) -> None:
    text = f"re.sub('{pattern}', '', this)".replace("\\", "\\\\")
    if pattern in REFUSED:
        with pytest.raises(ConfigurationRefused, match="pattern is refused"):
            normalise(configuration(value=text))
        return
    normalise(configuration(value=text))
    compiled = compile_pattern(pattern)
    began = time.process_time()
    for subject in ("a" * 20_000 + "!", "ab, " * 5_000, "x" * 20_000, "0.1" * 7_000):
        compiled.search(subject)
    assert time.process_time() - began < 1


def test_templates_that_are_in_use_are_no_escapes() -> None:
    for text in (
        "fake.bothify(re.sub('\\\\d', '#', re.sub('[A-Z]', '?', (this | string))))",
        "row['fname'][0].lower() + row['lname'].lower() + (random.randint(0, 9) | string) + '@' + fake.free_email_domain()",
        "fake.company().replace(' ', '').replace(',', '').replace('-', '').lower() + '.org'",
        "'*' * (this | string | length)",
        "(this | int) * 1000000",
        "this | partial_mask(0, '*' * 8, 4)",
    ):
        assert normalise(configuration(value=text)).section["steps"][0]["rows"]["update"][0]["value"] == text


PIECES = (
    *"this row index column vars globals fake random re timedelta data item name entity lower replace get first_name randint sub".split(),
    *"persona email is not in and or if else none true string hash join default length".split(),
    *"'' 'a' 1 2.5 0x1f ( ) [ ] { } , : . | ~ + - * / // % ** == != < <= > >= = {{ }} {% %}".split(),
    *("_x", "__class__", "é", "٣", "\\", "'", '"', "@", "\0", "\n"),
)
SEEDS = (
    "row['a'][0].lower() + (random.randint(0, 9) | string) + '@' + fake.free_email_domain()",
    "fake.persona(row_index=vars.v + index).email if column.entity is not none else this[1:-1]",
    "re.sub('[a-z]+', '#', this | string | default('', true)) ~ {'a': [1, (2, 3)]}['a'][0]",
    "not (this | isna) and column.entity not in ['a', 'b'] or 1 < index <= 3 ** 2",
)


def test_whatever_is_written_is_read_or_refused_and_nothing_else_happens() -> None:
    random = Random(4)
    read = 0
    for number in range(6000):
        text = soup(random) if number % 2 else mutated(random)
        places = places_of(text)
        read += len(places) > 1  # a fault has one place
        assert all(0 <= place <= len(text) for place in places), text
    assert 200 < read < 2800


def soup(random: Random) -> str:
    """Words and signs in any order."""
    return "".join(random.choice(PIECES) + random.choice(("", "", " ")) for _ in range(random.randint(1, 14)))


def mutated(random: Random) -> str:
    """A good expression with one to three places spoilt."""
    letters = list(random.choice(SEEDS))
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(letters))
        letters[place : place + random.randint(0, 2)] = random.choice(("", random.choice(PIECES), random.choice(letters)))
    return "".join(letters)


def places_of(text: str) -> list[int]:
    """Where the nodes of a text stand, or its fault."""
    try:
        return [node.offset for node in nodes(parse_expression(text, CELL))]
    except ExpressionFault as fault:
        return [fault.offset]
