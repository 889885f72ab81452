"""Time and randomness as parameters: nothing else in the package reads the wall clock or draws a number."""

from __future__ import annotations

import datetime
import math
import os
import time
from typing import Protocol

LATEST = 253_402_300_799.0
"""The last second that has a date, at the end of the year 9999."""


class Clock(Protocol):
    """What the appliance may know about time."""

    def now(self) -> float:
        """Seconds since the Unix epoch (wall clock; may jump)."""

    def monotonic(self) -> float:
        """Seconds of a clock that never jumps back; its zero means nothing."""


class Random(Protocol):
    """Where identifiers, keys and drawn seeds come from."""

    def token(self, nbytes: int) -> bytes:
        """`nbytes` unpredictable bytes."""


class SystemClock:
    """The clocks of this machine."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


class SystemRandom:
    """The operating system's cryptographic source."""

    def token(self, nbytes: int) -> bytes:
        return os.urandom(nbytes)


def timestamp(seconds: float) -> str:
    """`seconds` since the epoch as ISO-8601 in UTC with microseconds and a `Z`: `2026-01-31T12:00:00.000000Z`."""
    moment = datetime.datetime.fromtimestamp(dated(seconds), datetime.UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def dated(seconds: float) -> float:
    """`seconds` since the epoch moved into the years that have dates (1970 to 9999); 0 for what is no number."""
    return min(max(seconds, 0.0), LATEST) if math.isfinite(seconds) else 0.0
