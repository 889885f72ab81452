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
from appliance.configurations import normalise
from appliance.data_plane.context import Context
from appliance.data_plane.models.idle_keys import keys_without_effect
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


class Odometer:
    """Tells how much of a file is behind, in hundredths of it. `doing`: what is done with the rows, as people are told."""

    def __init__(self, context: Context, stage: str, doing: str) -> None:
        self._context = context
        self._stage = stage
        self._doing = doing
        self._step = 0

    def tell(self, share: float, rows: int) -> None:
        """`share` (0–1) of the file and so many rows are behind."""
        step = min(_STEPS, int(share * _STEPS))
        if step <= self._step:
            return
        self._context.progress(self._stage, step, _STEPS)
        if step // _TOLD_STEPS > self._step // _TOLD_STEPS:
            self._context.log(self._stage, f"{self._doing}: {step} % of the file.", percent=step, rows=rows)
        self._step = step


class Passage:
    """One way through a file, batch by batch, with its progress."""

    def __init__(self, path: Path, odometer: Odometer) -> None:
        self.source: Source = open_source(path)
        self.rows = 0
        self._size = max(1, path.stat().st_size)
        self._odometer = odometer

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The raw batches. Raises DataRefused naming the row that cannot be read."""
        for batch in self.source.batches():
            yield batch
            self.rows += batch.num_rows
            known = self.source.rows  # a file that tells its rows tells no bytes
            self._odometer.tell(self.rows / known if known else self.source.consumed() / self._size, self.rows)
        self._odometer.tell(1.0, self.rows)


def tell_remarks(context: Context, document: dict[str, Any]) -> tuple[str, ...]:
    """Tell what is odd about a configuration: what was repaired, what will match nothing, which keys have no effect. The first two are
    answered, for the report."""
    warnings = tuple(dict.fromkeys(normalise(document).warnings))
    for warning in warnings:
        context.log("pre", warning, level="warning")
    for key in keys_without_effect(document):
        context.log("pre", f"The key {key} is known but has no effect here.", level="warning")
    return warnings


def tell_configuration(context: Context, document: dict[str, Any]) -> None:
    """The configuration as it is used, in the words that clients look for."""
    context.resolved(document)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    context.log("train", f"Using updated model configuration: \n{text}")


def rules_text(section: dict[str, Any]) -> str:
    """The rules of a transform as its configuration has them, in YAML, without what nobody set."""
    rules = {key: _said(section[key]) for key in ("steps", "policies") if key in section}
    return yaml.safe_dump(rules, sort_keys=False, allow_unicode=True, width=120)


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        found = {key: _said(item) for key, item in value.items()}
        return {key: item for key, item in found.items() if item not in (None, [], {})}
    return [_said(item) for item in value] if isinstance(value, list) else value


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
