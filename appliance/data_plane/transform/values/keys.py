"""The key of a project's transforms, and the digests that every draw comes from."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

import msgspec
import numpy as np
import numpy.typing as npt

Digests = npt.NDArray[np.uint64]
"""(n, 2): 128 bits for each value."""

KEY_BYTES = 32


class ValueKey(msgspec.Struct, frozen=True):
    """A secret of 32 bytes and its number in the project. `weak`: derived from a job's seed, which is no secret: whoever knows the seed
    can try values."""

    secret: bytes
    number: int = 1
    weak: bool = False

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError("A transform key has 32 bytes.")

    def __repr__(self) -> str:
        return f"ValueKey(number={self.number}, weak={self.weak})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The same for terminals: never the secret."""
        return [("number", self.number), ("weak", self.weak)]

    @classmethod
    def derive(cls, seed: int) -> ValueKey:
        """A weak key for a job that has no project key: HKDF with SHA-256 (RFC 5869), one block, from the job's seed."""
        extracted = hmac.digest(b"appliance transform key", str(seed).encode(), "sha256")
        return cls(hmac.digest(extracted, b"values\x01", "sha256"), number=0, weak=True)

    def subkey(self, purpose: str) -> bytes:
        """32 bytes for one purpose (a domain of values, a cipher); different purposes tell nothing of each other."""
        return hashlib.blake2b(_encoded(purpose), key=self.secret, digest_size=KEY_BYTES, person=b"appliance.purpos").digest()

    def digest(self, domain: str, values: Sequence[str]) -> Digests:
        """128 bits for each value: keyed BLAKE2s (RFC 7693) under the domain's own key, over the value's NFC form in UTF-8.

        BLAKE2s because a cell fits its block of 64 bytes: a third faster than BLAKE2b, and 128 bits leave either way."""
        fresh = hashlib.blake2s(key=self.subkey(domain), digest_size=16, person=b"values").copy
        made = []
        for value in encoded(values):
            state = fresh()
            state.update(value)
            made.append(state.digest())
        return np.frombuffer(b"".join(made), "<u8").reshape(-1, 2)


def encoded(values: Sequence[str]) -> list[bytes]:
    """The NFC form of each text in UTF-8 (lone surrogates are passed on)."""
    if "".join(values).isascii():
        return [value.encode() for value in values]
    return [_encoded(value) for value in values]


def _encoded(text: str) -> bytes:
    return normalize("NFC", text).encode("utf-8", "surrogatepass")
