"""Check digits over grids of characters, so that a fake of a number passes the test that its source passed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.data_plane.transform.values.shapes import UPPER, ZERO, Grid, digits_of

Numbers = npt.NDArray[np.int64]

_VIN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
_VIN_VALUES = np.array([1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9])
"""ISO 3779: what the letters A to Z count (I, O and Q are not used)."""
_IBAN_LETTERS = {UPPER + place: str(10 + place) for place in range(26)}
_ABA_WEIGHTS = np.array([3, 7, 1, 3, 7, 1, 3, 7, 1])


def luhn_sum(digits: Numbers) -> Numbers:
    """The sum of the Luhn test (ISO/IEC 7812-1) modulo 10 for each row of digits: 0 passes."""
    doubled = digits.copy()
    doubled[:, -2::-2] *= 2
    return np.asarray((doubled - 9 * (doubled > 9)).sum(axis=1) % 10)


def luhn_digit(payload: Numbers) -> Numbers:
    """The digit that, behind the payload, makes the Luhn test pass."""
    padded = np.concatenate([payload, np.zeros((len(payload), 1), np.int64)], axis=1)
    return (10 - luhn_sum(padded)) % 10


def aba_digit(payload: Numbers) -> Numbers:
    """The ninth digit of an American routing number: weights 3, 7, 1, sum divisible by 10."""
    return np.asarray((10 - (payload * _ABA_WEIGHTS[:8]).sum(axis=1) % 10) % 10)


def vin_mark(grid: Grid) -> Grid:
    """The check mark (0–9 or X) at place 9 of 17-character vehicle numbers in capitals (49 CFR 565.15)."""
    values = np.where(digits_of(grid), grid.astype(np.int64) - ZERO, _VIN_VALUES[np.clip(grid.astype(np.int64) - UPPER, 0, 25)])
    rest = (values * _VIN_WEIGHTS).sum(axis=1) % 11
    return np.where(rest == 10, ord("X"), ZERO + rest).astype(np.uint32)


def iban_digits(text: str) -> str:
    """The two check digits of an IBAN given with any there (ISO 13616: modulo 97 of the rearranged number is 1). Letters are capitals."""
    number = int((text[4:] + text[:2] + "00").translate(_IBAN_LETTERS))
    return f"{98 - number % 97:02d}"
