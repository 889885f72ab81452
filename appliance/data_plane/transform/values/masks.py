"""Masks: values hidden in whole or in part."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 1_000
_ALNUM = re.compile(r"[^\W_]", re.UNICODE)


def partial_mask(values: Sequence[str], left: int, mask: str, right: int, tolerance: int = 1) -> list[str]:
    """The first `left` and the last `right` characters with `mask` between them, as databases mask columns.

    At least `tolerance` characters are always hidden: where a value is too short for that the kept ends shrink by turns, the longer one
    first. Raises ValueError for a negative number, and for a mask of more than LONGEST characters."""
    _check(left, mask, right, tolerance)
    kept = {length: _kept(length, left, right, tolerance) for length in {len(value) for value in values}}
    made = []
    for value in values:
        first, last = kept[len(value)]
        made.append(f"{value[:first]}{mask}{value[len(value) - last :]}")
    return made


def partial_mask_texts(texts: pa.Array, left: int, mask: str, right: int, tolerance: int = 1) -> pa.Array:
    """The same for an arrow array of texts; missing ones stay missing."""
    _check(left, mask, right, tolerance)
    lengths = pc.fill_null(pc.utf8_length(texts), 0).to_numpy(zero_copy_only=False)
    if left + right > int(lengths.max(initial=0)):
        made = pa.nulls(len(texts), pa.string())
    else:
        first = pc.utf8_slice_codeunits(texts, 0, left)
        last = pc.utf8_slice_codeunits(texts, -right, None) if right else pc.utf8_slice_codeunits(texts, 0, 0)
        made = pc.binary_join_element_wise(first, mask, last, "")
    short = texts.is_valid().to_numpy(zero_copy_only=False) & (lengths - max(tolerance, 1) < left + right)
    if not short.any():
        return made
    rest = partial_mask(texts.filter(pa.array(short)).to_pylist(), left, mask, right, tolerance)
    return pc.replace_with_mask(made, pa.array(short), pa.array(rest, pa.string()))


def _check(left: int, mask: str, right: int, tolerance: int) -> None:
    if min(left, right, tolerance) < 0 or len(mask) > LONGEST:
        raise ValueError(f"partial_mask takes no negative numbers, and no mask of more than {LONGEST} characters.")


def _kept(length: int, left: int, right: int, tolerance: int) -> tuple[int, int]:
    room = max(length - max(tolerance, 1), 0)
    if left + right <= room:
        return left, right
    if 2 * min(left, right) > room:
        return room - room // 2, room // 2
    return (room - right, right) if left > right else (left, room - left)


def redact_with_char(values: Sequence[str], char: str = "X", first: int = 0, last: int | None = None) -> list[str]:
    """Letters and digits become `char`, other marks stay; `first` and `last`: only characters from there up to and without there.

    A text without a letter or digit is replaced whole."""
    filler = char.replace("\\", r"\\")
    made = []
    for value in values:
        middle = value[first:last]
        hidden = _ALNUM.sub(filler, middle)
        made.append(value[:first] + (hidden if hidden != middle else char * len(middle)) + (value[last:] if last is not None else ""))
    return made


def hidden_span(value: str, after: str | None, until: str | None) -> tuple[int, int]:
    """Where the part of a value lies that a transform is applied to: behind the first `after` and before the first `until` behind it.

    Without a mark, or where the value lacks it: from the start, to the end."""
    start = value.find(after) + len(after) if after and after in value else 0
    stop = value.find(until, start) if until else -1
    return start, stop if stop >= 0 else len(value)
