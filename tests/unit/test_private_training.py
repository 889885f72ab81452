"""A training under differential privacy from file to artifacts: nothing but one fit sees the table, and what is promised is told."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from private_tables import SeededNoise, people
from test_models_tabular import CANARY, make_context, unpack, write_people

from appliance.contract.job import Kind
from appliance.data_plane.context import Context
from appliance.data_plane.models import tabular
from appliance.data_plane.models.private_rows import read_secretly, split_secretly
from appliance.errors import DataRefused


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Context:
    folder = tmp_path_factory.mktemp("private")
    table = write_people(folder / "people.csv", 1500)
    promised = {"dp": True, "epsilon": 2.0}
    known = {"bounds": {"age": [18, 90]}, "categories": {"plan": ["gold", "basic"]}}
    wanted = {"privacy_params": promised, "appliance": known, "generate": {"num_records": 200}}
    context = make_context(folder / "run", Kind.TRAIN, {"data_source": table}, "tabular_ft", **wanted)
    tabular.train(context)
    return context


def test_records_archive_and_report_are_there_and_no_early_preview(trained: Context) -> None:
    names = {path.name for path in trained.directory.artifacts.iterdir()}
    assert "preview_early.json.gz" not in names
    rows = list(csv.DictReader(io.StringIO(unpack(trained, "data_preview.gz").decode())))
    assert len(rows) == 200
    assert {row["plan"] for row in rows} <= {"gold", "basic", ""}
    assert all(18 <= int(row["age"]) <= 90 for row in rows if row["age"])


def test_the_report_tells_the_promise(trained: Context) -> None:
    report: dict[str, Any] = json.loads(unpack(trained, "report_json.json.gz"))
    text = json.dumps(report, ensure_ascii=False)
    assert "ε = 2" in text
    assert "zero-concentrated differential privacy" in text
    assert "added or removed" in text
    page = unpack(trained, "report.html.gz").decode()
    assert "owner only</bdi>" in page
    assert "redrawn because they may equal" not in page
    log = trained.directory.events.read_bytes().decode()
    assert "ε = 2" in log
    assert "neighbouring tables: differ by one row, added or removed." in log


def test_no_value_of_the_table_is_in_log_model_or_report(trained: Context) -> None:
    found = trained.directory.events.read_bytes() + b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in trained.directory.artifacts.iterdir()
    )
    assert CANARY.encode() not in found


def test_the_archive_makes_more_records(trained: Context, tmp_path: Path) -> None:
    model = trained.directory.artifacts / "model.tar.gz"
    context = make_context(tmp_path / "run", Kind.RUN, {"model": model}, "tabular_ft", params={"num_records": 50})
    tabular.run(context)
    assert len(unpack(context, "data.gz").decode().splitlines()) == 51


def test_one_row_more_changes_the_rows_that_are_learnt_from_in_that_row_alone() -> None:
    """Every row has a coin of its own, so that with the same coins the other rows stay where they were."""
    table = people(500)
    fewer = type(table)(table.schema, table.data.slice(0, 499))
    one, other = split_secretly(table, SeededNoise(3)), split_secretly(fewer, SeededNoise(3))
    assert one.train.rows - other.train.rows in (0, 1)
    assert one.train.data.slice(0, other.train.rows).equals(other.train.data)
    assert one.holdout is not None
    assert np.isclose(one.holdout.rows, 25, atol=15)
    assert split_secretly(type(table)(table.schema, table.data.slice(0, 30)), SeededNoise(3)).holdout is None


def test_the_size_of_a_sample_hangs_on_the_number_of_columns_alone(tmp_path: Path) -> None:
    """A row of long cells must not make the sample smaller: that would exchange other rows too."""
    path = tmp_path / "words.csv"
    rows = [f"{n},word{n % 7}" for n in range(3000)]
    path.write_text("\n".join(["n,word", *rows]))
    short = read_secretly(path, SeededNoise(1), most_cells=2000)
    path.write_text("\n".join(["n,word", *rows, "3000," + "long" * 2000]))
    assert (short.table.rows, short.partial) == (1000, True)
    assert read_secretly(path, SeededNoise(1), most_cells=2000).table.rows == 1000
    assert not read_secretly(path, SeededNoise(1)).partial
    with pytest.raises(DataRefused, match="under differential privacy"):
        read_secretly(path, SeededNoise(1), most_cells=2000, most_bytes=4000)
