"""From cells to findings, counts, and what may be shown of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from appliance.configurations.classify import Wanted
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict, Span
from appliance.data_plane.detection.findings import SCHEMA, file_format, locate, table_of
from appliance.data_plane.detection.shapes import blurred, redacted, shape_of, usual_shapes
from appliance.data_plane.detection.survey import Distinct, Survey
from appliance.data_plane.models.preview import masked_preview
from appliance.data_plane.tables import read_table, write_batches
from appliance.data_plane.tables.cells import cells_of
from appliance.data_plane.tables.sniff import open_source

VERDICTS = (
    ColumnVerdict("mail", ColumnShape.WHOLE, "email_address", 0.99),
    ColumnVerdict("note", ColumnShape.TEXT),
    ColumnVerdict("either", ColumnShape.MIXED),
    ColumnVerdict("size", ColumnShape.NONE),
)


class Digits:
    """Finds runs of three 7s, and takes a cell of sevens for a card."""

    def cells(self, values: Sequence[str], header: str = "") -> list[Span | None]:
        return [Span(0, len(value), "credit_card_number", 0.9) if set(value) == {"7"} else None for value in values]

    def spans(self, texts: Sequence[str], *, known: Sequence[Sequence[str]] | None = None) -> list[list[Span]]:
        found = []
        for text in texts:
            starts = [place for place in range(len(text)) if text.startswith("777", place)]
            found.append([Span(start, start + 3, "pin", 0.5) for start in starts])
        return found


def batches(size: int, rows: int = 60) -> list[pa.RecordBatch]:
    table = pa.table(
        {
            "mail": [f"user{row}@example.org" if row % 3 else "" for row in range(rows)],
            "note": [f"call 777 or 777{row}" if row % 2 else "nothing here" for row in range(rows)],
            "either": ["7777" if row % 5 == 0 else "blue" for row in range(rows)],
            "size": ["large"] * rows,
        }
    )
    return table.to_batches(max_chunksize=size)


def rows_of(survey: Survey, size: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for batch in batches(size):
        found += survey.search(batch, "csv").data.to_pylist()
    return found


def test_findings_and_counts_hang_on_no_batch() -> None:
    surveys = [Survey(Digits(), VERDICTS) for _ in range(2)]
    one, other = (rows_of(survey, size) for survey, size in zip(surveys, (60, 7), strict=True))
    assert one == other
    assert one[:3] == [
        {"column": "either", "row": 0, "start": 0, "end": 4, "label": "credit_card_number", "score": 0.9},
        {"column": "mail", "row": 1, "start": 0, "end": 17, "label": "email_address", "score": 0.99},
        {"column": "note", "row": 1, "start": 5, "end": 8, "label": "pin", "score": 0.5},
    ]
    assert [(str(name), count.findings) for name, count in surveys[0].counts.items()] == [
        (str(name), count.findings) for name, count in surveys[1].counts.items()
    ]
    mail = surveys[0].counts["mail"]
    assert (mail.rows, mail.filled, mail.found, mail.findings["email_address"]) == (60, 40, 40, 40)
    assert mail.distinct is not None
    assert mail.distinct.estimate == 40
    assert surveys[0].counts["note"].findings["pin"] == 61
    assert surveys[0].counts["size"].findings == {}
    assert surveys[0].counts["note"].shapes == surveys[1].counts["note"].shapes == {"pin": []}


def test_only_what_was_asked_for_is_found_and_by_its_word() -> None:
    survey = Survey(Digits(), VERDICTS, Wanted(("email", "credit_debit_card")))
    found = rows_of(survey, 60)
    assert {entry["label"] for entry in found} == {"email", "credit_debit_card"}


def test_a_file_of_findings_is_a_table_in_every_format(tmp_path: Path) -> None:
    cells = cells_of(pa.array(["ä 7", None, "NA", "ä 7"]), "csv")
    made = table_of([('na"me', locate(cells, [[Span(2, 3, "acme/x", 0.123456)]]))], 1_000)
    for form in ("csv", "json", "jsonl", "parquet"):
        path = tmp_path / f"findings.{form}.gz"
        write_batches(SCHEMA, [made], path, file=file_format(form))
        assert read_table(path).data.to_pylist() == [
            {"column": 'na"me', "row": row, "start": 2, "end": 3, "label": "acme/x", "score": 0.123} for row in (1_000, 1_003)
        ]
    write_batches(SCHEMA, [], tmp_path / "none.csv", file=file_format(None))
    assert open_source(tmp_path / "none.csv").names == ("column", "row", "start", "end", "label", "score")


def test_cells_are_read_as_people_read_them() -> None:
    nested = cells_of(pa.array(['"a\\"b"', "5", None, '{"k":1}', '""']), "jsonl")
    assert nested.texts == ['a"b', "5", '{"k":1}']
    assert nested.codes.tolist() == [0, 1, -1, 2, -1]
    assert cells_of(pa.array([1, None, 1]), "parquet").texts == ["1"]
    assert cells_of(pa.array(["x", "y", "x"]).dictionary_encode(), "parquet").codes.tolist() == [0, 1, 0]
    assert cells_of(pa.array([[1, 2], None]), "parquet").texts == ["[1,2]"]
    assert cells_of(pa.array([b"ab", None]), "parquet").texts == ["ab"]
    assert cells_of(pa.nulls(3), "parquet").filled == 0


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("anna.lee@example.org", "xxx.xxx@xxx.xxx"),
        ("+41 79 123 45 67", "+99 99 999 99 99"),
        ("078-05-1120", "999-99-9999"),
        ("Ömür Łuçz", "xxx xxx"),
        ("abc", ""),
        ("a\tb\nc\u202ed", "x·x·x·x"),
        ("x" * 500, "xxx"),
    ],
)
def test_shapes_tell_nothing_but_the_form(value: str, shape: str) -> None:
    assert shape_of(value) == shape


def test_the_most_usual_shapes_and_redaction() -> None:
    assert usual_shapes([("12-34", 1), ("ab-cd", 5), ("98-76", 5), ("x", 100)]) == ("99-99", "xx-xx")
    text = "Anna Lee, born 1980, lives here."
    assert redacted(text, [Span(15, 19, "birth_date", 1.0), Span(0, 8, "person_name", 1.0), Span(2, 4, "x", 1.0)]) == (
        "<person_name>, xxx <birth_date>, xxx xxx."
    )
    assert blurred("room 123456 ☎") == "xxx 999 ·"


def test_a_preview_shows_labels_common_values_and_shapes() -> None:
    survey = Survey(Digits(), VERDICTS)
    samples = (ColumnSample("size", ("large", "rare"), (10, 9), 19), ColumnSample("mail", ("user1@example.org",), (50,), 50))
    shown = masked_preview(batches(200, 150)[0], "csv", survey, samples).data.to_pylist()
    assert len(shown) == 100
    assert shown[1] == {"mail": "<email_address>", "note": "xxx <pin> xx <pin>9", "either": "xxx", "size": "large"}
    assert shown[0] == {"mail": None, "note": "xxx xxx", "either": "<credit_card_number>", "size": "large"}
    bare = masked_preview(batches(10)[0], "csv", survey, ())
    assert bare.data["size"].to_pylist()[0] == "xxx"
    assert "user" not in json.dumps(shown)


def test_distinct_values_are_counted_in_little_room() -> None:
    sketch = Distinct()
    for start in range(0, 50_000, 5_000):
        sketch.add([f"value {number}" for number in range(start, start + 5_000)])
        sketch.add([f"value {number}" for number in range(100)])
    assert abs(sketch.estimate - 50_000) < 5_000
