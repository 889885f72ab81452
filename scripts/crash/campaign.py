"""kill -9 of the server, its zygotes or its workers at random moments under load; then every promise is checked.

    python -m scripts.crash.campaign --kills 200 [--seed 7] [--folder DIR]

Promises: an acknowledged job is never lost; no job runs twice; every job comes to exactly one end; only a job whose own worker was killed
may end `lost`; the transitions on record replay to the rows; the database is whole. After every kill of the server the audit log is one
unbroken chain behind the head that the kill before left; in the end each acknowledged job has one line of its begin and one of its end.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from appliance.people.audit_log import check_record
from scripts.bench.appliance_process import PROJECT, ApplianceProcess, noop
from scripts.bench.connection import Connection

FINAL = {"completed", "error", "cancelled", "lost"}
CLIENTS = 3


class Campaign:
    """One run of the campaign on one data folder."""

    def __init__(self, folder: Path, kills: int, seed: int) -> None:
        self.appliance = ApplianceProcess(folder / "data", max_created=60)
        self.kills = kills
        self.random = random.Random(seed)
        self.acked: dict[str, str] = {}
        self.killed: collections.Counter[str] = collections.Counter()
        self.restarts: list[float] = []
        self.heads: dict[int, str] = {}
        self.done = asyncio.Event()
        self.up = asyncio.Event()

    async def run(self) -> dict[str, Any]:
        """Load, kills, drain, checks. Raises AssertionError for a broken promise."""
        self._start()
        await self._ask("POST", "/projects", {"name": PROJECT})
        clients = [asyncio.create_task(self._client(number)) for number in range(CLIENTS)]
        await self._kill_all()
        self.done.set()
        await asyncio.gather(*clients)
        states = await self._drain()
        self.appliance.stop()
        return self._check(states)

    def _start(self) -> None:
        self.restarts.append(self.appliance.start())
        self.up.set()

    async def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = Connection(self.appliance.host, self.appliance.port, self.appliance.key)
        await connection.open()
        try:
            status, answer = await connection.request(method, path, body)
        finally:
            connection.close()
        return status, json.loads(answer or b"null")

    async def _client(self, number: int) -> None:
        serial = 0
        while not self.done.is_set():
            serial += 1
            await self._submit(f"load-{number}-{serial}")
            await asyncio.sleep(self.random.random() * 0.05)

    async def _submit(self, name: str) -> None:
        body = noop(name, sleep_s=round(self.random.choice((0.0, 0.05, 0.3, 1.5)) * self.random.random(), 3))
        try:
            status, answer = await self._ask("POST", f"/projects/{PROJECT}/models?dry_run=no&runner_mode=cloud", body)
        except (OSError, asyncio.IncompleteReadError, IndexError, ValueError):
            return
        if status < 300:
            self.acked[answer["data"]["model"]["uid"]] = name
        elif "Maximum number of" not in json.dumps(answer):
            raise AssertionError(f"a submit answered {status}: {answer}")

    async def _kill_all(self) -> None:
        for _ in range(self.kills):
            await asyncio.sleep(self.random.random() * 0.6)
            target = self.random.choices(("server", "zygote", "worker"), (5, 2, 3))[0]
            if target == "server":
                await self._kill_server()
            else:
                self._kill_one(target)
        if not self.up.is_set():
            self._start()

    async def _kill_server(self) -> None:
        self.appliance.kill()
        self.killed["server"] += 1
        if self.random.random() < 0.2:  # one in five hits start-up and recovery
            self.appliance.start_only()
            await asyncio.sleep(self.random.random() * 0.6)
            self.appliance.kill()
            self.killed["server in recovery"] += 1
        self._check_record()
        await asyncio.get_running_loop().run_in_executor(None, self._start)

    def _kill_one(self, target: str) -> None:
        pids = self._workers() if target == "worker" else self._zygotes()
        if pids:
            try:
                os.kill(self.random.choice(pids), signal.SIGKILL)
            except ProcessLookupError:
                return
            self.killed[target] += 1

    def _zygotes(self) -> list[int]:
        return [child.pid for child in self.appliance.children() if "zygote" in " ".join(_line(child))]

    def _workers(self) -> list[int]:
        found = []
        for lease in (self.appliance.data_dir / "runs").glob("*/lease"):
            try:
                holder = json.loads(lease.read_bytes())
            except (OSError, ValueError):
                continue
            if not (lease.parent / "outcome").exists() and psutil.pid_exists(holder["pid"]):
                found.append(int(holder["pid"]))
        return found

    async def _drain(self, within_s: float = 180.0) -> dict[str, str]:
        """Wait until every acknowledged job has come to an end."""
        end = time.monotonic() + within_s
        states: dict[str, str] = {}
        for uid in self.acked:
            while states.get(uid) not in FINAL:
                status, answer = await self._ask("GET", f"/projects/{PROJECT}/models/{uid}")
                assert status == 200, f"LOST acknowledged job {uid}: {status}"
                states[uid] = answer["data"]["model"]["status"]
                assert time.monotonic() < end, f"left without an end: {uid} is {states[uid]}"
                if states[uid] not in FINAL:
                    await asyncio.sleep(0.1)
        return states

    def _check(self, states: dict[str, str]) -> dict[str, Any]:
        counts = collections.Counter(states.values())
        assert set(counts) <= {"completed", "lost"}, f"unexpected ends: {counts}"
        assert counts["lost"] <= self.killed["worker"], f"{counts['lost']} lost, but only {self.killed['worker']} workers were killed"
        twice = {uid: count for uid, count in self._starts().items() if count > 1}
        assert not twice, f"ran twice: {twice}"
        self._check_record()
        self._check_database()
        return {
            "lines on record": max(self.heads),
            "kills": dict(self.killed),
            "acknowledged": len(self.acked),
            "ends": dict(counts),
            "restart_s_median": round(sorted(self.restarts)[len(self.restarts) // 2], 3),
        }

    def _check_record(self) -> None:
        """Nothing that was on record at the kill before is gone, and what came since follows it."""
        verdict = check_record(self.appliance.data_dir / "appliance.db", self.heads)
        assert verdict.sound, f"the audit log is broken: {verdict.faults}"
        self.heads = {verdict.head.seq: verdict.head.digest} if verdict.head.seq else {}

    def _lines(self, database: sqlite3.Connection, action: str) -> dict[str, int]:
        """Ids of the jobs with a line of that action; none has two."""
        wanted = "line ->> 'action' = ? and line ->> 'result' <> 'refused'"
        found = database.execute(f"select line ->> 'id', count(*) from audit where {wanted} group by 1", (action,)).fetchall()
        assert all(count == 1 for _, count in found), f"two lines of one {action}"
        return dict(found)

    def _starts(self) -> collections.Counter[str]:
        """How often the code of each job began, by the line that it logs first."""
        starts: collections.Counter[str] = collections.Counter()
        for events in (self.appliance.data_dir / "runs").glob("*/events.jsonl"):
            starts[events.parent.name.split(".")[0]] += events.read_bytes().count(b"Doing nothing, as asked")
        return starts

    def _check_database(self) -> None:
        database = sqlite3.connect(self.appliance.data_dir / "appliance.db")
        try:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)
            rows = dict(database.execute("select uid, state from job"))
            last = dict(database.execute("select job_uid, to_state from event order by seq"))
            assert rows == last, "the transitions on record do not replay to the rows"
            assert set(rows.values()) <= FINAL, f"left without an end: {collections.Counter(rows.values())}"
            ends = database.execute(f"select job_uid from event where to_state in {tuple(FINAL)} group by job_uid having count(*) > 1")
            assert not ends.fetchall(), "a job came to two ends"
            begun = self._lines(database, "model_create")
            assert begun.keys() >= self.acked.keys(), f"acknowledged without a line: {self.acked.keys() - begun.keys()}"
            assert begun.keys() == self._lines(database, "model_end").keys() == rows.keys(), "lines of jobs that are none, or without one"
        finally:
            database.close()


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def main(arguments: list[str]) -> None:
    """Run and print the result as one JSON line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args(arguments)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="campaign-"))
    folder.mkdir(parents=True, exist_ok=True)
    campaign = Campaign(folder, options.kills, options.seed)
    try:
        print(json.dumps(asyncio.run(campaign.run())))
    finally:
        campaign.appliance.stop()
    if not options.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
