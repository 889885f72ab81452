"""The people of a row in the row's own notes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from passing_jobs import Job
from private_people import write_csv

from appliance.data_plane.detection.detector import Detector
from appliance.data_plane.detection.finding import ColumnShape, ColumnVerdict
from appliance.data_plane.detection.people_beside import with_people
from appliance.data_plane.detection.survey import Survey
from appliance.data_plane.tables.cells import NO_CELL, Cells, cells_of

PEOPLE = (("Bloom", "Table"), ("Marble", "Kitchen"), ("Summer", "Lake"), ("Rain", "Carpenter"))
"""Names that are words as well."""
NOTE = "Kitchen called back about it"
VERDICTS = (
    ColumnVerdict("first", ColumnShape.WHOLE, "first_name", 0.9),
    ColumnVerdict("last", ColumnShape.WHOLE, "last_name", 0.9),
    ColumnVerdict("note", ColumnShape.TEXT),
)


def table(rows: int = 24) -> pa.Table:
    people = [PEOPLE[row % len(PEOPLE)] for row in range(rows)]
    return pa.table({"first": [one for one, _ in people], "last": [other for _, other in people], "note": [NOTE] * rows})


def found(detector: Detector, size: int) -> list[dict[str, Any]]:
    survey = Survey(detector, VERDICTS)
    made = [entry for batch in table().to_batches(max_chunksize=size) for entry in survey.search(batch, "csv").data.to_pylist()]
    return [entry for entry in made if entry["column"] == "note"]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load()


def test_a_row_finds_its_own_people_and_no_other_row_does(detector: Detector) -> None:
    assert detector.spans([NOTE]) == [[]]
    made = found(detector, 24)
    assert {(entry["start"], entry["end"]) for entry in made} == {(0, len("Kitchen"))}
    assert [entry["row"] for entry in made] == list(range(1, 24, len(PEOPLE)))


@pytest.mark.parametrize("size", [1, 5])
def test_what_a_row_holds_does_not_hang_on_its_batch(detector: Detector, size: int) -> None:
    assert [(entry["start"], entry["label"], entry["score"]) for entry in found(detector, size)] == [
        (entry["start"], entry["label"], entry["score"]) for entry in found(detector, 24)
    ]


def test_texts_are_told_apart_only_by_names_they_hold() -> None:
    texts = cells_of(pa.array(["Ada called Bell", "nothing", None, "nothing", "Ada called Bell", "Ada called Bell"]), "csv")
    names = cells_of(pa.array(["Ada Moor", "Ben", "Ada", "Cleo", "Ben", None]), "csv")
    cells, known = with_people(texts, [names], lambda name: True)
    assert known == [("Ada Moor",), (), ()]
    assert cells.texts == ["Ada called Bell", "nothing", "Ada called Bell"]
    assert cells.codes.tolist() == [0, 1, NO_CELL, 1, 2, 2]


def test_a_firm_among_names_of_people_is_nobody() -> None:
    texts = cells_of(pa.array(["Seen at the hospital", "Seen by Ada"]), "csv")
    names = cells_of(pa.array(["Central Hospital", "Ada Moor"]), "csv")
    assert with_people(texts, [names], lambda name: "Hospital" not in name)[1] == [(), ("Ada Moor",)]


def test_an_empty_column_is_left_as_it_is() -> None:
    cells, known = with_people(cells_of(pa.array(["", None]), "csv"), [cells_of(pa.array(["Ada", "Ben"]), "csv")], lambda name: True)
    assert (cells.texts, known, cells.filled) == ([], [], 0)
    assert isinstance(cells, Cells)


def test_a_job_finds_the_people_of_its_rows_and_hides_them_in_the_preview(tmp_path: Path) -> None:
    people = (("Anna", "Kitchen"), ("Peter", "Smith"), ("Maria", "Jones"), ("John", "Brown")) * 15
    rows = [
        {"first_name": first, "last_name": last, "note": f"Kitchen called back about it, {number} of them are sent"}
        for number, (first, last) in enumerate(people)
    ]
    document = {"schema_version": "1.0", "models": [{"classify": {"data_source": "x"}}]}
    job = Job(tmp_path / "run", write_csv(tmp_path / "orders.csv", rows), document).perform()
    told = {column["name"]: column["shape"] for column in job.json("report_json")["columns"]}
    assert told == {"first_name": "whole", "last_name": "whole", "note": "text"}
    found = [entry for entry in csv.DictReader(io.StringIO(job.text("data"))) if entry["column"] == "note"]
    assert {int(entry["row"]) for entry in found if entry["start"] == "0"} == set(range(0, 60, 4))
    notes = [row["note"] for row in csv.DictReader(io.StringIO(job.text("data_preview")))]
    assert [number for number, note in enumerate(notes) if note.startswith("<last_name>")] == list(range(0, 60, 4))
