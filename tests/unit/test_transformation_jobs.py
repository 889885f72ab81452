"""`transform_v2` from files to artifacts, in this process."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from passing_jobs import KEY, SECRETS, Job
from private_people import CANARY, CANARY_MAIL, people, write_csv, write_jsonl, write_parquet, write_text
from report_page import checked_page
from schema_walk import faults

from appliance.data_plane.transform.report.page import render
from appliance.errors import DataRefused, JobFailed

SCHEMA = json.loads(resources.files("appliance.data_plane.transform.report").joinpath("report.schema.json").read_text("utf-8"))
UPDATES = [
    {"entity": ["name", "email"], "value": "column.entity | fake"},
    {"entity": "ssn", "value": "this | hash"},
    {"condition": 'column.entity is none and column.type == "text"', "value": "this | redact_entities"},
]


def document(updates: Any = None, *, appliance: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    section = {
        "data_source": "x",
        "globals": {"classify": {"enable": True, "entities": ["name", "email", "ssn"]}, **settings},
        "steps": [{"columns": {"drop": [{"name": "amount"}]}, "rows": {"update": updates or UPDATES}}],
        "appliance": appliance or {},
    }
    return {"schema_version": "1.0", "name": "change", "models": [{"transform_v2": section}]}


def rows_of(job: Job, kind: str = "data_preview") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(job.text(kind))))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("people") / "people.csv", people(300))


@pytest.fixture(scope="module")
def trained(source: Path) -> Job:
    return Job(source.parent / "run", source, document()).perform()


def test_every_artifact_is_there_and_every_rule_has_worked(trained: Job) -> None:
    assert trained.artifacts == ["data_preview", "model", "report", "report_json"]
    made, given = rows_of(trained), people(300)
    assert len(made) == 300
    assert list(made[0]) == ["customer", "full_name", "email", "ssn", "plan", "note"]
    for new, old in zip(made, given, strict=True):
        assert (new["customer"], new["plan"]) == (str(old["customer"]), old["plan"])
        assert new["full_name"] != old["full_name"]
        assert new["email"] != old["email"]
        assert old["email"] not in new["note"]
        assert len(new["ssn"]) == 32
    assert sum("<email>" in row["note"] for row in made) == sum("@" in row["note"] for row in given)


def test_the_report_counts_what_was_done_and_what_is_left(trained: Job) -> None:
    report = trained.json("report_json")
    assert list(faults(report, SCHEMA, SCHEMA)) == []
    assert {"training_time_seconds", "record_count", "field_count", "field_transforms", "value_transforms"} <= set(report)
    columns = {column["name"]: column for column in report["columns"]}
    assert columns["email"]["state"] == "changed"
    assert (columns["email"]["found"], columns["email"]["entity"], columns["email"]["replayed"]) == (["email_address"], "email", 0.0)
    assert columns["amount"]["state"] == "dropped"
    assert columns["customer"]["made"] == 0
    assert report["rows"] == {"in": 300, "out": 300, "dropped": 0}
    assert [rule["matched"] > 0 for rule in report["rules"]] == [True, True, True]
    assert report["key"] == {"number": 1, "weak": False}
    assert trained.context.scores["fields_changed"] == 4
    said = " ".join(" ".join(checked_page(trained.text("report")).words).split())
    assert "“Looks like now” is what a second search takes the output for" in said
    assert "Left over" not in said
    assert all(" → " in rule["text"] and rule["locked"] == [] for rule in report["rules"])
    assert render(report) == trained.text("report")


def test_neither_values_nor_keys_are_told(trained: Job) -> None:
    archive = gzip.decompress(trained.path("model").read_bytes()).decode("utf-8", "replace")
    for part in (trained.told(), archive, trained.text("report"), trained.text("report_json")):
        assert "zyxxwoth" not in part.lower()
        assert CANARY not in part
        assert CANARY_MAIL not in part
        assert KEY not in part
        assert not any(row["full_name"] in part for row in people(300))
        assert not any(row["ssn"] in part for row in people(300))


def test_a_model_transforms_other_files_of_every_format_alike(trained: Job, tmp_path: Path) -> None:
    writers: dict[str, Callable[[Path, list[dict[str, Any]]], Path]] = {
        "people.csv": write_csv,
        "people.jsonl": write_jsonl,
        "people.parquet": write_parquet,
    }
    rows = people(300)[100:160]
    results = []
    for name, write in writers.items():
        job = Job(tmp_path / name.replace(".", "-"), write(tmp_path / name, rows), document(), model=trained.path("model")).perform()
        assert job.artifacts == ["data", "run_report_json"]
        assert list(faults(job.json("run_report_json"), SCHEMA, SCHEMA)) == []
        results.append([(row["full_name"], row["email"], row["ssn"], row["note"]) for row in rows_of(job, "data")])
    trained_rows = [(row["full_name"], row["email"], row["ssn"], row["note"]) for row in rows_of(trained)[100:160]]
    assert results == [trained_rows] * 3


def test_the_same_key_gives_the_same_bytes_and_another_one_others(source: Path, trained: Job, tmp_path: Path) -> None:
    again = Job(tmp_path / "again", source, document(), seed=77).perform()
    assert again.path("data_preview").read_bytes() == trained.path("data_preview").read_bytes()
    other = Job(tmp_path / "other", source, document())
    other.context.secrets["transform_key.1"] = "77" * 32
    assert other.perform().path("data_preview").read_bytes() != trained.path("data_preview").read_bytes()


def test_a_model_keeps_to_its_key_after_a_rotation_and_says_when_it_is_gone(source: Path, trained: Job, tmp_path: Path) -> None:
    later = Job(tmp_path / "later", source, document(), model=trained.path("model"))
    later.context.secrets.update({"transform_key": "2", "transform_key.2": "11" * 32})
    assert rows_of(later.perform(), "data") == rows_of(trained)
    gone = Job(tmp_path / "gone", source, document(), model=trained.path("model"))
    del gone.context.secrets["transform_key.1"]
    with pytest.raises(JobFailed, match="Transform key 1 is not in this project"):
        gone.perform()


def test_without_a_project_the_seed_makes_the_key_and_the_report_says_so(source: Path, tmp_path: Path) -> None:
    jobs = [Job(tmp_path / name, source, document(appliance={"seed": seed})) for name, seed in (("a", 3), ("b", 3), ("c", 4))]
    for job in jobs:
        for name in SECRETS:
            del job.context.secrets[name]
        job.perform()
    first, second, third = (job.path("data_preview").read_bytes() for job in jobs)
    assert first == second
    assert first != third
    report = jobs[0].json("report_json")
    assert report["key"] == {"number": 0, "weak": True}
    assert any("seed" in warning for warning in report["warnings"])
    run = Job(tmp_path / "run", source, document(), model=jobs[0].path("model"), seed=99).perform()
    assert rows_of(run, "data") == rows_of(jobs[0])


def test_personal_data_that_no_rule_changes_is_told_first(source: Path, tmp_path: Path) -> None:
    report = Job(tmp_path / "run", source, document([{"name": "email", "value": "this | hash"}])).perform().json("report_json")
    states = {column["name"]: column["state"] for column in report["columns"]}
    assert (states["email"], states["full_name"], states["ssn"]) == ("changed", "exposed", "exposed")
    assert report["verdict"]["level"] == "bad"
    assert report["advice"][0]["level"] == "bad"
    assert "ssn" in report["advice"][0]["what"]


def test_classification_can_be_left_out(source: Path, tmp_path: Path) -> None:
    quiet = document([{"name": "email", "value": "this | hash"}])
    quiet["models"][0]["transform_v2"]["globals"]["classify"]["enable"] = False
    report = Job(tmp_path / "run", source, quiet).perform().json("report_json")
    assert report["checked"] is False
    assert list(faults(report, SCHEMA, SCHEMA)) == []
    assert report["rules"][0]["changed"] == 300


def test_plain_text_is_transformed_line_by_line(tmp_path: Path) -> None:
    given = people(40)
    rule = [{"type": "text", "value": "this | redact_entities"}]
    wanted = document(rule)
    del wanted["models"][0]["transform_v2"]["steps"][0]["columns"]
    made = Job(tmp_path / "run", write_text(tmp_path / "letter.txt", given), wanted).perform().text("data_preview")
    assert made.count("<email>") == sum("@" in row["note"] for row in given)
    assert "@example.org" not in made


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_short_letter_is_changed_from_its_first_line_on_and_keeps_its_blank_lines(tmp_path: Path, end: str) -> None:
    wanted = document([{"type": "text", "value": "this | redact_entities"}])
    del wanted["models"][0]["transform_v2"]["steps"][0]["columns"]
    letter = f"Dear Margaret Holloway,{end}{end}Your mail is maggie@example.org, or call, please?{end}{end}Peter Holloway"
    (tmp_path / "l.txt").write_bytes(letter.encode())
    job = Job(tmp_path / "run", tmp_path / "l.txt", wanted).perform()
    assert job.text("data_preview") == end.join(["Dear <name>,", "", "Your mail is <email>, or call, please?", "", "<name>"])
    assert job.json("report_json")["checked"] is True


def test_a_file_that_does_not_fit_is_refused_in_a_sentence(trained: Job, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(DataRefused):
        Job(tmp_path / "run", tmp_path / "bad.csv", document(), model=trained.path("model")).perform()


RULES = [
    {"name": "mail", "conditions": {"field_label": ["email_address"]}, "transforms": [{"type": "fake"}]},
    {"name": "names", "conditions": {"field_label": ["person_name"]}, "transforms": [{"type": "redactwithchar", "attrs": {"char": "#"}}]},
    {"name": "own", "conditions": {"field_label": ["acme/customer"]}, "transforms": [{"type": "hash"}]},
    {"name": "inside", "conditions": {"value_label": ["email_address"]}, "transforms": [{"type": "redactwithlabel"}]},
]
PREDICTORS = {"namespace": "acme", "regex": {"customer": {"patterns": [{"regex": "1[0-9]{3}"}]}}}


def policies(**section: Any) -> dict[str, Any]:
    given = {"data_source": "x", "policies": [{"name": "all", "rules": RULES}], **section}
    return {"schema_version": "1.0", "name": "older", "models": [{"transforms": given}], "label_predictors": PREDICTORS}


def test_policies_run_as_jobs_with_own_labels(source: Path, tmp_path: Path) -> None:
    job = Job(tmp_path / "run", source, policies()).perform()
    made, given = rows_of(job), people(300)
    for new, old in zip(made, given, strict=True):
        assert new["email"] != old["email"]
        assert set(new["full_name"]) <= {"#", " "}
        assert new["customer"] != str(old["customer"])
        assert old["email"] not in new["note"]
        assert (new["plan"], new["ssn"]) == (old["plan"], old["ssn"])
    report = job.json("report_json")
    assert list(faults(report, SCHEMA, SCHEMA)) == []
    assert {"field": "email", "label": "email_address", "transform": "fake", "cells": 300} in report["field_transforms"]
    assert [one["field"] for one in report["value_transforms"]] == ["note"]
    assert report["verdict"]["level"] == "bad"
    assert "ssn" in report["advice"][0]["what"]
    checked_page(job.text("report"))
    again = Job(tmp_path / "again", source, policies(), model=job.path("model")).perform()
    assert rows_of(again, "data") == made


def test_columns_that_are_renamed_or_added_are_told_by_their_source(source: Path, tmp_path: Path) -> None:
    wanted = document([{"name": "mail", "value": "this | hash"}])
    columns = {
        "add": [{"name": "kind"}],
        "drop": [{"name": "amount"}],
        "rename": [{"name": "email", "value": "mail"}, {"name": "ssn", "value": "id"}],
    }
    wanted["models"][0]["transform_v2"]["steps"][0]["columns"] = columns
    report = Job(tmp_path / "run", source, wanted).perform().json("report_json")
    assert list(faults(report, SCHEMA, SCHEMA)) == []
    told = {column["name"]: (column["source"], column["state"]) for column in report["columns"]}
    assert told["mail"] == ("email", "changed")
    assert told["id"] == ("ssn", "exposed")
    assert told["amount"] == ("amount", "dropped")
    assert told["kind"] == ("", "kept")


def test_a_cell_that_fails_is_told_by_its_place_alone(source: Path, tmp_path: Path) -> None:
    strict = document([{"name": "full_name", "value": "this | int + (1 / (index - 3))"}], appliance={"on_error": "fail"})
    job = Job(tmp_path / "run", source, strict)
    with pytest.raises(JobFailed) as failed:
        job.perform()
    said = f"{failed.value.message} {failed.value.hint} {job.told()}"
    assert "full_name" in failed.value.message
    assert "zyxxwoth" not in said.lower()
    assert not any(row["full_name"] in said for row in people(300))


def test_hostile_names_do_no_harm_to_the_page(tmp_path: Path) -> None:
    name = "<script>alert('ä')</script>\"&\u202e"
    rows = [{name: f"user{number}@example.org", "=cmd()": "<b>" * (number % 3)} for number in range(60)]
    wanted = document([{"entity": "email", "value": "this | hash", "description": "<img src=x onerror=alert(1)>"}])
    del wanted["models"][0]["transform_v2"]["steps"][0]["columns"]
    page = Job(tmp_path / "run", write_csv(tmp_path / "odd.csv", rows), wanted).perform().text("report")
    checked_page(page)
    assert "<script" not in page
    assert "<img" not in page


def test_repairs_and_keys_without_effect_are_told(source: Path, tmp_path: Path) -> None:
    wanted = document([{"condition": 'c(olumn.entity == "email")', "value": "this | hash"}], ner={"enable_gliner": False})
    job = Job(tmp_path / "run", source, wanted).perform()
    assert any("is read as '(column'" in warning for warning in job.json("report_json")["warnings"])
    assert "globals.ner.enable_gliner is known but has no effect" in job.told()
    assert rows_of(job)[0]["email"] != people(1)[0]["email"]


@pytest.mark.parametrize("make", [document, policies])
def test_a_table_without_rows_comes_out_without_rows(make: Callable[[], dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("customer,full_name,email,ssn,plan,amount,note\n")
    job = Job(tmp_path / "run", tmp_path / "none.csv", make()).perform()
    assert rows_of(job) == []
    report = job.json("report_json")
    assert (report["rows"]["in"], list(faults(report, SCHEMA, SCHEMA))) == (0, [])
    checked_page(job.text("report"))
