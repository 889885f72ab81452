"""Plans: fixed when a transform is trained, saved as JSON, and run on other files; how each rule runs is told."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml
from transform_runs import ENTITIES, KEY, PEOPLE, plan_of, run_plan, transformed, update

from appliance.configurations.configuration import normalise
from appliance.data_plane.tables.sniff import sniff
from appliance.data_plane.transform.passage import Batching
from appliance.data_plane.transform.plan import TransformPlan, make_plan
from appliance.data_plane.transform.values.keys import ValueKey
from appliance.errors import ConfigurationRefused

TEMPLATES = Path(__file__).parents[2] / "appliance" / "configurations" / "templates" / "transform"
FAKE = update({"entity": "first_name", "value": "column.entity | fake"})


def test_a_plan_survives_its_json_and_gives_the_same_bytes(tmp_path: Path) -> None:
    source, first, second = tmp_path / "in.csv", tmp_path / "a.csv", tmp_path / "b.csv"
    source.write_text(PEOPLE)
    plan = plan_of(source, FAKE, shared={"seed": 3, "locales": ["en_GB"]})
    again = msgspec.json.decode(msgspec.json.encode(plan), type=TransformPlan)
    assert again == plan
    run_plan(plan, source, first)
    run_plan(again, source, second)
    assert first.read_bytes() == second.read_bytes()
    assert (plan.seed, plan.locales, plan.needs_detector) == (3, ("en_GB",), False)


def test_what_columns_are_is_fixed_by_the_plan(tmp_path: Path) -> None:
    trained, other, sink = tmp_path / "trained.csv", tmp_path / "other.csv", tmp_path / "out.csv"
    trained.write_text("first,code,n\nAda,001,1\nAlan,002,2\n")
    other.write_text("x,n,first,code\nq,3,Ada,7\nr,,Grace,8\n")
    steps = [
        *FAKE,
        *update({"name": "code", "value": "this is string"}, {"name": "n", "value": "this + 1"}, {"type": "text", "value": "'t'"}),
    ]
    plan = plan_of(trained, steps, entities={"first": "first_name"}, types={"first": "text"})
    run_plan(plan, other, sink)
    lines = sink.read_text().splitlines()
    assert lines[0] == "x,n,first,code"
    assert [line.split(",")[1:] for line in lines[1:]] == [["4", "t", "True"], ["", "t", "True"]]


def test_a_plan_runs_over_another_format(tmp_path: Path) -> None:
    trained, other, sink = tmp_path / "in.csv", tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    trained.write_text("first,n\nAda,1\nAlan,2\n")
    other.write_text('{"first": "Ada", "n": "5"}\n')
    run_plan(plan_of(trained, FAKE, entities={"first": "first_name"}), other, sink)
    assert transformed(tmp_path, "first,n\nAda,1\nAlan,2\n", FAKE, entities={"first": "first_name"}).column("first")[0] in sink.read_text()
    assert '"n": "5"' in sink.read_text()


@pytest.mark.parametrize(
    ("rule", "mode"),
    [
        ({"value": "this | hash"}, "compiled"),
        ({"condition": "column.entity == 'first_name'", "value": "column.entity | fake"}, "compiled"),
        ({"value": "fake.first_name()"}, "compiled"),
        ({"value": "row.last ~ this"}, "compiled"),
        ({"value": "this.lower()"}, "distinct"),
        ({"value": "re.sub('a', 'b', this)"}, "distinct"),
        ({"value": "this | truncate(3)"}, "distinct"),
        ({"value": "index"}, "row"),
        ({"condition": "index > 2", "value": "'x'"}, "row"),
    ],
)
def test_how_a_rule_runs_is_told(rule: dict[str, str], mode: str, tmp_path: Path) -> None:
    assert transformed(tmp_path, PEOPLE, update({"name": "first", **rule})).account.rules[0].mode == mode


def test_a_rule_is_told_in_one_line_of_its_own_words(tmp_path: Path) -> None:
    rules = (
        {"condition": "column.entity == 'first_name' and not (this | isna)", "value": "column.entity |\n  fake"},
        {"name": ["last", "city"], "value": "'" + "x" * 100 + "'"},
    )
    said = [rule.text for rule in transformed(tmp_path, PEOPLE, update(*rules)).account.rules]
    assert said[0] == "column.entity == 'first_name' and not (this | isna) → column.entity | fake"
    assert said[1] == "name: last, city → '" + "x" * 78 + "…"


def test_a_rule_that_fits_no_column_vanishes(tmp_path: Path) -> None:
    rule = transformed(tmp_path, PEOPLE, update({"condition": "column.entity == 'ssn' and 1 / this", "value": "this / 0"})).account.rules[0]
    assert (rule.columns, rule.mode, rule.matched) == ([], "", 0)


CONDITION = "column.entity == 'first_name' and not (this | isna)"


def test_equal_inputs_are_evaluated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from appliance.data_plane.transform.values.fakes import Fakes

    asked: list[int] = []
    entity = Fakes.entity

    def counted(self: Fakes, word: str, values: list[str], locale: object = None) -> list[str]:
        asked.append(len(values))
        return entity(self, word, values)

    monkeypatch.setattr(Fakes, "entity", counted)
    lines = PEOPLE.splitlines(keepends=True)
    transformed(tmp_path, lines[0] + "".join(lines[1:]) * 2_000, update({"condition": CONDITION, "value": "column.entity | fake"}))
    assert sum(asked) == 4


@pytest.mark.parametrize("name", ["default", "gdpr", "hipaa", "ner_only", "transform_v2", "v2"])
def test_templates_run_and_leave_no_personal_value(name: str, tmp_path: Path) -> None:
    source, sink = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(PEOPLE)
    document = yaml.safe_load((TEMPLATES / f"{name}.yml").read_text())
    configuration = normalise({**document, "name": "template"} if "models" in document else document)
    plan = make_plan(configuration.section, sniff(source), ENTITIES)
    account = run_plan(plan, source, sink, spans=lambda texts: [[] for _ in texts])
    made = sink.read_text().splitlines()
    assert len(made) == len(PEOPLE.splitlines())
    assert account.total("errors") == 0
    if name != "ner_only":
        for column in ("first", "last", "email"):
            place = made[0].split(",").index(column)
            old = [line.split(",")[place] for line in PEOPLE.splitlines()[1:]]
            new = [line.split(",")[place] for line in made[1:]]
            assert not [cell for cell, now in zip(old, new, strict=True) if cell and cell == now], column


FAULTS_OF_OTHERS = """
modules in scope | re.enum.sys.modules['os'].getpid()
builtins | random._os.getpid()
a data frame's own methods | data.age.to_csv('/tmp/x')
attributes of functions | fake.first_name.__globals__
"""


@pytest.mark.parametrize("line", FAULTS_OF_OTHERS.strip().splitlines())
def test_what_breaks_out_elsewhere_is_refused_before_a_row_is_read(line: str) -> None:
    expression = line.split(" | ", 1)[1]
    section = {"data_source": "_", "steps": [{"vars": {"v": expression}, "rows": {"update": [{"name": "a", "value": "vars.v"}]}}]}
    with pytest.raises(ConfigurationRefused, match="Step 1, vars v"):
        normalise({"schema_version": "1.0", "models": [{"transform_v2": section}]})


def test_hashes_hang_on_the_project_s_key_and_the_seed_is_no_key(tmp_path: Path) -> None:
    text, rule = "ssn\n123-45-6789\n", update({"name": "ssn", "value": "this | hash"})
    made = {
        transformed(tmp_path, text, rule, shared=shared, key=key).column("ssn")[0]
        for shared in ({"seed": 1}, {"seed": 2}, {})
        for key in (KEY, ValueKey(b"z" * 32))
    }
    assert len(made) == 6
    salted = update({"name": "ssn", "value": "this | hash(salt='s')"})
    assert transformed(tmp_path, text, salted, key=KEY).column("ssn") != transformed(
        tmp_path, text, salted, key=ValueKey(b"z" * 32)
    ).column("ssn")
    assert all(len(one) >= 16 for one in made)


def test_hashes_of_many_entities_do_not_collide(tmp_path: Path) -> None:
    from appliance.data_plane.detection.finding import Span

    text = "note\n" + "".join(f"id {number}\n" for number in range(20_000))
    made = transformed(
        tmp_path,
        text,
        update({"name": "note", "value": "this | hash_entities(['email'])"}),
        shared={"ner": {"entities": ["email"]}},
        spans=lambda texts: [[Span(3, len(one), "email_address", 1.0)] for one in texts],
        batching=Batching(rows=5_000),
    )
    assert len(set(made.column("note"))) == 20_000


def test_one_fake_for_a_value_wherever_it_stands_and_never_an_error_text(tmp_path: Path) -> None:
    steps = update(
        {"name": "first", "value": "column.entity | fake"}, {"name": "other", "value": "this.weekday()", "fallback_value": "this.year"}
    )
    made = transformed(tmp_path, "first,other\n" + "Ada,Ada\nAlan,x\n" * 50, steps)
    assert len(set(made.column("first"))) == 2
    assert set(made.column("other")) == {"<other>"}
    assert "rror" not in made.text
