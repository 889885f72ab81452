"""Save as artifact: a job's rows become a file of the project, whole or not at all."""

from __future__ import annotations

import errno
import gzip
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from appliance.administration.consistency import compare
from appliance.contract.job import Kind
from appliance.control_plane.artifact_store.disk import Disk
from appliance.control_plane.artifact_store.local import LocalStore
from appliance.control_plane.store import artifacts, jobs, projects, users
from appliance.control_plane.store.jobs import Job
from tests.unit.left_files import ROWS, SHA, Works, works
from tests.unit.people_house import house
from tests.unit.shared_project import address

LISTED = "/projects/shared/artifacts"


def place(job: Job) -> str:
    return f"/v1/appliance/jobs/{job.uid}/artifact"


async def nothing_is_left(made: Works) -> None:
    """No row, no file, no part of one, and store and database agree."""
    assert (await made.town.ask("ann", "GET", LISTED))[1]["artifacts"] == []
    assert made.home.store.read.execute("select count(*) from artifact").fetchone() == (0,)
    assert list(made.files.uploads.iterdir()) == []
    assert [path for path in made.files.artifacts.rglob("*") if path.is_file()] == []
    found = await compare(made.files, made.home.store)
    assert found.missing == found.damaged == found.unknown == ()


async def test_rows_become_a_file_of_the_project_that_outlives_the_job(tmp_path: Path) -> None:
    async with works(tmp_path, bob=2) as made:
        job = await made.job("data", "report")
        status, given = await made.town.ask("bob", "POST", place(job))
        assert status == 200, given
        key = given["key"]
        assert key.endswith("_people-data.csv.gz")
        (listed,) = (await made.town.ask("ann", "GET", LISTED))[1]["artifacts"]
        assert listed == given["artifact"]
        assert (listed["key"], listed["source_job"], listed["sha256"], listed["inspection"]) == (key, job.uid, SHA, "pending")
        assert made.inspected == [key]
        path = made.files.artifact_path(key)
        assert path.samefile(made.files.output_path(job.uid, "data.gz"))
        assert listed["size"] == path.stat().st_size
        (line,) = made.told("output_save")
        assert (line.actor, line.id, line.detail["job"], line.detail["bytes"]) == (address("bob"), key, job.uid, listed["size"])
        made.files.delete_outputs(job.uid)
        await made.delete(job)
        assert gzip.decompress(path.read_bytes()) == ROWS
        assert list(made.files.uploads.iterdir()) == []
        assert users.storage_used(made.home.store.read, made.town.people["bob"].id) == listed["size"]


