"""What users used: counted once whatever happens, never below nothing, and kept when what it came from is gone."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.contract.job import ArtifactDigest, Kind, Outcome, State, Usage
from appliance.control_plane.scheduler import transitions
from appliance.control_plane.scheduler.transitions import Gathered
from appliance.control_plane.store import artifacts, attempts, jobs, projects, usage, users
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.migrate import migrate, migrations
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.usage import Used
from appliance.people.usage import this_month

NOVEMBER, DECEMBER = (datetime(2026, month, 15, tzinfo=UTC).timestamp() for month in (11, 12))
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
SPENT = Usage(wall_s=9.0, cpu_s=8.5, rows_in=100, rows_out=50)


class Ledger:
    """A database with one user and one project, and what the scheduler does to jobs in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._numbers = itertools.count(1)
        user = users.insert(connection, uid="a" * 24, email="a@example.com", password_digest="", is_owner=False, at=1.0)
        assert user is not None
        self.user = user
        self.project = self.new_project("first")

    def new_project(self, name: str) -> Project:
        uid = f"{next(self._numbers):024x}"
        new = Project(uid=uid, guid=f"proj_{uid}", name=name, owner_id=self.user.id, created_at=1.0, changed_at=1.0)
        made = projects.insert(self.connection, new)
        assert made is not None
        return made

    def job(self, at: float = NOVEMBER, kind: Kind = Kind.TRAIN, **more: Any) -> Job:
        number = next(self._numbers)
        new = Job(
            uid=f"{number:024x}",
            guid=f"model_{number}",
            kind=kind,
            project_id=self.project.id,
            owner_id=self.user.id,
            owner_email=self.user.email,
            model_type="noop",
            name="n",
            configuration_sent=b"{}",
            configuration=b"{}",
            worker_key_digest=b"",
            body_sha256=str(number).encode(),
            created_at=at,
            changed_at=at,
        )
        job = jobs.insert(self.connection, msgspec.structs.replace(new, **more), max_created=100)
        assert job is not None
        return job

    def claimed(self, job: Job, at: float = NOVEMBER) -> Job:
        claimed = jobs.claim(self.connection, job.id, runner_mode=job.runner_mode, max_running=100, actor="scheduler", at=at)
        assert claimed is not None
        attempts.begin(self.connection, claimed, launcher="local", at=at)
        return claimed

    def active(self, job: Job, at: float = NOVEMBER) -> Job:
        active = jobs.activate(self.connection, self.claimed(job, at), actor="worker", at=at)
        assert active is not None
        return active

    def settle(self, job: Job, outcome: Outcome, at: float, *kept: ArtifactDigest, active_at: float | None = None) -> Job:
        settled = transitions.settle(self.connection, job, Gathered(outcome, kept, active_at, None), at=at)
        assert settled is not None
        return settled

    def upload(self, size: int, at: float = NOVEMBER) -> Artifact:
        key = f"gretel_{next(self._numbers)}_a.csv"
        place = {"project_id": self.project.id, "owner_id": self.user.id}
        made = artifacts.insert(self.connection, uid=key, key=key, name="a.csv", at=at, **place)
        ready = artifacts.mark_ready(self.connection, made.id, size=size, sha256="0" * 64, at=at)
        assert ready is not None
        return ready

    def rows(self) -> dict[str, Used]:
        """By month; one project each."""
        return {used.month: used for used in usage.of_user(self.connection, self.user.id)}

    def only(self) -> Used:
        [used] = usage.of_user(self.connection, self.user.id)
        return used


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        connection.execute("pragma foreign_keys = on")
        migrate(connection, tmp_path / "a.db", migrations())
        yield Ledger(connection)


@pytest.mark.parametrize("kind", [Kind.TRAIN, Kind.RUN])
@pytest.mark.parametrize("state", [State.COMPLETED, State.ERROR, State.LOST])
def test_a_job_counts_when_it_ends_and_again_never(ledger: Ledger, kind: Kind, state: State) -> None:
    job = ledger.active(ledger.job(kind=kind))
    assert ledger.rows() == {}
    for _ in range(3):
        ledger.settle(job, Outcome(state, usage=SPENT), NOVEMBER + 9)
    jobs.stopped(ledger.connection, job.id, SPENT)
    used = ledger.only()
    assert (used.month, used.project_name, used.jobs, used.cpu_s, used.rows_in, used.rows_out) == ("2026-11", "first", 1, 8.5, 100, 50)


def test_a_job_whose_end_is_collected_while_it_is_pending_counts_once(ledger: Ledger) -> None:
    job = ledger.claimed(ledger.job())
    ledger.settle(job, Outcome(State.COMPLETED, usage=SPENT), NOVEMBER + 9, active_at=NOVEMBER + 1)
    assert (ledger.only().jobs, ledger.only().cpu_s) == (1, 8.5)


