"""The private model: codecs, noisy counts, and the weights computed from noisy tables. It holds nothing else of the training table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

from appliance.data_plane.synthesis.options import Note
from appliance.data_plane.synthesis.private.codec import Codec
from appliance.data_plane.synthesis.private.determined import Rule
from appliance.data_plane.synthesis.private.grouping import Groups
from appliance.data_plane.synthesis.private.network import Node
from appliance.data_plane.synthesis.tree_model import Sampled
from appliance.data_plane.tables.schema import Table, TableSchema

ENGINE = "private_network"


_EXCHANGED = "; learnt from a uniform sample, in which that exchanges a row: ε and δ cover both steps of it"


class Share(msgspec.Struct, frozen=True):
    """What a step of the training took of the budget, in zCDP."""

    purpose: str
    rho: float


class Promise(msgspec.Struct, frozen=True):
    """What was promised and how it was kept. `count_epsilon` was paid for the number of rows in pure ε; `rho` was there for the rest and
    `spent` of it was used; `known`: columns whose bounds or categories the configuration gave. `sampled`: the rows are a uniform sample, so
    that one row more in the table is an exchange in it, which is paid for twice."""

    epsilon: float
    delta: float
    delta_given: bool
    count_epsilon: float
    rho: float
    spent: float
    shares: tuple[Share, ...]
    known: tuple[str, ...] = ()
    sampled: bool = False

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The promise as pairs of name and words, for log and report."""
        split = [f"{self.count_epsilon / self.epsilon:.0%} of ε for the number of rows"]
        split += [f"{share.purpose} {share.rho / self.rho:.0%} of ρ" for share in self.shares if share.rho > 0]
        chosen = "as configured" if self.delta_given else "1 / N^1.5, N the noisy number of rows and five times its noise"
        given = (
            f"given for {len(self.known)} columns, learnt from the same budget for the others" if self.known else "learnt from the budget"
        )
        return (
            ("differential privacy", f"(ε, δ) with ε = {self.epsilon:g}, δ = {self.delta:.2g} ({chosen})"),
            ("unit of privacy", "one row of the table"),
            ("neighbouring tables", "differ by one row, added or removed" + (_EXCHANGED if self.sampled else "")),
            ("accountant", f"zero-concentrated differential privacy, ρ = {self.rho:.4g}, converted by Canonne, Kamath and Steinke (2020)"),
            ("budget", "; ".join(split)),
            ("bounds and categories", given),
            (
                "noise",
                "discrete Laplace, discrete Gaussian and exact coins, in whole numbers, from the operating system's cryptographic source",
            ),
            ("covered by the promise", "the model and every record made from it"),
            (
                "not covered by the promise",
                "this report and the job's log, which compare with or count the training rows; show them to the table's owner only",
            ),
            (
                "taken as public",
                "names, kinds and formats of the columns, the form of the file, the configuration, whether the table has rows enough to be "
                "learnt from at all and whether so many that a sample of them is",
            ),
            ("several models of the same rows", "their ε add up, and so do their δ"),
        )


class PrivateColumn(msgspec.Struct, frozen=True):
    """One column; `groups` and `node` only where it is drawn, and not a key, empty or following from another."""

    codec: Codec
    groups: Groups | None = None
    node: Node | None = None


class PrivateModel(msgspec.Struct, frozen=True):
    """Everything that is needed to make records. `order`: columns as they are drawn; `rules`: the others that follow from one of these."""

    schema: TableSchema
    columns: tuple[PrivateColumn, ...]
    order: tuple[int, ...]
    rules: tuple[Rule, ...]
    trained_rows: int
    promise: Promise
    notes: tuple[Note, ...] = ()
    engine: str = ENGINE

    @property
    def mechanism(self) -> tuple[tuple[str, str], ...]:
        """What protects the training rows, by name."""
        return self.promise.facts

    @property
    def seedable(self) -> tuple[str, ...]:
        """The columns in the order they are drawn: records are completed best from the first of them."""
        return tuple(self.schema.names[column] for column in self.order)

    def sample(self, n: int, seed: int, *, conditions: Table | None = None, temperature: float = 1.0) -> Table:
        """`n` records, or one for every row of `conditions` (then `n` does not count). Raises DataRefused for ones that do not fit."""
        return self.sample_records(n, seed, conditions=conditions, temperature=temperature).table

    def sample_records(
        self,
        n: int,
        seed: int,
        *,
        conditions: Table | None = None,
        temperature: float = 1.0,
        outliers: str | None = None,
        similarity: str | None = None,
    ) -> Sampled:
        """Like `sample`, with the filter of unlikely records. Raises DataRefused for the similarity filter."""
        from appliance.data_plane.synthesis.private.conditions import complete_records
        from appliance.data_plane.synthesis.private.sampling import empty_table, refuse_similarity

        refuse_similarity(similarity)
        if conditions is not None:
            return complete_records(self, conditions, seed, temperature)
        parts = list(self.sample_batches(n, seed, temperature=temperature, outliers=outliers))
        if not parts:
            return Sampled(empty_table(self), 0)
        data = pa.concat_tables([part.table.data for part in parts]).combine_chunks()
        return Sampled(Table(self.schema, data), sum(part.invalid for part in parts))

    def sample_batches(
        self,
        n: int,
        seed: int,
        *,
        temperature: float = 1.0,
        outliers: str | None = None,
        similarity: str | None = None,
        rounds: int = 10,
        most_invalid: int | None = None,
        processes: int = 1,
        folder: Path | None = None,
    ) -> Iterator[Sampled]:
        """`n` records a block at a time; the first records are the same for every `n`. `invalid` counts what the filter dropped; the other
        options have nothing to act on here: no record is refused for being like a training row."""
        from appliance.data_plane.synthesis.private.sampling import draw_batches, refuse_similarity

        refuse_similarity(similarity)
        return draw_batches(self, n, seed, temperature, outliers)

    def save(self, path: Path) -> None:
        """Writes the model file. Same model, same bytes."""
        from appliance.data_plane.synthesis.private.model_file import write_model

        write_model(self, path)

    @classmethod
    def load(cls, path: Path) -> PrivateModel:
        """Reads a model file. Raises DataRefused when it is damaged, hostile or of another version; nothing in it is ever executed."""
        from appliance.data_plane.synthesis.private.model_file import read_model

        return read_model(path)
