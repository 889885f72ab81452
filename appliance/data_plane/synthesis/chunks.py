"""Records in chunks: each has its own seed and fills its own quota, so that the same request gives the same records for any number of
processes, and no more than a few chunks are ever held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from appliance.data_plane.synthesis.arrays import generator
from appliance.data_plane.synthesis.identifier_columns import IdentifierColumns
from appliance.data_plane.synthesis.options import Note
from appliance.data_plane.synthesis.processes import forked_chunks
from appliance.data_plane.synthesis.sampling import (
    CHUNK,
    Request,
    broken_records,
    decode_records,
    draw_records,
    expected_loss,
    valid_records,
)
from appliance.data_plane.synthesis.text_writing import with_texts
from appliance.data_plane.synthesis.tree_model import Sampled, TreeModel
from appliance.data_plane.synthesis.unique_rows import UniqueRows
from appliance.data_plane.tables.schema import Table
from appliance.data_plane.tables.types import plain
from appliance.errors import JobFailed

CHUNK_CELLS = 1 << 21
"""Cells of a chunk: some 100 MB while it is made. Tables of more than 32 columns have smaller chunks."""

LEAST_CHUNK = 2048
INVALID_ROUNDS = 40
"""At most this many times the wanted records are drawn before the engine gives up finding more valid ones."""


def sample_records(model: TreeModel, count: int, request: Request) -> Sampled:
    """Exactly `count` valid records; fewer, with a note, where the filters refuse nearly all. Raises JobFailed when none is left, or more
    than `request.most_invalid` were dropped."""
    parts = list(sample_batches(model, count, request))
    data = pa.concat_tables([part.table.data for part in parts]).combine_chunks()
    return Sampled(Table(model.schema, plain(data)), sum(part.invalid for part in parts), notes=parts[-1].notes)


def sample_batches(model: TreeModel, count: int, request: Request, processes: int = 1, folder: Path | None = None) -> Iterator[Sampled]:
    """The records of `sample_records`, a chunk at a time; one empty chunk for `count` 0. `processes`: how many may compute at once, this
    one included; with more than one, chunks pass through files in `folder`. Categories are dictionary arrays (`plain` undoes that). A note
    stands with the last chunk."""
    size, identifiers = chunk_rows(model), IdentifierColumns(model, count, request.seed)
    found = invalid = 0
    for part in _made(model, count, request, processes, folder):
        found, invalid = found + part.table.rows, invalid + part.invalid
        _check_invalid(request, invalid, found, count)
        last = found >= count or part.table.rows < size
        short = last and found < count
        if short and not found:
            raise JobFailed("Every record that the model makes equals a training row; there is nothing that may leave.")
        notes = (Note("", f"only {found} of {count} records could be made that are no copies of training rows"),) if short else ()
        yield Sampled(Table(model.schema, identifiers.fill(part.table.data)), part.invalid, notes=notes)
        if last:
            return


def chunk_rows(model: TreeModel) -> int:
    """Records of a chunk: a matter of the model's width alone."""
    return max(LEAST_CHUNK, min(CHUNK, CHUNK_CELLS // max(len(model.columns), 1)))


def _made(model: TreeModel, count: int, request: Request, processes: int, folder: Path | None) -> Iterator[Sampled]:
    """All chunks in order, without identifiers."""
    size = chunk_rows(model)
    chunks = max(1, -(-count // size))

    def make(number: int) -> Sampled:
        return make_chunk(model, min(size, count - number * size), number, request, chunks)

    if processes > 1 and chunks > 1 and folder is not None:
        yield from forked_chunks(make, chunks, min(processes, chunks) - 1, folder, model.schema)
    else:
        yield from map(make, range(chunks))


def make_chunk(model: TreeModel, rows: int, number: int, request: Request, chunks: int = 1) -> Sampled:
    """Chunk `number` of `chunks`: `rows` valid records, fewer where too many are refused; identifiers are left empty.

    After a round in which some were refused, as many more are drawn as the share of valid ones so far lets expect."""
    most = INVALID_ROUNDS * rows + 1000 if request.most_invalid is None else min(request.most_invalid, INVALID_ROUNDS * rows + 1000)
    unique = UniqueRows(model.relations.unique, number, chunks)
    parts, found, drawn, piece = [_drawn_piece(model, 0, 0, number, request)], 0, 0, 0
    for _ in range(request.rounds):
        share = (found + 1) / (drawn + 1) if drawn else 1 - expected_loss(request)
        missing = rows - found
        wanted = int(missing / max(share, 1 / INVALID_ROUNDS)) + 16 + int(4 * (missing * (1 - share)) ** 0.5)
        while wanted > 0 and found < rows and drawn - found <= most:
            size = min(wanted, rows + rows // 4 + 64)
            part = unique.fresh(_drawn_piece(model, size, piece, number, request))
            parts.append(part)
            found, drawn, piece, wanted = found + part.num_rows, drawn + size, piece + 1, wanted - size
        if found >= rows or drawn - found > most:
            break
    table = Table(model.schema, pa.concat_tables(parts).slice(0, rows).combine_chunks())
    return Sampled(with_texts(model.texts, table, (request.seed, number), {}), drawn - found)


def _drawn_piece(model: TreeModel, size: int, piece: int, number: int, request: Request) -> pa.Table:
    """The valid ones among `size` records."""
    draw = draw_records(model, size, generator(request.seed, 11, number, piece), request.temperature)
    table, keep = decode_records(model, draw, size, coded=True), valid_records(model, draw, request)
    keep &= ~broken_records(model, draw, size)
    keep &= model.copies.drop_copies(table)
    return table.data.filter(pa.array(keep))


def _check_invalid(request: Request, invalid: int, found: int, count: int) -> None:
    if request.most_invalid is not None and invalid > request.most_invalid:
        raise JobFailed(
            f"More than {request.most_invalid:,} records (max_invalid) were refused before {count:,} valid ones were made; {found:,} were.",
            hint="Raise max_invalid, ask for fewer records, or loosen the filters and constraints.",
        )
