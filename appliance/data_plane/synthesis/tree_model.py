"""The trained model: columns with their trees and sketches, the order they are made in, and the filters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.correction import Correction
from appliance.data_plane.synthesis.encoding import CategoryCodec, EmptyCodec, NumberCodec
from appliance.data_plane.synthesis.filters import CopyFilter, Marks
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.leaves import Sketch
from appliance.data_plane.synthesis.options import Note
from appliance.data_plane.synthesis.order import Rule
from appliance.data_plane.synthesis.relations import Relations
from appliance.data_plane.synthesis.text_model import TextModel
from appliance.data_plane.synthesis.trees import Tree
from appliance.data_plane.tables.schema import Table, TableSchema


class ColumnModel(msgspec.Struct, frozen=True):
    """One column. A record picks one of the `trees` at random (small tables have three, each pruned on another third of the rows); none
    where the column follows from another, is an identifier or has no values. `marks` are of identifiers."""

    codec: CategoryCodec | NumberCodec | EmptyCodec | PatternCodec
    trees: tuple[Tree, ...] = ()
    sketches: tuple[Sketch, ...] = ()
    marks: Marks | None = None


class Sampled(msgspec.Struct, frozen=True):
    """Records and how they came about. `invalid`: records drawn and dropped by the filters. `effective_sample_size`: with conditions, the
    mean over records of how many of the candidates spoke for it (1 means that a single candidate fitted its seeds); else None. `score`:
    with conditions, the log likelihood of what was made for each record."""

    table: Table
    invalid: int
    effective_sample_size: float | None = None
    candidates: int = 1
    notes: tuple[Note, ...] = ()
    score: Array | None = None


class TreeModel(msgspec.Struct, frozen=True):
    """Everything that is needed to make records; nothing in it stands for fewer than ten training rows."""

    schema: TableSchema
    columns: tuple[ColumnModel, ...]
    order: tuple[int, ...]
    rules: tuple[Rule, ...]
    copies: CopyFilter
    near: dict[str, Marks]
    trained_rows: int
    seed: int
    losses: Array
    notes: tuple[Note, ...] = ()
    engine: str = "sequential_tree"
    relations: Relations = Relations()
    texts: tuple[TextModel, ...] = ()
    correction: Correction | None = None

    @property
    def seedable(self) -> tuple[str, ...]:
        """The columns in the order they are made: records are completed best from the first of them."""
        names = self.schema.names
        return tuple(names[column] for column in self.order)

    @property
    def mechanism(self) -> tuple[tuple[str, str], ...]:
        """What protects the training rows, by name."""
        texts = "word n-gram model, no fluent sentences; no 8 words in a row that fewer than 10 training rows hold"
        free = (("free text", texts),) if self.texts else ()
        return (("exact copies of unique training rows", "never leave"), *free, ("differential privacy", "none"))

    def sample(self, n: int, seed: int, *, conditions: Table | None = None, temperature: float = 1.0) -> Table:
        """`n` records, or one for every row of `conditions` (then `n` does not count). Raises DataRefused for conditions that do not fit
        the columns, JobFailed when the filters leave nothing."""
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
        rounds: int = 10,
    ) -> Sampled:
        """Like `sample`, with the privacy filters (`medium`, `high`, `auto` or None) and an account of what happened. `rounds`: how often
        refused records are drawn again."""
        from appliance.data_plane.synthesis.chunks import sample_records
        from appliance.data_plane.synthesis.conditions import complete_records
        from appliance.data_plane.synthesis.sampling import Request

        request = Request(seed, temperature, outliers, similarity, rounds)
        return sample_records(self, n, request) if conditions is None else complete_records(self, conditions, request)

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
        target: dict[str, Any] | None = None,
    ) -> Iterator[Sampled]:
        """The records of `sample_records`, a chunk at a time in bounded memory. `rounds`: how often refused records are drawn again;
        `most_invalid`: refused records that end the job with JobFailed; `processes`: how many may compute at once (chunks then pass
        through files in `folder`), which never changes the records. `target` (`{"column": name, "shares": {value: share}}`): shares in
        place of those of the training data, exact ones, also in every chunk. Raises DataRefused for values that the model does not make."""
        from appliance.data_plane.synthesis.chunks import sample_batches
        from appliance.data_plane.synthesis.sampling import Request

        request = Request(seed, temperature, outliers, similarity, rounds, most_invalid, target)
        return sample_batches(self, n, request, processes, folder)

    def save(self, path: Path) -> None:
        """Writes the model file. Same model, same bytes."""
        from appliance.data_plane.synthesis.model_file import write_model

        write_model(self, path)

    @classmethod
    def load(cls, path: Path) -> TreeModel:
        """Reads a model file. Raises DataRefused when it is damaged, hostile or of another version; nothing in it is ever executed."""
        from appliance.data_plane.synthesis.model_file import read_model

        return read_model(path)
