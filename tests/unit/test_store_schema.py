"""The schema: migrations, refusals, triggers, and rows that match their Structs."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from appliance.clock import SystemClock
from appliance.contract.job import Kind, Outcome, State
from appliance.control_plane.store import Store, artifacts, attempts, jobs, keys, projects, users
from appliance.control_plane.store.migrate import Migration, migrate, migrations, split_statements
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.statements import statements
from appliance.errors import DataFolderRefused
from tests.unit.moves import Move, moves_of

PACKAGE = "appliance.control_plane.store"


def project_of(owner_id: int, letter: str = "b", at: float = 1.0) -> Project:
    return Project(uid=letter * 24, guid=f"proj_{letter}", name="p", owner_id=owner_id, created_at=at, changed_at=at)


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def shape(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    rows = connection.execute("select type, name, sql from sqlite_schema where sql is not null order by type, name").fetchall()
    return [(kind, name, re.sub(r" ?([(),]) ?", r"\1", " ".join(text.split()))) for kind, name, text in rows]


def test_migrations_make_exactly_the_schema(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as migrated, closing(connect(tmp_path / "b.db")) as written:
        assert migrate(migrated, tmp_path / "a.db", migrations()) is None
        for statement in split_statements(files(PACKAGE).joinpath("schema.sql").read_text("utf-8")):
            written.execute(statement)
        assert shape(migrated) == shape(written)
        assert len(shape(migrated)) > 20


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        connection.execute("pragma user_version = 999")
        with pytest.raises(DataFolderRefused, match="newer version"):
            migrate(connection, tmp_path / "a.db", migrations())


async def test_a_newer_or_foreign_or_damaged_folder_is_refused_at_open(tmp_path: Path) -> None:
    for name, spoil in {"newer": "pragma user_version = 999", "foreign": "create table t (x)"}.items():
        (tmp_path / name).mkdir()
        with closing(connect(tmp_path / name / "appliance.db")) as connection:
            connection.execute(spoil)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "appliance.db").write_bytes(b"not a database at all" * 100)
    for name in ("newer", "foreign", "damaged"):
        with pytest.raises(DataFolderRefused):
            await Store.open(tmp_path / name, SystemClock())


def test_an_older_database_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "appliance.db"
    steps = (
        *migrations(),
        Migration(migrations()[-1].version + 1, "alter table meta add column note text;\ncreate table extra (x integer) strict;"),
    )
    with closing(connect(path)) as connection:
        migrate(connection, path, migrations())
        connection.execute("insert into meta values ('k', x'01')")
        copy = migrate(connection, path, steps)
        assert copy is not None
        assert connection.execute("select note from meta where key = 'k'").fetchall() == [(None,)]
        assert migrate(connection, path, steps) is None
    with closing(connect(copy)) as old:
        assert old.execute("select * from meta").fetchall() == [("k", b"\x01")]
        assert old.execute("pragma user_version").fetchall() == [(migrations()[-1].version,)]


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path) -> None:
    path = tmp_path / "appliance.db"
    with closing(connect(path)) as connection:
        migrate(connection, path, migrations())
        before = shape(connection)
        broken = Migration(migrations()[-1].version + 1, "create table extra (x integer) strict;\ncreate table meta (x integer) strict;")
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, path, (*migrations(), broken))
        assert shape(connection) == before
        assert connection.execute("pragma user_version").fetchall() == [(migrations()[-1].version,)]


ROWS: dict[str, type[msgspec.Struct]] = {
    "user": users.User,
    "api_key": keys.ApiKey,
    "session": keys.Session,
    "project": projects.Project,
    "member": projects.Member,
    "artifact": artifacts.Artifact,
    "job": jobs.Job,
    "attempt": attempts.Attempt,
    "job_artifact": artifacts.JobArtifact,
    "event": Move,
}


@pytest.mark.parametrize("table", ROWS)
def test_columns_are_the_fields_in_their_order(table: str, tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        columns = tuple(row[1] for row in connection.execute(f"pragma table_info({table})"))
        assert columns == ROWS[table].__struct_fields__


def test_every_statement_compiles_and_none_scans_the_jobs(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        for name, text in statements().items():
            parameters = dict.fromkeys(re.findall(r":([a-z_0-9]+)", text))
            plan = connection.execute("explain query plan " + text, parameters).fetchall()
            scans = [row[3] for row in plan if row[3] in ("SCAN job", "SCAN j", "SCAN r", "SCAN event")]
            assert not scans, (name, scans)


def job_in(connection: sqlite3.Connection) -> jobs.Job:
    owner = users.insert(connection, uid="a" * 24, email="a@example.com", password_digest="", is_owner=False, at=1.0)
    assert owner is not None
    project = projects.insert(connection, project_of(owner.id, "b", 1.0))
    assert project is not None
    new = jobs.Job(
        uid="c" * 24,
        guid="model_c",
        kind=Kind.TRAIN,
        project_id=project.id,
        owner_id=owner.id,
        owner_email=owner.email,
        model_type="noop",
        name="n",
        configuration_sent=b"{}",
        configuration=b"{}",
        worker_key_digest=b"",
        body_sha256=b"",
        created_at=2.0,
        changed_at=2.0,
    )
    job = jobs.insert(connection, new, max_created=1)
    assert job is not None
    return job


LEGAL = {
    "created": {"pending", "cancelled", "error"},
    "pending": {"active", "error", "cancelled", "lost"},
    "active": {"completed", "error", "cancelled", "lost"},
}


def test_the_trigger_allows_the_drawn_moves_and_no_other(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        job = job_in(connection)
        connection.execute("drop trigger job_guard")
        guard = next(s for s in split_statements(migrations()[0].script) if "trigger job_guard" in s)
        for before in State:
            for after in State:
                connection.execute("update job set state = ? where id = ?", (before, job.id))
                connection.execute(guard)
                try:
                    connection.execute("update job set state = ? where id = ?", (after, job.id))
                    moved = before != after
                except sqlite3.IntegrityError:
                    moved = False
                connection.execute("drop trigger job_guard")
                assert moved == (after in LEGAL.get(before, set())), (before, after)


def test_events_are_append_only_and_survive_their_job(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        job = job_in(connection)
        for statement in ("update event set at = 0", "delete from event"):
            with pytest.raises(sqlite3.IntegrityError, match="append only"):
                connection.execute(statement)
        cancelled = Outcome(State.CANCELLED)
        assert jobs.end(connection, job, cancelled, actor="api", at=5.0, states=[State.CREATED])
        assert jobs.end(connection, job, cancelled, actor="api", at=5.0, states=[State.CREATED]) is None
        jobs.mark_deleted(connection, job.id, actor="api", at=6.0)
        assert jobs.remove(connection, job.id)
        moves = [(move.from_state, move.to_state, move.actor, move.at) for move in moves_of(connection, job.uid)]
        assert moves == [(None, "created", "api", 2.0), ("created", "cancelled", "api", 5.0), ("cancelled", "deleted", "api", 6.0)]


def test_a_job_that_was_active_gets_no_second_attempt(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        job = jobs.claim(connection, job_in(connection).id, runner_mode="cloud", max_running=1, actor="scheduler", at=3.0)
        assert job is not None
        again = jobs.next_attempt(connection, job, actor="scheduler", at=4.0)
        assert again is not None
        assert (again.state, again.attempt) == (State.PENDING, 2)
        assert jobs.activate(connection, job, actor="worker", at=5.0) is None
        active = jobs.activate(connection, again, actor="worker", at=5.0)
        assert active is not None
        assert jobs.next_attempt(connection, active, actor="scheduler", at=6.0) is None
        with pytest.raises(sqlite3.IntegrityError, match="illegal attempt"):
            connection.execute("update job set attempt = 3")


def test_an_attempt_that_never_ran_says_nothing_of_confinement_or_usage(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        job = job_in(connection)
        first = jobs.claim(connection, job.id, runner_mode="cloud", max_running=4, actor="scheduler", at=3.0)
        assert first is not None
        attempts.begin(connection, first, launcher="local", at=3.0)
        attempts.end(connection, first, Outcome(State.COMPLETED, confinement={"landlock": "applied"}), at=4.0)
        again = jobs.next_attempt(connection, first, actor="scheduler", at=5.0)
        assert again is not None
        attempts.begin(connection, again, launcher="local", at=5.0)
        attempts.end(connection, again, Outcome(State.ERROR), at=6.0)
        ended = jobs.end(connection, again, Outcome(State.ERROR), actor="worker", at=6.0, states=[State.PENDING])
        assert ended is not None
        assert (ended.usage, ended.scores, ended.confinement) == (None, None, None)
        assert attempts.last_confinement(connection) == {"landlock": "applied"}


def test_projects_are_found_by_three_keys_and_free_their_name(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        owner = users.insert(connection, uid="a" * 24, email="a@example.com", password_digest="", is_owner=False, at=1.0)
        assert owner is not None
        first = projects.insert(connection, project_of(owner.id, "b", 1.0))
        assert first is not None
        assert [projects.find(connection, key) for key in ("b" * 24, "proj_b", "p", "q")] == [first, first, first, None]
        assert projects.insert(connection, project_of(owner.id, "d", 2.0)) is None
        assert projects.level(connection, first.id, owner.id) == 4
        projects.mark_deleting(connection, first.id, 3.0)
        assert [projects.find(connection, key) for key in ("b" * 24, "proj_b", "p")] == [None, None, None]
        assert projects.insert(connection, project_of(owner.id, "d", 4.0)) is not None
        assert projects.remove(connection, first.id)


def test_keys_are_stored_as_digests_and_die_with_their_user(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        owner = users.insert(connection, uid="a" * 24, email="a@example.com", password_digest="", is_owner=False, at=1.0)
        assert owner is not None
        key = keys.insert(connection, secret="grtu" + "5" * 60, user_id=owner.id, name="laptop", at=2.0)
        assert "5" * 20 not in repr(connection.execute("select * from api_key").fetchall())
        assert keys.user_of(connection, "grtu" + "5" * 60) == owner
        users.change(connection, owner, disabled=True)
        assert keys.user_of(connection, "grtu" + "5" * 60) is None
        users.change(connection, owner, disabled=False)
        assert keys.revoke(connection, key.id, owner.id, 3.0) is not None
        assert keys.user_of(connection, "grtu" + "5" * 60) is None
        keys.open_session(connection, cookie="c", expires_at=10.0, uid="u", user_id=owner.id, csrf="x", address="", agent="", at=1.0)
        assert keys.session(connection, "c", 9.0) is not None
        assert keys.session(connection, "c", 10.0) is None
        assert keys.expire(connection, 10.0) == 1


def test_a_repeated_create_is_looked_up_among_its_twins_only(tmp_path: Path) -> None:
    text = statements()["job_duplicate"]
    with closing(connect(tmp_path / "a.db")) as connection:
        migrate(connection, tmp_path / "a.db", migrations())
        plan = connection.execute(f"explain query plan {text}", dict.fromkeys(re.findall(r":(\w+)", text))).fetchall()
    assert "job_waiting (owner_id=? AND body_sha256=?)" in plan[0][3]
