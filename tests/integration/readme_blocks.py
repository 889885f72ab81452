"""The fenced blocks of README, and what running them takes. A block says before itself what it is: `<!-- serves -->`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
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
