"""Word lists as sorted hashes with a bit per list: first names, last names, cities, countries, words of organisations and of streets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FIRST, LAST, CITY, PLACE_PART, COUNTRY, ORGANISATION, STREET, COMMON = (1 << bit for bit in range(8))


class Gazetteer(NamedTuple):
    """`hashes`: 32-bit values of lower-case words, rising; `bits`: the lists each is in. A stranger's value meets one in 30,000."""

    hashes: NDArray[np.uint32]
    bits: NDArray[np.uint8]

    def flags(self, lower: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The bits of each word, 0 for a word in no list."""
        if not len(self.hashes):
            return np.zeros(len(lower), np.uint64)
        asked = lower.astype(np.uint32)
        at = np.minimum(np.searchsorted(self.hashes, asked), len(self.hashes) - 1)
        return np.where(self.hashes[at] == asked, self.bits[at], 0).astype(np.uint64)
