"""Transform keys: what makes the fakes and hashes of a project the same in every table, and nobody else's. Sealed; several per project,
the newest is used for new models."""

from __future__ import annotations

import sqlite3

import msgspec

from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.statements import many, run, value
from appliance.errors import JobFailed

KEYED_TYPES = frozenset({"transform", "transforms", "transform_v2"})
"""Model types whose workers are handed the project's keys."""

_NONCE = 12


class TransformKey(msgspec.Struct, frozen=True, array_like=True):
    """One key of a project, counted from 1. `sealed`: nonce, ciphertext and tag of 32 random bytes."""

    project_id: int
    number: int
    sealed: bytes
    created_at: float


class Seal:
    """Closes and opens keys with the secret of the data folder (AES-256-GCM); a sealed key is bound to its project."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def close(self, key: bytes, project_id: int, nonce: bytes) -> bytes:
        """The key as it is stored. `nonce`: 12 random bytes, never used twice."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # most servers never transform

        return nonce + AESGCM(self._secret).encrypt(nonce, key, _bound(project_id))

    def open(self, key: TransformKey) -> bytes:
        """The key itself. Raises JobFailed when it was sealed with another secret, or changed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._secret).decrypt(key.sealed[:_NONCE], key.sealed[_NONCE:], _bound(key.project_id))
        except (InvalidTag, ValueError):
            hint = "Put back the seal.key that belongs to this database; a backup holds both."
            raise JobFailed("The project's transform key cannot be opened: the data folder's seal.key is another one.", hint=hint) from None


def _bound(project_id: int) -> bytes:
    return b"transform key of project %d" % project_id


def add(connection: sqlite3.Connection, project_id: int, sealed: bytes, at: float) -> int:
    """Give a project a new key, which is used from now on; its number."""
    return int(value(connection, "transform_key_add", {"project_id": project_id, "sealed": sealed, "at": at}))


def of_project(connection: sqlite3.Connection, project_id: int) -> list[TransformKey]:
    """The keys of a project, oldest first."""
    return many(connection, "transform_key_all", TransformKey, {"project_id": project_id})


def destroy(connection: sqlite3.Connection, project_id: int, number: int) -> bool:
    """Forget a key that is not the newest, for good; False when there is no such one."""
    return run(connection, "transform_key_destroy", {"project_id": project_id, "number": number}) == 1


def secrets_of(connection: sqlite3.Connection, seal: Seal, job: Job) -> dict[str, str]:
    """What the worker of a job is handed: `transform_key`, the number of the newest, and `transform_key.<number>`, each in hex.

    Nothing for types that use none. Raises JobFailed (see `Seal.open`)."""
    held = of_project(connection, job.project_id) if job.model_type in KEYED_TYPES else []
    secrets = {f"transform_key.{key.number}": seal.open(key).hex() for key in held}
    return {"transform_key": str(held[-1].number), **secrets} if held else {}
