"""How the machine is: what it has, what is in use, what is stored where. Of others' doings counts only, but for administrators."""

from __future__ import annotations

import contextlib
import os
import shutil
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.api.services import Services
from appliance.control_plane.scheduler.capacity import Gpu
from appliance.control_plane.store.statements import sql

_STAT, _MEMORY = Path("/proc/stat"), Path("/proc/meminfo")
_GROUP_USED, _GROUP_DETAILS = Path("/sys/fs/cgroup/memory.current"), Path("/sys/fs/cgroup/memory.stat")
MOST_PROJECTS = 1000


class Processors(msgspec.Struct, frozen=True):
    """`busy_s` and `total_s` of all CPUs since the machine started: what two readings differ by is how busy it was between them. None
    where the system does not tell; `load` is its average of a minute."""

    count: int
    load: float
    busy_s: float | None
    total_s: float | None


class Room(msgspec.Struct, frozen=True):
    """Bytes of a memory or a disk. `used` is None where the system does not tell."""

    total: int
    used: int | None


class Queue(msgspec.Struct, frozen=True):
    """Jobs of everybody that wait, and that run; how many may run at once on this machine."""

    created: int
    running: int
    workers: int


class MachineState(msgspec.Struct, frozen=True):
    """One reading of the machine."""

    cpu: Processors
    memory: Room
    disk: Room
    gpus: tuple[Gpu, ...]
    queue: Queue


class Stored(msgspec.Struct, frozen=True):
    """Bytes that one project holds, by what they are: uploads, what models left, what runs left."""

    guid: str
    name: str
    data: int
    models: int
    runs: int


class Everything(msgspec.Struct, frozen=True):
    """Bytes that all projects hold together, for administrators."""

    data: int
    models: int
    runs: int


def machine_state(services: Services) -> MachineState:
    """What the machine has and what of it is in use now. Reads a few small files and two counters of the database; never waits."""
    inventory = services.inventory
    created, running = services.store.read.execute(sql("queue_of_all")).fetchall()[0]
    workers = inventory.workers(services.settings)
    return MachineState(
        cpu=_processors(inventory.cpus),
        memory=Room(inventory.memory_bytes, _memory_used(inventory.memory_bytes)),
        disk=_disk(services),
        gpus=inventory.gpus,
        queue=Queue(created, running, workers),
    )


async def show_machine(call: Call) -> Answer:
    """The machine's state, the server's limits, what the caller's projects store, and the licences of what it runs with."""
    services = call.services
    rows = await services.store.long_read("storage_of_user", {"user_id": call.user.id, "limit": MOST_PROJECTS})
    answer: dict[str, Any] = {
        "state": machine_state(services),
        "limits": _server_limits(services),
        "storage": [Stored(*row) for row in rows],
        "notice": _notice(),
    }
    if call.user.administers:
        answer["everything"] = Everything(*(await services.store.long_read("storage_of_all", {}))[0])
        answer["data_folder"] = str(services.settings.data_dir)
    return data(answer)


def _server_limits(services: Services) -> dict[str, Any]:
    settings = services.settings
    return {
        "created": settings.max_created,
        "running": settings.max_running,
        "max_duration_seconds": settings.max_duration_s,
        "storage_bytes": settings.user_storage_bytes or None,
        "free_disk_reserve_bytes": settings.free_disk_reserve_bytes,
        "run_retention_days": settings.run_retention_days,
    }


def _processors(count: int) -> Processors:
    load = round(os.getloadavg()[0], 2)
    with contextlib.suppress(OSError, ValueError):
        ticks = [int(number) for number in _STAT.read_text().partition("\n")[0].split()[1:9]]
        rate = os.sysconf("SC_CLK_TCK")
        total, idle = sum(ticks), ticks[3] + ticks[4]
        return Processors(count, load, (total - idle) / rate, total / rate)
    return Processors(count, load, None, None)


def _memory_used(total: int) -> int | None:
    """Bytes in use that cannot be given back at once: of the machine, or of its control group where that one is the smaller."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        of_machine = {
            name: int(rest.split()[0]) << 10 for name, _, rest in (line.partition(":") for line in _MEMORY.read_text().splitlines())
        }
        if of_machine["MemTotal"] <= total:
            return of_machine["MemTotal"] - of_machine["MemAvailable"]
        kept = dict(line.split() for line in _GROUP_DETAILS.read_text().splitlines())
        return int(_GROUP_USED.read_text()) - int(kept["inactive_file"])
    return None


def _disk(services: Services) -> Room:
    usage = shutil.disk_usage(services.settings.data_dir)
    return Room(usage.total, usage.total - services.files.disk.free_bytes())


def _notice() -> str:
    """The list of libraries and their licences as it came with the program; empty where it was installed without."""
    try:
        return metadata.distribution("appliance").read_text("licenses/NOTICE") or ""
    except metadata.PackageNotFoundError:
        return ""


ROUTES = (Route("GET", "/v1/appliance/machine", Action.STATUS, show_machine, "How the machine is, and what is stored on it"),)
