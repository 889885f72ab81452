"""A job's event file by byte range, in both directions: blocks of whole lines, and of those only what may hold what is asked for.

An event's id is the byte at which its line ends: the `after` from which the next one is read. Memory is bounded by two blocks whatever
a worker wrote; a line longer than a block is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

BLOCK_BYTES, FIRST_BYTES = 1 << 20, 64 << 10
"""Of a block; of the first one, since most ask for little. Each is twice as large as the one before."""
Block = tuple[int, bytes]
"""Whole lines, and the byte at which the first begins."""


def begins_line(file: BinaryIO, place: int) -> bool:
    """Whether an event begins at that byte, or nothing is there (any more)."""
    if place == 0:
        return True
    file.seek(place - 1)
    return file.read(1) in (b"\n", b"")


def blocks_after(file: BinaryIO, place: int, end: int) -> Iterator[Block]:
    """Blocks from `place`, where a line begins, to the last whole line that ends at or before `end`. Ends in front of a half line."""
    step = FIRST_BYTES
    while place < end:
        file.seek(place)
        content = file.read(min(step, end - place))
        whole = content[: content.rfind(b"\n") + 1]
        step, before = min(2 * step, BLOCK_BYTES), step
        if whole:
            yield place, whole
            place += len(whole)
        elif before < BLOCK_BYTES and len(content) == before:
            continue
        elif len(content) < BLOCK_BYTES or (passed := _pass_over(file, end)) is None:
            return
        else:
            place = passed


def _pass_over(file: BinaryIO, end: int) -> int | None:
    """Read on to the end of an endless line: the byte after it, None where it has no end yet."""
    while file.tell() < end and (rest := file.readline(BLOCK_BYTES)):
        if rest.endswith(b"\n"):
            return file.tell()
    return None


def blocks_before(file: BinaryIO, start: int, place: int) -> Iterator[Block]:
    """Blocks from the last whole line that ends at or before `place`, any byte, back to `start`, where a line begins."""
    step = FIRST_BYTES
    while place > start:
        begin = max(start, place - step - 1)
        whole = step == BLOCK_BYTES or begin == start
        step = min(2 * step, BLOCK_BYTES)
        file.seek(begin)
        content = file.read(place - begin)
        last = content.rfind(b"\n") + 1
        first = 0 if begin == start else content.find(b"\n") + 1
        if first < last:
            yield begin + first, content[first:last]
            place = begin + first
        elif 0 < last < len(content):
            place = begin + last  # without the piece of a line at the end
        elif whole:
            place = begin + last - 1 if last else begin  # nothing but a piece of an endless line


class Marks:
    """What the bytes of a line must hold to be worth decoding: one of `words`, in any case where `loose`; without words every line is.

    A sieve: no line that is wanted falls through, many that stay are not wanted."""

    def __init__(self, words: tuple[bytes, ...] = (), *, loose: bool = False) -> None:
        self._words = tuple(word.lower() for word in words) if loose else words
        self._loose = loose
        self._several = re.compile(b"|".join(map(re.escape, words))) if len(words) > 1 else None

    def lines(self, block: Block) -> Iterator[tuple[int, bytes]]:
        """The lines worth decoding with their ids, in order."""
        begin, content = block
        if not self._words:
            for line in content.splitlines(keepends=True) if b"\r" not in content else re.findall(rb"[^\n]*\n", content):
                begin += len(line)
                yield begin, line
            return
        searched, at = content.lower() if self._loose else content, 0
        while (hit := self._next(searched, at)) >= 0:
            first, at = content.rfind(b"\n", 0, hit) + 1, content.find(b"\n", hit) + 1
            yield begin + at, content[first:at]

    def _next(self, content: bytes, at: int) -> int:
        if self._several is None:
            return content.find(self._words[0], at)
        hit = self._several.search(content, at)
        return hit.start() if hit else -1
