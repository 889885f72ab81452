"""Jobs that go through a file, in this process: a context, what it published, and what it told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from appliance.clock import SystemClock, SystemRandom
from appliance.configurations import normalise
from appliance.configurations.run_parameters import normalise_run
from appliance.contract.job import Assignment, Input, Kind
from appliance.contract.run_directory import RunDirectory
from appliance.data_plane.context import Context
from appliance.data_plane.models import find_model

KEY = "5a" * 32
SECRETS = {"transform_key": "1", "transform_key.1": KEY}


class Job:
    """One train or run job over one file."""

    def __init__(self, folder: Path, source: Path, document: dict[str, Any], *, model: Path | None = None, seed: int | None = 5) -> None:
        configuration = normalise(document)
        inputs = {"data_source": source} | ({} if model is None else {"model": model})
        named = tuple(Input(role, f"{role}-{path.name}") for role, path in inputs.items())
        directory = RunDirectory(folder)
        params: dict[str, Any] = {}
        if model is not None:
            params = {"params": normalise_run(configuration, {"data_source": "x", "params": document.get("params")}).params}
        kind = Kind.TRAIN if model is None else Kind.RUN
        directory.create(Assignment("b" * 24, 1, kind, configuration.model_type, configuration.document, params, named, seed=seed))
        directory.artifacts.mkdir()
        for entry, path in zip(named, inputs.values(), strict=True):
            (directory.inputs / entry.name).write_bytes(path.read_bytes())
        self.context = Context(directory.read_assignment(), directory, SystemClock(), SystemRandom(), secrets=SECRETS)
        self._kind = kind

    def perform(self) -> Job:
        model = find_model(self.context.assignment.model_type)
        (model.run if self._kind is Kind.RUN else model.train)(self.context)
        return self

    @property
    def artifacts(self) -> list[str]:
        return sorted(entry.type for entry in self.context.artifacts)

    def path(self, kind: str) -> Path:
        (name,) = [entry.name for entry in self.context.artifacts if entry.type == kind]
        return self.context.directory.artifacts / name

    def text(self, kind: str) -> str:
        return gzip.decompress(self.path(kind).read_bytes()).decode()

    def json(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text(kind))
        return found

    def told(self) -> str:
        """Everything that the job said and wrote outside its inputs and the transformed data itself."""
        return self.context.directory.events.read_text("utf-8")
