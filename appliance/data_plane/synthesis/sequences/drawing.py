"""Drawing the columns of a step from those that surround it: only what a tree asks for is put into codes, only what is made is decoded.

The surrounding columns stand first in the engine's order, so that a draw given them is exact: nothing has to be weighed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import EmptyCodec, arrow_type
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.sampling import Draw, broken_records, decode_column, make_column
from appliance.data_plane.synthesis.tree_model import TreeModel


class Drawer:
    """Draws from a model whose first `made` columns are made and whose others are always given. `asked`: the names of the given columns
    on which anything depends."""

    def __init__(self, model: TreeModel, made: int) -> None:
        self._model = model
        self._made = range(made)
        needed: set[int] = set()
        for place in self._made:
            column = model.columns[place]
            for tree, sketch in zip(column.trees, column.sketches, strict=True):
                needed |= {int(c) for c in tree.column} | sketch.lean.columns
        needed |= {rule.source for rule in model.rules if rule.target in self._made}
        self._given = sorted(needed - set(self._made))
        self.asked = frozenset(model.schema.names[place] for place in self._given)

    def draw(self, around: Mapping[str, pa.Array], rows: int, seed: int, temperature: float) -> tuple[dict[str, pa.Array], Array, Array]:
        """The made columns by name, each record's log likelihood, and which records break a relation between made columns."""
        model, names = self._model, self._model.schema.names
        draw = Draw({}, {}, np.zeros(rows))
        for place in self._given:
            codec = model.columns[place].codec
            assert not isinstance(codec, PatternCodec)
            coded = codec.encode(around[names[place]])
            draw.codes[place], draw.fractions[place] = coded.codes, coded.fractions
        random = generator(seed)
        for place in model.order:
            if place in self._made:
                make_column(model, draw, place, rows, random, temperature)
        cells = [self._decoded(draw, place, rows) for place in self._made]
        values = [model.relations.value(place, cells.__getitem__) for place in self._made]
        return {names[place]: values[place] for place in self._made}, draw.score, broken_records(model, draw, rows)

    def _decoded(self, draw: Draw, place: int, rows: int) -> pa.Array:
        model = self._model
        if isinstance(model.columns[place].codec, EmptyCodec):
            return pa.nulls(rows, arrow_type(model.schema.columns[place].kind))
        return decode_column(model, draw, place)
