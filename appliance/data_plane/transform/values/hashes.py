"""Keyed hashes of values: without the project's key nobody can try values, however few there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from appliance.data_plane.transform.values.keys import ValueKey

LEAST_HEX = 16
_SHORTEST = 8
_HEX = 32


def hashed(key: ValueKey, values: Sequence[str], salt: str | None = None, length: int = 32) -> list[str]:
    """Lower-case hex, 128 bits (`length` at least 8 and at most 64 characters), keyed by the project.

    A user's salt separates hashes; it is never the key. Raises ValueError for a length outside."""
    if not _SHORTEST <= length <= 64:
        raise ValueError("A hash has 8 to 64 hex characters.")
    domain = "hash" if salt is None else f"hash\0{salt}"
    text = key.digest(domain, values).tobytes().hex()
    if length > 32:
        rest = key.digest("rest of " + domain, values).tobytes().hex()
        return [text[at : at + 32] + rest[at : at + length - 32] for at in range(0, len(text), 32)]
    return [text[at : at + length] for at in range(0, len(text), 32)]


def hashed_texts(key: ValueKey, texts: pa.Array, salt: str | None = None) -> pa.Array:
    """The same 32 characters for an arrow array of texts, none of which is missing."""
    domain = "hash" if salt is None else f"hash\0{salt}"
    digits = key.digest_texts(domain, texts).tobytes().hex().encode()
    offsets = np.arange(0, len(digits) + 1, _HEX, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(offsets), pa.py_buffer(digits)])


def entity_hashes(key: ValueKey, values: Sequence[str], labels: Sequence[str], salt: str | None = None) -> list[str]:
    """Hashes of found entities, 16 hex characters; the same text under another label has another hash."""
    joined = [f"{label}\0{value}" for label, value in zip(labels, values, strict=True)]
    return hashed(key, joined, f"entity\0{salt or ''}", LEAST_HEX)
