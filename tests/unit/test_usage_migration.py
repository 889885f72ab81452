"""What was used before usage was kept is counted when an older database is brought to the present schema."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.contract.job import RUNNING, Outcome, State, Usage
from appliance.control_plane.store import jobs, usage
from appliance.control_plane.store.migrate import migrate, migrations

NOVEMBER, DECEMBER = (datetime(2026, month, 15, tzinfo=UTC).timestamp() for month in (11, 12))
SPENT = Usage(wall_s=9.0, cpu_s=8.5, rows_in=100, rows_out=50)


def test_a_database_of_before_is_counted_when_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, path, [step for step in migrations() if step.version <= 2])
        connection.execute("insert into user (uid, email, password_digest, created_at) values ('u', 'a@example.com', '', 1)")
        named = "insert into project (uid, guid, name, display_name, description, owner_id, created_at, changed_at)"
        for number in (1, 2):
            connection.execute(f"{named} values ('p{number}', 'proj_{number}', 'name-{number}', '', '', 1, 1, 1)")
        good, bad = '{"cpu_s":8.5,"rows_in":100,"rows_out":50}', '{"cpu_s":-1e9,"rows_in":1e300,"rows_out":9223372036854775807}'
        old_job(connection, 1, 1, "completed", NOVEMBER, usage=good, gpus=1)
        old_job(connection, 2, 1, "error", NOVEMBER)
        old_job(connection, 3, 1, "lost", DECEMBER, usage=good)
        old_job(connection, 4, 1, "active", None)
        for number in range(5, 25):
            old_job(connection, number, 2, "completed", NOVEMBER, usage=bad, runner_mode="manual")
        connection.execute("insert into job_artifact values (1, 'model', 'model.tar.gz', 10, '0'), (3, 'model', 'model.tar.gz', 20, '0')")
        stored = "insert into artifact (uid, key, project_id, owner_id, name, size, state, created_at, ready_at)"
        connection.execute(f"{stored} values ('x', 'gretel_x', 1, 1, 'x', 1000, 'ready', 1, {NOVEMBER})")
        connection.execute(f"{stored} values ('y', 'gretel_y', 1, 1, 'y', 0, 'uploading', {DECEMBER}, null)")
        migrate(connection, path, migrations())
        first = {used.month: used for used in usage.of_project(connection, "proj_1")}
        [second] = usage.of_project(connection, "proj_2")
        assert {month: (used.jobs, used.cpu_s, used.gpu_s, used.rows_in, used.bytes) for month, used in first.items()} == {
            "2026-11": (2, 8.5, 60.0, 100, 1010),
            "2026-12": (1, 8.5, 0.0, 100, 20),
        }
        assert (second.jobs, second.cpu_s, second.rows_in, second.rows_out) == (20, 0.0, 20 * 10**12, 20 * 10**12)
        waited = jobs.by_uid(connection, "uid4")
        assert waited is not None
        assert jobs.end(connection, waited, Outcome(State.COMPLETED, usage=SPENT), actor="worker", at=DECEMBER, states=RUNNING)
        assert {used.month: used.jobs for used in usage.of_project(connection, "proj_1")} == {"2026-11": 2, "2026-12": 2}


def old_job(connection: sqlite3.Connection, number: int, project: int, state: str, ended: float | None, **more: Any) -> None:
    """A job as schema 2 has it; active for a minute when it ended."""
    values = {
        "id": number,
        "uid": f"uid{number}",
        "guid": f"model_{number}",
        "kind": "train",
        "project_id": project,
        "owner_id": 1,
        "owner_email": "a@example.com",
        "model_type": "noop",
        "name": "n",
        "runner_mode": "cloud",
        "preload": "base",
        "state": state,
        "cpu": 1,
        "memory_bytes": 0,
        "gpus": 0,
        "max_duration_s": 60.0,
        "created_at": NOVEMBER,
        "active_at": ended and ended - 60,
        "ended_at": ended,
        "changed_at": ended or NOVEMBER,
        "changed_by": "api",
        "worker_key_digest": b"",
        "body_sha256": b"",
        "inputs": "[]",
        "configuration_sent": b"{}",
        "configuration": b"{}",
        "params": b"{}",
        **more,
    }
    connection.execute(f"insert into job ({', '.join(values)}) values ({', '.join(':' + name for name in values)})", values)
