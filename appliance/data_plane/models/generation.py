"""From a trained model to records in a file, chunk by chunk, with the filters that the configuration promises."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec
import pyarrow as pa

from appliance.data_plane.context import Context
from appliance.data_plane.models.engine import TrainedModel
from appliance.data_plane.models.packing import disk_errors
from appliance.data_plane.synthesis import Note, Sampled, TreeModel
from appliance.data_plane.tables import write_batches
from appliance.data_plane.tables.schema import FileFormat, Table, TableSchema
from appliance.data_plane.tables.types import plain
from appliance.errors import DataRefused, JobFailed

USUAL_MOST_INVALID = 5000
"""What configurations of `synthetics` say when nobody chose: it was made for 5,000 records and is no cap of anyone's own."""


class Wish(msgspec.Struct, frozen=True):
    """What is wanted: `count` records, or one for each row of `seeds`; filters at `medium`, `high`, `auto` or None. `rounds`: how often
    refused records are drawn again; `most_invalid`: refused records that end the job, None: none do. `target`: a column and the shares
    that its values shall have, None: those of the training data."""

    count: int
    seed: int
    seeds: Table | None = None
    temperature: float = 1.0
    outliers: str | None = None
    similarity: str | None = None
    rounds: int = 10
    most_invalid: int | None = None
    target: dict[str, Any] | None = None

    @classmethod
    def of(
        cls,
        section: dict[str, Any],
        *,
        count: int,
        seed: int,
        seeds: Table | None = None,
        temperature: float | None = None,
        max_invalid: int | None = None,
        target: Any = None,
    ) -> Wish:
        """The wish of a configuration's section; a run may set its own temperature, cap of invalid records and shares of a target.

        Where there are seeds they say what the records are: shares of the configuration then have no effect."""
        filters = section.get("privacy_filters") or {}
        warmth = temperature if temperature is not None else section["appliance"].get("temperature") or 1.0
        given = max_invalid if max_invalid is not None else (section.get("generate") or {}).get("max_invalid")
        balance = target if target is not None else section["appliance"].get("target")
        return cls(
            count,
            seed,
            seeds,
            float(warmth),
            filters.get("outliers"),
            filters.get("similarity"),
            filters.get("max_iterations") or 10,
            None if given == USUAL_MOST_INVALID else given,
            balance if isinstance(balance, dict) and seeds is None else None,
        )


class Output(msgspec.Struct, frozen=True):
    """The artifact that records become. `wanted_format`: None for comma-separated UTF-8, which every client reads. `most`: how many of
    the records go into it, None: all. `together`: the key of sequences; the one that holds the last of them stays whole."""

    artifact_type: str
    name: str
    wanted_format: str | None = None
    most: int | None = None
    together: tuple[str, ...] = ()


class Made(msgspec.Struct, frozen=True):
    """`rows` records that are in the artifact now. `sampled`: the first of all that were made, held in memory, with the account of all."""

    rows: int
    sampled: Sampled


@runtime_checkable
class ChunkedModel(Protocol):
    """A model that makes its records a chunk at a time (see `TreeModel.sample_batches`)."""

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
    ) -> Iterator[Sampled]: ...


def generate(context: Context, model: TrainedModel, wish: Wish, output: Output, *, keep: int = 0) -> Made:
    """Make the records, tell about it, and publish them as they come; the first `keep` of them stay in memory.

    Raises DataRefused for seeds that do not fit, JobFailed when nothing may leave, too many are refused or the disk is full."""
    account = _Account(context, model.schema, wish, output, keep)
    target = context.staging(output.name)
    with disk_errors():
        write_batches(model.schema, account.published(_batches(context, model, wish)), target, file=file_format(model.schema, output))
        context.publish(output.artifact_type, output.name)
    return account.close()


