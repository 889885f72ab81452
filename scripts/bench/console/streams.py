"""What streams cost the server: many clients, each of whom is told of some events a second.

    python -m scripts.bench.console.streams [--clients 200 500] [--rate 2] [--seconds 20] [--users 1]

The clients share one job. Prints the server's CPU as a share of one core, how many events arrived of how many, and when (median, p99).
`--users`: the streams are spread over that many users, since one has 50 at most.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

import psutil

from appliance.contract.event import Log, encode_event
from appliance.control_plane.server import administer
from scripts.bench.appliance_process import PROJECT, ApplianceProcess, noop
from scripts.bench.connection import Connection

OF_ONE_USER = 50


class Client:
    """Reads one stream and notes how late each event came."""

    def __init__(self) -> None:
        self.delays: list[float] = []

    async def read(self, appliance: ApplianceProcess, key: str, topic: str) -> None:
        reader, writer = await asyncio.open_connection(appliance.host, appliance.port, limit=1 << 22)
        head = f"GET /v1/appliance/stream?topics={topic} HTTP/1.1\r\nHost: {appliance.host}\r\nAuthorization: {key}\r\n\r\n"
        writer.write(head.encode())
        try:
            while line := await reader.readline():
                if line.startswith(b"data: "):
                    now = time.time()
                    self.delays += [now - event["ts"] for event in json.loads(line[6:])["events"] if event.get("msg") == "tick"]
        finally:
            writer.close()


async def prepared(appliance: ApplianceProcess, users: int) -> tuple[str, Path, list[str]]:
    """A running job's topic and event file, and the keys of users who may follow it."""
    connection = Connection(appliance.host, appliance.port, appliance.key)
    await connection.open()
    await connection.json("POST", "/projects", {"name": PROJECT})
    made = await connection.json("POST", f"/projects/{PROJECT}/models?dry_run=no", noop("followed", sleep_s=3000))
    uid = made["data"]["model"]["uid"]
    keys = [appliance.key]
    for number in range(users - 1):
        added = administer(appliance.data_dir, {"command": "users.add", "email": f"user{number}@example.org"})
        member = {"email": f"user{number}@example.org", "level": 1}
        invite = (await connection.json("POST", f"/projects/{PROJECT}/members", member))["data"]["invite"]["_id"]
        guest = Connection(appliance.host, appliance.port, added["api_key"])
        await guest.open()
        await guest.json("PATCH", f"/users/me/invites/{invite}")
        guest.close()
        keys.append(added["api_key"])
    events = appliance.data_dir / "runs" / f"{uid}.1" / "events.jsonl"
    for _ in range(600):
        if events.exists() and b"Doing nothing" in events.read_bytes():
            break
        await asyncio.sleep(0.05)
    return f"job:{uid}", events, keys


async def measure(appliance: ApplianceProcess, clients: int, rate: float, seconds: float, told: tuple[str, Path, list[str]]) -> None:
    """One number of clients."""
    topic, path, keys = told
    readers = [Client() for _ in range(clients)]
    tasks = [asyncio.create_task(one.read(appliance, keys[at // OF_ONE_USER], topic)) for at, one in enumerate(readers)]
    await asyncio.sleep(3)
    memory, cpu, begun, sent = psutil.Process(appliance.process.pid).memory_info().rss, appliance.cpu_s(), time.monotonic(), 0
    with path.open("ab", buffering=0) as file:
        while time.monotonic() - begun < seconds:
            file.write(encode_event(Log(time.time(), "info", "run", "tick")))
            sent += 1
            await asyncio.sleep(max(0.0, begun + sent / rate - time.monotonic()))
        await asyncio.sleep(1)
    share = (appliance.cpu_s() - cpu) / (time.monotonic() - begun)
    grown = psutil.Process(appliance.process.pid).memory_info().rss - memory
    delays = sorted(delay for one in readers for delay in one.delays[-sent:])
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    print(f"{clients} clients: {share:.1%} of a core, {len(delays)} of {sent * clients} events, p50 {p50 * 1000:.0f} ms, ", end="")
    print(f"p99 {p99 * 1000:.0f} ms, RSS {grown / 2**20:+.1f} MB while told")


async def run(arguments: argparse.Namespace) -> None:
    """A server, and the clients of each number."""
    with tempfile.TemporaryDirectory() as folder:
        appliance = ApplianceProcess(Path(folder) / "data")
        appliance.start()
        try:
            told = await prepared(appliance, max(arguments.users, -(-max(arguments.clients) // OF_ONE_USER)))
            for clients in arguments.clients:
                await measure(appliance, clients, arguments.rate, arguments.seconds, told)
        finally:
            appliance.stop()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, nargs="+", default=[200, 500])
    parser.add_argument("--rate", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--users", type=int, default=1)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
