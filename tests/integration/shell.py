"""The command line in processes of its own, as a user would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LIMIT_S = 180


class Shell:
    """Runs the command line in processes of its own, on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """One command with `--data-dir`, without the settings of whoever runs the tests."""
        return command(*arguments, "--data-dir", str(self.folder), given=given)

    def json(self, *arguments: str, given: str = "") -> Any:
        """What a command that must succeed prints."""
        done = self.run(*arguments, given=given)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def command(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """One command, with `given` on its standard input."""
    line = [sys.executable, "-m", "appliance", *arguments]
    return subprocess.run(line, input=given, capture_output=True, text=True, timeout=LIMIT_S, env=environment(), check=False)


def environment() -> dict[str, str]:
    """The environment without the settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GRETEL_", "APPLIANCE_"))}
