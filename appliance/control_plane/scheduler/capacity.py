"""What the machine has: CPUs, memory and GPUs, and who leases which GPU."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from appliance.contract.job import AttemptLimits
from appliance.control_plane.scheduler.policy import Capacity, Demand
from appliance.control_plane.store.jobs import Job, Waiting
from appliance.settings import Settings

Query = Callable[[Sequence[str]], str | None]
"""Runs a program and answers its output; None when it is not there or fails. Only launchers start processes, so it is handed in."""

UNKNOWN_MEMORY_BYTES = 2 << 30
"""Reserved at most for an attempt that did not ask: what the largest table is estimated at, so that a higher limit gives more slots."""
MOST_PER_CPU = 4
"""Attempts for each CPU, up to which limits of single users above the server's make room: beyond it all would only crawl."""
PRESSURE = Path("/proc/pressure/memory")
PRESSED_PERCENT = 20.0
"""Share of the last 10 s in which some task waited for memory, beyond which nothing starts beside running jobs."""
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_GPU_QUERY = ("nvidia-smi", "--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits")


class Gpu(msgspec.Struct, frozen=True):
    """One GPU: the id that `CUDA_VISIBLE_DEVICES` takes, its name, bytes of memory (0: unknown)."""

    id: str
    name: str = ""
    memory_bytes: int = 0


class Inventory(msgspec.Struct, frozen=True):
    """What this machine has. Made by `detect`, or by hand in tests."""

    cpus: int
    memory_bytes: int
    gpus: tuple[Gpu, ...] = ()

    @classmethod
    def detect(cls, settings: Settings, query: Query) -> Inventory:
        """CPUs of this process's affinity, memory of the machine or its control group, GPUs of the settings or of `nvidia-smi`."""
        cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        known = parse_gpus(query(_GPU_QUERY) or "")
        if settings.gpus is not None:
            by_id = {gpu.id: gpu for gpu in known}
            known = tuple(by_id.get(gpu, Gpu(gpu)) for gpu in settings.gpus)
        return cls(cpus, machine_memory(), known)

    def workers(self, settings: Settings, own: Iterable[int] = ()) -> int:
        """Local attempts at once: as many as any one user may run (`own`: limits of users who have one of their own), as far as the CPUs
        carry what goes beyond the server's limit."""
        return settings.max_workers or max(self.cpus, settings.max_running, min(max(own, default=0), self.cpus * MOST_PER_CPU))

    def capacity(self, settings: Settings, own: dict[int, int], *, now: float, pressed: bool) -> Capacity:
        """What `policy.plan` may share out. CPUs are counted as at least one for each worker: small machines share them."""
        workers = self.workers(settings, own.values())
        return Capacity(max(self.cpus, workers), self.memory_bytes, len(self.gpus), workers, settings.max_running, now, pressed, own)

    def demand(self, waiting: Waiting, settings: Settings) -> Demand:
        """What a job asks for, cut to what the machine has; without an own request an equal part of the memory, at most 2 GiB."""
        cpu = min(waiting.cpu, max(self.cpus, self.workers(settings)))
        needs = {"cpu": cpu, "memory_bytes": self.memory_request(waiting.memory_bytes, settings)}
        return Demand(**{**msgspec.structs.asdict(waiting), **needs})

    def memory_request(self, memory_bytes: int, settings: Settings) -> int:
        """Bytes reserved for an attempt that asked for `memory_bytes` (0: did not ask)."""
        unknown = min(self.memory_bytes // self.workers(settings), UNKNOWN_MEMORY_BYTES)
        return min(memory_bytes or unknown, self.memory_bytes)

    def limits(self, job: Job, gpus: tuple[str, ...], settings: Settings) -> AttemptLimits:
        """What one attempt of `job` may use; without an own request half of the machine's memory."""
        memory = job.memory_bytes or settings.worker_memory_bytes or self.memory_bytes // 2
        return AttemptLimits(job.max_duration_s, min(memory, self.memory_bytes), min(job.cpu, self.cpus), gpus)


class GpuLeases:
    """Exclusive leases of GPUs. A job that needs none always gets its empty lease."""

    def __init__(self, gpus: Sequence[Gpu]) -> None:
        self._free = [gpu.id for gpu in gpus]
        self._leased: dict[int, tuple[str, ...]] = {}

    def take(self, job_id: int, count: int) -> tuple[str, ...] | None:
        """`count` GPUs for a job, the same again when it has them already; None when there are not enough."""
        if job_id in self._leased:
            return self._leased[job_id]
        if count > len(self._free):
            return None
        lease, self._free = tuple(self._free[:count]), self._free[count:]
        self._leased[job_id] = lease
        return lease

    def restore(self, job_id: int, ids: tuple[str, ...]) -> None:
        """A worker of an earlier server life still uses these."""
        self._leased[job_id] = ids
        self._free = [gpu for gpu in self._free if gpu not in ids]

    def release(self, job_id: int) -> None:
        """Give a job's GPUs back. Safe to repeat."""
        self._free.extend(self._leased.pop(job_id, ()))


def parse_gpus(answer: str) -> tuple[Gpu, ...]:
    """The GPUs in an answer of `nvidia-smi`: lines of index, name, MiB of memory. Other lines are skipped."""
    found = []
    for line in answer.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 3 and parts[0].isdigit():
            found.append(Gpu(parts[0], parts[1], int(parts[2]) << 20 if parts[2].isdigit() else 0))
    return tuple(found)


def machine_memory(limits: Sequence[Path] = _CGROUP_LIMITS) -> int:
    """Bytes of memory of the machine, or of the control group when that has less."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for path in limits:
        try:
            text = path.read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            memory = min(memory, int(text))
    return memory


def memory_pressed(path: Path = PRESSURE) -> bool:
    """True when the kernel says that tasks waited for memory in more than `PRESSED_PERCENT` of the last 10 s; False where it cannot say."""
    try:
        words = path.read_text().split()
    except OSError:
        return False
    share = next((word.removeprefix("avg10=") for word in words if word.startswith("avg10=")), "0")
    return float(share) > PRESSED_PERCENT
