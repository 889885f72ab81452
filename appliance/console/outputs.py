"""What may leave a job as a file of its own: which outputs can be shared or kept as an artifact, and what such a file is called."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.contract.artifact import MODEL_ARTIFACTS
from appliance.contract.job import Kind
from appliance.control_plane.artifact_store.names import clean_name
from appliance.control_plane.store import Connection, artifacts
from appliance.control_plane.store.artifacts import JobArtifact
from appliance.control_plane.store.jobs import Job
from appliance.errors import BadRequest, NotFound

TABLES = ("data", "data_preview")
"""Rows: made, transformed, or findings. These can become an artifact, to be learnt from or gone through again."""
REPORTS = tuple(name for name in MODEL_ARTIFACTS if "report" in name)
SHARED = (*TABLES, "output_files", *REPORTS, "run_report_json")
"""What a link may give to somebody without an account: rows and reports. Never the archive of a model, which knows what it learnt from,
never a log, and never what was uploaded."""
_EXTENSIONS = {"text": "txt", "csv": "csv", "json": "json", "jsonl": "jsonl", "parquet": "parquet"}


def chosen(connection: Connection, job: Job, wanted: str, allowed: tuple[str, ...]) -> JobArtifact:
    """The output of that type, or the first of the `allowed` ones that the job has. Raises BadRequest, NotFound."""
    if wanted and wanted not in allowed:
        raise BadRequest(f"`type` must be one of {', '.join(allowed)}.")
    found = {file.type: file for file in artifacts.of_job(connection, job.id)}
    for name in (wanted,) if wanted else allowed:
        if name in found:
            return found[name]
    raise NotFound("The job has no such file." if wanted else "The job has no file that could be given away.")


def file_name(job: Job, artifact_type: str) -> str:
    """What the unpacked output is called outside: after the job, with the extension of its content. Safe in a path and in a header."""
    if artifact_type == "output_files":
        return clean_name(f"{job.name}-output_files.tar.gz")
    return clean_name(f"{job.name or job.noun}-{artifact_type.removesuffix('_json')}.{_extension(job, artifact_type)}")


def saved_as(job: Job, file: JobArtifact) -> str:
    """What the file is called in a person's folder, unpacked where it is rows or a report. Never as the table that was learnt from, whose
    name a job often bears: made rows must not be taken for the real ones."""
    if file.type in TABLES:
        return clean_name(f"{job.name or job.noun}-rows.{_extension(job, file.type)}")
    return file_name(job, file.type) if file.type in SHARED else file.name


def _extension(job: Job, artifact_type: str) -> str:
    if artifact_type.endswith("_json"):
        return "json"
    if artifact_type not in TABLES:
        return "html"
    asked = _section(msgspec.json.decode(job.params), "params") if job.kind is Kind.RUN else {}
    models = msgspec.json.decode(job.configuration).get("models") or [{}]
    own = _section(models[0], job.model_type)
    return _EXTENSIONS.get(asked.get("format") or own.get("format") or "csv", "csv")


def _section(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The appliance's own keys in a section of a document."""
    section = document.get(name) or {}
    return dict(section.get("appliance") or {})