def test_a_job_that_never_ran_counts_as_a_job_and_costs_nothing(ledger: Ledger) -> None:
    transitions.cancel(ledger.connection, ledger.job().uid, at=NOVEMBER)
    used = ledger.only()
    assert (used.jobs, used.cpu_s, used.gpu_s, used.rows_in, used.bytes) == (1, 0.0, 0.0, 0, 0)


def test_what_a_cancelled_job_used_comes_when_its_processes_are_dead(ledger: Ledger) -> None:
    job = ledger.active(ledger.job())
    cancelled = transitions.cancel(ledger.connection, job.uid, at=NOVEMBER + 5)
    assert (ledger.only().jobs, ledger.only().cpu_s) == (1, 0.0)
    for _ in range(2):
        ledger.settle(cancelled, Outcome(State.CANCELLED, usage=Usage(wall_s=5.0, cpu_s=4.0)), NOVEMBER + 9)
    assert (ledger.only().jobs, ledger.only().cpu_s) == (1, 4.0)


def test_a_job_deleted_before_it_ended_counts_and_goes_on_counting_when_its_row_is_gone(ledger: Ledger) -> None:
    job = ledger.active(ledger.job())
    [hidden] = transitions.delete(ledger.connection, job.uid, at=NOVEMBER + 5)
    ledger.settle(hidden, Outcome(State.CANCELLED, usage=SPENT), NOVEMBER + 9, ArtifactDigest("model_logs", "logs.json.gz", 7, "0"))
    before = ledger.only()
    assert (before.jobs, before.cpu_s, before.bytes) == (1, 8.5, 7)
    assert jobs.remove(ledger.connection, job.id)
    assert ledger.only() == before


def test_usage_outlives_jobs_artifacts_and_the_project(ledger: Ledger) -> None:
    ledger.settle(ledger.active(ledger.job()), Outcome(State.COMPLETED, usage=SPENT), NOVEMBER)
    uploaded = ledger.upload(1000)
    before = ledger.only()
    hidden, marked = transitions.delete_project(ledger.connection, ledger.project, at=NOVEMBER)
    for job in hidden:
        assert jobs.remove(ledger.connection, job.id)
    assert [each.id for each in marked] == [uploaded.id]
    artifacts.remove(ledger.connection, uploaded.id)
    assert projects.remove(ledger.connection, ledger.project.id)
    assert ledger.only() == before
    assert (before.jobs, before.bytes) == (1, 1000)


def test_the_month_is_the_one_in_which_the_job_ended_in_utc(ledger: Ledger) -> None:
    kept = ArtifactDigest("model", "model.tar.gz", 10, "0")
    for at in (NEW_YEAR - 0.001, NEW_YEAR):
        job = ledger.active(ledger.job(at=NEW_YEAR - 3600), NEW_YEAR - 3000)
        ledger.settle(job, Outcome(State.COMPLETED, usage=SPENT), at, kept)
    found = ledger.rows()
    assert {month: (used.jobs, used.cpu_s, used.bytes) for month, used in found.items()} == {
        "2026-12": (1, 8.5, 10),
        "2027-01": (1, 8.5, 10),
    }


def test_what_is_heard_late_belongs_to_the_month_of_the_end(ledger: Ledger) -> None:
    job = ledger.active(ledger.job(), NEW_YEAR - 60)
    cancelled = transitions.cancel(ledger.connection, job.uid, at=NEW_YEAR - 1)
    transitions.delete(ledger.connection, job.uid, at=NEW_YEAR + 2)
    ledger.settle(cancelled, Outcome(State.CANCELLED, usage=SPENT), NEW_YEAR + 4, ArtifactDigest("model_logs", "logs.json.gz", 7, "0"))
    used = ledger.only()
    assert (used.month, used.jobs, used.cpu_s, used.bytes) == ("2026-12", 1, 8.5, 7)


def test_gpu_seconds_are_those_for_which_gpus_were_held(ledger: Ledger) -> None:
    ledger.settle(ledger.active(ledger.job(gpus=2), NOVEMBER), Outcome(State.COMPLETED, usage=SPENT), NOVEMBER + 30)
    cancelled = transitions.cancel(ledger.connection, ledger.active(ledger.job(gpus=1), NOVEMBER).uid, at=NOVEMBER + 5)
    ledger.settle(cancelled, Outcome(State.CANCELLED, usage=SPENT), NOVEMBER + 9)
    back = ledger.active(ledger.job(gpus=1), NOVEMBER)
    ledger.settle(back, Outcome(State.COMPLETED, usage=SPENT), NOVEMBER - 1000)
    assert ledger.only().gpu_s == 65.0


