"""A grown and pruned tree, as arrays: what it needs to send a record to its leaf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.lookup import leaf_nodes


class Tree(msgspec.Struct, frozen=True):
    """Nodes in depth-first order. An inner node asks whether feature `feature` is above `threshold`: no goes to `left`, yes to `right`.

    `feature` is -1 at leaves and `leaf` numbers them. Feature f is column `column[f]`, its codes replaced by the order numbers
    `order[start[f] : start[f + 1]]`."""

    feature: Array
    threshold: Array
    left: Array
    right: Array
    leaf: Array
    column: Array
    order: Array
    start: Array

    @property
    def leaves(self) -> int:
        return int(self.leaf.max()) + 1

    def route(self, codes: Mapping[int, Array] | Sequence[Array], rows: int) -> Array:
        """The leaf of every record; `codes` are the columns' codes by column number."""
        if len(self.feature) == 1:
            return np.zeros(rows, np.int32)
        features = [self.order[self.start[f] : self.start[f + 1]].take(codes[int(c)]) for f, c in enumerate(self.column)]
        return np.asarray(self.leaf.take(leaf_nodes(self.feature, self.threshold, self.left, self.right, features, rows)))


def stump() -> Tree:
    """The tree of one leaf, for a column that depends on nothing."""
    none, zero = np.full(1, -1, np.int32), np.zeros(1, np.int32)
    return Tree(none, np.zeros(1, np.float32), none, none, zero, np.zeros(0, np.int32), np.zeros(0, np.uint16), np.zeros(1, np.int32))
