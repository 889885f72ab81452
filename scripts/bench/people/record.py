"""A long record: checking it, exporting it, and the newest page of the activity feed of a member of 20 projects.

    python -m scripts.bench.people.record [--lines 1000000]

100 projects with 8 members each out of 50 users; one line in twenty is about no project.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.audit import Entry, exported, line_of
from appliance.clock import SystemClock, timestamp
from appliance.control_plane.store import Connection, Store, audit
from appliance.people.activity import parameters, parse
from appliance.people.audit_log import check_record, pieces

USERS, PROJECTS, MEMBERS, MINE = 50, 100, 8, 20
PIECE = 10_000
ACTIONS = ("model_create", "run_create", "artifact_upload", "output_download", "model_end")


def members(project: int) -> list[int]:
    """Numbers of the users who share a project; user 0 has the first twenty."""
    others = [(project * 7 + number) % (USERS - 1) + 1 for number in range(MEMBERS - 1)]
    return [0, *others] if project < MINE else [*others, project % (USERS - 1) + 1]


def some_entry(number: int, draw: random.Random) -> Entry:
    """A line as they are on a busy server."""
    project = draw.randrange(PROJECTS)
    user = draw.choice(members(project))
    return Entry(
        at=timestamp(1.7e9 + number),
        actor=f"somebody{user}@example.com",
        actor_id=f"{user:024x}",
        via="key grtu1234",
        address="192.168.1.20",
        action=draw.choice(ACTIONS),
        kind="model",
        id=f"{number:024x}",
        name=f"model-{number}",
        project="" if draw.random() < 0.05 else guid(project),
        result="done",
    )


def guid(project: int) -> str:
    """The guid of a project by its number."""
    return f"proj_{project:028x}"


async def fill(store: Store, lines: int) -> None:
    """Write the lines as the server does, many in one transaction."""
    draw = random.Random(5)

    def write(connection: Connection, first: int, behind: int) -> None:
        for number in range(first, behind):
            audit.append(connection, line_of(some_entry(number, draw)))

    for first in range(0, lines, PIECE):
        await store.write(lambda c, first=first: write(c, first, min(first + PIECE, lines)), promise=False)  # type: ignore[misc]


async def page(store: Store, query: str = "", limit: int = 50, skip: int = 0) -> list[tuple[Any, ...]]:
    """The rows of one page of the feed of user 0."""
    mine = [guid(number) for number in range(MINE)]
    return await store.long_read("activity", parameters(f"{0:024x}", mine, parse(query), limit, skip))


async def measure(folder: Path, lines: int, pages: int = 15) -> list[tuple[str, float, str]]:
    """What was measured, how much, of what."""
    store = await Store.open(folder, SystemClock())
    begun = time.perf_counter()
    await fill(store, lines)
    await store.write(audit.place, promise=False)  # as the first reader of the feed does
    found = [("append, many in one transaction", lines / (time.perf_counter() - begun), "lines a second")]
    begun, cpu, before = time.perf_counter(), time.process_time(), _peak_mb()
    verdict = check_record(store.path, {})
    if not verdict.sound or verdict.lines != lines:
        raise RuntimeError(f"the record is not whole: {verdict}")
    found.append(("verify", lines / (time.perf_counter() - begun), "lines a second"))
    found.append(("verify", lines / (time.process_time() - cpu), "lines a second of CPU"))
    found.append(("verify, more memory at its peak", _peak_mb() - before, "MB"))
    begun = time.perf_counter()
    written = _export(store.path)
    found.append(("export", lines / (time.perf_counter() - begun), f"lines a second, {written / 2**20:.0f} MB"))
    for label, ask in _pages(store).items():
        found.append((label, await _p50(ask, pages), "ms p50"))
    rows = await page(store)
    found.append(("lines that user 0 may see", float(rows[0][0]), "lines"))
    await store.close()
    return found


def _pages(store: Store) -> dict[str, Callable[[], Any]]:
    return {
        "activity: newest 50": lambda: page(store),
        "activity: 50 behind 5,000": lambda: page(store, skip=5_000),
        "activity: field with an index of none": lambda: page(store, "action:model_end result:done"),
        "activity: a word that is nowhere": lambda: page(store, "nowhere"),
    }


async def _p50(ask: Callable[[], Any], times: int) -> float:
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        await ask()
        spent.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(spent)


def _export(database: Path) -> int:
    connection = audit.reading(database)
    try:
        return sum(sum(len(exported(line, digest)) for _, line, digest in rows) for rows in pieces(connection))
    finally:
        connection.close()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: Sequence[str]) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-record-") as folder:
        found = asyncio.run(measure(Path(folder), options.lines))
    for label, number, unit in found:
        print(f"{label:40}{number:14,.1f} {unit}")


if __name__ == "__main__":
    main(sys.argv[1:])
