"""Records in chunks: each has its own seed and fills its own quota, so that the same request gives the same records for any number of
processes, and no more than a few chunks are ever held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.identifier_columns import IdentifierColumns
from appliance.data_plane.synthesis.options import Note
from appliance.data_plane.synthesis.processes import forked_chunks
from appliance.data_plane.synthesis.rebalancing import complete_from, draw_from, find_balance, in_order, is_first, within_quota
from appliance.data_plane.synthesis.sampling import (
    CHUNK,
    Draw,
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
            raise JobFailed(
                "Every record that the model makes equals a training row or breaks a constraint; there is nothing that may leave.",
                hint="Loosen the constraints, or train on more rows." if model.relations.checks or model.relations.unique else "",
            )
        notes: tuple[Note, ...] = (
            (Note("", f"only {found} of {count} records could be made that are no copies of training rows and keep every constraint"),)
            if short
            else ()
        )
        if last and model.correction is not None and request.temperature != 1.0:
            notes += (Note("", "records of a temperature other than 1 are not thinned out where the model makes a kind too often"),)
        if last and request.target is not None:
            notes += (Note(str(request.target["column"]), "has the shares that were asked for, not those of the training data"),)
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

    balance = find_balance(model, request.target, count, request.seed) if request.target is not None else None

    def make(number: int) -> Sampled:
        if balance is not None:
            return make_balanced_chunk(model, balance.chunk(number, size), number, request, (balance.place, chunks))
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


def make_balanced_chunk(model: TreeModel, wanted: Array, number: int, request: Request, place: tuple[int, int]) -> Sampled:
    """Chunk `number` with the target's codes `wanted`; `place`: of the target, and how many chunks there are."""
    unique, random = UniqueRows(model.relations.unique, number, place[1]), generator(request.seed, 18, number)
    parts, codes, drawn = [_balanced_piece(model, place[0], wanted[:0], random, request, (number, -1))[0]], wanted[:0], 0
    for piece in range(2 * request.rounds):
        missing = np.repeat(*_missing(wanted, codes))
        if not len(missing):
            break
        share = (len(codes) + 1) / (drawn + 1) if drawn else 0.8
        extra = int(len(missing) * (1 / max(share, 1 / INVALID_ROUNDS) - 1)) + 16
        tried = np.r_[missing, random.choice(missing, min(extra, 4 * len(wanted) + 64))]
        data, made = _balanced_piece(model, place[0], tried[random.permutation(len(tried))], random, request, (number, piece))
        drawn += len(tried)
        marked = unique.fresh(data.append_column("", pa.array(made)))
        made = np.asarray(marked.column(marked.num_columns - 1))
        keep = within_quota(made, dict(zip(*(part.tolist() for part in _missing(wanted, codes)), strict=True)))
        parts.append(marked.remove_column(marked.num_columns - 1).filter(pa.array(keep)))
        codes = np.r_[codes, made[keep]]
    table = Table(model.schema, pa.concat_tables(parts).take(pa.array(in_order(codes, wanted))).combine_chunks())
    return Sampled(with_texts(model.texts, table, (request.seed, number), {}), drawn - len(codes))


def _missing(wanted: Array, found: Array) -> tuple[Array, Array]:
    """The codes that are wanted, and how many of each are not found yet."""
    codes, counts = np.unique(wanted, return_counts=True)
    return codes, counts - np.asarray([int((found == code).sum()) for code in codes.tolist()], np.int64)


def _balanced_piece(
    model: TreeModel, place: int, codes: Array, random: np.random.Generator, request: Request, path: tuple[int, int]
) -> tuple[pa.Table, Array]:
    """Valid records with given codes of the target, and the codes of those that are left."""
    if not is_first(model, place):
        return complete_from(model, place, codes, request, (path[0], path[1] + 1))
    draw = draw_from(model, place, codes, random, request.temperature)
    data, keep = _valid(model, draw, request)
    return data.filter(pa.array(keep)), draw.codes[place][keep]


def _drawn_piece(model: TreeModel, size: int, piece: int, number: int, request: Request) -> pa.Table:
    """The valid ones among `size` records."""
    data, keep = _valid(model, draw_records(model, size, generator(request.seed, 11, number, piece), request.temperature), request)
    return data.filter(pa.array(keep))


def _valid(model: TreeModel, draw: Draw, request: Request) -> tuple[pa.Table, Array]:
    """A draw as a table, and which of its records may leave."""
    table, keep = decode_records(model, draw, len(draw.score), coded=True), valid_records(model, draw, request)
    keep &= ~broken_records(model, draw, len(draw.score))
    keep &= model.copies.drop_copies(table)
    return table.data, keep


def _check_invalid(request: Request, invalid: int, found: int, count: int) -> None:
    if request.most_invalid is not None and invalid > request.most_invalid:
        raise JobFailed(
            f"More than {request.most_invalid:,} records (max_invalid) were refused before {count:,} valid ones were made; {found:,} were.",
            hint="Raise max_invalid, ask for fewer records, or loosen the filters and constraints.",
        )
