"""A virtual environment with the unmodified client, made once and kept in the user's cache: its pins do not go into our own."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENT = "gretel-client==0.30.1"


def client_python() -> Path | None:
    """The interpreter of the environment; None where the client cannot be installed (no network, no index)."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "appliance-tests"
    folder = cache / f"gretel-client-0.30.1-py{version}"
    python = folder / "bin" / "python"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists() and not _install(folder, python):
            return None
    return python


def _install(folder: Path, python: Path) -> bool:
    """By our own pip, and without compiling thousands of modules of which the tests use some."""
    venv.EnvBuilder(clear=True, with_pip=False).create(folder)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-compile", REQUIREMENT]
    installed = subprocess.run(pip, capture_output=True, check=False).returncode == 0
    compiling = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if installed and subprocess.run([python, "-c", "import gretel_client.cli.cli"], env=compiling, check=False).returncode == 0:
        (folder / "complete").touch()
    return installed
