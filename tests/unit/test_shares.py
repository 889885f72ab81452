"""Shared links: what they give, to whom, and every way in which they end."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.console.shares import MOST_HOURS, MOST_OPEN
from appliance.contract.job import Kind
from appliance.control_plane.store import jobs, projects
from appliance.control_plane.store.jobs import Job
from tests.unit.left_files import ROWS, Works, shares, works
from tests.unit.shared_project import LEAVE, address

HOUR_S = 3600.0
UNKNOWN = "/share/" + "f" * 64


async def nothing(made: Works) -> tuple[int, bytes]:
    """What is answered to a link that never was."""
    answer = await made.take(UNKNOWN)
    return answer.status_code, answer.content


async def test_a_link_gives_the_unpacked_rows_to_whoever_has_it(tmp_path: Path) -> None:
    async with works(tmp_path, bob=2) as made:
        job = await made.job("data", "report", name="people")
        path, share = await made.share("bob", job, hours=2)
        answer = await made.take(path)
        assert (answer.status_code, answer.content) == (200, ROWS)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith('attachment; filename="people-data.csv"')
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert (share["type"], share["created_by"], share["state"], share["downloads"]) == ("data", address("bob"), "open", 0)
        for _ in range(2):
            assert (await made.nobody.head(path)).status_code == 200
            assert (await made.take(path)).status_code == 200
        status, listed = await made.town.ask("bob", "GET", shares(job))
        assert status == 200
        assert [(one["id"], one["downloads"]) for one in listed["shares"]] == [(share["id"], 3)]
        created, taken = made.told("share_create", "share_download")
        assert (created.actor, created.id, created.name, created.detail["type"]) == (address("bob"), share["id"], "people", "data")
        assert (taken.actor, taken.via, taken.id, taken.detail["shared_by"]) == ("", "share", share["id"], address("bob"))
        assert taken.project == made.town.project.guid


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_the_address_is_nowhere_but_in_its_answer(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        path, _ = await made.share("ann", await made.job("data"))
        await made.take(path)
        secret = path.rpartition("/")[2]
        assert len(secret) == 64
    held = contents(tmp_path)
    assert secret.encode() not in held
    assert bytes.fromhex(secret) not in held


async def revoked(made: Works, job: Job, share: Any) -> None:
    assert (await made.town.ask("bob", "DELETE", f"{shares(job)}/{share['id']}"))[0] == 200


async def revoked_by_an_administrator(made: Works, job: Job, share: Any) -> None:
    assert (await made.town.ask("cat", "DELETE", f"{shares(job)}/{share['id']}"))[0] == 200


async def expired(made: Works, job: Job, share: Any) -> None:
    made.home.clock.at += HOUR_S


async def maker_disabled(made: Works, job: Job, share: Any) -> None:
    await made.town.able("bob", enabled=False)


async def maker_removed(made: Works, job: Job, share: Any) -> None:
    assert (await made.town.ask("ann", "DELETE", f"/projects/shared/members/{made.town.people['bob'].uid}"))[0] == 200


async def maker_left(made: Works, job: Job, share: Any) -> None:
    assert (await made.town.ask("bob", "DELETE", LEAVE))[0] == 200


async def maker_reads_only(made: Works, job: Job, share: Any) -> None:
    await made.town.set_level("bob", 1)


async def job_deleted(made: Works, job: Job, share: Any) -> None:
    await made.delete(job)


async def job_gone(made: Works, job: Job, share: Any) -> None:
    await made.delete(job)
    await made.home.store.write(lambda c: c.execute("delete from job where id = ?", (job.id,)))


async def project_deleted(made: Works, job: Job, share: Any) -> None:
    await made.home.store.write(lambda c: projects.mark_deleting(c, job.project_id, 2.0))


async def file_gone(made: Works, job: Job, share: Any) -> None:
    made.files.delete_outputs(job.uid)


DEATHS = (
    revoked,
    revoked_by_an_administrator,
    expired,
    maker_disabled,
    maker_removed,
    maker_left,
    maker_reads_only,
    job_deleted,
    job_gone,
    project_deleted,
    file_gone,
)


@pytest.mark.parametrize("end", DEATHS, ids=lambda end: end.__name__)
async def test_a_link_ends_at_once_and_does_not_say_why(tmp_path: Path, end: Callable[[Works, Job, Any], Awaitable[None]]) -> None:
    async with works(tmp_path, bob=2, cat=3) as made:
        job = await made.job("data")
        path, share = await made.share("bob", job, hours=1)
        assert (await made.take(path)).status_code == 200
        lines = len(made.told("share_download"))
        await end(made, job, share)
        made.home.clock.at += 61.0 if end is not expired else 0.0  # another minute would have another line
        answer = await made.take(path)
        assert (answer.status_code, answer.content) == await nothing(made)
        assert answer.status_code == 404
        assert len(made.told("share_download")) == lines


async def test_a_dead_link_is_listed_with_its_reason(tmp_path: Path) -> None:
    async with works(tmp_path, bob=2, cat=2) as made:
        job = await made.job("data")
        _, first = await made.share("bob", job, hours=1)
        _, second = await made.share("bob", job, hours=3)
        await made.share("cat", job, hours=3)
        await revoked(made, job, second)
        await made.town.set_level("cat", 1)
        made.home.clock.at += HOUR_S
        _, listed = await made.town.ask("ann", "GET", shares(job))
        assert [one["state"] for one in listed["shares"]] == ["closed", "revoked", "expired"]
        assert listed["shares"][2]["id"] == first["id"]
        _, whole = await made.town.ask("ann", "GET", "/v1/appliance/projects/shared/shares")
        assert whole == listed
        assert (await made.town.ask("bob", "DELETE", f"{shares(job)}/{second['id']}"))[0] == 409


async def test_only_members_who_may_write_share_and_only_administrators_revoke_for_others(tmp_path: Path) -> None:
    async with works(tmp_path, rex=1, bob=2, bea=2, cat=3, eve=0) as made:
        job = await made.job("data")
        _, share = await made.share("bob", job)
        one = f"{shares(job)}/{share['id']}"
        assert (await made.town.ask("rex", "POST", shares(job)))[0] == 403
        assert (await made.town.ask("eve", "POST", shares(job)))[0] == 404
        assert (await made.town.ask("eve", "GET", shares(job)))[0] == 404
        assert (await made.town.ask("eve", "DELETE", one))[0] == 404
        assert (await made.town.ask("rex", "DELETE", one))[0] == 403
        assert (await made.town.ask("bea", "DELETE", one))[0] == 403
        assert (await made.town.ask("rex", "GET", shares(job)))[0] == 200
        other = await made.job("data")
        assert (await made.town.ask("cat", "DELETE", f"{shares(other)}/{share['id']}"))[0] == 404
        assert (await made.town.ask("cat", "DELETE", one))[0] == 200
        (line,) = made.told("share_revoke")[-1:]
        assert (line.actor, line.detail["shared_by"], line.result) == (address("cat"), address("bob"), "done")


@pytest.mark.parametrize(
    "body",
    [
        {"hours": 0},
        {"hours": -1},
        {"hours": MOST_HOURS + 1},
        {"hours": 1.5},
        {"hours": "24"},
        {"hours": True},
        {"hours": 10**30},
        {"type": "model"},
        {"type": "model_logs"},
        {"type": "run_logs"},
        {"type": "preview_early"},
        {"type": "../data"},
        {"type": 3},
        {"until": 5},
    ],
    ids=str,
)
async def test_what_cannot_be_shared_is_refused(tmp_path: Path, body: Any) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data", "model", "model_logs", "preview_early", kind=Kind.TRAIN)
        assert (await made.town.ask("ann", "POST", shares(job), **body))[0] == 400
        assert made.home.store.read.execute("select count(*) from share").fetchone() == (0,)


async def test_a_job_without_such_a_file_has_nothing_to_share(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        job = await made.job("model", kind=Kind.TRAIN)
        assert (await made.town.ask("ann", "POST", shares(job)))[0] == 404
        assert (await made.town.ask("ann", "POST", shares(job), type="report"))[0] == 404


async def test_guessing_finds_nothing_and_fills_nothing(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        path, _ = await made.share("ann", await made.job("data"))
        secret = path.rpartition("/")[2]
        guesses = [
            secret.upper() if secret.upper() != secret else secret + "0",
            secret[:-1],
            secret + "0",
            secret[::-1],
            "%27%20or%201=1--",
        ]
        guesses += ["a", "0" * 5000, "%00", "%ff", "招待", "..%2f..%2fappliance.db", f"{secret}%00"]
        before, expected = len(made.home.told()), await nothing(made)
        for guess in guesses:
            answer = await made.take(f"/share/{guess}")
            assert answer.status_code == 404, guess
            if "%2f" not in guess:
                assert (answer.status_code, answer.content) == expected, guess
        assert len(made.home.told()) == before


async def test_a_browser_is_shown_a_page_that_is_the_same_for_every_dead_link(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data")
        path, share = await made.share("ann", job)
        assert (await made.town.ask("ann", "DELETE", f"{shares(job)}/{share['id']}"))[0] == 200
        pages = [await made.take(place, Accept="text/html,*/*") for place in (path, UNKNOWN, "/share/<script>")]
        assert {(page.status_code, page.headers["content-type"]) for page in pages} == {(404, "text/html; charset=utf-8")}
        assert len({page.content for page in pages}) == 1
        assert b"leads to nothing" in pages[0].content


async def test_a_right_that_ends_while_the_request_waits_shares_nothing(tmp_path: Path) -> None:
    async with works(tmp_path, bob=2) as made:
        job, town, bob = await made.job("data"), made.town, made.town.people["bob"]
        lower = lambda c: projects.set_member(c, job.project_id, bob.id, 1)  # noqa: E731
        assert (await town.ask_while(lower, "bob", "POST", shares(job)))[0] == 403
        await town.set_level("bob", 2)
        hide = lambda c: jobs.mark_deleted(c, job.id, actor="api", at=2.0)  # noqa: E731
        assert (await town.ask_while(hide, "bob", "POST", shares(job)))[0] == 404
        assert made.home.store.read.execute("select count(*) from share").fetchone() == (0,)


async def test_downloads_that_race_with_the_end_are_whole_or_nothing(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data")
        path, share = await made.share("ann", job)
        downloads = [asyncio.create_task(made.take(path)) for _ in range(20)]
        revoke = asyncio.create_task(made.town.ask("ann", "DELETE", f"{shares(job)}/{share['id']}"))
        downloads += [asyncio.create_task(made.take(path)) for _ in range(20)]
        assert (await revoke)[0] == 200
        assert (await made.take(path)).status_code == 404
        answers = await asyncio.gather(*downloads)
        assert {(answer.status_code, answer.content) for answer in answers} <= {(200, ROWS), await nothing(made)}


async def test_open_links_of_a_job_have_a_limit_and_dead_ones_are_forgotten(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data")
        for _ in range(MOST_OPEN):
            await made.share("ann", job, hours=1)
        status, sentence = await made.town.ask("ann", "POST", shares(job))
        assert (status, sentence.startswith("Maximum number of shared links")) == (400, True)
        made.home.clock.at += HOUR_S
        for _ in range(5):
            await made.share("ann", job)
        (held,) = made.home.store.read.execute("select count(*) from share").fetchone()
        assert held == MOST_OPEN + 5


@pytest.mark.parametrize(
    "name", ['a"\r\nX-Evil: 1', "<img src=x onerror=alert(1)>", "\u202egpj.exe", "../../etc/passwd", "", "x" * 5000, "名"]
)
async def test_a_name_of_strangers_is_a_plain_file_name(tmp_path: Path, name: str) -> None:
    async with works(tmp_path) as made:
        path, _ = await made.share("ann", await made.job("report", name=name, content=b"<script>alert(1)</script>", kind=Kind.TRAIN))
        answer = await made.take(path)
        given = answer.headers["content-disposition"]
        assert answer.status_code == 200
        assert "x-evil" not in answer.headers
        assert given.startswith("attachment; ")
        assert not set("\r\n<>/\\\u202e") & set(given)
        assert ".html" in given
        assert answer.headers["content-security-policy"].startswith("sandbox")


@pytest.mark.parametrize(("own", "ending"), [({}, "csv"), ({"format": "parquet"}, "parquet"), ({"format": "../x"}, "csv")])
async def test_the_ending_is_that_of_the_format(tmp_path: Path, own: dict[str, str], ending: str) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data", configuration={"models": [{"actgan": {"appliance": own}}]})
        path, _ = await made.share("ann", job)
        assert f'filename="people-data.{ending}"' in (await made.take(path)).headers["content-disposition"]


async def test_what_is_no_gzip_is_given_as_it_lies(tmp_path: Path) -> None:
    async with works(tmp_path) as made:
        job = await made.job("data")
        made.files.output_path(job.uid, "data.gz").write_bytes(b"plain")
        path, _ = await made.share("ann", job)
        answer = await made.take(path)
        assert (answer.status_code, answer.content) == (200, b"plain")
        made.files.output_path(job.uid, "data.gz").write_bytes(gzip.compress(b"x" * 10))
        assert (await made.take(path)).content == b"x" * 10
