"""Artifacts as files of the data folder. Names are chosen here; contents are never looked into.

artifacts/<2 hex>/<key>                an uploaded file (the two digits begin the key's own)
artifacts/<2 hex>/<key>.inspection/    profile.json and preview.json of it
outputs/<job uid>/<file name>          what a job left
uploads/<key>.<random>.part            an upload that is still coming in
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import BinaryIO

from appliance.contract.artifact import ARTIFACT_KEY_PREFIX, INSPECTION_ARTIFACTS
from appliance.contract.run_directory import open_plain, sync_folder
from appliance.control_plane.artifact_store.disk import Disk
from appliance.control_plane.artifact_store.names import is_key
from appliance.errors import BadRequest, NotFound


class LocalStore:
    """Paths and whole-file operations of the artifact store. Blocking calls: run them in a thread where files are large."""

    def __init__(self, data_dir: Path, disk: Disk) -> None:
        self.disk = disk
        self.artifacts = data_dir / "artifacts"
        self.outputs = data_dir / "outputs"
        self.uploads = data_dir / "uploads"

    def prepare(self) -> None:
        """Make the folders (0700) and remove what an earlier life of the server left half uploaded. Only while nothing is served."""
        for folder in (self.artifacts, self.outputs, self.uploads):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in self.uploads.glob("*.part"):
            part.unlink()

    def artifact_path(self, key: str) -> Path:
        """Where an uploaded file lies or will lie. Raises BadRequest for what is no key."""
        if not is_key(key):
            raise BadRequest("That is not an artifact key of this server.")
        return self.artifacts / key.removeprefix(ARTIFACT_KEY_PREFIX)[:2] / key

    def inspection_path(self, key: str, kind: str) -> Path:
        """Where `profile` or `preview` of an uploaded file lies. Raises BadRequest for another kind."""
        if kind not in INSPECTION_ARTIFACTS:
            raise BadRequest("An inspection leaves `profile` and `preview`.")
        return self._inspection(key) / INSPECTION_ARTIFACTS[kind]

    def output_path(self, job_uid: str, name: str) -> Path:
        """Where one output of a job lies or will lie."""
        return self.outputs / plain_name(job_uid) / plain_name(name)

    def place_upload(self, part: Path, key: str) -> None:
        """Rename a complete, fsynced upload to its place, durably. Safe to repeat."""
        target = self.artifact_path(key)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if part.exists() or not target.exists():
            part.rename(target)
        sync_folder(target.parent)
        sync_folder(self.artifacts)

    def delete_artifact(self, key: str) -> None:
        """Remove an uploaded file with its inspection, and what came in of it. Safe to repeat."""
        self.artifact_path(key).unlink(missing_ok=True)
        shutil.rmtree(self._inspection(key), ignore_errors=True)
        for part in self.uploads.glob(f"{key}.*.part"):
            part.unlink(missing_ok=True)

    def delete_outputs(self, job_uid: str) -> None:
        """Remove everything that a job left. Safe to repeat."""
        shutil.rmtree(self.outputs / plain_name(job_uid), ignore_errors=True)

    def _inspection(self, key: str) -> Path:
        path = self.artifact_path(key)
        return path.with_name(f"{path.name}.inspection")


def plain_name(name: str) -> str:
    """`name`, when it is one path segment. Raises BadRequest otherwise."""
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise BadRequest("That is not a file name.")
    return name


def open_regular(path: Path) -> BinaryIO:
    """Open for reading, only if it is an ordinary file and not a link: a worker may have left anything. Raises NotFound."""
    try:
        return open_plain(path)
    except OSError:
        raise NotFound("There is no such file.") from None
