"""The fenced blocks of README, and what running them takes. A block says before itself what it is: `<!-- serves -->`."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"(?:^<!-- (?P<directive>.+?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block."""

    directive: str
    language: str
    text: str


def blocks() -> list[Block]:
    """Every fenced block of README, in order."""
    text = (ROOT / "README.md").read_text("utf-8")
    return [Block(match["directive"] or "", match["language"], match["text"]) for match in _BLOCK.finditer(text)]


def block(directive: str) -> str:
    """The text of the one block with this directive."""
    (found,) = (entry.text for entry in blocks() if entry.directive == directive)
    return found


def copy_checkout(target: Path) -> Path:
    """What a clone of this work tree would hold, changes that are not committed included."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def newcomer(home: Path, **extra: str) -> dict[str, str]:
    """The environment of somebody who has never run the appliance: nothing of ours or of the client is set."""
    ours = ("APPLIANCE_", "GRETEL_", "XDG_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours) and name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    home.mkdir(parents=True, exist_ok=True)
    return {**kept, "HOME": str(home), "APPLIANCE_PORT": "0", **extra}


class Place:
    """A folder where a newcomer works: the installed environment beside it, a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = newcomer(folder / "home")
        (folder / ".venv").symlink_to(sys.prefix)

    def run(self, command: str, *, folder: Path | None = None, limit_s: float = 300, **extra: str) -> str:
        """Run a block in a shell with `.venv` activated; its output. Fails with that output when the block fails."""
        shell = ["bash", "-ec", f". {self.folder}/.venv/bin/activate\n{command}"]
        where = folder or self.folder
        done = subprocess.run(
            shell, cwd=where, env={**self.environment, **extra}, capture_output=True, text=True, check=False, timeout=limit_s
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    @contextmanager
    def serving(self, command: str, *, folder: Path | None = None, **extra: str) -> Iterator[str]:
        """Run a block that goes on serving; the address that it prints. It must end with 0 when it is asked to."""
        environment = {**self.environment, "PATH": f"{self.folder}/.venv/bin:{os.environ['PATH']}", **extra}
        where = folder or self.folder
        with subprocess.Popen(
            ["bash", "-ec", command], cwd=where, env=environment, stdout=subprocess.PIPE, text=True, process_group=0
        ) as server:
            try:
                assert server.stdout is not None
                found = next((match for match in map(re.compile(r"https?://[\w.:\[\]-]+").search, server.stdout) if match), None)
                assert found is not None, "it ended without printing an address"
                yield found[0]
            finally:
                os.killpg(server.pid, signal.SIGINT)  # what Ctrl-C in a terminal does
                assert server.wait(60) == 0