async def test_where_no_link_can_be_made_the_file_is_copied(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data")
        with patch("os.link", side_effect=OSError(errno.EXDEV, "across devices")):
            status, given = await made.town.ask("ann", "POST", place(job))
        assert status == 200, given
        path, source = made.files.artifact_path(given["key"]), made.files.output_path(job.uid, "data.gz")
        assert path.read_bytes() == source.read_bytes()
        assert not path.samefile(source)


@pytest.mark.parametrize(
    ("asked", "ending"),
    [
        ({"name": "kept.csv"}, "_kept.csv.gz"),
        ({"name": "kept.csv.gz"}, "_kept.csv.gz"),
        ({"name": "../../etc/passwd"}, "_passwd.gz"),
        ({"name": "a\0b\r\n\u202e.csv"}, "_a_b_.csv.gz"),
        ({"name": "<img src=x onerror=alert(1)>.csv"}, "_img_src_x_onerror_alert_1_.csv.gz"),
        ({"type": "data_preview"}, "_people-data_preview.csv.gz"),
    ],
    ids=str,
)
async def test_the_name_is_made_safe(tmp_path: Path, asked: dict[str, str], ending: str) -> None:
    async with works(tmp_path) as made:
        status, given = await made.town.ask("ann", "POST", place(await made.job("data", "data_preview")), **asked)
        assert status == 200, given
        assert given["key"].endswith(ending)
        assert len(given["key"]) == len("gretel_") + 32 + len(ending)


async def test_a_name_without_end_is_cut(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        status, given = await made.town.ask("ann", "POST", place(await made.job("data_preview", kind=Kind.TRAIN)), name="x" * 100_000)
        assert status == 200, given
        assert len(given["key"]) < 255


@pytest.mark.parametrize(
    "body", [{"type": "model"}, {"type": "report"}, {"type": "../data"}, {"type": 1}, {"name": 1}, {"key": "x"}], ids=str
)
async def test_only_rows_can_be_saved(tmp_path: Path, body: Any) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data", "report", "model", kind=Kind.TRAIN)
        assert (await made.town.ask("ann", "POST", place(job), **body))[0] == 400
        bare = await made.job("report", kind=Kind.TRAIN)
        assert (await made.town.ask("ann", "POST", place(bare)))[0] == 404
        await nothing_is_left(made)


async def test_a_reader_and_a_stranger_save_nothing(tmp_path: Path) -> None:
    async with works(tmp_path, rex=1, eve=0) as made:
        job = await made.job("data")
        assert (await made.town.ask("rex", "POST", place(job)))[0] == 403
        assert (await made.town.ask("eve", "POST", place(job)))[0] == 404
        await nothing_is_left(made)


async def test_the_quota_of_whoever_saves_is_kept(tmp_path: Path) -> None:
    async with works(tmp_path, bob=2) as made:
        job = await made.job("data")
        size = made.files.output_path(job.uid, "data.gz").stat().st_size
        bob = made.town.people["bob"]
        await made.home.store.write(lambda c: users.change(c, bob, storage_bytes=size - 1))
        status, sentence = await made.town.ask("bob", "POST", place(job))
        assert status == 507 or "quota" in sentence
        assert "quota" in sentence
        await nothing_is_left(made)
        await made.home.store.write(lambda c: users.change(c, bob, storage_bytes=size))
        assert (await made.town.ask("bob", "POST", place(job)))[0] == 200
        assert "quota" in (await made.town.ask("bob", "POST", place(job)))[1]


async def test_the_reserve_of_the_disk_is_kept(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data")
        made.files.disk = Disk(tmp_path, 1 << 60)
        assert "kept free" in (await made.town.ask("ann", "POST", place(job)))[1]
        await nothing_is_left(made)


async def test_a_disk_that_fills_while_it_is_copied_leaves_nothing(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data")
        full = OSError(errno.ENOSPC, "full")
        with patch("os.link", side_effect=OSError(errno.EXDEV, "no")), patch("shutil.copyfileobj", side_effect=full):
            assert "could not be copied" in (await made.town.ask("ann", "POST", place(job)))[1]
        await nothing_is_left(made)


async def test_a_file_that_is_gone_gives_nothing(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data")
        made.files.output_path(job.uid, "data.gz").unlink()
        assert (await made.town.ask("ann", "POST", place(job)))[0] == 404
        assert (await made.town.ask("ann", "GET", LISTED))[1]["artifacts"] == []
        assert made.home.store.read.execute("select count(*) from artifact").fetchone() == (0,)
        assert list(made.files.uploads.iterdir()) == []


@pytest.mark.parametrize("loss", ["job", "right", "artifact"])
async def test_what_changes_while_the_file_is_linked_is_seen(tmp_path: Path, loss: str) -> None:
    async with works(tmp_path, bob=2) as made:
        job, bob, write = await made.job("data"), made.town.people["bob"], made.home.store.write
        changes = {
            "job": lambda c: jobs.mark_deleted(c, job.id, actor="api", at=2.0),
            "right": lambda c: projects.set_member(c, job.project_id, bob.id, 1),
            "artifact": lambda c: c.execute("update artifact set state = 'deleting'"),
        }
        begun: list[Any] = []

        async def second(intent: Any, **more: Any) -> Any:
            if begun and more.get("told") is not None:
                await write(changes[loss])
            begun.append(intent)
            return await write(intent, **more)

        with patch.object(made.home.store, "write", second):
            status, _ = await made.town.ask("bob", "POST", place(job))
        assert status == {"job": 404, "right": 403, "artifact": 409}[loss]
        await nothing_is_left(made)
        assert [line.result for line in made.told("output_save")] in ([], ["refused"])


@pytest.mark.parametrize("where", ["before the file is there", "before the row is whole", "after the rename"])
async def test_what_breaks_off_is_shown_to_nobody_and_goes(tmp_path: Path, where: str) -> None:
    async with works(tmp_path) as made:
        job, real = await made.job("data"), LocalStore.place_upload

        def broken(*_: Any) -> None:
            raise RuntimeError

        def renamed(files: LocalStore, part: Path, key: str) -> None:
            real(files, part, key)
            raise RuntimeError

        store = "appliance.control_plane.artifact_store.local.LocalStore.place_upload"
        spots = {"before the file is there": ("appliance.console.chain._bring", broken)}
        spots |= {"before the row is whole": (store, broken), "after the rename": (store, renamed)}
        with patch(*spots[where]):
            assert (await made.town.ask("ann", "POST", place(job)))[0] == 500
        assert (await made.town.ask("ann", "GET", LISTED))[1]["artifacts"] == []
        assert made.told("output_save") == []
    async with house(tmp_path) as again:
        files = LocalStore(tmp_path, Disk(tmp_path, 0))
        files.prepare()
        found = await compare(files, again.store)
        assert found.missing == found.damaged == found.unknown == ()
        assert list(files.uploads.iterdir()) == []
        (left,) = artifacts.interrupted(again.store.read, 10**12)
        assert left.state == "uploading"
        files.delete_artifact(left.key)
        assert [path for path in files.artifacts.rglob("*") if path.is_file()] == []
