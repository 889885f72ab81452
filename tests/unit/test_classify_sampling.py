"""The sample by which columns are judged."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from appliance.data_plane.detection.sampling import MOST_VALUES, sample_file
from appliance.data_plane.tables import sampled
from appliance.data_plane.tables.sniff import open_source


def write(path: Path, rows: int, note: str = "short") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "word", "note"])
        writer.writerows([number, "" if number % 2 else "NA" if number % 3 else "blue", f"{note} {number}"] for number in range(rows))
    return path


def test_values_are_counted_and_spread_over_the_file(tmp_path: Path) -> None:
    found = sample_file(write(tmp_path / "a.csv", 30_000), 5)
    number, word, note = found.columns
    assert (number.rows, number.missing, len(number.values)) == (10_000, 0, MOST_VALUES)
    assert [int(value) // 10_000 for value in number.values[::499]] == [0, 1, 2]
    assert word.values == ("blue",)
    assert word.missing + word.counts[0] == 10_000
    assert [column.kind for column in found.columns] == ["identifier", "categorical", note.kind]
    assert found == sample_file(tmp_path / "a.csv", 5)
    assert found != sample_file(tmp_path / "a.csv", 6)


@pytest.mark.parametrize("note", ["short", 'said "no"\nand went', "a,b"])
def test_large_files_are_entered_at_many_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: str) -> None:
    path = write(tmp_path / "a.csv", 60_000, note)
    monkeypatch.setattr(sampled, "LARGE", 1 << 20)
    monkeypatch.setattr(sampled, "_PIECE", 4 << 10)
    source = open_source(path)
    batches = list(sampled._some_batches(source, path.stat().st_size, 3))
    numbers = [int(text) for batch in batches for text in batch.column(0).to_pylist() if text.isdigit()]
    assert 2_000 < len(numbers) < 20_000
    assert numbers == sorted(numbers)
    assert len({number // 6_000 for number in numbers}) == 10
    found = sample_file(path, 3)
    assert found.columns[0].kind in ("identifier", "integer")
    assert found.schema.names == ("number", "word", "note")


def test_a_file_that_cannot_be_entered_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampled, "LARGE", 1 << 10)
    path = tmp_path / "a.csv"
    path.write_bytes(write(tmp_path / "b.csv", 3_000).read_text("utf-8").encode("utf-16"))
    assert sample_file(path, 3).columns[0].rows == 3_000


def test_a_file_without_rows_has_columns_with_nothing_in_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n")
    found = sample_file(tmp_path / "a.csv", 3)
    assert [(column.name, column.values, column.rows, column.kind) for column in found.columns] == [
        ("x", (), 0, "empty"),
        ("y", (), 0, "empty"),
    ]


def test_only_the_first_bytes_may_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"number": number}) + "\n" for number in range(50_000)))
    assert max(int(value) for value in sample_file(path, 3, most_read=1).columns[0].values) < 20_000
