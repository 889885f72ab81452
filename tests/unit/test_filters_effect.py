"""The privacy filters do what their levels say: near copies of rows that stand alone go, and so do the least likely records."""

from __future__ import annotations

import numpy as np
import pytest
from synthesis_tables import make_table

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.arrays import generator
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.filters import OUTLIER_SHARE, SIMILARITY_GROUPS, unique_only
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.nearness import near_hashes
from appliance.data_plane.synthesis.sampling import Draw, Request, decode_column, draw_records, valid_records
from appliance.data_plane.tables.schema import ColumnKind, Table


def measures(rows: int = 1200) -> Table:
    """Three related numbers and a category, with a few rows far away."""
    random = np.random.default_rng(2)
    hidden = random.normal(size=rows)
    hidden[: rows // 50] += 9
    columns = {name: (ColumnKind.NUMERIC, np.round(hidden + random.normal(size=rows) * 0.5, 3)) for name in ("a", "b")}
    return make_table({**columns, "kind": (ColumnKind.CATEGORICAL, random.choice(["x", "y", "z"], rows))})


@pytest.fixture(scope="module")
def model() -> TreeModel:
    return fit(measures(), EngineOptions(seed=1))


def near_copies(model: TreeModel, draw: Draw, groups: int) -> np.ndarray:
    """Which records agree with a training row that stands alone, as coarsely as the filter looks, both as they are written."""
    codecs, table = [column.codec for column in model.columns if not isinstance(column.codec, PatternCodec)], measures()
    real = near_hashes(codecs, [codec.encode(whole(table.data.column(n))).codes for n, codec in enumerate(codecs)], groups)
    made = [codec.encode(decode_column(model, draw, number)).codes for number, codec in enumerate(codecs)]
    return np.isin(near_hashes(codecs, made, groups), unique_only(real))


@pytest.mark.parametrize("level", ["medium", "high"])
def test_similarity_takes_the_near_copies_away_that_are_there_without_it(model: TreeModel, level: str) -> None:
    draw = draw_records(model, 2000, generator(1))
    near = near_copies(model, draw, SIMILARITY_GROUPS[level])
    keep = valid_records(model, draw, Request(seed=1, similarity=level))
    assert near.sum() > 20
    assert not (near & keep).any()
    assert keep[~near].mean() > 0.85


@pytest.mark.parametrize("level", ["medium", "high", "auto"])
def test_outliers_drops_the_least_likely_share(model: TreeModel, level: str) -> None:
    draw = draw_records(model, 4000, generator(1))
    keep = valid_records(model, draw, Request(seed=1, outliers=level))
    assert abs(float(np.mean(~keep)) - OUTLIER_SHARE[level]) < 0.002
    assert draw.score[~keep].max() < draw.score[keep].min()


def test_levels_rise_and_auto_is_medium() -> None:
    for levels, rises in ((OUTLIER_SHARE, 1), (SIMILARITY_GROUPS, -1)):
        assert levels["auto"] == levels["medium"]
        assert rises * (levels["high"] - levels["medium"]) > 0