def test_a_manual_worker_is_counted_with_what_it_says(ledger: Ledger) -> None:
    job = ledger.active(ledger.job(runner_mode="manual", gpus=1))
    said = Usage(wall_s=9.0, cpu_s=3.0, gpu_s=7.5, rows_in=10, rows_out=5)
    ledger.settle(job, Outcome(State.COMPLETED, usage=said), NOVEMBER + 99)
    used = ledger.only()
    assert (used.cpu_s, used.gpu_s, used.rows_in, used.rows_out) == (3.0, 7.5, 10, 5)


HOSTILE = [
    Usage(cpu_s=-1e9, gpu_s=-5.0, rows_in=-(10**9), rows_out=-1),
    Usage(cpu_s=1e300, gpu_s=1e300, rows_in=10**300, rows_out=2**63),
    Usage(cpu_s=5e-324, gpu_s=-0.0, rows_in=2**63 - 1, rows_out=2**63 - 1),
]


@pytest.mark.parametrize("said", HOSTILE, ids=["negative", "huge", "nearly too large"])
def test_no_claim_of_a_worker_breaks_the_sums_or_keeps_the_next_job_from_ending(ledger: Ledger, said: Usage) -> None:
    ledger.settle(ledger.active(ledger.job()), Outcome(State.COMPLETED, usage=SPENT), NOVEMBER)
    before = ledger.only()
    for _ in range(20):
        settled = ledger.settle(ledger.active(ledger.job(runner_mode="manual")), Outcome(State.COMPLETED, usage=said), NOVEMBER)
        assert settled.state is State.COMPLETED
    after = ledger.only()
    assert after.jobs == before.jobs + 20
    for name in ("cpu_s", "gpu_s", "rows_in", "rows_out"):
        assert getattr(before, name) <= getattr(after, name) <= getattr(before, name) + 20 * 10**12


def test_an_upload_counts_when_it_is_complete_and_the_same_bytes_again_do_not(ledger: Ledger) -> None:
    uploaded = ledger.upload(1000)
    assert artifacts.mark_ready(ledger.connection, uploaded.id, size=1000, sha256="0" * 64, at=NOVEMBER) is None
    place = {"project_id": ledger.project.id, "owner_id": ledger.user.id}
    artifacts.insert(ledger.connection, uid="unfinished", key="gretel_unfinished", name="b.csv", at=NOVEMBER, **place)
    assert ledger.only().bytes == 1000
    ledger.upload(24, DECEMBER)
    assert {month: used.bytes for month, used in ledger.rows().items()} == {"2026-11": 1000, "2026-12": 24}


def test_outputs_that_are_stored_again_count_only_by_what_they_grew(ledger: Ledger) -> None:
    job = ledger.active(ledger.job())
    for size in (100, 100, 160, 20, 160):
        ledger.settle(job, Outcome(State.COMPLETED, usage=SPENT), NOVEMBER, ArtifactDigest("model", "model.tar.gz", size, "0"))
    assert ledger.only().bytes >= 160
    assert ledger.only().jobs == 1
    for _ in range(5):
        ledger.settle(job, Outcome(State.COMPLETED, usage=SPENT), NOVEMBER, ArtifactDigest("model", "model.tar.gz", 160, "0"))
    assert ledger.only().bytes == 100 + 60 + 140


def test_projects_are_kept_apart_and_go_by_their_last_name(ledger: Ledger) -> None:
    first = ledger.project
    ledger.upload(10)
    ledger.project = ledger.new_project("second")
    ledger.upload(20)
    renamed = msgspec.structs.replace(first, name="renamed")
    ledger.project = projects.update(ledger.connection, renamed, 2.0) or first
    ledger.upload(30)
    found = usage.of_user(ledger.connection, ledger.user.id)
    assert {used.project_name: used.bytes for used in found} == {"renamed": 40, "second": 20}
    assert [used.bytes for used in usage.of_project(ledger.connection, first.guid)] == [40]
    assert usage.of_project(ledger.connection, first.guid, "2026-12") == []


def test_this_month_is_the_sum_over_all_projects(ledger: Ledger) -> None:
    ledger.settle(ledger.active(ledger.job()), Outcome(State.COMPLETED, usage=SPENT), NOVEMBER)
    ledger.project = ledger.new_project("second")
    ledger.settle(ledger.active(ledger.job()), Outcome(State.COMPLETED, usage=SPENT), NOVEMBER)
    ledger.upload(5, DECEMBER)
    november, december = (this_month(ledger.connection, ledger.user.id, at) for at in (NOVEMBER, DECEMBER))
    assert (november.month, november.jobs, november.cpu_seconds, november.rows_in, november.bytes) == ("2026-11", 2, 17.0, 200, 0)
    assert (december.jobs, december.bytes) == (0, 5)
