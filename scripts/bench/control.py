"""The control plane's numbers, in one run: start, memory, requests, durable POSTs, submit → active, no-op jobs a second beside RQ.

    python -m scripts.bench.control [--jobs 400] [--rq PYTHON]

`--rq`: the interpreter of an environment with rq and redis (redis-server on PATH). Every figure is a median or a total of this run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from scripts.bench.appliance_process import PROJECT, ApplianceProcess, noop
from scripts.bench.connection import Connection

MODELS = f"/projects/{PROJECT}/models"
TYPES = {"base": "noop", "tabular": "noop_tabular"}
CREATE = f"{MODELS}?dry_run=no&runner_mode=cloud"
CREATE_MANUAL = f"{MODELS}?dry_run=no&runner_mode=manual"


async def connect(appliance: ApplianceProcess) -> Connection:
    """One open connection."""
    connection = Connection(appliance.host, appliance.port, appliance.key)
    await connection.open()
    return connection


async def measure_start(appliance: ApplianceProcess) -> dict[str, float]:
    """CPU seconds until it answers, and idle proportional memory of server and zygotes."""
    connection = await connect(appliance)
    await connection.json("GET", "/health")
    cpu = appliance.cpu_s()
    await asyncio.sleep(6)
    server = psutil.Process(appliance.process.pid)
    zygotes = {" ".join(child.cmdline())[-24:]: child.memory_full_info().pss / 2**20 for child in appliance.children()}
    connection.close()
    return {"start_cpu_s": cpu, "idle_pss_mb": server.memory_full_info().pss / 2**20, **{f"zygote …{k}": v for k, v in zygotes.items()}}


async def measure_get(appliance: ApplianceProcess, requests: int = 3000) -> dict[str, float]:
    """CPU of the server for one authenticated GET of one model."""
    connection = await connect(appliance)
    model = await connection.json("POST", CREATE_MANUAL, noop("read-me"))
    path = f"{MODELS}/{model['data']['model']['uid']}"
    for _ in range(200):
        await connection.json("GET", path)
    begun = appliance.cpu_s()
    for _ in range(requests):
        await connection.request("GET", path)
    spent = appliance.cpu_s() - begun
    connection.close()
    return {"get_model_cpu_us": spent / requests * 1e6}


async def measure_posts(appliance: ApplianceProcess, at_one: int = 100, at_many: int = 800, connections: int = 32) -> dict[str, float]:
    """Durable creates a second, one connection against many. Manual jobs, so that nothing runs beside them."""
    one = await _post_rate(appliance, at_one, 1, "one")
    many = await _post_rate(appliance, at_many, connections, "many")
    again = await _post_rate(appliance, at_one, 1, "again")
    single = statistics.mean((one, again))
    return {"durable POST/s at 1": single, f"durable POST/s at {connections}": many, "durable POST ratio": many / single}


async def _post_rate(appliance: ApplianceProcess, count: int, connections: int, name: str) -> float:
    opened = [await connect(appliance) for _ in range(connections)]
    left = iter(range(count))

    async def client(connection: Connection) -> None:
        for number in left:
            await connection.json("POST", CREATE_MANUAL, noop(f"{name}-{number}"))

    seconds = await _timed(lambda: asyncio.gather(*(client(connection) for connection in opened)))
    for connection in opened:
        connection.close()
    return count / seconds


async def _timed(work: Callable[[], Awaitable[Any]]) -> float:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await work()
    return loop.time() - begun


async def measure_latency(appliance: ApplianceProcess, preload: str, jobs: int = 40) -> dict[str, float]:
    """Submit → active of jobs one after the other, from the server's own record of times."""
    connection = await connect(appliance)
    waits = []
    for number in range(jobs):
        created = await connection.json("POST", CREATE, noop(f"lat-{number}", TYPES[preload]))
        model = await _until_final(connection, created["data"]["model"]["uid"])
        times = {state: datetime.fromisoformat(at) for state, at in model["status_history"].items()}
        waits.append((times["active"] - times["created"]).total_seconds() * 1e3)
    connection.close()
    return {
        f"submit_to_active_ms_p50 {preload}": statistics.median(waits),
        f"submit_to_active_ms_p95 {preload}": sorted(waits)[int(jobs * 0.95)],
    }


async def _until_final(connection: Connection, uid: str) -> dict[str, Any]:
    while True:
        answer = await connection.json("GET", f"{MODELS}/{uid}")
        model: dict[str, Any] = answer["data"]["model"]
        if model["status"] in ("completed", "error", "cancelled", "lost"):
            return model
        await asyncio.sleep(0.02)


