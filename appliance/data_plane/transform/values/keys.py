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
import pyarrow as pa

from appliance.data_plane.transform.values.cmac import tags

Digests = npt.NDArray[np.uint64]
"""(n, 2): 128 bits for each value."""

KEY_BYTES = 32
_LONGEST = 512


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
        """128 bits for each value, over its NFC form in UTF-8, under the domain's own keys: AES-256-CMAC (`cmac.py`).

        Texts of more than 512 bytes, which take many rounds, get keyed BLAKE2s (RFC 7693) under a key of their own instead."""
        joined, sizes = _joined(values)
        if int(sizes.max(initial=0)) <= _LONGEST:
            return tags(self.subkey(f"cmac {domain}"), joined, sizes)
        made = np.empty((len(values), 2), np.uint64)
        long = sizes > _LONGEST
        short = np.flatnonzero(~long)
        made[short] = self.digest(domain, [values[place] for place in short.tolist()])
        secret = self.subkey(f"long {domain}")
        for place in np.flatnonzero(long).tolist():
            tag = hashlib.blake2s(_encoded(values[place]), key=secret, digest_size=16, person=b"values").digest()
            made[place] = np.frombuffer(tag, "<u8")
        return made

    def digest_texts(self, domain: str, texts: pa.Array) -> Digests:
        """The same for an arrow array of texts, none of which is missing: without Python's texts where all is short and ASCII."""
        plain = texts.cast(pa.large_string())
        _, ends, data = plain.buffers()
        if not len(plain) or data is None:
            return self.digest(domain, texts.to_pylist())
        offsets = np.frombuffer(ends, np.int64)[plain.offset : plain.offset + len(plain) + 1]
        joined, sizes = data[int(offsets[0]) : int(offsets[-1])].to_pybytes(), np.diff(offsets)
        if not joined.isascii() or int(sizes.max()) > _LONGEST:
            return self.digest(domain, texts.to_pylist())
        return tags(self.subkey(f"cmac {domain}"), joined, sizes)


def _joined(values: Sequence[str]) -> tuple[bytes, npt.NDArray[np.int64]]:
    """The encoded values one behind the other, and their sizes."""
    text = "".join(values)
    if text.isascii():
        return text.encode(), np.fromiter(map(len, values), np.int64, len(values))
    parts = encoded(values)
    return b"".join(parts), np.fromiter(map(len, parts), np.int64, len(parts))


def encoded(values: Sequence[str]) -> list[bytes]:
    """The NFC form of each text in UTF-8 (lone surrogates are passed on)."""
    return [value.encode() if value.isascii() else _encoded(value) for value in values]


def _encoded(text: str) -> bytes:
    return normalize("NFC", text).encode("utf-8", "surrogatepass")
