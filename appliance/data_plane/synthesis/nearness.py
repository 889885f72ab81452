"""Near copies: records that equal, with numbers taken coarsely, a training row that stands alone.

Values count as they are written, for training rows and for made records alike: what is drawn beside a border of the scale may be rounded
across it, and what was learnt in one bin may be read in the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import Codec, EmptyCodec, NumberCodec, whole
from appliance.data_plane.synthesis.filters import SIMILARITY_GROUPS, Marks, make_marks, mix, row_hashes, unique_only
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.tree_model import TreeModel
from appliance.data_plane.tables.schema import Table


def near_copies(model: TreeModel, codes: Mapping[int, Array], fractions: Mapping[int, Array], level: str) -> Array:
    """Which records the similarity filter refuses at a level; `codes` and `fractions` by column number."""
    groups = SIMILARITY_GROUPS[level]
    found: list[tuple[Codec, Array]] = []
    for place in sorted(codes):
        codec, cells = model.columns[place].codec, codes[place]
        assert not isinstance(codec, PatternCodec)
        if isinstance(codec, NumberCodec):
            within = fractions[place] if len(fractions[place]) else np.zeros(len(cells))
            cells = codec.encode(codec.decode(cells, within)).codes
        found.append((codec, cells))
    return model.near[str(groups)].contain(near_hashes([codec for codec, _ in found], [cells for _, cells in found], groups))


def near_marks(codecs: Sequence[Codec], table: Table, modelled: Sequence[int], seed: int) -> dict[str, Marks]:
    """The marks of the similarity filter for every level, from the table as the engine learns it."""
    chosen = [codecs[place] for place in modelled]
    codes = [codecs[place].encode(whole(table.data.column(place))).codes for place in modelled]
    return {
        str(groups): make_marks(unique_only(near_hashes(chosen, codes, groups)), int(generator(seed, 5, groups).integers(2**63)))
        for groups in sorted(set(SIMILARITY_GROUPS.values()))
    }


def near_hashes(codecs: Sequence[Codec], codes: Sequence[Array], groups: int) -> Array:
    """One number per row that is the same for rows that agree in every category and in every number's stretch of the scale."""
    modelled = [codec for codec in codecs if not isinstance(codec, EmptyCodec)]
    return row_hashes(_near_cells(codec, column, groups) for codec, column in zip(modelled, codes, strict=True))


def _near_cells(codec: Codec, codes: Array, groups: int) -> Array:
    table = np.arange(codec.size + 2)
    if isinstance(codec, NumberCodec):
        table[: codec.size] = (codec.scale.rank * groups).astype(np.int64)
        table[codec.size :] = groups + 1
    return mix(table[codes].astype(np.uint64) + np.uint64(1))
