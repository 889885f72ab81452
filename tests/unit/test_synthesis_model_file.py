"""The model file: the same bytes for the same input, no training value in it, and nothing hostile gets through."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from synthesis_tables import CANARY_TEXT, people, with_canaries

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.encoding import Coded, NumberCodec
from appliance.data_plane.synthesis.leaves import fit_sketch
from appliance.data_plane.synthesis.numbers import fit_scale
from appliance.data_plane.tables.schema import ColumnKind
from appliance.errors import DataRefused


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model"
    fit(people(400), EngineOptions(seed=9)).save(path)
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def arrays(path: Path) -> dict[str, np.ndarray]:
    return {name: np.load(io.BytesIO(data), allow_pickle=False) for name, data in members(path).items() if name.endswith(".npy")}


def test_same_seed_same_bytes_and_same_data_for_any_number_of_threads(tmp_path: Path, saved: Path) -> None:
    model = fit(people(400), EngineOptions(seed=9, threads=4))
    model.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == saved.read_bytes()
    assert TreeModel.load(saved).sample(100, 3).data.equals(model.sample(100, 3).data)


def test_another_seed_gives_other_data(saved: Path) -> None:
    model = TreeModel.load(saved)
    assert not model.sample(100, 3).data.equals(model.sample(100, 4).data)


def test_no_value_of_a_single_row_is_in_the_file(tmp_path: Path) -> None:
    table = with_canaries(people(900))
    fit(table, EngineOptions(seed=9)).save(tmp_path / "model")
    texts = members(tmp_path / "model")["model.json"].decode()
    assert CANARY_TEXT not in texts
    assert not any(key in texts for key in table.data.column("key").to_pylist())
    stored = np.concatenate(
        [values.ravel().astype(np.float64) for name, values in arrays(tmp_path / "model").items() if name.startswith("float")]
    )
    income = np.asarray(table.data.column("income"))
    values, counts = np.unique(income, return_counts=True)
    single = values[counts < 10]
    assert len(single) > 800
    assert not np.isin(np.r_[single, np.rint(single * 100)], stored).any()


def test_every_pool_of_numbers_stands_for_ten_rows_or_more() -> None:
    """No leaf keeps a distribution of fewer rows, however small the leaf."""
    random = np.random.default_rng(1)
    leaf = np.sort(random.integers(0, 300, 900))
    scale, codes, within = fit_scale(random.normal(size=900)) or pytest.fail("no scale")
    codec = NumberCodec(scale, ColumnKind.NUMERIC)
    sketch = fit_sketch(leaf, 300, codec, Coded(codes, within), {}, random)
    rows = np.bincount(sketch.pool[leaf])
    assert rows.min() >= 10
    assert (np.diff(sketch.first) - 1 <= rows // 5).all()


def test_one_far_value_moves_no_border_of_the_scale() -> None:
    values = np.random.default_rng(1).normal(size=500)
    usual, _, _ = fit_scale(values) or pytest.fail("no scale")
    far, _, _ = fit_scale(np.r_[values[:-1], 1e9]) or pytest.fail("no scale")
    assert far.high.max() < usual.high.max() + 1
    assert far.low.min() > -5


def rewrite(source: Path, target: Path, change: Callable[[dict[str, bytes]], None], *, digest: bool = True) -> Path:
    """A copy of a model file with changed members; the digests are made right again unless `digest` is False."""
    import hashlib

    parts = members(source)
    change(parts)
    if digest and "digest.json" in parts:
        known = json.loads(parts["digest.json"])
        known["members"] = {name: hashlib.sha256(data).hexdigest() for name, data in parts.items() if name != "digest.json"}
        parts["digest.json"] = json.dumps(known).encode()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target


def flip(parts: dict[str, bytes]) -> None:
    data = bytearray(parts["int32.npy"])
    data[-3] ^= 1
    parts["int32.npy"] = bytes(data)


def newer(parts: dict[str, bytes]) -> None:
    known = json.loads(parts["digest.json"])
    parts["digest.json"] = json.dumps(known | {"version": 99}).encode()


def pickled(parts: dict[str, bytes]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray([{"a": 1}], object), allow_pickle=True)
    parts["float64.npy"] = buffer.getvalue()


def promised(parts: dict[str, bytes]) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (2**45,)})
    parts["float64.npy"] = buffer.getvalue()


def foreign(parts: dict[str, bytes]) -> None:
    parts["../escape.py"] = b"raise SystemExit"


def circular(parts: dict[str, bytes]) -> None:
    change_json(
        parts, lambda model: [tree.update(left=tree["right"] | {"start": 0}) for column in model["columns"] for tree in column["trees"][:1]]
    )


def beyond(parts: dict[str, bytes]) -> None:
    change_json(parts, lambda model: model["losses"].update(start=10**12))


def unordered(parts: dict[str, bytes]) -> None:
    change_json(parts, lambda model: model["order"].reverse())


def salted(parts: dict[str, bytes]) -> None:
    change_json(parts, lambda model: model["copies"]["marks"].update(salt=-1))


def nameless(parts: dict[str, bytes]) -> None:
    change_json(parts, lambda model: model["schema"]["columns"].pop())


def change_json(parts: dict[str, bytes], change: Callable[[dict], object]) -> None:
    model = json.loads(parts["model.json"])
    change(model)
    parts["model.json"] = json.dumps(model).encode()


@pytest.mark.parametrize(
    "change", [newer, pickled, promised, foreign, circular, beyond, unordered, salted, nameless], ids=lambda change: change.__name__
)
def test_hostile_files_with_right_digests_are_refused(saved: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with pytest.raises(DataRefused):
        TreeModel.load(rewrite(saved, tmp_path / "bad", change))


def test_a_flipped_bit_is_noticed(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="digests"):
        TreeModel.load(rewrite(saved, tmp_path / "bad", flip, digest=False))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x04\x95."], ids=["empty", "cut", "pickle"])
def test_files_of_another_kind_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad").write_bytes(data)
    with pytest.raises(DataRefused):
        TreeModel.load(tmp_path / "bad")


def test_a_file_cut_short_is_refused(saved: Path, tmp_path: Path) -> None:
    data = saved.read_bytes()
    for length in (len(data) // 3, len(data) - 30):
        (tmp_path / "bad").write_bytes(data[:length])
        with pytest.raises(DataRefused):
            TreeModel.load(tmp_path / "bad")


def test_a_member_that_unpacks_to_more_than_the_limit_is_refused(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.data_plane.synthesis.array_file.LIMIT", 1000)
    with pytest.raises(DataRefused, match="larger"):
        TreeModel.load(saved)


def test_random_damage_never_escapes_as_another_error(saved: Path, tmp_path: Path) -> None:
    """Changed numbers either still make a model that samples, or are refused."""
    random = np.random.default_rng(5)
    for _ in range(60):

        def damage(parts: dict[str, bytes]) -> None:
            name = str(random.choice([name for name in parts if name.endswith(".npy")]))
            data = bytearray(parts[name])
            data[int(random.integers(128, len(data)))] = int(random.integers(256))
            parts[name] = bytes(data)

        path = rewrite(saved, tmp_path / "bad", damage)
        try:
            model = TreeModel.load(path)
        except DataRefused:
            continue
        assert model.sample(20, 1).rows <= 20


def test_bytes_flipped_in_the_packed_file_never_escape_as_another_error(saved: Path, tmp_path: Path) -> None:
    random, whole, refused = np.random.default_rng(6), saved.read_bytes(), 0
    for _ in range(80):
        data = bytearray(whole)
        data[int(random.integers(len(data)))] ^= int(random.integers(1, 256))
        (tmp_path / "bad").write_bytes(data)
        try:
            TreeModel.load(tmp_path / "bad")
        except DataRefused:
            refused += 1
    assert refused > 60


def test_a_file_of_another_engine_is_refused(saved: Path, tmp_path: Path) -> None:
    def other(parts: dict[str, bytes]) -> None:
        known = json.loads(parts["digest.json"])
        parts["digest.json"] = json.dumps(known | {"format": "appliance private network"}).encode()

    with pytest.raises(DataRefused, match="another engine"):
        TreeModel.load(rewrite(saved, tmp_path / "bad", other))
