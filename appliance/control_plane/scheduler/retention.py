"""What goes by itself: settled run directories after their days, interrupted uploads after their hours. Never an artifact."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from appliance.contract.lease import LeaseState, lease_state
from appliance.control_plane.scheduler.settlement import purge_artifact
from appliance.control_plane.scheduler.workshop import Workshop
from appliance.control_plane.store import Connection, artifacts, invites, jobs, keys
from appliance.control_plane.store.artifacts import Artifact

SWEEP_S = 6 * 3600.0
_DAY_S, _HOUR_S = 86_400.0, 3_600.0
INVITES_KEPT_S = 30 * 86400.0


class Swept(msgspec.Struct, frozen=True):
    """How much went."""

    run_directories: int
    uploads: int


async def sweep(shop: Workshop) -> Swept:
    """Remove what is past its time now. Safe at any moment and as often as one likes."""
    now = shop.clock.now()
    settled_before = now - shop.settings.run_retention_days * _DAY_S
    old = [path for path in await shop.in_thread(_directories, shop.runs) if _over(shop, path, settled_before)]
    for path in old:
        await shop.in_thread(shutil.rmtree, path, True)
    uploads = await shop.write(lambda c: _mark_interrupted(c, now - shop.settings.upload_retention_hours * _HOUR_S))
    for artifact in uploads:
        await purge_artifact(shop, artifact)
    await shop.write(lambda c: _forget(c, now), promise=False)
    return Swept(len(old), len(uploads))


def _directories(runs: Path) -> list[Path]:
    return sorted(runs.iterdir()) if runs.is_dir() else []


def _over(shop: Workshop, path: Path, before: float) -> bool:
    """True for a directory of a job that was settled before that time, and for one that belongs to nothing and holds no live process."""
    uid, _, _ = path.name.partition(".")
    job = jobs.by_uid(shop.store.read, uid)
    if job is not None:
        return job.state.final and not job.stopping and job.ended_at is not None and job.ended_at < before
    orphaned = artifacts.by_uid(shop.store.read, uid) is None
    return orphaned and path.stat().st_mtime < before and lease_state(path / "lease") is not LeaseState.HELD


def _forget(connection: Connection, now: float) -> None:
    """Sessions and sign-in tokens that are over, and invites that nobody answered a month after their end."""
    keys.expire(connection, now)
    invites.expire(connection, now - INVITES_KEPT_S)


def _mark_interrupted(connection: Connection, before: float) -> list[Artifact]:
    return [artifacts.mark_deleting(connection, artifact) for artifact in artifacts.interrupted(connection, before)]
