"""What a caller may ask of the engine."""

from __future__ import annotations

from typing import Any

import msgspec

RARE = 10
"""A value held by fewer training rows than this is protected: it never leaves the engine."""


class EngineOptions(msgspec.Struct, frozen=True):
    """Options of one fit.

    `seed`: same seed and table, same bytes of model file. `seed_columns`: columns trained first, in this order, so that records can be
    completed from them. `threads`: trees grown at the same time; never changes the result. `effort`: `normal`, or `fast` (at most
    `fast_rows` rows and short trees, for early previews and `amplify`). `leaf_rows`: the fewest training rows behind a split's side.
    `predictors`: the most earlier columns that a column may depend on. `drop_columns` are left out of the model altogether.
    `group_by`, `order_by`: the key of sequences and the column that orders each; empty: rows stand alone. `bounds`, `categories`,
    `constraints`: as the configuration's `appliance` section has them. `budget`: of differential privacy; None: none is promised.
    `context`: columns, the last of the table, that are always given when records are made: other columns depend on them, no tree is grown
    for them."""

    seed: int = 0
    seed_columns: tuple[str, ...] = ()
    threads: int = 1
    effort: str = "normal"
    leaf_rows: int = 20
    predictors: int = 40
    fast_rows: int = 20_000
    drop_columns: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    order_by: str | None = None
    bounds: dict[str, Any] = {}
    categories: dict[str, Any] = {}
    constraints: tuple[dict[str, Any], ...] = ()
    budget: Budget | None = None
    context: tuple[str, ...] = ()


class Budget(msgspec.Struct, frozen=True):
    """What differential privacy may spend: `epsilon`; `delta`, None: chosen from the number of rows. `infer_domain`: whether bounds and
    categories that are not given may be learnt, at the expense of the same budget. `sampled_from`: the rows of the table of which the
    one to learn from is a uniform sample of fixed size; 0: it is the whole."""

    epsilon: float
    delta: float | None = None
    infer_domain: bool = True
    sampled_from: int = 0


class Note(msgspec.Struct, frozen=True):
    """Something about one column that the user must be told; `text` holds names and counts only, never a value."""

    column: str
    text: str
