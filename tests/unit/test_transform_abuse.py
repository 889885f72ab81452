"""Hostile cells, rules and archives: a transform ends in a sentence or goes on, holds little memory, and names no value."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from passing_jobs import Job

from appliance.data_plane.models.archive import read_archive, write_archive
from appliance.data_plane.transform.evaluation.bounds import Budget
from appliance.data_plane.transform.evaluation.vectors import BLOCK, lift
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.keys import ValueKey
from appliance.data_plane.transform.values.masks import partial_mask
from appliance.data_plane.transform.values.numbers import shift_numbers
from appliance.errors import DataRefused, JobFailed

HALF = '{"a":"\\ud800q","n":1}\n{"a":"b","n":2}\n'


def transform(folder: Path, content: str, value: str, *, name: str = "in.csv", **more: Any) -> Job:
    """A job with one rule on column `a`."""
    source = folder / name
    source.write_text(content, "utf-8")
    return Job(folder / "run", source, document(value, **more))


def document(value: str, **more: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "name": "a",
        "value": value,
        **{key: more.pop(key) for key in ("condition", "foreach", "fallback_value") if key in more},
    }
    step: dict[str, Any] = {"vars": more.pop("variables", {}), "rows": {"update": [rule]}}
    section = {"data_source": "x", "globals": {"classify": {"enable": False}}, "steps": [step], "appliance": more}
    return {"schema_version": "1.0", "name": "abuse", "models": [{"transform_v2": section}]}


@pytest.mark.parametrize(
    ("value", "made"), [("this ~ 'x'", "\ufffdqx"), ("this | upper", "\ufffdQ"), ("this | fake_entities", "\ufffdq"), ("row.n", "1")]
)
def test_half_a_character_in_json_is_shown_as_the_replacement_character(tmp_path: Path, value: str, made: str) -> None:
    job = transform(tmp_path, HALF, value, name="in.jsonl").perform()
    assert job.text("data_preview").splitlines()[1] == f"{made},1"


def test_half_a_character_in_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="half of a surrogate pair"):
        transform(tmp_path, HALF.replace('"n"', '"\\udfffn"'), "this", name="in.jsonl").perform()


def test_a_mask_that_keeps_a_thousand_million_characters_is_made_at_once() -> None:
    assert partial_mask(["hello", ""], 10**10, "X", 4) == ["heXlo", "X"]
    assert partial_mask(["hello"], 10**10, "X", 1) == ["helXo"]
    assert partial_mask(["hello"], 1, "X", 10**10) == ["hXllo"]


PLAIN = "a,n\nhello,1\nworld,2\n"
Edit = Callable[[dict[str, Any], dict[str, Any]], Any]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    made: Path = transform(folder, PLAIN, "this ~ 'x'").perform().path("model")
    return made


def rerun(model: Path, folder: Path, edit: Edit, raw: bytes | None = None) -> None:
    """Run a model whose plan and configuration were edited, and whose digests are right again."""
    inside = folder / "inside"
    inside.mkdir()
    configuration = read_archive(model, inside).configuration
    plan = json.loads((inside / "plan.json").read_bytes())
    edit(plan, configuration)
    (inside / "plan.json").write_bytes(json.dumps(plan).encode() if raw is None else raw)
    changed, files = folder / "model.tar.gz", {"plan.json": inside / "plan.json"}
    write_archive(changed, files, model_type="transform_v2", engine="rules", appliance_version="1", configuration=configuration)
    (folder / "in.csv").write_text(PLAIN)
    Job(folder / "run", folder / "in.csv", document("this ~ 'x'"), model=changed).perform()


def rule(plan: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = plan["plan"]["section"]["steps"][0]["rows"]["update"][0]
    return found


EDITS: dict[str, Edit] = {
    "an expression beyond the language": lambda plan, _: rule(plan).update(value="re.enum.sys.modules"),
    "an expression that was not in the configuration": lambda plan, _: rule(plan).update(value="this"),
    "no steps": lambda plan, _: plan["plan"]["section"].pop("steps"),
    "no limit of time": lambda plan, _: plan["plan"]["section"]["appliance"].update(rule_timeout=1e99),
    "no key": lambda plan, _: plan.pop("key"),
    "a key that is a text": lambda plan, _: plan.update(key="1"),
    "a column of an unknown kind": lambda plan, _: plan["plan"]["columns"][0]["schema"].update(kind="object"),
    "no model": lambda _, configuration: configuration.update(models=[]),
    "models that are a text": lambda _, configuration: configuration.update(models="abc"),
    "a model of another type": lambda _, configuration: configuration.update(models=[{"classify": {"data_source": "x"}}]),
    "a configuration that create refuses": lambda _, found: found["models"][0]["transform_v2"]["steps"].clear(),
}


def test_a_model_runs_when_nothing_was_edited(model: Path, tmp_path: Path) -> None:
    rerun(model, tmp_path, lambda plan, configuration: None)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_model_is_refused_in_a_sentence(model: Path, tmp_path: Path, edit: Edit) -> None:
    with pytest.raises(DataRefused, match="The model archive was changed"):
        rerun(model, tmp_path, edit)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"\0" * 4096, b'{"plan":' + b"[" * 100_000 + b"]" * 100_000 + b',"key":1}', b'{"plan":{"section":' + b'{"a":' * 50_000],
    ids=["empty", "list", "zeros", "deep", "open"],
)
def test_a_plan_that_is_none_is_refused_in_a_sentence(model: Path, tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(DataRefused, match="The model archive was changed"):
        rerun(model, tmp_path, lambda plan, configuration: None, raw)


def test_a_plan_of_many_megabytes_is_refused_before_it_is_unpacked(model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="its manifest does not name"):
        rerun(model, tmp_path, lambda plan, configuration: None, b" " * ((64 << 20) + 1))
    assert not list((tmp_path / "run" / "tmp" / "model").iterdir())


def shown(job: Job) -> list[str]:
    """The cells of column `a` in the output."""
    return [row["a"] for row in csv.DictReader(io.StringIO(job.text("data_preview")))]


DOUBLED = {"a": "[1, 1]"} | {name: f"[vars.{below}, vars.{below}, vars.{below}, vars.{below}]" for below, name in pairwise("abcdefghij")}


@pytest.mark.parametrize(
    ("value", "more"),
    [
        ("([[this] * row.n] * row.n) | string", {}),
        ("[[this] * row.n] * row.n", {}),
        ("[this, this]", {"foreach": "[1] * 40"}),
        ("[this]", {"foreach": "[1] * 80"}),
        ("{'a': this, 'b': this}", {"foreach": "[1] * 40"}),
        ("re.match('h', this)", {}),
        ("[re.match('h', this)]", {}),
        ("this.ljust(row.n * 10000)", {}),
        ("this * (row.n * 10000)", {}),
        ("('f' * 100000) | int(base=16)", {}),
        ("this | partial_mask(1, 'X' * 5000, 1)", {}),
    ],
)
def test_a_value_that_grows_or_that_no_cell_can_show_is_a_failed_cell(tmp_path: Path, value: str, more: dict[str, Any]) -> None:
    assert shown(transform(tmp_path, "a,n\nhello,1000\n", value, **more).perform()) == ["<a>"]


def test_lists_in_variables_are_weighed_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="Step 1, vars g: the expression has no value"):
        transform(tmp_path, "a,n\nhello,1\n", "vars.j | string", variables=DOUBLED).perform()
    (tmp_path / "more").mkdir()
    nested = {"a": ["1"] * 99, "b": ["vars.a"] * 99, "c": ["vars.b"] * 99}
    with pytest.raises(JobFailed, match="Step 1, vars c: the list or mapping is too large"):
        transform(tmp_path / "more", "a,n\nhello,1\n", "this", variables=nested).perform()


@pytest.mark.parametrize("value", ["this.ljust(10000)", "this * (row.n * 9000)", "this ~ ('x' * 10000)"])
def test_what_a_rule_makes_of_a_batch_is_bounded_and_the_rule_is_named(tmp_path: Path, value: str) -> None:
    content = "a,n\n" + "".join(f"zyxxwoth{number:05},1\n" for number in range(30_000))
    with pytest.raises(JobFailed, match="Step 1, rows update rule 1, column 'a', makes more than") as refusal:
        transform(tmp_path, content, value).perform()
    assert "zyxxwoth" not in str(refusal.value)


def test_time_is_looked_at_while_values_are_made() -> None:
    now = iter(range(10_000))
    budget = Budget(lambda: float(next(now)), 5.0)
    budget.start("Step 1, rows update rule 1, column 'a',")
    made: list[int] = []

    def slow(value: int) -> int:
        made.append(value)
        return value

    with pytest.raises(JobFailed, match="rule 1, column 'a', took more than 5 seconds"):
        lift(slow, [list(range(100_000))], 100_000, budget.meter())
    assert len(made) == 5 * BLOCK + BLOCK


@pytest.mark.parametrize("condition", ["this | date_parse | isna", "(this | date_parse) is none", "(this | date_parse) is string"])
def test_a_condition_that_fails_selects_its_cell(tmp_path: Path, condition: str) -> None:
    job = transform(tmp_path, "a,n\nhello,1\n2020-05-01,2\n", "'made'", condition=condition).perform()
    assert shown(job) == ["<a>", "2020-05-01"]
    assert job.json("report_json")["rules"][0]["errors"] == 1


def test_numbers_beyond_all_floating_ones_are_written_out(tmp_path: Path) -> None:
    content = "a,b\n" + "".join(f'"{number},{number % 900 + 100}",x\n' for number in range(1, 400))
    made = shown(transform(tmp_path, content, "this ** 64 * this ** 60").perform())
    assert all(int(text.replace(",", "").partition(".")[0] or 0) > 10**300 for text in made if text != "<a>")
    assert len(made) == 399


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_made_values_run_in_no_spreadsheet_where_that_is_asked(tmp_path: Path, first: str) -> None:
    job = transform(tmp_path, "a,n\nx,1\ny,2\n", "vars.sign ~ 'cmd|' ~ this", csv_guard=True, variables={"sign": repr(first)})
    assert shown(job.perform()) == [f"'{first}cmd|x", f"'{first}cmd|y"]


def test_numbers_of_hundreds_of_digits_are_not_shifted() -> None:
    draws = Draws(ValueKey.derive(1).digest("numbers", ["1e308", "1e-300", "5"]))
    made = shift_numbers(["1e308", "1e-300", "5"], draws, 1, 3)
    assert made[:2] == [None, None]
    assert made[2] in {"6", "7", "8"}


def test_a_seed_for_each_row_costs_no_words_of_its_own(tmp_path: Path) -> None:
    content = "a,n\n" + "".join(f"x{number},{number}\n" for number in range(600))
    job = transform(tmp_path, content, "fake(seed=row.n).name()")
    started = time.process_time()
    assert len(set(shown(job.perform()))) > 500
    assert time.process_time() - started < 10


def test_long_fakes_are_counted_while_they_are_made(tmp_path: Path) -> None:
    content = "a,n\n" + "".join(f"x{number},{number}\n" for number in range(400))
    with pytest.raises(JobFailed, match=r"rule 1, column 'a', took more than 0\.2 seconds"):
        transform(tmp_path, content, "fake.sentences(nb=400) | join(' ')", rule_timeout=0.2).perform()


@pytest.mark.parametrize("kind", ["classify", "transform_v2", "transforms"])
def test_names_of_columns_are_text_in_a_report_and_nothing_else(tmp_path: Path, kind: str) -> None:
    header = '"<script>alert(1)</script>","x""y","l\nm","=cmd()","<img src=q onerror=alert(2)>"\n'
    rules = [{"name": "<script>alert(3)</script>", "conditions": {"field_name": ['x"y']}, "transforms": [{"type": "hash"}]}]
    steps = [{"rows": {"update": [{"name": "=cmd()", "value": "this | hash", "description": "<script>alert(4)</script>"}]}}]
    sections: dict[str, dict[str, Any]] = {"transforms": {"policies": [{"name": "p", "rules": rules}]}, "transform_v2": {"steps": steps}}
    source = tmp_path / "in.csv"
    source.write_text(header + "anna@b.example,q,r,Anna Keller,t\n" * 40, "utf-8")
    section = {"data_source": "x", **sections.get(kind, {})}
    page = Job(tmp_path / "run", source, {"schema_version": "1.0", "name": "p", "models": [{kind: section}]}).perform().text("report")
    assert "<script" not in page.lower()
    assert "<img" not in page.lower()
    assert "Content-Security-Policy" in page
    assert "alert(1)&lt;/script&gt;" in page
