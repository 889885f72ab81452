"""Asking the machine's GPU driver what there is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

ANSWER_S = 10.0


def ask_driver(command: Sequence[str]) -> str | None:
    """What a driver's own tool prints; None where the tool is missing, fails or takes longer than 10 s."""
    tool = shutil.which(command[0])
    if tool is None:
        return None
    try:
        done = subprocess.run([tool, *command[1:]], stdin=subprocess.DEVNULL, capture_output=True, timeout=ANSWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
