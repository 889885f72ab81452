"""Jobs that left files, in a project that several people share: what can be done with those files, in this process."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec

from appliance.audit import Entry
from appliance.contract.job import ArtifactDigest, Kind
from appliance.control_plane.artifact_store.disk import Disk
from appliance.control_plane.artifact_store.local import LocalStore
from appliance.control_plane.store import Connection, artifacts, jobs
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job
from tests.unit.shared_project import Shared, shared

ROWS = b"city,n\n" + b"".join(b"Bern,%d\n" % number for number in range(400))
SHA = "5" * 64


class Works:
    """The town, where its jobs' files lie, and what its scheduler was told to inspect."""

    def __init__(self, town: Shared, folder: Path) -> None:
        self.town, self.home, self.folder = town, town.home, folder
        self.files = LocalStore(folder, Disk(folder, 0))
        self.files.prepare()
        self.inspected: list[str] = []
        self.nobody = self.home.browser()
        self._numbers = itertools.count(1)
        services: Any = self.home.services
        services.files, services.accesses = self.files, {}
        services.scheduler = SimpleNamespace(delete_artifact=self._forget, inspect=lambda artifact: self.inspected.append(artifact.key))

    async def job(self, *types: str, name: str = "people", content: bytes = ROWS, kind: Kind = Kind.RUN, configuration: Any = None) -> Job:
        """A job of `ann` that left these files."""
        number = next(self._numbers)
        document = configuration or {"models": [{"actgan": {}}]}
        new = Job(
            uid=f"{number:024x}",
            guid=f"model_{number}",
            kind=kind,
            project_id=self.town.project.id,
            owner_id=self.town.people["ann"].id,
            owner_email=self.town.people["ann"].email,
            model_type="actgan",
            name=name,
            configuration_sent=b"{}",
            configuration=msgspec.json.encode(document),
            worker_key_digest=b"",
            body_sha256=str(number).encode(),
            created_at=1.0,
            changed_at=1.0,
        )
        packed = gzip.compress(content, mtime=0)
        left = tuple(ArtifactDigest(kind, f"{kind}.gz", len(packed), SHA) for kind in types)

        def insert(connection: Connection) -> Job:
            made = jobs.insert(connection, new, max_created=10_000)
            assert made is not None
            artifacts.put_job_artifacts(connection, made.id, left)
            return made

        job = await self.home.store.write(insert)
        for file in left:
            path = self.files.output_path(job.uid, file.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(packed)
        return job

    async def share(self, who: str, job: Job, **body: Any) -> tuple[str, Any]:
        """A new link: its path, and the share as it is listed."""
        status, given = await self.town.ask(who, "POST", shares(job), **body)
        assert status == 200, given
        return str(given["url"]).removeprefix("http://localhost"), given["share"]

    async def take(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a link as somebody without an account."""
        return await self.nobody.get(path, headers=headers)

    async def delete(self, job: Job) -> None:
        """Hide the job, as its deletion does first."""
        await self.home.store.write(lambda c: jobs.mark_deleted(c, job.id, actor="api", at=2.0))

    def told(self, *actions: str) -> list[Entry]:
        """The audit log's lines of those actions."""
        return self.town.told(*actions)

    async def _forget(self, artifact: Artifact) -> None:
        def remove(connection: Connection) -> None:
            artifacts.mark_deleting(connection, artifact)
            artifacts.remove(connection, artifact.id)

        self.files.delete_artifact(artifact.key)
        await self.home.store.write(remove)


def shares(job: Job) -> str:
    """Where the links of a job are."""
    return f"/v1/appliance/jobs/{job.uid}/shares"


@asynccontextmanager
async def works(folder: Path, **levels: int) -> AsyncIterator[Works]:
    """A project of `ann` and these people, with an artifact store."""
    async with shared(folder, **levels) as town:
        made = Works(town, folder)
        yield made
        await made.nobody.aclose()
