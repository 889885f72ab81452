"""Values as grids of characters: other digits for digits, other letters for letters, everything else where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from appliance.data_plane.transform.values.draws import Draws

Grid = npt.NDArray[np.uint32]
"""(n, length): the code points of n texts of one length."""

Rows = npt.NDArray[np.int64]

_AT_ONCE = 2048
"""Texts worked on at a time: their grids stay in the processor's cache."""

ZERO, UPPER, LOWER = ord("0"), ord("A"), ord("a")


def grids(values: Sequence[str]) -> Iterator[tuple[Rows, Grid]]:
    """The values by length: their places, and their characters. Texts without a character are left out."""
    lengths = np.fromiter(map(len, values), np.int64, len(values))
    for length in np.unique(lengths[lengths > 0]).tolist():
        rows = np.flatnonzero(lengths == length)
        yield rows, _grid(values, rows, length)


def _grid(values: Sequence[str], rows: Rows, length: int) -> Grid:
    joined = "".join(values if len(rows) == len(values) else [values[row] for row in rows.tolist()])
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4").reshape(len(rows), length).copy()


def texts(grid: Grid) -> list[str]:
    """The texts of a grid."""
    length = grid.shape[1]
    joined = grid.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return [joined[at : at + length] for at in range(0, len(joined), length)]


def digits_of(grid: Grid) -> npt.NDArray[np.bool_]:
    """Which characters are ASCII digits."""
    return (grid >= ZERO) & (grid < ZERO + 10)


def by_length(values: Sequence[str], make: Callable[[Grid, Draws], Grid], draws: Draws) -> list[str]:
    """`make` over the grid of every length, in the order of the values; an empty text stays empty."""
    made: list[str] = [""] * len(values)
    for rows, grid in grids(values):
        parts = [slice(at, at + _AT_ONCE) for at in range(0, len(rows), _AT_ONCE)]
        done = [text for part in parts for text in texts(make(grid[part], draws.subset(rows[part])))]
        if len(rows) == len(values):
            return done
        for row, text in zip(rows.tolist(), done, strict=True):
            made[row] = text
    return made


def redrawn(grid: Grid, draws: Draws) -> Grid:
    """Another digit for every digit, another letter of the same case for every letter (letters and digits beyond ASCII become ASCII)."""
    wide = draws.table(grid.shape[1])
    digit, upper, lower = _classes(grid)
    made = grid.astype(np.uint32)
    np.copyto(made, (wide * np.uint32(10) >> np.uint32(16)) + np.uint32(ZERO), where=digit)
    if not (upper.any() or lower.any()):
        return made
    letter = wide * np.uint32(26) >> np.uint32(16)
    np.copyto(made, letter + np.uint32(UPPER), where=upper)
    np.copyto(made, letter + np.uint32(LOWER), where=lower)
    return made


def redrawn_hex(grid: Grid, draws: Draws) -> Grid:
    """Another hexadecimal digit for every one of them, in the case of the letters of its row."""
    wide = draws.table(grid.shape[1]) >> 12
    small = ((grid >= LOWER) & (grid < LOWER + 6)).any(axis=1, keepdims=True)
    written = np.where(wide < 10, ZERO + wide, np.where(small | ~_has(grid, UPPER, 6), LOWER, UPPER) + wide - 10)
    return np.where(hex_of(grid), written, grid).astype(np.uint32)


def hex_of(grid: Grid) -> npt.NDArray[np.bool_]:
    """Which characters are hexadecimal digits."""
    return digits_of(grid) | ((grid >= UPPER) & (grid < UPPER + 6)) | ((grid >= LOWER) & (grid < LOWER + 6))


def _has(grid: Grid, first: int, count: int) -> npt.NDArray[np.bool_]:
    return np.asarray(((grid >= first) & (grid < first + count)).any(axis=1, keepdims=True))


def _classes(grid: Grid) -> list[npt.NDArray[np.bool_]]:
    """Digits, upper-case and lower-case letters."""
    digit, upper = digits_of(grid), (grid >= UPPER) & (grid < UPPER + 26)
    lower = (grid >= LOWER) & (grid < LOWER + 26)
    beyond = grid > 127
    if beyond.any():
        kinds = {code: _kind(chr(code)) for code in np.unique(grid[beyond]).tolist()}
        for code, kind in kinds.items():
            for name, mask in (("digit", digit), ("upper", upper), ("lower", lower)):
                if kind == name:
                    np.logical_or(mask, grid == code, out=mask)
    return [digit, upper, lower]


def _kind(mark: str) -> str:
    if mark.isdecimal():
        return "digit"
    return ("upper" if mark.isupper() else "lower") if mark.isalnum() else "other"
