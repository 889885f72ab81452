"""Deleting: hidden and answered at once; files go when nothing uses them any more, also across a restart."""

from __future__ import annotations

from appliance.control_plane.scheduler import transitions
from appliance.control_plane.scheduler.inspections import Inspections
from appliance.control_plane.scheduler.manual import ManualDesk
from appliance.control_plane.scheduler.settlement import Settlement
from appliance.control_plane.scheduler.supervision import Supervisor
from appliance.control_plane.scheduler.workshop import Workshop
from appliance.control_plane.store import Connection, artifacts, jobs, projects
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.projects import Project


class Deletion:
    """Marks in one transaction, then removes in the background."""

    def __init__(
        self, workshop: Workshop, supervisor: Supervisor, desk: ManualDesk, inspections: Inspections, settlement: Settlement
    ) -> None:
        self._shop = workshop
        self._supervisor = supervisor
        self._desk = desk
        self._inspections = inspections
        self._settlement = settlement

    async def job(self, uid: str) -> None:
        """Raises NotFound, and Conflict naming running record handlers."""
        at = self._shop.clock.now()
        for job in await self._shop.store.write(lambda c: transitions.delete(c, uid, actor="api", at=at)):
            self._follow(job)

    async def artifact(self, artifact: Artifact) -> None:
        """Raises Conflict naming the waiting jobs that need it."""
        marked = await self._shop.store.write(lambda c: artifacts.mark_deleting(c, artifact))
        self._shop.start_soon(self._remove_artifact, marked)

    async def project(self, project: Project) -> None:
        """The project is gone at once; its jobs are cancelled, and all its files follow."""
        at = self._shop.clock.now()
        marked_jobs, marked_artifacts = await self._shop.store.write(lambda c: _mark_project(c, project, at))
        for job in marked_jobs:
            self._follow(job)
        for artifact in marked_artifacts:
            self._shop.start_soon(self._remove_artifact, artifact)

    def _follow(self, job: Job) -> None:
        """A job that still has processes is purged by the task that watches them."""
        if job.manual:
            self._desk.forget(job)
        self._supervisor.stop(job, self._shop.settings.grace_s)
        if not job.stopping:
            self._shop.start_soon(self._settlement.purge, job)

    async def _remove_artifact(self, artifact: Artifact) -> None:
        await self._inspections.stop(artifact)
        await self._settlement.purge_artifact(artifact)


def _mark_project(connection: Connection, project: Project, at: float) -> tuple[list[Job], list[Artifact]]:
    projects.mark_deleting(connection, project.id, at)
    hidden = [transitions.hide(connection, job, actor="api", at=at) for job in jobs.of_project(connection, project.id)]
    marked = artifacts.mark_project_deleting(connection, project.id)
    projects.remove(connection, project.id)
    return hidden, marked
