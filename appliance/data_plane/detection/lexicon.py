"""Words that are known: people, places, firms, work, everyday words. One file made by `scripts/word_lists.py`, read at need."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
import numpy.typing as npt

_FILE = "lexicon.bin"
Marks = npt.NDArray[np.uint16]


class Lexicon:
    """Which lists hold a word. Words are kept as CRC-32: of the others one in about ten thousand is taken for a known one."""

    def __init__(self, keys: npt.NDArray[np.uint32], bits: Marks) -> None:
        self._keys = keys
        self._bits = bits

    @classmethod
    def load(cls, content: bytes | None = None) -> Lexicon:
        """The lexicon of the package, or of a file's content."""
        raw = zlib.decompress((files(__package__) / _FILE).read_bytes() if content is None else content)
        count = int.from_bytes(raw[:4], "little")
        planes = np.frombuffer(raw, np.uint8, offset=4).reshape(6, count)
        steps = np.ascontiguousarray(planes[:4].T).view("<u4").ravel()
        bits = np.ascontiguousarray(planes[4:].T).view("<u2").ravel()
        return cls(np.cumsum(steps, dtype=np.uint32), bits.astype(np.uint16))

    def __len__(self) -> int:
        return len(self._keys)

    def marks(self, words: Sequence[str]) -> Marks:
        """The bits (`lexicon_lists`) of each folded word; 0 of a word that no list holds."""
        hashes = np.fromiter((zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words), np.uint32, len(words))
        places = np.searchsorted(self._keys, hashes)
        places[places == len(self._keys)] = 0
        found: Marks = np.where(self._keys[places] == hashes, self._bits[places], 0).astype(np.uint16)
        return found
