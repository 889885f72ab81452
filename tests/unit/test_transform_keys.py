"""Transform keys: sealed at rest, handed to the right workers, rotated and destroyed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest

from appliance.administration.data_folder import DataFolder
from appliance.clock import SystemClock, SystemRandom
from appliance.contract.job import Kind
from appliance.control_plane.store import Store, projects, transform_keys, users
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.transform_keys import Seal, TransformKey, secrets_of
from appliance.errors import DataFolderRefused, JobFailed

KEY, NONCE = bytes(range(32)), b"n" * 12


def _owned(connection: sqlite3.Connection) -> int:
    user = users.insert(connection, uid="u" * 24, email="a@example.com", password_digest="", is_owner=True, at=1.0)
    assert user is not None
    project = projects.insert(connection, Project(uid="p" * 24, guid="proj_p", name="p", owner_id=user.id, created_at=1.0, changed_at=1.0))
    assert project is not None
    return project.id


def _job(project_id: int, model_type: str) -> Job:
    blank = {"uid": "j" * 24, "guid": "model_j", "owner_id": 1, "owner_email": "", "name": "", "configuration": b"{}"}
    more = {"configuration_sent": b"", "worker_key_digest": b"", "body_sha256": b"", "created_at": 1.0, "changed_at": 1.0}
    return Job(kind=Kind.TRAIN, project_id=project_id, model_type=model_type, **blank, **more)  # type: ignore[arg-type]


async def test_workers_of_transforms_are_handed_every_key_of_their_project_and_others_none(tmp_path: Path) -> None:
    store, seal = await Store.open(tmp_path, SystemClock(), inline=True), Seal(b"s" * 32)
    project = await store.write(_owned)
    assert secrets_of(store.read, seal, _job(project, "transform_v2")) == {}
    for number, key in enumerate((KEY, KEY[::-1]), 1):
        sealed = seal.close(key, project, NONCE)
        assert await store.write(lambda c, sealed=sealed: transform_keys.add(c, project, sealed, 1.0)) == number  # type: ignore[misc]
    secrets = secrets_of(store.read, seal, _job(project, "transforms"))
    assert secrets == {"transform_key": "2", "transform_key.1": KEY.hex(), "transform_key.2": KEY[::-1].hex()}
    assert secrets_of(store.read, seal, _job(project, "actgan")) == {}
    assert KEY not in (tmp_path / "appliance.db").read_bytes() + (tmp_path / "appliance.db-wal").read_bytes()
    await store.close()


async def test_only_old_keys_can_be_destroyed_and_numbers_never_come_back(tmp_path: Path) -> None:
    store, seal = await Store.open(tmp_path, SystemClock(), inline=True), Seal(b"s" * 32)
    project = await store.write(_owned)
    sealed = seal.close(KEY, project, NONCE)
    for _ in range(2):
        await store.write(lambda c: transform_keys.add(c, project, sealed, 1.0))
    assert not await store.write(lambda c: transform_keys.destroy(c, project, 2))
    assert await store.write(lambda c: transform_keys.destroy(c, project, 1))
    assert not await store.write(lambda c: transform_keys.destroy(c, project, 1))
    assert await store.write(lambda c: transform_keys.add(c, project, sealed, 1.0)) == 3
    assert [key.number for key in transform_keys.of_project(store.read, project)] == [2, 3]
    await store.close()


def test_a_sealed_key_opens_only_with_its_secret_its_project_and_unchanged() -> None:
    key = TransformKey(7, 1, Seal(b"s" * 32).close(KEY, 7, NONCE), 1.0)
    assert Seal(b"s" * 32).open(key) == KEY
    replaced = msgspec.structs.replace
    flipped = replaced(key, sealed=key.sealed[:-1] + bytes([key.sealed[-1] ^ 1]))
    for other, seal in ((key, Seal(b"x" * 32)), (replaced(key, project_id=8), Seal(b"s" * 32)), (flipped, Seal(b"s" * 32))):
        with pytest.raises(JobFailed, match="cannot be opened") as refusal:
            seal.open(other)
        assert KEY.hex() not in str(refusal.value)
    with pytest.raises(JobFailed):
        Seal(b"s" * 32).open(replaced(key, sealed=b"short"))


def test_the_seal_is_made_once_private_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    secret = folder.make_seal_key(SystemRandom())
    assert folder.make_seal_key(SystemRandom()) == secret
    assert len(secret) == 32
    assert folder.seal_key.stat().st_mode & 0o777 == 0o600
    folder.seal_key.write_bytes(b"half")
    with pytest.raises(DataFolderRefused, match="damaged"):
        folder.make_seal_key(SystemRandom())
