"""Passwords: their digests, and the brake on guessing them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from appliance.clock import Clock
from appliance.errors import LimitReached, NotSignedIn

if TYPE_CHECKING:
    from argon2 import PasswordHasher

TRIES = 10
TRIES_WINDOW_S = 300.0


class Brake:
    """Counts failed tries by e-mail."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def check(self, email: str, password: str, stored: str) -> None:
        """Compare a password with its argon2id digest, one at a time, in a thread. Raises NotSignedIn; LimitReached after many failures."""
        name = email.casefold()
        async with self._one_at_a_time:  # the count too: many tries at once are counted one after the other
            now = self._clock.monotonic()
            self._failures = {known: tries for known, tries in self._failures.items() if tries[-1] >= now - TRIES_WINDOW_S}
            if sum(at >= now - TRIES_WINDOW_S for at in self._failures.get(name, ())) == TRIES:
                raise LimitReached("Too many failed sign-ins for this e-mail; wait five minutes.")
            if await asyncio.to_thread(verify_password, stored, password):
                self._failures.pop(name, None)
                return
            self._failures.setdefault(name, deque(maxlen=TRIES)).append(now)
        raise NotSignedIn("E-mail or password is wrong.")


def hash_password(password: str) -> str:
    """An argon2id digest with its parameters and salt in the text. Takes some 30 ms and 19 MiB: call it in a thread."""
    return _hasher().hash(password)


def verify_password(stored: str, password: str) -> bool:
    """Whether `password` made the digest `stored`. An empty digest (no password set) costs the same time and is never right."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if not stored:
        _hasher().hash(password)
        return False
    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # imported late: a server that nobody signs in to by password stays small

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
