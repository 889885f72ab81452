"""Growing one tree: predictors put in order, splits found on the growing rows, pruned on the judging rows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import CategoryCodec, Codec
from appliance.data_plane.synthesis.pruning import prune, subtree_ends, subtree_sums
from appliance.data_plane.synthesis.trees import Tree, stump

SHRINK = 5.0
DEPTH = 40
CUTS = 128
CUT_ROWS = 200


class Grown(msgspec.Struct, frozen=True):
    """A pruned tree, the rows it was made from with their leaves, and the share of the judging rows' squared error that it leaves."""

    tree: Tree
    rows: Array
    leaf: Array
    loss: float


def grow(target: Array, predictors: Sequence[tuple[int, Codec, Array]], growing: Array, judging: Array, leaf_rows: int, seed: int) -> Grown:
    """A pruned tree for `target` (rows × numbers) on predictors (column number, codec, codes). `growing` and `judging` are row numbers;
    nothing else is looked at."""
    numbers = np.r_[growing, judging]
    if not predictors or len(growing) < 2 * leaf_rows or not len(judging):
        return Grown(stump(), numbers, np.zeros(len(numbers), np.int32), 1.0)
    from sklearn.tree import DecisionTreeRegressor  # most of the engine's start: not for those who only make records

    orders = [predictor_order(codec, codes[growing], target[growing]) for _, codec, codes in predictors]
    found = DecisionTreeRegressor(min_samples_leaf=leaf_rows, max_depth=DEPTH, random_state=seed)
    features = _features(predictors, orders, growing)
    found.fit(features, np.ascontiguousarray(target[growing]), check_input=False)
    grown = found.tree_
    ends = subtree_ends(grown.children_right)
    at_growing, at_judging = grown.apply(features), grown.apply(_features(predictors, orders, judging))
    sums = subtree_sums(at_growing, target[growing], ends), subtree_sums(at_judging, target[judging], ends)
    cut, gain = prune(grown.children_left, grown.children_right, sums[0], sums[1])
    spread = float(((target[judging] - target[growing].mean(0)) ** 2).sum())
    tree, leaf_of = compact(grown, cut, ends, [number for number, _, _ in predictors], orders)
    return Grown(tree, numbers, leaf_of[np.r_[at_growing, at_judging]], 1.0 + gain / spread if spread > 0 else 1.0)


def predictor_order(codec: Codec, codes: Array, target: Array) -> Array:
    """The order numbers of a predictor's codes. Numbers keep their order, in stretches of like mass (finer cuts than `CUTS` cost time
    and fit chance, unless each has `CUT_ROWS` rows), missing lies below all. Categories are ordered by their mean
    target (along its main direction where the target has several numbers), which makes the best split of categories a cut of the order
    (Fisher 1958; Coppersmith, Hong, Hosking 1999); few rows draw a category to the middle."""
    size = codec.size + 2
    counts = np.bincount(codes, minlength=size).astype(np.float64)
    if not isinstance(codec, CategoryCodec):
        cuts = max(CUTS, len(codes) // CUT_ROWS)
        middle = (np.cumsum(counts) - counts / 2)[: codec.size] * (cuts / max(len(codes), 1))
        stretch = np.arange(codec.size) if codec.size <= cuts else np.unique(middle.astype(np.int64), return_inverse=True)[1]
        return np.asarray(np.r_[stretch + 1, 0, 0], np.uint16)
    sums = np.stack([np.bincount(codes, target[:, k], size) for k in range(target.shape[1])], 1)
    lift = (sums - counts[:, None] * target.mean(0)) / (counts + SHRINK)[:, None]
    if target.shape[1] > 1:
        weighted = lift * np.sqrt(counts)[:, None]
        vectors = np.linalg.eigh(weighted.T @ weighted)[1]
        lift = lift @ vectors[:, -1:]
    ranks = np.empty(size, np.uint16)
    ranks[np.argsort(np.round(lift[:, 0], 12), kind="stable")] = np.arange(size, dtype=np.uint16)
    return ranks


def _features(predictors: Sequence[tuple[int, Codec, Array]], orders: Sequence[Array], rows: Array) -> Array:
    table = np.empty((len(rows), len(predictors)), np.float32, order="F")
    for place, ((_, _, codes), order) in enumerate(zip(predictors, orders, strict=True)):
        table[:, place] = order[codes[rows]]
    return table


def compact(grown: object, cut: Array, ends: Array, columns: Sequence[int], orders: Sequence[Array]) -> tuple[Tree, Array]:
    """The tree without what was pruned and without the predictors that it does not ask, its leaves numbered in depth-first order; and for
    every node of the grown tree the leaf in which its rows end."""
    features, thresholds, rights = (np.asarray(getattr(grown, name)) for name in ("feature", "threshold", "children_right"))
    kept = _kept(cut, ends)
    place = np.full(len(cut) + 1, -1, np.int32)
    place[kept] = np.arange(len(kept))
    inner = ~cut[kept]
    used, renumbered = np.unique(features[kept][inner], return_inverse=True)
    feature = np.full(len(kept), -1, np.int32)
    feature[inner] = renumbered
    left, right = np.full(len(kept), -1, np.int32), np.full(len(kept), -1, np.int32)
    left[inner], right[inner] = np.flatnonzero(inner) + 1, place[rights[kept][inner]]
    leaf = np.where(inner, -1, np.cumsum(~inner) - 1).astype(np.int32)
    threshold = np.where(inner, np.floor(thresholds[kept]) + 0.5, 0).astype(np.float32)
    tables = [orders[f] for f in used.tolist()]
    start = np.r_[0, np.cumsum([len(table) for table in tables])].astype(np.int32)
    order = np.concatenate(tables) if tables else np.zeros(0, np.uint16)
    tree = Tree(feature, threshold, left, right, leaf, np.asarray([columns[f] for f in used.tolist()], np.int32), order, start)
    return tree, leaf[np.maximum.accumulate(place[:-1])]


def _kept(cut: Array, ends: Array) -> Array:
    """Nodes that stay, in order: everything that is not below a cut node."""
    kept, node = [], 0
    cuts, after = cut.tolist(), ends.tolist()
    while node < len(cuts):
        kept.append(node)
        node = after[node] if cuts[node] else node + 1
    return np.asarray(kept)
