"""Durations and sizes as people write them: `90`, `30 m`, `1.5 h`; `4 GiB`, `500 MB`."""

from __future__ import annotations

import re

_QUANTITY = re.compile(r"\s*(\d{1,12}(?:\.\d{1,6})?)\s*([A-Za-z]*)\s*", re.ASCII)

_SECONDS = {"": 1, "s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"": 1, "b": 1} | {
    name: factor
    for power, letter in enumerate("kmgt", start=1)
    for name, factor in ((letter, 1024**power), (f"{letter}ib", 1024**power), (f"{letter}b", 1000**power))
}


def seconds(value: float | str) -> float | None:
    """Seconds, or None when the text is no duration."""
    return _read(value, _SECONDS)


def size(value: int | str) -> int | None:
    """Bytes, or None when the text is no size. `K M G T` and `KiB …` are powers of 1024, `kB …` of 1000."""
    read = _read(value, _BYTES)
    return None if read is None else int(read)


def _read(value: float | str, units: dict[str, int]) -> float | None:
    if not isinstance(value, str):
        return float(value)
    match = _QUANTITY.fullmatch(value)
    if match is None or match[2].lower() not in units:
        return None
    return float(match[1]) * units[match[2].lower()]
