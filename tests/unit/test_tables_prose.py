"""Plain text as a table of one column."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.data_plane.inspection import examine
from appliance.data_plane.tables import read_batches, sniff, write_batches
from appliance.data_plane.tables.sniff import open_source
from appliance.errors import DataRefused

LETTER = (
    "Dear Anna, thank you for your note of last week.\n\nPlease call me, or write to anna@example.org.\nYours, Bea, who is well today\n"
)


def cells(path: Path) -> list[str]:
    return [text for batch in open_source(path).batches() for text in batch.column(0).to_pylist()]


@pytest.mark.parametrize("name", ["letter.txt", "letter", "letter.md", "letter.csv", "letter.txt.gz"])
def test_prose_is_told_from_tables_and_keeps_its_lines(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LETTER, "utf-8")
    source = open_source(tmp_path / name)
    assert (source.file.format, source.names) == ("text", ("text",))
    assert cells(tmp_path / name) == LETTER.removesuffix("\n").split("\n")
    assert examine(tmp_path / name, SystemClock())[0].rows == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "name\tcity\nAnna Lee of the old town\tBern in the middle\nBea\tGraz\n"),
        ("a.txt", "name,city\nAnna,Bern\nBea,Graz\n"),
        ("a.log.gz", ",size,born\n0,1,2\n1,3,4\n"),
        ("a.md", 'id;note\n1;"a; b\nc"\n2;d\n\n'),
        ("a.csv", "note\nShe came late, and left early again.\nHe did not come at all today.\n".replace(",", "")),
        ("a.csv", "id,note\n1,Dear Anna thank you for it.\n2,x\n"),
        ("a", "id;what was said on the phone;when\n1;Call me back.;2020-01-01\n"),
    ],
)
def test_tables_stay_tables(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    assert open_source(tmp_path / name).file.format == "csv"


@pytest.mark.parametrize(
    "content",
    [
        "Dear Margaret Holloway\n\nYour SSN is 219-09-9999. Call (217) 555-0143.\n\nPeter Holloway\n",
        "Dear Margaret Holloway,\n\nYour SSN is 219-09-9999, call (217) 555-0143.\n\nSincerely,\nPeter Holloway\n",
        "To: Margaret Holloway, Lisbon\nFrom: Peter Holloway, Boston\nCc: Ann Holloway, Denver\n",
        "Dear Anna,\nI write to you,\nyours,\n",
        "email\nanna@example.org\nbea@example.org\n",
        "2024-01-01 12:00:00,123 INFO Anna\n2024-01-01 12:00:01,124 INFO Bea\n2024-01-01 12:00:02,125 INFO Cleo\n",
        "Margaret Holloway, Boston\nPeter Holloway, Denver\nAnn Holloway, Austin\n",
        "Anna,anna@example.org\nBea,bea@example.org\nCleo,cleo@example.org\n",
        "id,name\n1,Anna\n",
        "| name | city |\n|---|---|\n| Anna | Bern |\n",
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "A.MD.zst", "a.log"])
def test_a_file_that_calls_itself_text_loses_no_line_to_a_header(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    source = open_source(tmp_path / name)
    assert (source.file.format, source.names) == ("text", ("text",))
    assert cells(tmp_path / name) == content.removesuffix("\n").split("\n")


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("utf-16", "\r\n"), ("cp1252", "\n")])
def test_written_back_the_same(tmp_path: Path, encoding: str, end: str) -> None:
    path, back = tmp_path / "in.txt", tmp_path / "out.txt"
    path.write_bytes(LETTER.replace("Anna", "Änne").replace("\n", end).encode(encoding))
    schema = sniff(path)
    write_batches(schema, read_batches(path, schema=schema), back)
    assert back.read_bytes() == path.read_bytes()


def test_lines_that_cross_blocks_are_whole_and_endless_ones_are_refused(tmp_path: Path) -> None:
    lines = [f"This is line {number} of a longer text, {'x' * (number % 977)}" for number in range(12_000)]
    (tmp_path / "long.txt").write_text("\n".join(lines), "utf-8")
    assert cells(tmp_path / "long.txt") == lines
    (tmp_path / "endless.txt").write_text("one word and more " * 600_000, "utf-8")
    with pytest.raises(DataRefused, match="longer than 4 MB"):
        cells(tmp_path / "endless.txt")
