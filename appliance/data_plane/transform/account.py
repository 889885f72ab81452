"""What a transform did, in counts: per rule and per column. Nothing here holds a value."""

from __future__ import annotations

import msgspec


class RuleAccount(msgspec.Struct):
    """One rule's counts while a file runs through.

    `place`: where it stands, for people. `mode`: compiled (whole columns at once), distinct (once for each distinct value) or row (once for
    each row); empty where it applied to no column. `matched`: cells that it selected. `unchanged`: of these, cells that came out as they
    were although the rule is no passthrough. `errors`: cells whose expression failed; of these `fallbacks` got the rule's fallback value,
    the others what `on_error` says. `redrawn`: distinct fakes that equalled their source and were drawn again. `locked`: columns that it
    asked for and that are locked. `text`: the rule as the configuration has it, shortened."""

    place: str
    columns: list[str] = []
    description: str = ""
    mode: str = ""
    passthrough: bool = False
    matched: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    errors: int = 0
    fallbacks: int = 0
    redrawn: int = 0
    locked: list[str] = []
    text: str = ""


class RowDropAccount(msgspec.Struct):
    """One rule that drops rows: how many it dropped, and of these how many because its condition could not be told."""

    place: str
    description: str = ""
    dropped: int = 0
    errors: int = 0


class ColumnAccount(msgspec.Struct, frozen=True):
    """A column that rules have touched, before and after.

    `distinct`: exact, or estimated where `exact` is false. `replayed`: the share of distinct source values that are still among the
    column's values. `missing`: empty cells. `kept`: filled cells that are as they were. `merged`: by how many the distinct values became
    fewer."""

    name: str
    source: str
    entity: str | None
    cells: int
    made: int
    distinct_before: int
    distinct_after: int
    missing_before: int
    missing_after: int
    replayed: float
    exact: bool = True
    kept: int = 0

    @property
    def merged(self) -> int:
        return max(0, self.distinct_before - self.distinct_after)


class TransformAccount(msgspec.Struct, frozen=True):
    """The whole run: rows in and out, columns in and out, and what every rule did. `sources`: beside `columns_out`, their names in the
    source; empty for added ones."""

    rows_in: int
    rows_out: int
    columns_in: tuple[str, ...]
    columns_out: tuple[str, ...]
    rules: tuple[RuleAccount, ...]
    row_drops: tuple[RowDropAccount, ...]
    touched: tuple[ColumnAccount, ...]
    bytes_in: int = 0
    guarded: int = 0
    unfit: int = 0
    key_number: int = 0
    weak_key: bool = False
    warnings: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def total(self, name: str) -> int:
        """The sum of one count over all rules."""
        return sum(int(getattr(rule, name)) for rule in self.rules)
