"""What is measured of sequences, as the report has it."""

from __future__ import annotations

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """How lengths or gaps are distributed. `distance`: Jensen–Shannon distance, base 2, over bins; `chance`: what two samples of one source
    keep below in 95 of 100 cases; `reference`: of held-out sequences, None without any. `edges`: of the bins, the outermost open; `left`
    and `right`: shares of training and synthetic ones. `unit` of gaps: `days`, `hours`, `minutes`, `seconds`, or empty (plain numbers)."""

    distance: float
    chance: float
    reference: float | None
    left_mean: float
    right_mean: float
    edges: tuple[float, ...]
    left: tuple[float, ...]
    right: tuple[float, ...]
    unit: str = ""


class Memory(msgspec.Struct, frozen=True):
    """A numeric column's lag-1 correlation of ranks, and the share of its variance (of ranks) that lies between sequences. `low` and
    `high`: where the synthetic correlation would lie by chance in 95 of 100 cases; `held` says whether it does."""

    column: str
    left: float
    right: float
    low: float
    high: float
    left_between: float
    right_between: float
    held: bool


class Moves(msgspec.Struct, frozen=True):
    """A category column's pairs of neighbouring rows. `distance`: total variation of the pairs' shares; `left` and `right`: by category
    the shares of the next one (lines sum to one), None where fewer than ten training pairs stand behind a cell."""

    column: str
    distance: float
    chance: float
    labels: tuple[str, ...]
    left: tuple[tuple[float | None, ...], ...]
    right: tuple[tuple[float | None, ...], ...]


class Coherence(msgspec.Struct, frozen=True):
    """A column that belongs to the sequence: in which share of the sequences of two rows and more it has one value."""

    column: str
    left: float
    right: float


class SequenceMeasures(msgspec.Struct, frozen=True):
    """Everything about sequences; `*_sequences`, `*_rows`: counts. `replayed_keys`: synthetic keys that are training keys. `ordered`: the
    share of neighbouring rows whose order column does not fall (None without one)."""

    group_by: tuple[str, ...]
    order_by: str | None
    left_sequences: int
    right_sequences: int
    left_rows: int
    right_rows: int
    replayed_keys: int
    ordered: float | None
    lengths: Spread
    gaps: Spread | None
    memory: tuple[Memory, ...]
    moves: tuple[Moves, ...]
    coherence: tuple[Coherence, ...]
