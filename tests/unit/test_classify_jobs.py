"""`classify` from files to artifacts, in this process."""

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
from passing_jobs import Job
from private_people import CANARY, CANARY_MAIL, people, write_csv, write_jsonl, write_parquet, write_text
from report_page import checked_page
from schema_walk import faults

from appliance.configurations import normalise
from appliance.data_plane.detection.report.page import render
from appliance.errors import DataRefused

SCHEMA = json.loads(resources.files("appliance.data_plane.detection.report").joinpath("report.schema.json").read_text("utf-8"))


def document(predictors: Any = None, **section: Any) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "name": "look",
        "models": [{"classify": {"data_source": "x", **section}}],
        "label_predictors": predictors,
    }


def found_in(job: Job) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(job.text("data"))))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("classify")
    return Job(folder / "run", write_csv(folder / "people.csv", people(400)), document()).perform()


def test_every_artifact_is_there_and_counts_agree(trained: Job) -> None:
    assert trained.artifacts == ["data", "data_preview", "model", "report", "report_json"]
    findings, report = found_in(trained), trained.json("report_json")
    assert trained.context.rows_in == report["record_count"] == 400
    assert trained.context.rows_out == len(findings) == sum(entity["findings"] for entity in report["entities"])
    assert trained.context.scores["findings"] == len(findings)
    by_column = {column["name"]: column for column in report["columns"]}
    assert by_column["email"]["findings"] == {"email_address": 400}
    assert by_column["ssn"]["label"] == "us_social_security_number"
    assert by_column["note"]["shape"] == "text"
    assert by_column["plan"]["findings"] == by_column["amount"]["findings"] == {}


def test_findings_lead_to_the_cells(trained: Job) -> None:
    rows = people(400)
    places = {(entry["column"], int(entry["row"])): entry for entry in found_in(trained)}
    mail = places["email", 3]
    assert (mail["start"], mail["end"], mail["label"]) == ("0", str(len(CANARY_MAIL)), "email_address")
    inside = [entry for entry in found_in(trained) if entry["column"] == "note" and entry["label"] == "email_address"]
    assert len(inside) == sum("@" in row["note"] for row in rows)
    for entry in inside:
        row = rows[int(entry["row"])]
        assert row["note"][int(entry["start"]) : int(entry["end"])] == row["email"]


def test_the_report_follows_its_schema_and_holds_what_clients_read(trained: Job) -> None:
    report = trained.json("report_json")
    assert list(faults(report, SCHEMA, SCHEMA)) == []
    assert {"elapsed_time_seconds", "record_count", "field_count", "warnings"} <= set(report)
    assert {"field": "record_count", "value": 400} in report["summary"]
    email = next(field for field in report["metadata"]["fields"] if field["name"] == "email")
    assert email["entities"] == [{"label": "email_address", "count": 400, "approx_distinct_count": 400, "f_ratio": 1.0}]
    page = checked_page(trained.text("report"))
    said = " ".join(" ".join(page.words).split())
    assert "email" in said
    assert "Evidence: matched is the share of values" in said
    assert "Transform it before it is shared: appliance transform TABLE --template transform/default" in said
    assert "Nothing needs doing" not in said
    assert render(report) == trained.text("report")


def test_no_value_that_few_rows_hold_is_told_anywhere(trained: Job) -> None:
    archive = gzip.decompress(trained.path("model").read_bytes()).decode("utf-8", "replace")
    parts = [trained.told(), archive, *(trained.text(kind) for kind in ("data", "data_preview", "report", "report_json"))]
    names = [row["full_name"] for row in people(400) if row["full_name"] != CANARY]
    for part in parts:
        assert CANARY not in part
        assert "canary" not in part.lower()
        assert "zyxxwoth" not in part.lower()
        assert not any(name in part for name in names)
        assert "@example.org" not in part


def test_a_trained_model_searches_other_files_of_every_format(trained: Job, tmp_path: Path) -> None:
    writers: dict[str, Callable[[Path, list[dict[str, Any]]], Path]] = {
        "people.csv": write_csv,
        "people.jsonl": write_jsonl,
        "people.parquet": write_parquet,
    }
    rows, results = people(120, seed=9), []
    for name, write in writers.items():
        job = Job(tmp_path / name.replace(".", "-"), write(tmp_path / name, rows), document(), model=trained.path("model")).perform()
        assert job.artifacts == ["data", "run_report_json"]
        assert list(faults(job.json("run_report_json"), SCHEMA, SCHEMA)) == []
        results.append(found_in(job))
    assert results[0] == results[1] == results[2]
    assert sum(entry["column"] == "email" for entry in results[0]) == 120


def test_plain_text_is_searched_line_by_line(trained: Job, tmp_path: Path) -> None:
    rows = people(60, seed=2)
    job = Job(tmp_path / "run", write_text(tmp_path / "letter.txt", rows), document(), model=trained.path("model")).perform()
    mails = [entry for entry in found_in(job) if entry["label"] == "email_address"]
    assert {entry["column"] for entry in mails} == {"text"}
    assert [int(entry["row"]) for entry in mails] == [number for number, row in enumerate(rows) if "@" in row["note"]]


