"""Passwords: which ones will do, their digests, and the brake on guessing them."""

from __future__ import annotations

import asyncio
import math
import unicodedata
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from appliance.clock import Clock
from appliance.errors import BadRequest, LimitReached, NotSignedIn
from appliance.people.failures import Failures

if TYPE_CHECKING:
    from argon2 import PasswordHasher

FREE_TRIES, FORGIVEN_S = 5, 720.0
"""Of one e-mail: some hundred guesses a day, whoever makes them."""
ADDRESS_FREE_TRIES, ADDRESS_FORGIVEN_S = 50, 60.0
"""Of one network address, over all e-mails. Looser, because a whole laboratory may sit behind one."""
MOST_WAITING = 8
WRONG = "E-mail or password is wrong."

SHORTEST, LONGEST, FEWEST_DIFFERENT = 10, 1024, 5
_WALKS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)
_COMMON = frozenset(
    "password passwort motdepasse letmein welcome iloveyou admin administrator changeme secret qwerty qwertyuiop asdfghjkl"
    " login sunshine princess football baseball dragon monkey appliance gretel".split()
)
_TRIMMINGS = "0123456789!?.,-_*#+ "
_DISGUISES = str.maketrans("013457@$", "oieastas")


class Brake:
    """Compares passwords one at a time, counts the failures by e-mail and by network address, and refuses both when there were too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._names = Failures(FREE_TRIES, FORGIVEN_S)
        self._addresses = Failures(ADDRESS_FREE_TRIES, ADDRESS_FORGIVEN_S)
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def check(self, who: str, password: str, stored: str, address: str) -> None:
        """Compare a password with its argon2id digest (empty: never right, at the same cost). Failures count against `who` and against
        `address` (empty: against none); a success clears `who`. Raises NotSignedIn; LimitReached, without looking at the password, while
        either is locked or eight others wait."""
        self._refuse_locked(who, address)
        if self._waiting >= MOST_WAITING:
            raise LimitReached("Many people sign in at this moment; wait a few seconds.")
        self._waiting += 1
        try:
            async with self._turn:
                self._refuse_locked(who, address)  # by those that were waiting before this one
                if await asyncio.to_thread(verify_password, stored, password):
                    self._names.forget(who)
                    return
                now = self._clock.monotonic()
                self._names.add(who, now)
                if address:
                    self._addresses.add(network_of(address), now)
                wait = max(self._names.wait_s(who, now), self._addresses.wait_s(network_of(address), now) if address else 0.0)
        finally:
            self._waiting -= 1
        raise NotSignedIn(f"{WRONG} That was one time too many: wait {_in_words(wait)}." if wait else WRONG)

    def _refuse_locked(self, who: str, address: str) -> None:
        now = self._clock.monotonic()
        if wait := self._names.wait_s(who, now):
            raise LimitReached(f"Too many wrong passwords for this user; wait {_in_words(wait)}.")
        if address and (wait := self._addresses.wait_s(network_of(address), now)):
            raise LimitReached(f"Too many wrong passwords from your network address; wait {_in_words(wait)}.")


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the /64 that one household gets, else the address itself."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped) if ip.ipv4_mapped else f"{int(ip) >> 64:x}/64"


def check_new_password(email: str, password: str) -> None:
    """Whether `password` will do for the user with that e-mail. Raises BadRequest with what to do instead."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequest(f"A password has {SHORTEST} to {LONGEST:,} characters.")
    plain, name = _normal(password).casefold(), email.casefold()
    if plain in (name, name.partition("@")[0]):
        raise BadRequest("The password must not be the e-mail.")
    if _guessable(plain):
        raise BadRequest("That password is one of the first that are guessed. Take several words, or let a program draw one.")


def hash_password(password: str) -> str:
    """An argon2id digest with its parameters and salt in the text. Takes some 30 ms and 19 MiB: call it in a thread."""
    return _hasher().hash(_encoded(password))


def verify_password(stored: str, password: str) -> bool:
    """Whether `password` made the digest `stored`. An empty digest (no password set) costs the same time and is never right."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if not stored:
        _hasher().hash(_encoded(password))
        return False
    try:
        return _hasher().verify(stored, _encoded(password))
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether a digest was made with weaker parameters than a new one would be."""
    return _hasher().check_needs_rehash(stored)


def _guessable(plain: str) -> bool:
    if len(set(plain)) < FEWEST_DIFFERENT or plain in (plain + plain)[1:-1]:  # a few characters, or a piece repeated
        return True
    if any(plain in walk + walk or plain[::-1] in walk + walk for walk in _WALKS):
        return True
    return plain.strip(_TRIMMINGS).translate(_DISGUISES) in _COMMON


def _encoded(password: str) -> bytes:
    """The bytes of a password, the same however a keyboard composes its accents."""
    return _normal(password).encode("utf-8", "surrogatepass")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _in_words(seconds: float) -> str:
    whole = math.ceil(seconds)
    return f"{whole} seconds" if whole <= 60 else f"{math.ceil(whole / 60)} minutes"


def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # imported late: a server that nobody signs in to by password stays small

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
