"""The writer: group commit, savepoints, promises, refusals, faults at every call, and two hundred submitters at once."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import aiosqlite
import msgspec
import pytest

from appliance.clock import SystemClock
from appliance.contract.job import Kind, Outcome, State
from appliance.control_plane.store import Store, jobs, meta, projects, users
from appliance.control_plane.store.batch import Batches, Request
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.users import User
from appliance.control_plane.store.writer import MAX_WAITING, ThreadWriter
from appliance.errors import Conflict, Overloaded, StorageFull, StoreFailed


def project_of(owner_id: int, letter: str, at: float) -> Project:
    return Project(uid=letter * 24, guid=f"proj_{letter}", name="p", owner_id=owner_id, created_at=at, changed_at=at)


@asynccontextmanager
async def opened(folder: Path, **more: Any) -> AsyncIterator[Store]:
    store = await Store.open(folder, SystemClock(), **more)
    try:
        yield store
    finally:
        await store.close()


async def owner_and_project(store: Store) -> tuple[User, Project]:
    owner = await store.write(lambda c: users.insert(c, uid="a" * 24, email="a@example.com", password_digest="", is_owner=True, at=1.0))
    assert owner is not None
    project = await store.write(lambda c: projects.insert(c, project_of(owner.id, "b", 1.0)))
    assert project is not None
    return owner, project


def new_job(owner: User, project: Project, number: int, at: float = 2.0) -> Job:
    return Job(
        uid=f"{number:024x}",
        guid=f"model_{number}",
        kind=Kind.TRAIN,
        project_id=project.id,
        owner_id=owner.id,
        owner_email=owner.email,
        model_type="noop",
        name="n",
        configuration_sent=b"{}",
        configuration=b"{}",
        worker_key_digest=b"",
        body_sha256=b"%d" % number,
        created_at=at,
        changed_at=at,
    )


async def test_intents_that_wait_together_are_committed_together(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        gate = threading.Event()
        first = asyncio.create_task(store.write(lambda c: gate.wait(10)))
        await asyncio.sleep(0)
        rest = [asyncio.create_task(store.write(lambda c: bool(c.in_transaction) and c.total_changes)) for _ in range(50)]
        seen: list[int] = []
        marks = [
            asyncio.create_task(store.write(lambda c, n=n: meta.put(c, f"k{n}", b"v"), committed=lambda: seen.append(1))) for n in range(9)
        ]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, *rest, *marks)
        assert len(seen) == 9


async def test_a_bad_intent_harms_neither_its_batch_nor_itself_halfway(tmp_path: Path) -> None:
    def half_then_fail(connection: sqlite3.Connection) -> None:
        meta.put(connection, "half", b"x")
        raise Conflict("no")

    async with opened(tmp_path) as store:
        gate = threading.Event()
        blocker = asyncio.create_task(store.write(lambda c: gate.wait(10)))
        await asyncio.sleep(0)
        good = asyncio.create_task(store.write(lambda c: meta.put(c, "before", b"1")))
        bad = asyncio.create_task(store.write(half_then_fail))
        worse = asyncio.create_task(store.write(lambda c: c.execute("select * from nowhere")))
        after = asyncio.create_task(store.write(lambda c: meta.put(c, "after", b"2")))
        await asyncio.sleep(0)
        gate.set()
        results = await asyncio.gather(blocker, good, bad, worse, after, return_exceptions=True)
        assert isinstance(results[2], Conflict)
        assert isinstance(results[3], sqlite3.OperationalError)
        assert [meta.get(store.read, key) for key in ("before", "half", "after")] == [b"1", None, b"2"]


async def test_an_intent_that_ends_the_transaction_fails_its_batch_but_not_the_writer(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(StoreFailed):
            await store.write(lambda c: c.execute("commit") and c.execute("select * from nowhere"))
        await store.write(lambda c: meta.put(c, "k", b"v"))
        assert meta.get(store.read, "k") == b"v"


async def test_a_promise_waits_for_the_barrier_and_a_plain_write_does_not(tmp_path: Path) -> None:
    syncing, allowed = threading.Event(), threading.Event()

    def slow_sync(descriptor: int) -> None:
        syncing.set()
        assert allowed.wait(10)

    async with writer_with(tmp_path, slow_sync) as write:
        promised = asyncio.create_task(write(lambda c: "kept", True))
        await asyncio.to_thread(syncing.wait, 10)
        assert await write(lambda c: "told", False) == "told"
        assert not promised.done()
        allowed.set()
        assert await promised == "kept"


async def test_a_failed_sync_ends_the_store(tmp_path: Path) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    async with writer_with(tmp_path, broken) as write:
        with pytest.raises(StoreFailed):
            await write(lambda c: None, True)
        with pytest.raises(StoreFailed):
            await write(lambda c: None, False)


@asynccontextmanager
async def writer_with(folder: Path, sync: Callable[[int], None]) -> AsyncIterator[Callable[..., Any]]:
    loop = asyncio.get_running_loop()
    path = folder / "w.db"
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("pragma journal_mode = wal")
    connection.execute("create table t (x integer)")
    failures: list[StoreFailed] = []
    writer = ThreadWriter(connection, folder / "w.db-wal", lambda: False, loop.call_soon_threadsafe, failures.append, sync)

    async def write(intent: Callable[[sqlite3.Connection], Any], promise: bool) -> Any:
        answered = asyncio.Event()
        request = Request(intent, promise, None, answered.set)
        writer.submit(request)
        await answered.wait()
        if request.error is not None:
            raise request.error
        return request.result

    try:
        yield write
    finally:
        await asyncio.to_thread(writer.close)


async def test_too_many_waiting_intents_are_refused_but_final_states_are_not(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        gate, entered = threading.Event(), threading.Event()
        blocker = asyncio.create_task(store.write(lambda c: entered.set() or gate.wait(30)))
        await asyncio.to_thread(entered.wait, 10)
        waiting = [asyncio.create_task(store.write(lambda c: None, promise=False)) for _ in range(MAX_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await store.write(lambda c: None)
        must = asyncio.create_task(store.write(lambda c: "written", limited=False))
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(blocker, *waiting)
        assert await must == "written"


async def test_a_cancelled_caller_does_not_cancel_its_intent(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        gate, entered = threading.Event(), threading.Event()
        blocker = asyncio.create_task(store.write(lambda c: entered.set() or gate.wait(10)))
        await asyncio.to_thread(entered.wait, 10)
        given_up = asyncio.create_task(store.write(lambda c: meta.put(c, "k", b"v")))
        await asyncio.sleep(0)
        given_up.cancel()
        gate.set()
        await blocker
        await store.write(lambda c: None)
        assert meta.get(store.read, "k") == b"v"


async def test_two_hundred_submitters_never_pass_the_limits(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        owner, project = await owner_and_project(store)
        most = [0, 0]

        def watch(connection: sqlite3.Connection) -> None:
            counts = jobs.counts(connection, owner.id)
            most[0], most[1] = max(most[0], counts.created), max(most[1], counts.running)

        async def submitter(number: int) -> Job | None:
            job = await store.write(lambda c: jobs.insert(c, new_job(owner, project, number), max_created=10))
            await store.write(watch, promise=False)
            if job is not None:
                await store.write(
                    lambda c: jobs.claim(c, job.id, runner_mode="cloud", max_running=4, actor="scheduler", at=3.0), promise=False
                )
                await store.write(watch, promise=False)
            return job

        made = [job for job in await asyncio.gather(*(submitter(number) for number in range(200))) if job is not None]
        counts = jobs.counts(store.read, owner.id)
        assert most == [10, 4]
        assert counts.running == 4
        assert len(made) == counts.created + 4


async def test_a_repeated_post_answers_the_first_job_even_at_the_limit(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        owner, project = await owner_and_project(store)
        first = await store.write(lambda c: jobs.insert(c, new_job(owner, project, 1), max_created=1))
        assert first is not None

        async def again(at: float) -> Job | None:
            new = msgspec.structs.replace(new_job(owner, project, 2, at), body_sha256=b"1")
            return await store.write(lambda c: jobs.insert(c, new, max_created=1))

        repeated = await again(30.0)
        assert repeated is not None
        assert repeated.uid == first.uid
        assert await again(63.0) is None
        await store.write(lambda c: jobs.claim(c, first.id, runner_mode="cloud", max_running=4, actor="scheduler", at=3.0))
        later = await again(31.0)
        assert later is not None
        assert later.uid != first.uid


async def test_a_repeated_record_handler_is_one_more_batch(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        owner, project = await owner_and_project(store)
        model = await store.write(lambda c: jobs.insert(c, new_job(owner, project, 1), max_created=9))
        assert model is not None
        made = set()
        for number in (2, 3):
            run = new_job(owner, project, number)
            run = msgspec.structs.replace(run, kind=Kind.RUN, model_id=model.id, model_uid=model.uid, body_sha256=b"same")
            stored = await store.write(lambda c, run=run: jobs.insert(c, run, max_created=9))
            assert stored is not None
            made.add(stored.uid)
        assert len(made) == 2


class Faulty(sqlite3.Connection):
    """Fails its n-th statement."""

    left: ClassVar[int] = 1 << 30

    def execute(self, *arguments: Any) -> sqlite3.Cursor:  # type: ignore[override]
        type(self).left -= 1
        if type(self).left == 0:
            raise sqlite3.OperationalError("injected")
        return super().execute(*arguments)


async def test_a_fault_at_any_call_leaves_a_legal_state(tmp_path: Path) -> None:
    """The scenario is repeated with a fault at the first call, the second, … until one passes untouched."""
    for n in range(1, 100):
        if await scenario(tmp_path / str(n), n):
            assert n > 10
            return
    raise AssertionError("the scenario never passed")


async def scenario(folder: Path, n: int) -> bool:
    async with opened(folder, connection=Faulty) as store:
        owner, project = await owner_and_project(store)
        Faulty.left = n
        acked: list[str] = []
        try:
            job = await store.write(lambda c: jobs.insert(c, new_job(owner, project, 1), max_created=10))
            assert job is not None
            acked.append("created")
            claimed = await store.write(lambda c: jobs.claim(c, job.id, runner_mode="cloud", max_running=4, actor="s", at=3.0))
            assert claimed is not None
            acked.append("pending")
            await store.write(lambda c: settle(c, claimed))
            acked.append("completed")
        except (StoreFailed, sqlite3.OperationalError):
            pass
        untouched, Faulty.left = Faulty.left > 0, 1 << 30
        states = [row.state for row in jobs.of_project(store.read, project.id)]
        assert states == acked[-1:]
        await store.write(lambda c: meta.put(c, "alive", b"1"))
        assert store.read.execute("pragma integrity_check").fetchall() == [("ok",)]
        return untouched


def settle(connection: sqlite3.Connection, job: Job) -> None:
    jobs.activate(connection, job, actor="worker", at=4.0)
    assert jobs.end(connection, job, Outcome(State.COMPLETED), actor="worker", at=5.0, states=[State.ACTIVE])


def test_a_full_disk_takes_the_ballast_and_then_refuses_in_words(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "small.db", isolation_level=None)
    connection.execute("create table t (x blob)")
    room = [1]

    def make_room() -> bool:
        if not room:
            return False
        room.pop()
        connection.execute("pragma max_page_count = 60")
        return True

    connection.execute("pragma max_page_count = 10")
    batches, answers = Batches(connection, make_room), []

    def fill(connection: sqlite3.Connection) -> None:
        connection.execute("insert into t values (zeroblob(100000))")

    for _ in range(3):
        request = Request(fill, True, None, lambda: None)
        batches.commit([request])
        answers.append(request)
    assert [type(request.error) for request in answers] == [type(None), type(None), StorageFull]
    assert connection.execute("select count(*) from t").fetchall() == [(2,)]
    connection.close()


async def test_backup_of_a_store_in_use_opens_with_everything_that_was_promised(tmp_path: Path) -> None:
    async with opened(tmp_path / "live") as store:
        await owner_and_project(store)
        busy = [asyncio.create_task(store.write(lambda c, n=n: meta.put(c, f"k{n}", b"v"))) for n in range(50)]
        await store.backup(tmp_path / "copy.db")
        await asyncio.gather(*busy)
        with pytest.raises(FileExistsError):
            await store.backup(tmp_path / "copy.db")
    (tmp_path / "restored").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "restored" / "appliance.db")
    async with opened(tmp_path / "restored") as restored:
        assert users.by_email(restored.read, "A@example.com") is not None
        assert restored.path.stat().st_mode & 0o777 == 0o600


async def test_long_reads_answer_the_same_rows_as_point_reads(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        owner, project = await owner_and_project(store)
        for number in range(5):
            await store.write(lambda c, number=number: jobs.insert(c, new_job(owner, project, number), max_created=10))
        wanted = jobs.Search(project.id, Kind.TRAIN, ascending=True, limit=3, skip=1)
        long = jobs.decode_rows(await store.long_read("job_search", wanted.parameters))
        assert long == [job for number in (1, 2, 3) if (job := jobs.by_uid(store.read, f"{number:024x}")) is not None]
        assert [job.uid for job in long] == [f"{number:024x}" for number in (1, 2, 3)]
        with pytest.raises(sqlite3.OperationalError):
            store.read.execute("delete from job")


async def test_long_reads_that_come_first_together_share_one_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect, made = aiosqlite.connect, []

    def counted(*arguments: Any, **more: Any) -> aiosqlite.Connection:
        made.append(connect(*arguments, **more))
        return made[-1]

    monkeypatch.setattr(aiosqlite, "connect", counted)
    async with opened(tmp_path) as store:
        await asyncio.gather(*(store.long_read("artifact_stored", {}) for _ in range(5)))
    assert len(made) == 1
