"""The model file of sequences: damaged and hostile ones are refused with a sentence, nothing in them is executed."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sequence_tables import visits

from appliance.data_plane.synthesis import EngineOptions
from appliance.data_plane.synthesis.sequences.engine import ENGINE
from appliance.errors import DataRefused


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "sequences"
    ENGINE.fit(visits(60), EngineOptions(seed=1, group_by=("patient",), order_by="seen")).save(path)
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(parts: dict[str, bytes], path: Path, *, sealed: bool = True) -> Path:
    """A file with these members; `sealed`: its digests are right."""
    header = json.loads(parts["sequences.json"])
    if sealed:
        header["members"] = {name: hashlib.sha256(data).hexdigest() for name, data in parts.items() if name != "sequences.json"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**parts, "sequences.json": json.dumps(header).encode()}.items():
            archive.writestr(name, data)
    return path


def test_a_file_that_was_taken_apart_and_put_together_is_read(saved: Path, tmp_path: Path) -> None:
    again = ENGINE.load(written(members(saved), tmp_path / "same"))
    assert again.sample(50, 1).data.equals(ENGINE.load(saved).sample(50, 1).data)


def test_damage_is_refused(saved: Path, tmp_path: Path) -> None:
    data = saved.read_bytes()
    for name, content in {"cut": data[: len(data) // 2], "empty": b"", "noise": bytes(range(256)) * 40}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataRefused, match="damaged"):
            ENGINE.load(tmp_path / name)
    parts = members(saved)
    parts["steps"] = parts["steps"][:-1] + b"\1"
    with pytest.raises(DataRefused, match="digests differ"):
        ENGINE.load(written(parts, tmp_path / "bit", sealed=False))


def test_strange_members_are_refused(saved: Path, tmp_path: Path) -> None:
    parts = members(saved)
    with pytest.raises(DataRefused, match="not one of ours"):
        ENGINE.load(written({**parts, "../evil": b"x"}, tmp_path / "extra"))
    for missing in ("firsts", "keys", "rows", "whole.bits"):
        with pytest.raises(DataRefused):
            ENGINE.load(written({name: data for name, data in parts.items() if name != missing}, tmp_path / f"no {missing}"))
    for missing in ("steps", "moves", "labels", "group_labels"):
        with pytest.raises(DataRefused, match="do not fit together"):
            ENGINE.load(written({name: data for name, data in parts.items() if name != missing}, tmp_path / f"no {missing}"))
    for swapped in (("steps", "moves"), ("firsts", "rows"), ("keys", "labels")):
        mixed = {**parts, swapped[0]: parts[swapped[1]]}
        with pytest.raises(DataRefused, match="do not fit together"):
            ENGINE.load(written(mixed, tmp_path / f"{swapped[0]} swapped"))


def _unit(layout: dict[str, Any]) -> None:
    layout["grids"]["meter"]["unit"] = 0


def _huge(layout: dict[str, Any]) -> None:
    layout["grids"]["seen"]["high"] = 1e300


def _low(layout: dict[str, Any]) -> None:
    layout["grids"]["weight"]["low"] = layout["grids"]["weight"]["high"] + 1


def _reference(layout: dict[str, Any]) -> None:
    layout["changes"]["weight"]["reference"] = "order"


def _unknown(layout: dict[str, Any]) -> None:
    layout["changes"]["weight"]["reference"] = "__import__"


def _twice(layout: dict[str, Any]) -> None:
    layout["parents"] = [*layout["parents"], "state"]


def _key(layout: dict[str, Any]) -> None:
    layout["key"] = "nobody"


def _order(layout: dict[str, Any]) -> None:
    layout["order"] = "state"


def _grid(layout: dict[str, Any]) -> None:
    layout["grids"]["state"] = layout["grids"]["meter"]


def _stays(layout: dict[str, Any]) -> None:
    layout["stays"] = ["weight"]


def _length(layout: dict[str, Any]) -> None:
    layout["length"] = "state"


def _decimals(layout: dict[str, Any]) -> None:
    layout["grids"]["weight"]["decimals"] = 400


@pytest.mark.parametrize(
    "change", [_unit, _huge, _low, _reference, _unknown, _twice, _key, _order, _grid, _stays, _length, _decimals], ids=lambda f: f.__name__
)
def test_a_layout_that_does_not_fit_is_refused(saved: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    parts = members(saved)
    header = json.loads(parts["sequences.json"])
    change(header["layout"])
    with pytest.raises(DataRefused, match="do not fit together"):
        ENGINE.load(written({**parts, "sequences.json": json.dumps(header).encode()}, tmp_path / "changed"))


def test_another_version_is_refused(saved: Path, tmp_path: Path) -> None:
    parts = members(saved)
    header = json.loads(parts["sequences.json"])
    header["version"] += 1
    with pytest.raises(DataRefused, match="has version"):
        ENGINE.load(written({**parts, "sequences.json": json.dumps(header).encode()}, tmp_path / "newer"))
