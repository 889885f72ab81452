"""Artifacts: files uploaded to projects, and files that jobs left."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from appliance.contract.job import ArtifactDigest
from appliance.control_plane.store.statements import many, one, only, run, sql, to_json
from appliance.errors import Conflict

_JSON = ("columns",)


class Artifact(msgspec.Struct, frozen=True, array_like=True):
    """A project artifact. `key` is `gretel_<32 hex>_<name>`; `state` is `uploading`, `ready` or `deleting`.

    `profile_state` is `pending`, `ready` or `failed` (then `profile_error` is a sentence); `inspection` counts the inspections that
    were started; `rows` and `columns` (names) come from the profile; `source_job` is the uid of the job whose output it was, which may be
    gone. No value of the file is kept here."""

    id: int
    uid: str
    key: str
    project_id: int
    owner_id: int
    name: str
    size: int
    sha256: str
    state: str
    created_at: float
    ready_at: float | None
    profile_state: str
    profile_error: str
    inspection: int
    rows: int | None
    columns: tuple[str, ...]
    source_job: str | None = None


class JobArtifact(msgspec.Struct, frozen=True, array_like=True):
    """A file that a job left in the artifact store: type as on the wire, file name, bytes, sha256 in hex."""

    job_id: int
    type: str
    name: str
    size: int
    sha256: str


def insert(connection: sqlite3.Connection, *, source_job: str | None = None, **facts: Any) -> Artifact:
    """A new artifact in `uploading`. `facts`: uid, key, project_id, owner_id, name, at. Raises sqlite3.IntegrityError for a known key."""
    return only(connection, "artifact_insert", Artifact, {"source_job": source_job, **facts}, json=_JSON)


def by_uid(connection: sqlite3.Connection, uid: str) -> Artifact | None:
    """The artifact with that uid, in any state."""
    return one(connection, "artifact_by_uid", Artifact, {"uid": uid}, json=_JSON)


def find(connection: sqlite3.Connection, project_id: int, key: str) -> Artifact | None:
    """An artifact of a project by key, unless it is being deleted."""
    return one(connection, "artifact_by_key", Artifact, {"project_id": project_id, "key": key}, json=_JSON)


def of_project(connection: sqlite3.Connection, project_id: int, *, limit: int = 1000, skip: int = 0) -> list[Artifact]:
    """Finished uploads of a project, newest first."""
    return many(connection, "artifact_of_project", Artifact, {"project_id": project_id, "limit": limit, "skip": skip}, json=_JSON)


def mark_ready(connection: sqlite3.Connection, artifact_id: int, *, size: int, sha256: str, at: float) -> Artifact | None:
    """The upload is complete on disk; its profile is pending. None unless it is still `uploading`: what is ready never changes."""
    return one(connection, "artifact_ready", Artifact, {"id": artifact_id, "size": size, "sha256": sha256, "at": at}, json=_JSON)


def begin_inspection(connection: sqlite3.Connection, artifact_id: int) -> Artifact | None:
    """Count one more inspection; None when there is nothing to inspect."""
    return one(connection, "artifact_inspect", Artifact, {"id": artifact_id}, json=_JSON)


def set_profile(
    connection: sqlite3.Connection, artifact_id: int, *, state: str, error: str = "", rows: int | None = None, columns: tuple[str, ...] = ()
) -> Artifact | None:
    """Note the end of an inspection: `ready` with counts and column names, or `failed` with a sentence."""
    parameters = {"id": artifact_id, "profile_state": state, "profile_error": error, "rows": rows, "columns": to_json(columns)}
    return one(connection, "artifact_profile", Artifact, parameters, json=_JSON)


def mark_deleting(connection: sqlite3.Connection, artifact: Artifact) -> Artifact:
    """Hide an artifact; `Scheduler.delete_artifact` calls it. Raises Conflict naming the waiting jobs that need it."""
    needed = connection.execute(sql("artifact_needed_by"), {"project_id": artifact.project_id, "key": artifact.key}).fetchall()
    if needed:
        raise Conflict("The artifact is needed by jobs that wait: " + ", ".join(uid for (uid,) in needed) + ".")
    return one(connection, "artifact_mark", Artifact, {"id": artifact.id}, json=_JSON) or artifact


def mark_project_deleting(connection: sqlite3.Connection, project_id: int) -> list[Artifact]:
    """Hide every artifact of a project that is being deleted."""
    return many(connection, "artifact_mark_project", Artifact, {"project_id": project_id}, json=_JSON)


def deleting(connection: sqlite3.Connection) -> list[Artifact]:
    """Artifacts whose files are still being removed."""
    return many(connection, "artifact_deleting", Artifact, {}, json=_JSON)


def interrupted(connection: sqlite3.Connection, before: float) -> list[Artifact]:
    """Uploads that began before that time and never finished."""
    return many(connection, "artifact_interrupted", Artifact, {"before": before}, json=_JSON)


def uninspected(connection: sqlite3.Connection) -> list[Artifact]:
    """Finished uploads without a profile, oldest first."""
    return many(connection, "artifact_uninspected", Artifact, {}, json=_JSON)


def remove(connection: sqlite3.Connection, artifact_id: int) -> None:
    """Remove the row of an artifact in `deleting` whose file is gone."""
    run(connection, "artifact_remove", {"id": artifact_id})


def put_job_artifacts(connection: sqlite3.Connection, job_id: int, artifacts: tuple[ArtifactDigest, ...]) -> None:
    """Note files of a job that lie in the artifact store. Safe to repeat."""
    for artifact in artifacts:
        run(connection, "job_artifact_put", {"job_id": job_id, **msgspec.structs.asdict(artifact)})


def of_job(connection: sqlite3.Connection, job_id: int) -> list[JobArtifact]:
    """All stored files of a job."""
    return many(connection, "job_artifact_all", JobArtifact, {"job_id": job_id})


def job_artifact(connection: sqlite3.Connection, job_id: int, artifact_type: str) -> JobArtifact | None:
    """One stored file of a job by type."""
    return one(connection, "job_artifact_get", JobArtifact, {"job_id": job_id, "type": artifact_type})
