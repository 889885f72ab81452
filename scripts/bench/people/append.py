"""What the audit log adds to a durable POST: two servers side by side, one of which writes no lines, asked in turns.

    python -m scripts.bench.people.append [--rounds 6] [--requests 400]

CPU is the server process's own; the least disturbed round of each side is compared. Manual models, so that nothing runs beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from scripts.bench.appliance_process import PROJECT, ApplianceProcess, noop
from scripts.bench.connection import Connection

_SILENT = """
import sys
from appliance.control_plane.store import audit
audit.append = lambda connection, *entries: None
from appliance.cli.root import run
sys.exit(run(sys.argv[1:]))
"""
MODELS = f"/projects/{PROJECT}/models?dry_run=no&runner_mode=manual"


class Silent(ApplianceProcess):
    """A server that writes no lines of the audit log about requests."""

    def start_only(self) -> None:
        """Start without waiting."""
        command = [sys.executable, "-c", _SILENT, "serve", "--port", "0", "--data-dir", str(self.data_dir)]
        with (self.data_dir.parent / f"{self.data_dir.name}.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, start_new_session=True)


def cpu_s(pid: int) -> float:
    """CPU seconds of a process's present threads, to the nanosecond (the clock ticks of `/proc/*/stat` are 10 ms)."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


class Cost(NamedTuple):
    """Of one request: the server's CPU and the wall time divided by the number of requests, in µs."""

    cpu: float
    wall: float


async def measure(appliance: ApplianceProcess, clients: int, requests: int, path: str, body: Callable[[int], Any]) -> Cost:
    """`requests` POSTs by `clients` connections."""
    connections = [Connection(appliance.host, appliance.port, appliance.key) for _ in range(clients)]
    for connection in connections:
        await connection.open()
    left = iter(range(requests))

    async def client(connection: Connection) -> None:
        for number in left:
            await connection.json("POST", path, body(number))

    cpu, wall = cpu_s(appliance.process.pid), time.perf_counter()
    await asyncio.gather(*(client(connection) for connection in connections))
    spent = Cost((cpu_s(appliance.process.pid) - cpu) / requests * 1e6, (time.perf_counter() - wall) / requests * 1e6)
    for connection in connections:
        connection.close()
    return spent


async def compare(folder: Path, rounds: int, requests: int) -> dict[str, tuple[Cost, Cost]]:
    """The least cost with and without the lines, for each kind of request and number of clients."""
    pair = (ApplianceProcess(folder / "with", max_created=1_000_000), Silent(folder / "without", max_created=1_000_000))
    kinds: dict[str, tuple[str, Callable[[str], Callable[[int], Any]]]] = {
        "POST /projects": ("/projects", lambda name: lambda number: {"name": f"{name}-{number}"}),
        "model create": (MODELS, lambda name: lambda number: noop(f"{name}-{number}")),
    }
    found: dict[str, tuple[list[Cost], list[Cost]]] = {}
    try:
        for appliance in pair:
            appliance.start()
            await measure(appliance, 1, 1, "/projects", lambda _: {"name": PROJECT})
        for turn in range(rounds + 1):
            for label, (path, body) in kinds.items():
                for clients in (1, 16):
                    costs = found.setdefault(f"{label}, {clients} clients", ([], []))
                    for side in (0, 1) if turn % 2 else (1, 0):
                        cost = await measure(pair[side], clients, requests, path, body(f"r{turn}-{clients}"))
                        if turn:  # the first warms up
                            costs[side].append(cost)
    finally:
        for appliance in pair:
            appliance.stop()
    return {label: (_least(with_lines), _least(without)) for label, (with_lines, without) in found.items()}


def _least(costs: list[Cost]) -> Cost:
    return Cost(min(cost.cpu for cost in costs), min(cost.wall for cost in costs))


def main(arguments: list[str]) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--requests", type=int, default=400)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-append-") as folder:
        found = asyncio.run(compare(Path(folder), options.rounds, options.requests))
    print(f"{'µs a request':28}{'CPU with':>10}{'without':>10}{'more':>8}{'wall with':>12}{'without':>10}{'more':>8}")
    for label, (told, silent) in found.items():
        more = [f"{(ours / theirs - 1) * 100:+.1f} %" for ours, theirs in zip(told, silent, strict=True)]
        print(f"{label:28}{told.cpu:10.0f}{silent.cpu:10.0f}{more[0]:>8}{told.wall:12.0f}{silent.wall:10.0f}{more[1]:>8}")


if __name__ == "__main__":
    main(sys.argv[1:])
