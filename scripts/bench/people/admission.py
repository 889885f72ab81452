"""What it costs to let somebody in: CPU of the permission check alone, with the look-up of the member's level, and of a whole admission.

    python -m scripts.bench.people.admission [--rounds 7] [--times 5000]

The best of the rounds, in µs of CPU: what other programs on the machine do to caches only ever adds.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.clock import SystemClock, SystemRandom
from appliance.control_plane.api.auth import standing
from appliance.control_plane.api.permissions import Action, require
from appliance.control_plane.api.routes import Call, Route, data
from appliance.control_plane.api.services import Services
from appliance.control_plane.store import Connection, Store, keys, projects, users
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.users import User
from appliance.people.admission import admit
from appliance.settings import Settings

KEY = "grtu" + "5a" * 32


async def _show(call: Call) -> Any:
    return data({})


ROUTE = Route("GET", "/projects/{project_id:str}", Action.PROJECT_READ, _show, "One project")


def cpu_us(work: Callable[[], object], rounds: int, times: int) -> float:
    """CPU of one call of `work` in µs: the best of the rounds."""
    found = []
    for _ in range(rounds):
        begun = time.process_time_ns()
        for _ in range(times):
            work()
        found.append((time.process_time_ns() - begun) / times / 1e3)
    return min(found)


async def _people(store: Store, members: int) -> tuple[User, Project]:
    """A project with some members, of whom one with level 2 asks."""

    def insert(connection: Connection) -> tuple[User, Project]:
        made = [
            users.insert(connection, uid=f"{n:024x}", email=f"user{n}@example.com", password_digest="", is_owner=n == 0, at=1.0)
            for n in range(members)
        ]
        found = [user for user in made if user is not None]
        project = Project(uid="b" * 24, guid="proj_b", name="shared", owner_id=found[0].id, created_at=1.0, changed_at=1.0)
        kept = projects.insert(connection, project)
        for user in found[1:]:
            projects.set_member(connection, kept.id if kept else 0, user.id, 2)
        keys.insert(connection, secret=KEY, user_id=found[-1].id, name="bench", at=1.0)
        return found[-1], kept or project

    return await store.write(insert)


async def measure(folder: Path, rounds: int, times: int) -> dict[str, float]:
    """µs of CPU by what was done."""
    store = await Store.open(folder, SystemClock())
    user, project = await _people(store, 20)
    facts: dict[str, Any] = dict.fromkeys(("scheduler", "files", "links", "passwords", "secret", "seal", "runs", "inventory"))
    services = Services(settings=Settings(data_dir=folder), clock=SystemClock(), random=SystemRandom(), store=store, **facts)
    headers = [(b"host", b"127.0.0.1:8080"), (b"user-agent", b"bench"), (b"accept", b"*/*"), (b"authorization", KEY.encode())]
    scope: Any = {
        "method": "GET",
        "headers": headers,
        "path_params": {"project_id": project.guid},
        "query_string": b"",
        "client": ("::1", 1),
    }

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    def admitted() -> None:
        admit(Call(services, scope, receive), ROUTE)

    call = Call(services, scope, receive)
    admit(call, ROUTE)  # notes the key's first use
    await asyncio.sleep(0)
    found = {
        "require": cpu_us(lambda: require(Action.MODEL_CREATE, 2), rounds, times * 10),
        "level of the member, require": cpu_us(lambda: require(Action.MODEL_CREATE, standing(store.read, user, project.id)), rounds, times),
        "whole admission of a GET by key": cpu_us(admitted, rounds, times),
    }
    await store.close()
    return found


def main(arguments: list[str]) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--times", type=int, default=5000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-admission-") as folder:
        found = asyncio.run(measure(Path(folder), options.rounds, options.times))
    print(f"{'µs of CPU':36}{'':>8}")
    for label, spent in found.items():
        print(f"{label:36}{spent:8.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
