"""Chunks of records made in forks of this process, handed over as files. Which process makes a chunk never changes what is in it.

A fork inherits the worker's confinement, its memory limit and its group, and shares the model's pages. One fork makes one chunk, so no more
than `processes` chunks ever wait on disk. Where a fork fails for whatever reason, this process makes the chunk itself: an error then
shows here as it would have without forks."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from appliance.data_plane.synthesis.tree_model import Sampled
from appliance.data_plane.tables.schema import Table, TableSchema

_INVALID = b"invalid"


def forked_chunks(make: Callable[[int], Sampled], chunks: int, processes: int, folder: Path, schema: TableSchema) -> Iterator[Sampled]:
    """The chunks 0, 1, … in their order, `processes` of them in the making. `folder`: where they lie until they are read."""
    running: deque[tuple[int, Path]] = deque()
    begun = 0
    try:
        for number in range(chunks):
            while begun < min(chunks, number + processes):
                path = folder / f"chunk-{begun}"
                running.append((_fork(make, begun, path), path))
                begun += 1
            yield _collect(*running.popleft(), schema) or make(number)
    finally:
        for child, path in running:
            _end(child)
            path.unlink(missing_ok=True)


def _fork(make: Callable[[int], Sampled], number: int, path: Path) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on for any second thread: the heartbeat holds no lock of ours
        child = os.fork()
    if child:
        return child
    status = 1
    try:
        gc.freeze()
        _write(make(number), path)
        status = 0
    finally:
        os._exit(status)  # past every handler and buffer of the parent


def _write(chunk: Sampled, path: Path) -> None:
    data = chunk.table.data.replace_schema_metadata({_INVALID: str(chunk.invalid)})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, data.schema) as writer:
        writer.write_table(data)


def _collect(child: int, path: Path, schema: TableSchema) -> Sampled | None:
    """What a child made, once it has ended; None where it failed."""
    status = os.waitpid(child, 0)[1]
    try:
        if status:
            return None
        with pa.OSFile(str(path), "rb") as file:
            data = pa.ipc.open_file(file).read_all()
        return Sampled(Table(schema, data.replace_schema_metadata(None)), int(data.schema.metadata[_INVALID]))
    finally:
        path.unlink(missing_ok=True)


def _end(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