def test_a_letter_of_few_words_is_searched_from_its_first_line_on(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("Dear Margaret Holloway\n\nYour mail is maggie@example.org.\n\nPeter Holloway\n")
    job = Job(tmp_path / "run", tmp_path / "l.txt", document()).perform()
    assert [(entry["row"], entry["label"]) for entry in found_in(job)] == [
        ("0", "person_name"),
        ("2", "email_address"),
        ("4", "person_name"),
    ]


@pytest.mark.parametrize("escaped", [False, True])
def test_what_lies_inside_nested_values_is_found_where_it_lies(tmp_path: Path, escaped: bool) -> None:
    rows = [
        {"id": row, "user": {"name": "Renée Müller", "mail": f"u{row}@example.org"}, "tags": ["ä", f"tag{row}@example.org"], "at": [row, 2]}
        for row in range(30)
    ]
    text = "".join(json.dumps(row, ensure_ascii=escaped) + "\n" for row in rows)
    (tmp_path / "nested.jsonl").write_text(text, "utf-8")
    job = Job(tmp_path / "run", tmp_path / "nested.jsonl", document()).perform()
    told = {(entry["column"], entry["label"]) for entry in found_in(job)}
    assert told == {("user", "person_name"), ("user", "email_address"), ("tags", "email_address")}
    shapes = {column["name"]: column["shape"] for column in job.json("report_json")["columns"]}
    assert (shapes["user"], shapes["tags"], shapes["at"]) == ("text", "text", "none")
    for entry in found_in(job):
        if (entry["column"], entry["row"]) == ("tags", "7"):
            cell = json.dumps(rows[7]["tags"], ensure_ascii=False, separators=(",", ":"))
            assert cell[int(entry["start"]) : int(entry["end"])] == "tag7@example.org"


def test_the_same_seed_gives_the_same_bytes_and_findings_may_be_json(trained: Job, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "people.csv", people(400))
    again = Job(tmp_path / "again", source, document()).perform()
    assert again.path("data").read_bytes() == trained.path("data").read_bytes()
    assert again.path("model").read_bytes() == trained.path("model").read_bytes()
    one, other = (job.json("report_json") | {"run": {}, "elapsed_time_seconds": 0} for job in (again, trained))
    assert one == other
    lines = Job(tmp_path / "json", source, document(appliance={"format": "jsonl"})).perform().text("data").splitlines()
    assert [{name: str(value) for name, value in json.loads(line).items()} for line in lines[:50]] == found_in(trained)[:50]


def test_only_labels_that_were_asked_for_are_found_and_own_ones(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "people.csv", people(200))
    predictors = {"namespace": "acme", "regex": {"customer": {"patterns": [{"regex": r"1\d{3}"}]}}, "phrases": {"mood": ["on time"]}}
    job = Job(tmp_path / "run", source, document(predictors, labels=["ssn", "acme/*"])).perform()
    assert {(entry["column"], entry["label"]) for entry in found_in(job)} == {
        ("ssn", "ssn"),
        ("customer", "acme/customer"),
        ("note", "acme/mood"),
    }


@pytest.mark.parametrize(("content", "said"), [("", "empty"), ("a,b\n1,2\n1,2,3\n", "fields"), ("PK\x03\x04", "ZIP")])
def test_what_is_no_table_is_refused_in_a_sentence(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "bad.csv").write_text(content)
    with pytest.raises(DataRefused, match=said):
        Job(tmp_path / "run", tmp_path / "bad.csv", document()).perform()


@pytest.mark.parametrize(
    ("content", "rows", "said"),
    [
        ("plan,email,first_name\n", 0, ("the table has no rows", "in: “email”, “first_name”.")),
        ("plan,email\n,\n,\n,\n", 3, ("none of its 3 rows holds a value", "in: “email”.")),
        ("plan,amount,created_at\n", 0, ("the table has no rows", "No column's name suggests")),
    ],
)
def test_a_table_without_values_is_not_said_to_be_free_of_personal_data(
    tmp_path: Path, content: str, rows: int, said: tuple[str, str]
) -> None:
    (tmp_path / "none.csv").write_text(content)
    job = Job(tmp_path / "run", tmp_path / "none.csv", document()).perform()
    assert found_in(job) == []
    report = job.json("report_json")
    assert report["record_count"] == rows
    assert report["verdict"]["level"] == "warn"
    assert said[0] in report["verdict"]["found"]
    assert said[1] in report["verdict"]["identifying"]
    assert list(faults(report, SCHEMA, SCHEMA)) == []
    assert " ".join(checked_page(job.text("report")).words).count("Not judged") == 2


def test_hostile_names_and_cells_do_no_harm(tmp_path: Path) -> None:
    name = "<script>alert('ä')</script>\"&\u202e"
    rows = [{name: f"user{number}@example.org", "=cmd()": "<b>" * (number % 3)} for number in range(60)]
    job = Job(tmp_path / "run", write_csv(tmp_path / "odd.csv", rows), document()).perform()
    checked_page(job.text("report"))
    assert "<script" not in job.text("report")
    assert normalise(document()).model_type == "classify"
