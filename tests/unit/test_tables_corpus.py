"""Fifty small files of every dialect go in and come out right, or are refused with the right sentence."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from appliance.data_plane.inspection import examine
from appliance.data_plane.tables import read_batches, read_table, sniff, write_table
from appliance.errors import DataRefused

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_corpus.py"


class StillClock:
    """A clock that stands."""

    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    spec = importlib.util.spec_from_file_location("make_corpus", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    folder = tmp_path_factory.mktemp("corpus")
    return folder, script.make(folder)


def test_corpus_is_whole(corpus: tuple[Path, list[dict[str, Any]]]) -> None:
    _, manifest = corpus
    assert len(manifest) >= 50
    assert len({entry["name"] for entry in manifest}) == len(manifest)
    assert sum("refused" in entry for entry in manifest) >= 15


def test_good_files_are_read_as_told(corpus: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, manifest = corpus
    wrong = []
    for entry in (entry for entry in manifest if "kinds" in entry):
        table = read_table(folder / entry["name"])
        kinds = {column.name: column.kind.value for column in table.schema.columns}
        if (table.rows, kinds) != (entry["rows"], entry["kinds"]):
            wrong.append((entry["name"], table.rows, kinds))
    assert wrong == []


def test_good_files_come_back(corpus: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> None:
    folder, manifest = corpus
    wrong = []
    for entry in (entry for entry in manifest if "kinds" in entry):
        table = read_table(folder / entry["name"])
        back = tmp_path / entry["name"]
        write_table(table, back)
        again = read_table(back)
        if not again.data.equals(table.data) or again.schema != table.schema:
            wrong.append(entry["name"])
        if entry["same"] and back.read_bytes() != (folder / entry["name"]).read_bytes():
            wrong.append(entry["name"] + " (bytes)")
    assert wrong == []


def test_batches_agree_with_the_whole(corpus: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, manifest = corpus
    for entry in (entry for entry in manifest if "kinds" in entry):
        table = read_table(folder / entry["name"])
        assert sniff(folder / entry["name"]) == table.schema
        batches = list(read_batches(folder / entry["name"]))
        assert sum(batch.rows for batch in batches) == table.rows
        assert batches[0].data.equals(table.data), entry["name"]


def test_good_files_are_inspected(corpus: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, manifest = corpus
    for entry in (entry for entry in manifest if "kinds" in entry):
        profile, preview = examine(folder / entry["name"], StillClock())
        assert (profile.status, profile.rows, profile.rows_estimated) == ("ready", entry["rows"], False)
        assert {column.name: column.kind for column in profile.columns} == entry["kinds"]
        assert len(preview.rows) == entry["rows"]


def test_bad_files_are_refused_with_their_sentence(corpus: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, manifest = corpus
    wrong = []
    for entry in (entry for entry in manifest if "refused" in entry):
        with pytest.raises(DataRefused) as refusal:
            read_table(folder / entry["name"])
        if not refusal.value.message.startswith(entry["refused"]):
            wrong.append((entry["name"], refusal.value.message))
    assert wrong == []
