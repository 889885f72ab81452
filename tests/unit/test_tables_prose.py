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
        ("a.txt", "email\nanna@example.org\nbea@example.org\n"),
        ("a.csv", "note\nShe came late, and left early again.\nHe did not come at all today.\n".replace(",", "")),
        ("a.csv", "id,note\n1,Dear Anna thank you for it.\n2,x\n"),
        ("a", "id;what was said on the phone;when\n1;Call me back.;2020-01-01\n"),
    ],
)
def test_tables_stay_tables(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    assert open_source(tmp_path / name).file.format == "csv"


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