def _batches(context: Context, model: TrainedModel, wish: Wish) -> Iterator[Sampled]:
    if wish.target is not None and not isinstance(model, TreeModel):
        raise DataRefused("This model cannot change the shares of a target column; only models of rows that stand alone can.")
    if wish.seeds is not None or not isinstance(model, ChunkedModel):
        return _all_at_once(model, wish)
    make = partial(model.sample_batches, target=wish.target) if isinstance(model, TreeModel) else model.sample_batches
    return make(
        wish.count,
        wish.seed,
        temperature=wish.temperature,
        outliers=wish.outliers,
        similarity=wish.similarity,
        rounds=wish.rounds,
        most_invalid=wish.most_invalid,
        processes=context.threads,
        folder=context.directory.tmp,
    )


def _all_at_once(model: TrainedModel, wish: Wish) -> Iterator[Sampled]:
    make = partial(model.sample_records, rounds=wish.rounds) if isinstance(model, TreeModel) else model.sample_records
    sampled = make(
        wish.count,
        wish.seed,
        conditions=wish.seeds,
        temperature=wish.temperature,
        outliers=wish.outliers,
        similarity=wish.similarity,
    )
    if wish.most_invalid is not None and sampled.invalid > wish.most_invalid:
        raise JobFailed(
            f"{sampled.invalid:,} records were refused, more than max_invalid allows ({wish.most_invalid:,}).",
            hint="Raise max_invalid, ask for fewer records, or loosen the filters and constraints.",
        )
    yield sampled


class _Account:
    """Counts, tells and keeps what goes by."""

    def __init__(self, context: Context, schema: TableSchema, wish: Wish, output: Output, keep: int) -> None:
        self._context = context
        self._schema = schema
        self._wanted = wish.count if output.most is None else min(wish.count, output.most)
        self._most = output.most
        self._together = list(output.together)
        self._keep = keep
        self._kept: list[pa.Table] = []
        self._held = self._seen = self._rows = self._invalid = 0
        self._notes: list[Note] = []
        self._last: Sampled | None = None

    def published(self, batches: Iterator[Sampled]) -> Iterator[Table]:
        """What of the batches goes into the artifact: at least one batch, which may be empty."""
        for number, batch in enumerate(batches):
            self._seen, self._invalid = self._seen + batch.table.rows, self._invalid + batch.invalid
            self._notes.extend(batch.notes)
            self._last = batch
            if self._held < self._keep:
                self._kept.append(batch.table.data.slice(0, self._keep - self._held))
                self._held += self._kept[-1].num_rows
            data = (
                batch.table.data if self._most is None else batch.table.data.slice(0, self._end(batch.table.data, self._most - self._rows))
            )
            self._rows += data.num_rows
            if data.num_rows or not number:
                yield Table(self._schema, data)
            self._tell()

    def _end(self, data: pa.Table, most: int) -> int:
        """Where the artifact ends in a batch: behind `most` rows, or behind the sequence that holds the last of these."""
        keys = data.select(self._together)
        while self._together and 0 < most < data.num_rows and keys.slice(most, 1).equals(keys.slice(most - 1, 1)):
            most += 1
        return most

    def _tell(self) -> None:
        """Progress after each chunk; a sentence for every chunk but the last, which `close` tells."""
        self._context.progress("run", self._rows, max(self._wanted, self._rows))
        if self._rows < self._wanted:
            self._say("Records are being made.")

    def _say(self, text: str) -> None:
        self._context.log("run", text, current_valid_count=self._rows, current_invalid_count=self._invalid)

    def close(self) -> Made:
        """The end of the story."""
        context, last = self._context, self._last
        assert last is not None
        context.rows_out = self._rows
        self._say("Records were made.")
        for note in self._notes:
            context.log("run", f"{note.column}: {note.text}" if note.column else f"Note: {note.text}.", level="warning")
        kept = pa.concat_tables(self._kept).combine_chunks() if self._kept else last.table.data.slice(0, 0)
        sampled = msgspec.structs.replace(last, table=Table(self._schema, plain(kept)), invalid=self._invalid, notes=tuple(self._notes))
        return Made(self._rows, sampled)


def file_format(schema: TableSchema, output: Output) -> FileFormat:
    """The form of an output, packed: the input's own dialect where its format is wanted, else the plain form of the wanted format."""
    own, wanted = schema.file, output.wanted_format
    if wanted is not None and wanted == own.format:
        return msgspec.structs.replace(own, compression="gz")
    return FileFormat(format=wanted or "csv", compression="gz")
