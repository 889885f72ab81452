"""What this machine is and offers, each finding with a verdict."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

OK, WARNING, FAULT = "ok", "warning", "fault"

_KERNEL = (5, 13)
_PYTHONS = ((3, 11), (3, 14))
_SQLITE = (3, 51, 3)
_MACHINES = ("x86_64", "aarch64", "arm64")
_PROBE = "import json; from appliance.data_plane.confinement import Confinement; c = Confinement(); c.cut_off(); print(json.dumps(c.steps))"
_PROBE_S = 30.0


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at: its name, what was found, `ok`, `warning` or `fault`, and what to do about it."""

    name: str
    found: str
    verdict: str = OK
    advice: str = ""


def examine(folder: Path, *, reserve_bytes: int, allow_unconfined: bool) -> list[Finding]:
    """Platform, interpreter, SQLite, confinement, memory, disk of the data folder, GPUs."""
    return [
        *_platform(),
        _sqlite(),
        *_confinement(allow_unconfined),
        Finding("processors", str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)),
        _memory(),
        _disk(folder, reserve_bytes),
        _gpus(),
    ]


def _platform() -> list[Finding]:
    system, machine, release = platform.system(), platform.machine(), platform.release()
    found = [Finding("system", f"{system} {machine}", OK if machine in _MACHINES else WARNING)]
    if system == "Linux":
        new_enough = _numbers(release)[:2] >= _KERNEL
        advice = "" if new_enough else "Kernel 5.13 or newer can keep workers from reading other files; this one cannot."
        found.append(Finding("kernel", release, OK if new_enough else WARNING, advice))
    elif system == "Darwin":
        found.append(Finding("kernel", release, WARNING, "No confinement exists here: jobs run only with allow_unconfined = true."))
    else:
        found.append(Finding("kernel", release, FAULT, "The server does not run here. On Windows, use it inside WSL2."))
    known = _PYTHONS[0] <= sys.version_info[:2] < _PYTHONS[1]
    found.append(
        Finding("python", platform.python_version(), OK if known else WARNING, "" if known else "Python 3.11 to 3.13 is supported.")
    )
    return found


def _sqlite() -> Finding:
    version = _answer([sys.executable, "-c", "import sqlite3; print(sqlite3.sqlite_version)"])
    if not version:
        return Finding("sqlite", "missing", FAULT, "This Python was built without SQLite.")
    if _numbers(version) < _SQLITE:
        return Finding("sqlite", version, WARNING, "3.51.3 repairs a rare fault of write-ahead logs after a crash; newer is better.")
    return Finding("sqlite", version)


def _confinement(allow_unconfined: bool) -> list[Finding]:
    """What a worker's process can take from itself here, tried in one."""
    try:
        steps = json.loads(_answer([sys.executable, "-P", "-c", _PROBE]))
    except ValueError:
        return [
            Finding("confinement", "the probe did not answer", FAULT, "A worker cannot start; `appliance doctor --json` shows the rest.")
        ]
    cut = "applied" in (steps.get("network_namespace"), steps.get("system_calls"))
    found = []
    for step, state in steps.items():
        fine = state == "applied"
        found.append(Finding(f"worker {step.replace('_', ' ')}", state, OK if fine else WARNING))
    if not cut:
        advice = "Jobs are refused. Allow user namespaces or seccomp, or set allow_unconfined = true."
        verdict = WARNING if allow_unconfined else FAULT
        found.append(
            Finding("network cut", "unavailable", verdict, "Jobs run with the network open, as allowed." if allow_unconfined else advice)
        )
    return found


def _memory() -> Finding:
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return Finding("memory", "unknown", WARNING)
    enough = total >= 2 << 30
    return Finding(
        "memory", _size(total), OK if enough else WARNING, "" if enough else "Less than 2 GiB: only small tables can be trained on."
    )


def _disk(folder: Path, reserve_bytes: int) -> Finding:
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < reserve_bytes:
        return Finding("free disk", _size(free), FAULT, f"Uploads are refused below {_size(reserve_bytes)}.")
    enough = free >= 4 * reserve_bytes
    return Finding(
        "free disk", _size(free), OK if enough else WARNING, "" if enough else f"Uploads are refused below {_size(reserve_bytes)}."
    )


def _gpus() -> Finding:
    driver = shutil.which("nvidia-smi")
    if driver is None:
        return Finding("gpus", "none")
    listed = [line.split(" (UUID")[0] for line in _answer([driver, "-L"]).splitlines() if line.startswith("GPU ")]
    return Finding("gpus", "; ".join(listed)) if listed else Finding("gpus", "none", WARNING, "nvidia-smi is there but lists no GPU.")


def _answer(command: list[str]) -> str:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def _numbers(version: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in version.split("-")[0].split("."):
        digits = "".join(letter for letter in part if letter.isdigit())
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


def _size(count: int) -> str:
    return f"{count / (1 << 30):,.1f} GiB"
