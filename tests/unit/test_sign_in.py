"""Passwords: the brake on guessing them, and which ones will do."""

from __future__ import annotations

import asyncio
import threading

import pytest

from appliance.errors import BadRequest, LimitReached, NotSignedIn
from appliance.people import failures, passwords
from appliance.people.failures import Failures
from appliance.people.passwords import ADDRESS_FREE_TRIES, FREE_TRIES, MOST_WAITING, Brake, check_new_password, hash_password, network_of

STORED = hash_password("right")


class Now:
    """A clock that stands where it is put."""

    at = 1000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


class Comparing:
    """Stands for argon2: counts, and answers at once whether the password is `right` and there is a digest."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        monkeypatch.setattr(passwords, "verify_password", self)

    def __call__(self, stored: str, password: str) -> bool:
        self.count += 1
        return bool(stored) and password == "right"


async def fail(brake: Brake, who: str, address: str = "", stored: str = STORED) -> None:
    with pytest.raises(NotSignedIn):
        await brake.check(who, "wrong", stored, address)


async def refused(brake: Brake, who: str, address: str = "", password: str = "right") -> str:
    with pytest.raises(LimitReached) as caught:
        await brake.check(who, password, STORED, address)
    return caught.value.message


@pytest.mark.parametrize("stored", [STORED, ""], ids=["known", "unknown"])
async def test_locks_grow_from_15_seconds_to_15_minutes_for_known_and_unknown(monkeypatch: pytest.MonkeyPatch, stored: str) -> None:
    clock, comparing = Now(), Comparing(monkeypatch)
    brake = Brake(clock)
    for _ in range(FREE_TRIES):
        await fail(brake, "a@example.org", stored=stored)
    for lock, words in (
        (15, "15 seconds"),
        (30, "30 seconds"),
        (60, "60 seconds"),
        (120, "2 minutes"),
        (240, "4 minutes"),
        (480, "8 minutes"),
    ):
        await fail(brake, "a@example.org", stored=stored)
        assert await refused(brake, "a@example.org") == f"Too many wrong passwords for this user; wait {words}."
        clock.at += lock - 0.5
        assert "wait 1 seconds" in await refused(brake, "A@EXAMPLE.org")
        clock.at += 0.5
    for _ in range(5):
        await fail(brake, "a@example.org", stored=stored)
        assert "wait 15 minutes" in await refused(brake, "a@example.org")
        clock.at += failures.LONGEST_LOCK_S
    assert comparing.count == FREE_TRIES + 6 + 5


async def test_a_right_password_in_a_lock_is_not_even_looked_at_and_clears_the_count_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, comparing = Now(), Comparing(monkeypatch)
    brake = Brake(clock)
    for _ in range(FREE_TRIES + 1):
        await fail(brake, "a@example.org")
    await refused(brake, "a@example.org")
    assert comparing.count == FREE_TRIES + 1
    await brake.check("b@example.org", "right", STORED, "")
    clock.at += failures.FIRST_LOCK_S
    await brake.check("a@example.org", "right", STORED, "")
    for _ in range(FREE_TRIES):
        await fail(brake, "a@example.org")
    await brake.check("a@example.org", "right", STORED, "")


async def test_one_address_cannot_spray_many_users_and_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, comparing = Now(), Comparing(monkeypatch)
    brake = Brake(clock)
    for number in range(ADDRESS_FREE_TRIES + 1):
        await fail(brake, f"{number}@example.org", f"2001:db8:1:2::{number:x}")
    assert "your network address; wait 15 seconds" in await refused(brake, "new@example.org", "2001:db8:1:2:ffff::1")
    await brake.check("new@example.org", "right", STORED, "2001:db8:1:3::1")
    clock.at += failures.FIRST_LOCK_S
    await brake.check("new@example.org", "right", STORED, "2001:db8:1:2::1")
    await fail(brake, "new@example.org", "2001:db8:1:2::1")  # a success of one user does not clear the address
    assert "wait 30 seconds" in await refused(brake, "new@example.org", "2001:db8:1:2::1")
    assert comparing.count == ADDRESS_FREE_TRIES + 4


def test_an_ipv6_network_an_ipv4_address_and_its_mapped_form() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("fe80::1%eth0") == network_of("fe80::2%eth1")
    assert network_of("testclient") == "testclient"


async def test_tries_at_once_are_counted_one_after_the_other_and_a_crowd_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    going, go = threading.Event(), threading.Event()

    def slowly(stored: str, password: str) -> bool:
        going.set()
        return not go.wait(30)

    monkeypatch.setattr(passwords, "verify_password", slowly)
    brake = Brake(Now())
    tries = [asyncio.create_task(brake.check("a@example.org", "wrong", STORED, "")) for _ in range(MOST_WAITING + 5)]
    await asyncio.to_thread(going.wait, 30)
    at_once = [task for task in tries if task.done()]  # each has begun: the first waits in a thread
    go.set()
    crowd = await asyncio.gather(*tries[MOST_WAITING:], return_exceptions=True)
    assert at_once == tries[MOST_WAITING:]
    assert {str(end) for end in crowd} == {"Many people sign in at this moment; wait a few seconds."}
    ends = await asyncio.gather(*tries[:MOST_WAITING], return_exceptions=True)
    assert [type(end) for end in ends] == [NotSignedIn] * (FREE_TRIES + 1) + [LimitReached] * (MOST_WAITING - FREE_TRIES - 1)


async def test_a_comparison_that_breaks_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(stored: str, password: str) -> bool:
        raise MemoryError

    brake = Brake(Now())
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "verify_password", broken)
        for _ in range(MOST_WAITING + 1):
            with pytest.raises(MemoryError):
                await brake.check("a@example.org", "right", STORED, "")
    await brake.check("a@example.org", "right", STORED, "")


def test_a_flood_of_names_is_bounded_and_does_not_wash_out_the_one_that_is_guessed_at() -> None:
    counted = Failures(FREE_TRIES, 720.0)
    for _ in range(FREE_TRIES + 4):
        counted.add("target", 0.0)
    for number in range(3 * failures.MOST_NAMES):
        counted.add(f"{number}@example.org", 0.001 * number)
        assert len(counted) <= failures.MOST_NAMES
    assert counted.wait_s("target", 0.0) == 120.0


def test_failures_are_forgiven_one_by_one() -> None:
    counted = Failures(2, 100.0)
    for _ in range(3):
        counted.add("a", 0.0)
    assert counted.wait_s("a", 0.0) == 15.0
    counted.add("a", 165.0)  # 1.5 of 3 are forgiven since the lock ended
    assert counted.wait_s("a", 165.0) == 15.0
    counted.add("a", 10_000.0)
    assert counted.wait_s("a", 10_000.0) == 0.0


@pytest.mark.parametrize(
    "password",
    [
        *("short", "x" * 1025, "aaaaaaaaaaaa", "1212121212", "12345abcde12345abcde"),
        *("1234567890", "0987654321", "7890123456", "abcdefghijkl", "QWERTYUIOP", "lkjhgfdsapoi", "1qaz2wsx3edc"),
        *("password123", "Passw0rd2024!", "P@$$word1234", "!!letmein2026!!", "Welcome12345"),
        *("somebody@example.org", "SOMEBODY@example.org", "long.somebody"),
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    with pytest.raises(BadRequest):
        check_new_password("long.somebody@example.org" if password == "long.somebody" else "somebody@example.org", password)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "K9!vRt2$wqLm", "Übergrößenträger", "パスワードはとても長い言葉", "8361940275", "\x00nul in the middle\x00"],
)
def test_other_passwords_will_do_and_are_right_however_their_accents_are_typed(password: str) -> None:
    check_new_password("somebody@example.org", password)
    assert passwords.verify_password(hash_password(password), password)


def test_accents_typed_in_two_ways_are_one_password_and_a_digest_of_weaker_parameters_is_outdated() -> None:
    from argon2 import PasswordHasher

    assert passwords.verify_password(hash_password("caf\u00e9 caf\u00e9 caf\u00e9"), "cafe\u0301 cafe\u0301 cafe\u0301")
    assert not passwords.outdated(STORED)
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("right"))
    assert not passwords.verify_password("no digest", "right")
