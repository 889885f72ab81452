"""What the caller of `judge` may set, and what it tells the report about the job."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

Progress = Callable[[str, int, int], None]
"""Called with a step's name, the steps done and the steps in all."""


class JudgeOptions(msgspec.Struct, frozen=True):
    """Bounds on the work, and facts about the job that only the caller knows.

    `title` heads the report. `model_type`, `engine` and `mechanism` (pairs of a word and its value) fill the engine card;
    `versions` are pairs of a library and its version. `warnings` are sentences of the engine (no values of the data).
    `score_rows` bounds the rows of each table that correlation and deep structure read, `attack_rows` the synthetic rows an
    attack searches, `copy_rows` the rows a nearest-neighbour search reads, `attack_columns` the (first) columns by which rows are compared.
    `discriminator` False leaves the classifier out.
    `budget` are pairs of a word and its value that state the differential privacy spent (ε, δ, unit, accountant, neighbours); `provenance`
    are pairs about where things come from (configuration digest, file digests, engine versions). `target` is the column whose prediction is
    tested; none: up to three that the others predict best. `group_by` and `order_by` name the columns of sequences.
    `utility`, `attacks`, `membership` and `attributes` False leave those parts out; without the last two privacy is not scored.
    `sample_rows` synthetic rows are shown, with every value held by fewer than 10 training rows hidden."""

    title: str = ""
    model_type: str = ""
    engine: str = ""
    mechanism: tuple[tuple[str, str], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    score_rows: int = 100_000
    attack_rows: int = 5_000
    copy_rows: int = 40_000
    discriminator_rows: int = 4_000
    correlation_columns: int = 75
    attack_columns: int = 250
    report_columns: int = 250
    discriminator: bool = True
    sample_rows: int = 0
    budget: tuple[tuple[str, str], ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    target: str = ""
    group_by: tuple[str, ...] = ()
    order_by: str = ""
    utility: bool = True
    attacks: bool = True
    membership: bool = True
    attributes: bool = True
