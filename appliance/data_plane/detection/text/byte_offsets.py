"""From places in UTF-8 bytes to places in characters."""

from __future__ import annotations

import numpy


class ByteOffsets:
    """Of one text and its bytes. A text of ASCII costs nothing."""

    def __init__(self, text: str, data: bytes) -> None:
        self._places = None
        if len(data) != len(text):
            lead = (numpy.frombuffer(data, dtype=numpy.uint8) & 0xC0) != 0x80
            self._places = numpy.concatenate([[0], numpy.cumsum(lead)])

    def character(self, byte: int) -> int:
        """How many characters begin before a byte."""
        return byte if self._places is None else int(self._places[byte])
