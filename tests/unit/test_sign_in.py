"""The brake on guessing passwords."""

from __future__ import annotations

import asyncio

import pytest

from appliance.errors import LimitReached, NotSignedIn
from appliance.people.passwords import TRIES, TRIES_WINDOW_S, Brake, hash_password


class Now:
    """A clock that stands where it is put."""

    at = 1000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


async def test_tries_at_once_are_counted_one_after_the_other() -> None:
    clock, stored = Now(), hash_password("right")
    desk = Brake(clock)
    tries = [desk.check("a@example.org", "wrong", stored) for _ in range(TRIES + 5)]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(end, NotSignedIn) for end in ends) == TRIES
    with pytest.raises(LimitReached):
        await desk.check("A@example.org", "right", stored)
    clock.at += TRIES_WINDOW_S + 1
    await desk.check("a@example.org", "right", stored)


async def test_failures_are_forgotten_after_their_time() -> None:
    clock = Now()
    desk = Brake(clock)
    for number in range(5):
        with pytest.raises(NotSignedIn):
            await desk.check(f"{number}@example.org", "wrong", "")
    assert len(desk._failures) == 5
    clock.at += TRIES_WINDOW_S + 1
    with pytest.raises(NotSignedIn):
        await desk.check("late@example.org", "wrong", "")
    assert list(desk._failures) == ["late@example.org"]
