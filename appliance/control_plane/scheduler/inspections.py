"""Inspections: a short worker attempt for every finished upload, one at a time, outside jobs and limits."""

from __future__ import annotations

from collections import deque
from typing import Annotated

import anyio
import msgspec

from appliance.contract.foreign import decode
from appliance.contract.job import Assignment, AttemptLimits, Failure, Input, Kind, Outcome, Preload, State
from appliance.contract.run_directory import RunDirectory, plain_bytes
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.scheduler.settlement import FAULTS, purge_artifact, read_outcome
from appliance.control_plane.scheduler.workshop import Workshop, remove_runs
from appliance.control_plane.store import artifacts
from appliance.control_plane.store.artifacts import Artifact

INSPECTION_S = 60.0
FAILED = Failure("inspection_failed", "The file could not be inspected.")


class _Column(msgspec.Struct):
    name: str


class ProfileSummary(msgspec.Struct):
    """All that the control plane reads of a profile: the number of rows, and the columns' names."""

    rows: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
    columns: list[_Column]


class Inspections:
    """The pool of one. `enqueue` from anywhere on the loop; `run` works until cancelled."""

    def __init__(self, workshop: Workshop) -> None:
        self._shop = workshop
        self._queue: deque[int] = deque()
        self._filled = anyio.Event()
        self._present: tuple[int, RunDirectory] | None = None

    def enqueue(self, artifact: Artifact) -> None:
        """Inspect an artifact when its turn comes."""
        self._queue.append(artifact.id)
        self._filled.set()

    async def recover(self) -> None:
        """Stop what an earlier server life left running, and begin again with every artifact without a profile."""
        for artifact in artifacts.uninspected(self._shop.store.read):
            if artifact.inspection:
                directory = self._shop.directory(artifact.uid, artifact.inspection)
                await self._shop.launcher.stop_attempt(directory, 0.0)
            self.enqueue(artifact)

    async def run(self) -> None:
        """One inspection after the other."""
        while True:
            while self._queue:
                await self._inspect(self._queue.popleft())
                self._present = None
            self._filled = anyio.Event()
            await self._filled.wait()

    async def stop(self, artifact: Artifact) -> None:
        """End the inspection of an artifact that is being deleted, if it is running now."""
        if self._present is not None and self._present[0] == artifact.id:
            await self._shop.launcher.stop_attempt(self._present[1], 0.0)

    async def _inspect(self, artifact_id: int) -> None:
        shop = self._shop
        artifact = await shop.write(lambda c: artifacts.begin_inspection(c, artifact_id), promise=False)
        if artifact is None:
            return
        directory = shop.directory(artifact.uid, artifact.inspection)
        self._present = (artifact.id, directory)
        try:
            outcome = await self._attempt(artifact, directory)
            state, message, summary = await shop.in_thread(self._collect, artifact, directory, outcome)
        except FAULTS as fault:
            state, message, summary = (
                "failed",
                f"The file could not be inspected: {getattr(fault, 'strerror', 'unreadable')}.",
                None,
            )
        rows, columns = (summary.rows, tuple(column.name for column in summary.columns)) if summary else (None, ())
        after = await shop.write(lambda c: artifacts.set_profile(c, artifact.id, state=state, error=message, rows=rows, columns=columns))
        await shop.in_thread(remove_runs, shop.runs, artifact.uid)
        if after is None:
            await purge_artifact(shop, artifact)

    async def _attempt(self, artifact: Artifact, directory: RunDirectory) -> Outcome:
        shop = self._shop
        await shop.in_thread(self._prepare, artifact, directory)
        watch = await shop.launcher.launch(Launch(directory, Preload.BASE, environment={"CUDA_VISIBLE_DEVICES": ""}))
        with anyio.move_on_after(INSPECTION_S) as scope:
            await watch.ended()
        if scope.cancelled_caught:
            await shop.launcher.stop_attempt(directory, 0.0)
            return Outcome(State.ERROR, Failure("inspection_timeout", f"The file was not inspected within {INSPECTION_S:.0f} seconds."))
        return await shop.in_thread(read_outcome, directory)

    def _prepare(self, artifact: Artifact, directory: RunDirectory) -> None:
        limits = AttemptLimits(INSPECTION_S, min(2 << 30, self._shop.inventory.memory_bytes // 2))
        source = (Input("data_source", artifact.name),)
        unconfined = self._shop.settings.allow_unconfined
        directory.create(
            Assignment(artifact.uid, artifact.inspection, Kind.INSPECTION, "inspection", {}, {}, source, (), limits, None, unconfined)
        )
        self._shop.keeper.provide_source(artifact, directory)

    def _collect(self, artifact: Artifact, directory: RunDirectory, outcome: Outcome) -> tuple[str, str, ProfileSummary | None]:
        if outcome.state is not State.COMPLETED:
            return "failed", (outcome.failure or FAILED).message, None
        try:
            summary = decode(plain_bytes(directory.artifacts / "profile.json"), ProfileSummary)
        except (OSError, msgspec.DecodeError):
            return "failed", FAILED.message, None
        self._shop.keeper.keep_profile(artifact, directory, outcome)
        return "ready", "", summary