async def measure_burst(appliance: ApplianceProcess, preload: str, jobs: int) -> dict[str, float]:
    """No-op jobs a second: with HTTP, from the first POST to the end of the last job; drained, from the moment at which the four sleepers
    that held every slot while the queue was filled have ended, so that submission is no part of it."""
    flow = await _run_queue(appliance, f"flow-{preload}", preload, jobs, hold_s=0.0)
    drain = await _run_queue(appliance, f"drain-{preload}", preload, jobs, hold_s=0.02 * jobs)
    return {f"noop_jobs_per_s {preload}, with HTTP": flow, f"noop_jobs_per_s {preload}, drained": drain}


async def _run_queue(appliance: ApplianceProcess, name: str, preload: str, jobs: int, hold_s: float) -> float:
    connections = [await connect(appliance) for _ in range(8)]
    held = [await _submit(connections[0], noop(f"{name}-hold-{n}", sleep_s=hold_s)) for n in range(4)] if hold_s else []
    left = iter(range(jobs))
    uids: list[str] = []

    async def client(connection: Connection) -> None:
        uids.extend([await _submit(connection, noop(f"{name}-{number}", TYPES[preload])) for number in left])

    await asyncio.gather(*(client(connection) for connection in connections))
    ends = [await _until_final(connections[0], uid) for uid in reversed(uids)]  # the last first: asking costs the server as well
    holders = [await _until_final(connections[0], uid) for uid in held]
    begin = max(_moment(model, "completed") for model in holders) if held else min(_moment(model, "created") for model in ends)
    last = max(_moment(model, "completed") for model in ends)
    for connection in connections:
        connection.close()
    return jobs / (last - begin).total_seconds()


async def _submit(connection: Connection, configuration: dict[str, Any]) -> str:
    answer = await connection.json("POST", CREATE, configuration)
    return str(answer["data"]["model"]["uid"])


def _moment(model: dict[str, Any], state: str) -> datetime:
    return datetime.fromisoformat(model["status_history"][state])


RQ_PROGRAM = """
import json, sys, time
from redis import Redis
from rq import Queue
queue = Queue(connection=Redis(unix_socket_path=sys.argv[1]))
count, hold = int(sys.argv[2]), float(sys.argv[3])
held = [queue.enqueue(time.sleep, hold) for _ in range(4)] if hold else []
begun = time.time()
jobs = [queue.enqueue(time.time) for _ in range(count)]
while any(job.get_status(refresh=True).value not in ("finished", "failed") for job in jobs[-4:]):
    time.sleep(0.005)
for job in (*held, jobs[-1]):
    job.refresh()
if held:
    begun = max(job.ended_at for job in held).timestamp()
print(count / (max(jobs[-1].ended_at.timestamp(), begun) - begun))
"""


def measure_rq(python: str, folder: Path, jobs: int) -> dict[str, float]:
    """RQ on the same machine: Redis with an append-only file synced each second, four workers, fork per job."""
    socket = str(folder / "redis.sock")
    options = ["--port", "0", "--unixsocket", socket, "--appendonly", "yes", "--dir", str(folder), "--save", ""]
    redis = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    rq = str(Path(python).parent / "rq")
    pool = subprocess.Popen([rq, "worker-pool", "-n", "4", "--url", f"unix://{socket}", "--quiet"], stdout=subprocess.DEVNULL)
    try:
        _rq(python, socket, 8, 0.0)
        return {"with program": _rq(python, socket, jobs, 0.0), "drained": _rq(python, socket, jobs, 0.02 * jobs)}
    finally:
        pool.terminate()
        pool.wait(30)
        redis.terminate()
        redis.wait(30)


def _rq(python: str, socket: str, jobs: int, hold_s: float) -> float:
    command = [python, "-c", RQ_PROGRAM, socket, str(jobs), str(hold_s)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


async def run(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """All measurements on one server."""
    appliance = ApplianceProcess(folder / "data", max_created=1_000_000, max_running=4)
    found: dict[str, float] = {"start_wall_s": appliance.start()}
    try:
        found |= await measure_start(appliance)
        connection = await connect(appliance)
        await connection.json("POST", "/projects", {"name": PROJECT})
        connection.close()
        found |= await measure_get(appliance)
        found |= await measure_posts(appliance)
        for preload in ("base", "tabular"):
            found |= await measure_latency(appliance, preload)
        for preload in ("base", "tabular"):
            found |= await measure_burst(appliance, preload, options.jobs)
            if options.rq:
                rq = measure_rq(options.rq, folder, options.jobs)
                found |= {f"rq_jobs_per_s beside {preload}, {how}": rate for how, rate in rq.items()}
                found[f"times RQ, {preload}, drained"] = found[f"noop_jobs_per_s {preload}, drained"] / rq["drained"]
    finally:
        appliance.stop()
    return found


def main(arguments: list[str]) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--rq", default="")
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    found = asyncio.run(run(parser.parse_args(arguments), folder))
    print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=2, ensure_ascii=False))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
