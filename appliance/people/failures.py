"""Failures by name, and how long a name that failed too often must wait.

The first `free` failures cost nothing. Each further one locks the name: for 15 s, then twice as long each time, up to 15 minutes (the
seventh and later ones). Whenever the name is not locked one failure is forgiven every `forgiven_s`; a success forgives them all.
"""

from __future__ import annotations

import hashlib
import math

import msgspec

FIRST_LOCK_S = 15.0
LONGEST_LOCK_S = 900.0
MOST_LOCKS = 7
"""Failures beyond the free ones that are held against a name: it is clear again `forgiven_s` x (free + 7) after a guesser gave up."""
MOST_NAMES = 10_000


class _Tally(msgspec.Struct, frozen=True):
    """What is held against a name: `count` failures, and until when it is locked, which is when forgiving begins."""

    count: float
    until: float


class Failures:
    """Times are seconds of a monotonic clock. Names are kept as digests, 10,000 at most: beyond that those with the fewest failures go."""

    def __init__(self, free: int, forgiven_s: float) -> None:
        self._free = free
        self._forgiven_s = forgiven_s
        self._tallies: dict[bytes, _Tally] = {}

    def __len__(self) -> int:
        return len(self._tallies)

    def wait_s(self, name: str, now: float) -> float:
        """How long the name is still locked; 0 when it may try."""
        tally = self._tallies.get(_key(name))
        return max(0.0, tally.until - now) if tally else 0.0

    def add(self, name: str, now: float) -> None:
        """One more failure."""
        key = _key(name)
        count = min(self._standing(self._tallies.get(key), now) + 1.0, self._free + MOST_LOCKS)
        beyond = math.ceil(count - 1e-9) - self._free
        lock = min(FIRST_LOCK_S * 2.0 ** (beyond - 1), LONGEST_LOCK_S) if beyond > 0 else 0.0
        if key not in self._tallies and len(self._tallies) >= MOST_NAMES:
            self._make_room(now)
        self._tallies[key] = _Tally(count, now + lock)

    def forget(self, name: str) -> None:
        """The name succeeded."""
        self._tallies.pop(_key(name), None)

    def _standing(self, tally: _Tally | None, now: float) -> float:
        return max(0.0, tally.count - max(0.0, now - tally.until) / self._forgiven_s) if tally else 0.0

    def _make_room(self, now: float) -> None:
        """Keep the half with the most failures: a flood of names that failed once cannot wash out one that is being guessed at."""
        ranked = sorted(((self._standing(tally, now), key) for key, tally in self._tallies.items()), reverse=True)
        self._tallies = {key: self._tallies[key] for count, key in ranked[: MOST_NAMES // 2] if count > 0.0}


def _key(name: str) -> bytes:
    return hashlib.blake2b(name.casefold().encode("utf-8", "surrogatepass"), digest_size=16).digest()
