"""Tables past what is learnt from at once: a uniform, repeatable sample of rows in bounded memory, and what a later batch may bring."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as arrow_parquet
import pytest

from appliance.data_plane.tables import TableOverrides, csv, read_batches, read_sample, read_table, sniff
from appliance.data_plane.tables.schema import ColumnKind
from appliance.errors import DataRefused

ROWS = 3_000


def write_numbers(path: Path, rows: int = ROWS, columns: str = "n,group,word") -> Path:
    """Rows that know their own number."""
    body = "".join(f"{number},g{number % 40},{'even' if number % 2 == 0 else 'odd'}\n" for number in range(rows))
    path.write_text(f"{columns}\n{body}")
    return path


def numbers(path: Path, seed: int, rows: int, **more: object) -> list[int]:
    """Which rows are in the sample."""
    sampled = read_sample(path, seed, most_cells=3 * rows, **more)  # type: ignore[arg-type]
    return [int(value) for value in sampled.table.data.column("n").to_pylist()]


def test_a_table_that_fits_is_read_whole(tmp_path: Path) -> None:
    path = write_numbers(tmp_path / "table.csv")
    sampled = read_sample(path, 1)
    assert (sampled.total_rows, sampled.partial) == (ROWS, False)
    assert sampled.table.data.equals(read_table(path).data)


def test_a_larger_one_is_sampled_in_order_and_repeatably(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_numbers(tmp_path / "table.csv")
    sampled = read_sample(path, 5, most_cells=900)
    drawn = sampled.table.data.column("n").to_pylist()
    assert (sampled.total_rows, sampled.table.rows, sampled.partial) == (ROWS, 300, True)
    assert drawn == sorted(drawn)
    assert len(set(drawn)) == 300
    assert sampled.table.schema == read_table(path).schema
    monkeypatch.setattr(csv, "_BLOCK", 2_000)  # other batches, the same rows
    assert numbers(path, 5, 300) == drawn
    assert numbers(path, 6, 300) != drawn


def test_every_form_of_a_file_gives_the_same_rows(tmp_path: Path) -> None:
    path = write_numbers(tmp_path / "table.csv")
    expected = numbers(path, 2, 250)
    packed = tmp_path / "table.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    lines = tmp_path / "table.jsonl"
    lines.write_text("".join(f'{{"n":{n},"group":"g{n % 40}","word":"w"}}\n' for n in range(ROWS)))
    typed = tmp_path / "table.parquet"
    columns = {"n": range(ROWS), "group": [f"g{n % 40}" for n in range(ROWS)], "word": ["w"] * ROWS}
    arrow_parquet.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), typed, row_group_size=700)
    assert numbers(packed, 2, 250) == numbers(lines, 2, 250) == numbers(typed, 2, 250) == expected


def test_every_row_has_the_same_chance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "_BLOCK", 4_000)
    path = write_numbers(tmp_path / "table.csv", 2_000)
    counts = np.zeros(20)
    for seed in range(60):
        counts += np.bincount(np.asarray(numbers(path, seed, 100)) // 100, minlength=20)
    expected = 60 * 100 / 20
    assert ((counts - expected) ** 2 / expected).sum() < 43.8  # chi-square of 19 degrees, one in a thousand


def test_rows_of_one_key_stay_together(tmp_path: Path) -> None:
    path = write_numbers(tmp_path / "table.csv")
    sampled = read_sample(path, 3, together=("group", "missing"), most_cells=3 * 400)
    groups = sampled.table.data.column("group").value_counts().to_pylist()
    assert {entry["counts"] for entry in groups} == {ROWS // 40}
    assert 3 <= len(groups) <= 400 // (ROWS // 40)
    alone = read_sample(path, 3, together=("word",), most_cells=30)  # a group larger than the sample is kept whole
    assert alone.table.rows == ROWS // 2


def test_long_texts_are_bounded_by_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "_BLOCK", 1 << 17)
    path = tmp_path / "table.csv"
    path.write_text("n,text\n" + "".join(f"{n},{'word ' * 400}{n}\n" for n in range(1_000)))
    sampled = read_sample(path, 1, most_bytes=400_000)
    assert sampled.total_rows == 1_000
    assert 100 < sampled.table.rows < 250


def test_a_value_that_the_sample_left_out_does_no_harm(tmp_path: Path) -> None:
    path = write_numbers(tmp_path / "table.csv", 5_000)
    with path.open("a") as file:
        file.write("oddity,g1,odd\n")
    assert read_table(path).schema.column("n").kind is not ColumnKind.INTEGER
    samples = (read_sample(path, seed, most_cells=300) for seed in range(20))
    sampled = next(found for found in samples if "oddity" not in map(str, found.table.data["n"].to_pylist()))
    assert sampled.table.schema.column("n").kind in (ColumnKind.INTEGER, ColumnKind.IDENTIFIER)


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n")
    with pytest.raises(DataRefused, match="no rows"):
        read_sample(tmp_path / "table.csv", 1)


def test_a_column_that_was_empty_so_far_is_refused_with_its_row(tmp_path: Path) -> None:
    start = tmp_path / "start.csv"
    start.write_text("n,late\n" + "1,\n2,\n" * 20)
    schema = sniff(start)
    assert schema.column("late").kind is ColumnKind.EMPTY
    (tmp_path / "more.csv").write_text("n,late\n1,\n2,\n3,secret\n")
    with pytest.raises(DataRefused, match=r"Column 'late', row 3 \(line 4\)") as raised:
        list(read_batches(tmp_path / "more.csv", schema=schema))
    assert "secret" not in raised.value.message


def test_a_typed_column_that_changes_is_refused_with_its_rows(tmp_path: Path) -> None:
    arrow_parquet.write_table(pa.table({"n": pa.array([None] * 30, pa.int64()), "m": range(30)}), tmp_path / "start.parquet")
    schema = sniff(tmp_path / "start.parquet")
    arrow_parquet.write_table(pa.table({"n": pa.array([None, 5], pa.int64()), "m": [1, 2]}), tmp_path / "more.parquet")
    with pytest.raises(DataRefused, match="Column 'n', rows 1 to 2, cannot be read as empty"):
        list(read_batches(tmp_path / "more.parquet", schema=schema))


def test_a_file_that_unfolds_to_much_is_read_in_bounded_memory(tmp_path: Path) -> None:
    packed = tmp_path / "table.csv.gz"
    with gzip.open(packed, "wb", 1) as file:
        file.write(b"n,word\n")
        block = b"".join(b"%d,%s\n" % (number, b"x" * 190) for number in range(20_000))
        for _ in range(45):  # 180 MB
            file.write(block)
    script = (
        "import resource, sys; from pathlib import Path; from appliance.data_plane.tables import csv, read_sample\n"
        "csv._BLOCK = 1 << 18\n"
        "start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "sampled = read_sample(Path(sys.argv[1]), 1, most_cells=20_000)\n"
        "print(sampled.total_rows, sampled.table.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(packed)], capture_output=True, text=True, check=True)
    total, kept, grown = map(int, done.stdout.split())
    assert (total, kept) == (900_000, 10_000)
    assert grown < 80 * 1024  # kilobytes, of 180 MB


def test_overrides_reach_the_sample(tmp_path: Path) -> None:
    path = write_numbers(tmp_path / "table.csv")
    sampled = read_sample(path, 1, most_cells=600, overrides=TableOverrides(kinds={"n": ColumnKind.CATEGORICAL}))
    assert sampled.table.schema.column("n").kind is ColumnKind.CATEGORICAL
