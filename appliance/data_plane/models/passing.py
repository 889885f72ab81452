"""What jobs that go through a file once have in common: opening it, telling how far they are, versions and digests for the report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import yaml

from appliance import __version__
from appliance.data_plane.context import Context
from appliance.data_plane.tables.sniff import open_source
from appliance.data_plane.tables.source import Source
from appliance.errors import DataRefused

_STEPS = 100
_TOLD_STEPS = 10
_LIBRARIES = ("pyarrow", "numpy", "hyperscan", "google-re2", "phonenumberslite")


def given_file(context: Context) -> Path:
    """The file that the job is to go through. Raises DataRefused when the job names none."""
    path = context.input("data_source") or context.input("seed")  # runs have their file in the role of seed rows
    if path is None:
        raise DataRefused("The job names no data_source, so there is no file to go through.", hint="Name a table or a text.")
    return path


class Passage:
    """One way through a file, batch by batch, with its progress in bytes. `doing`: what is done with the rows, as people are told."""

    def __init__(self, context: Context, path: Path, stage: str, doing: str) -> None:
        self.source: Source = open_source(path)
        self.rows = 0
        self._context = context
        self._size = max(1, path.stat().st_size)
        self._stage = stage
        self._doing = doing
        self._step = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The raw batches. Raises DataRefused naming the row that cannot be read."""
        for batch in self.source.batches():
            yield batch
            self.rows += batch.num_rows
            self.tell(self.source.consumed())
        self.tell(self._size)

    def tell(self, consumed: int) -> None:
        """So many bytes of the file are behind."""
        share = self._told_rows() if self.source.rows else consumed / self._size
        step = min(_STEPS, int(share * _STEPS))
        if step <= self._step:
            return
        self._context.progress(self._stage, step, _STEPS)
        if step // _TOLD_STEPS > self._step // _TOLD_STEPS:
            self._context.log(self._stage, f"{self._doing}: {step} % of the file.", rows=self.rows)
        self._step = step

    def _told_rows(self) -> float:
        return self.rows / (self.source.rows or 1)


def tell_configuration(context: Context, document: dict[str, Any]) -> None:
    """The configuration as it is used, in the words that clients look for."""
    context.resolved(document)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    context.log("train", f"Using updated model configuration: \n{text}")


def digest_of(document: dict[str, Any]) -> str:
    """The sha256 of a configuration, in hex: the same keys and values give the same one."""
    return hashlib.sha256(msgspec.json.encode(document, order="deterministic")).hexdigest()


def versions_of(*names: str) -> dict[str, str]:
    """The appliance and the libraries behind a pass over a file; what is not installed is left out."""
    found = {"appliance": __version__}
    for name in (*_LIBRARIES, *names):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
