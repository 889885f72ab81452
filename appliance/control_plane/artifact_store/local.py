"""Artifacts as files of the data folder. Names are chosen here; contents are never looked into.

artifacts/<project uid>/<key>                an uploaded file
artifacts/<project uid>/<key>.inspection/    profile.json and preview.json of it
outputs/<job uid>/<file name>                what a job left
uploads/<key>.<random>.part                  an upload that is still coming in
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from appliance.contract.artifact import INSPECTION_ARTIFACTS
from appliance.contract.run_directory import sync_folder
from appliance.control_plane.artifact_store.disk import Disk
from appliance.errors import BadRequest, NotFound


class LocalStore:
    """Paths and whole-file operations of the artifact store. Blocking calls: run them in a thread where files are large."""

    def __init__(self, data_dir: Path, disk: Disk) -> None:
        self.disk = disk
        self.artifacts = data_dir / "artifacts"
        self.outputs = data_dir / "outputs"
        self.uploads = data_dir / "uploads"

    def prepare(self) -> None:
        """Make the folders (0700). Safe to repeat."""
        for folder in (self.artifacts, self.outputs, self.uploads):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def artifact_path(self, project_uid: str, key: str) -> Path:
        """Where an uploaded file lies or will lie. Raises BadRequest for a name that could leave its folder."""
        return self.artifacts / plain_name(project_uid) / plain_name(key)

    def inspection_path(self, project_uid: str, key: str, kind: str) -> Path:
        """Where `profile` or `preview` of an uploaded file lies. Raises BadRequest for another kind."""
        if kind not in INSPECTION_ARTIFACTS:
            raise BadRequest("An inspection leaves `profile` and `preview`.")
        return self._inspection(project_uid, key) / INSPECTION_ARTIFACTS[kind]

    def output_path(self, job_uid: str, name: str) -> Path:
        """Where one output of a job lies or will lie."""
        return self.outputs / plain_name(job_uid) / plain_name(name)

    def place_upload(self, part: Path, project_uid: str, key: str) -> None:
        """Rename a complete, fsynced upload to its place, durably."""
        target = self.artifact_path(project_uid, key)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        part.rename(target)
        sync_folder(target.parent)

    def delete_artifact(self, project_uid: str, key: str) -> None:
        """Remove an uploaded file and its inspection. Safe to repeat."""
        self.artifact_path(project_uid, key).unlink(missing_ok=True)
        shutil.rmtree(self._inspection(project_uid, key), ignore_errors=True)

    def delete_project(self, project_uid: str) -> None:
        """Remove every uploaded file of a project. Safe to repeat."""
        shutil.rmtree(self.artifacts / plain_name(project_uid), ignore_errors=True)

    def delete_outputs(self, job_uid: str) -> None:
        """Remove everything that a job left. Safe to repeat."""
        shutil.rmtree(self.outputs / plain_name(job_uid), ignore_errors=True)

    def _inspection(self, project_uid: str, key: str) -> Path:
        return self.artifacts / plain_name(project_uid) / f"{plain_name(key)}.inspection"


def plain_name(name: str) -> str:
    """`name`, when it is one path segment. Raises BadRequest otherwise."""
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise BadRequest("That is not a file name.")
    return name


def open_regular(path: Path) -> BinaryIO:
    """Open for reading, only if it is an ordinary file and not a link: a worker may have left anything. Raises NotFound."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise NotFound("There is no such file.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotFound("There is no such file.")
    return os.fdopen(descriptor, "rb")
