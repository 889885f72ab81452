"""What the columns' trees miss together is put right on whole records, and only where there is something to put right."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from synthesis_tables import make_table, people

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.arrays import generator
from appliance.data_plane.synthesis.correction import fit_correction
from appliance.data_plane.synthesis.encoding import CategoryCodec
from appliance.data_plane.synthesis.model_file import read_model, write_model
from appliance.data_plane.synthesis.sampling import draw_columns, draw_records
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import DataRefused

CODECS = (CategoryCodec(("a", "b")), CategoryCodec(("a", "b")))


def pairs(rows: int, agreeing: float, seed: int) -> dict[int, np.ndarray]:
    """Two columns of two categories that agree in a share of the rows."""
    random = np.random.default_rng(seed)
    first = random.integers(0, 2, rows)
    return {0: first, 1: np.where(random.random(rows) < agreeing, first, 1 - first)}


def ring(rows: int, seed: int) -> Table:
    """Three numbers on a rough sphere: no column's mean tells anything of the others."""
    random = np.random.default_rng(seed)
    points = random.normal(size=(rows, 3))
    points *= (1 + 0.05 * random.normal(size=(rows, 1))) / np.linalg.norm(points, axis=1, keepdims=True)
    return make_table({name: (ColumnKind.NUMERIC, np.round(points[:, n], 4)) for n, name in enumerate("xyz")})


@pytest.fixture(scope="module")
def corrected() -> TreeModel:
    return fit(ring(4000, 1), EngineOptions(seed=1))


def test_what_is_made_too_often_is_kept_less_often() -> None:
    correction = fit_correction(CODECS, pairs(4000, 0.9, 1), pairs(4000, 0.6, 2), 3)
    assert correction is not None
    made = pairs(20_000, 0.6, 3)
    kept = np.log(np.random.default_rng(4).random(20_000)) < correction.log_chance(made, 20_000)
    agree = made[0] == made[1]
    assert 0.8 < agree[kept].mean() < 0.93
    odds = np.exp(correction.log_odds(made, 20_000))
    assert odds[agree].mean() == pytest.approx(1.5, rel=0.2)
    assert odds[~agree].mean() == pytest.approx(0.25, rel=0.4)
    assert np.exp(correction.log_chance(made, 20_000)).max() <= 1.0


def test_there_is_no_correction_where_records_are_alike() -> None:
    for seed in range(20):
        assert fit_correction(CODECS, pairs(1500, 0.7, seed), pairs(1500, 0.7, 100 + seed), seed) is None


def test_few_rows_are_not_corrected() -> None:
    assert fit_correction(CODECS, pairs(500, 0.9, 1), pairs(500, 0.5, 2), 1) is None
    assert fit(people(400), EngineOptions(seed=1)).correction is None


def test_records_come_nearer_to_the_sphere(corrected: TreeModel) -> None:
    """Without the correction more records lie far off it."""
    assert corrected.correction is not None

    def off(model: TreeModel) -> float:
        data = model.sample(4000, 2).data
        points = np.stack([np.asarray(data.column(name)) for name in "xyz"], 1)
        return float((np.abs(np.linalg.norm(points, axis=1) - 1) > 0.2).mean())

    assert off(corrected) < 0.8 * off(msgspec.structs.replace(corrected, correction=None))


def test_a_draw_has_as_many_records_as_were_asked_for_and_depends_on_the_seed_alone(corrected: TreeModel) -> None:
    for rows in (0, 1, 700):
        first, second = (draw_records(corrected, rows, generator(5)) for _ in range(2))
        assert len(first.score) == rows == len(first.codes[0])
        assert all(np.array_equal(first.codes[c], second.codes[c]) for c in first.codes)


def test_the_correction_holds_for_the_trained_temperature_only(corrected: TreeModel) -> None:
    cool, plain = draw_records(corrected, 500, generator(5), 0.5), draw_columns(corrected, 500, generator(5), 0.5)
    assert np.array_equal(cool.codes[2], plain.codes[2])


def test_threads_change_no_byte(tmp_path: Path, corrected: TreeModel) -> None:
    paths = [tmp_path / name for name in ("one", "three")]
    for path, model in zip(paths, (corrected, fit(ring(4000, 1), EngineOptions(seed=1, threads=3))), strict=True):
        write_model(model, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert np.array_equal(read_model(paths[0]).sample(200, 1).data["x"], corrected.sample(200, 1).data["x"])


@pytest.mark.parametrize("part", ["first", "feature", "threshold", "left", "right", "value", "column", "order", "start"])
def test_a_correction_whose_parts_do_not_fit_is_refused(tmp_path: Path, corrected: TreeModel, part: str) -> None:
    assert corrected.correction is not None
    damaged = getattr(corrected.correction, part)[:-1]
    correction = msgspec.structs.replace(corrected.correction, **{part: damaged})
    write_model(msgspec.structs.replace(corrected, correction=correction), tmp_path / "model")
    with pytest.raises(DataRefused):
        read_model(tmp_path / "model")


def test_a_correction_that_never_ends_is_refused(tmp_path: Path, corrected: TreeModel) -> None:
    assert corrected.correction is not None
    left = corrected.correction.left.copy()
    left[0] = 0
    model = msgspec.structs.replace(corrected, correction=msgspec.structs.replace(corrected.correction, left=left))
    write_model(model, tmp_path / "model")
    with pytest.raises(DataRefused):
        read_model(tmp_path / "model")


def test_it_is_told_that_another_temperature_is_not_corrected(corrected: TreeModel) -> None:
    told = {warmth: [note.text for note in corrected.sample_records(50, 3, temperature=warmth).notes] for warmth in (1.0, 1.3)}
    assert not told[1.0]
    assert "temperature other than 1" in told[1.3][0]
