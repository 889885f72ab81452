"""FF1 of NIST SP 800-38G (2016; unchanged in its revision 1): format-preserving encryption, over many values at once.

Names follow the standard's algorithms 7 and 8: radix, n (length), u, v, b, d, P, Q, R, S, A, B. A value is its halves A and B as
numbers; AES runs in one call over the blocks of all values. Revision 1 demands radix**n of at least 1,000,000: smaller domains are not
enciphered here (`fpe.py` permutes them by a keyed table)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]
"""One number per value: uint64, or Python's whole numbers (dtype object) where a half does not fit."""

LEAST_DOMAIN = 1_000_000
ROUNDS = 10
_BLOCK = 16
_ROWS = 1 << 16
"""Values enciphered at a time: their blocks stay in the processor's cache."""
_STEPS = ((32, 32), (48, 16), (56, 8))
"""Bits of the modulus up to which S is reduced by so many bits at a time within 64."""


class Ff1:
    """FF1 under one AES key (16, 24 or 32 bytes)."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # heavy: loaded when something is enciphered

        self._aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()

    def blocks(self, plain: bytes) -> bytes:
        """AES of each block of 16 bytes."""
        return self._aes.update(plain)

    def halves(
        self, a: Numbers, b: Numbers, length: int, radix: int, *, tweak: bytes = b"", inverse: bool = False
    ) -> tuple[Numbers, Numbers]:
        """The enciphered (or deciphered) halves of n values of `length` numerals in `radix`.

        `a` is the number of the first length // 2 numerals, `b` of the rest. Raises ValueError for a domain that is too small."""
        if length < 2 or radix**length < LEAST_DOMAIN:
            raise ValueError("FF1 needs a domain of at least a million values.")
        made = [self._part(a[at : at + _ROWS], b[at : at + _ROWS], length, radix, tweak, inverse) for at in range(0, len(a), _ROWS)]
        if not made:
            return a, b
        return np.concatenate([one for one, _ in made]), np.concatenate([other for _, other in made])

    def _part(self, a: Numbers, b: Numbers, length: int, radix: int, tweak: bytes, inverse: bool) -> tuple[Numbers, Numbers]:
        u = length // 2
        v = length - u
        moduli = radix**u, radix**v
        width = -(-(moduli[1] - 1).bit_length() // 8)
        head = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([ROUNDS, u % 256]) + length.to_bytes(4, "big")
        start = self.blocks(head + len(tweak).to_bytes(4, "big"))
        for i in reversed(range(ROUNDS)) if inverse else range(ROUNDS):
            source, target = (a, b) if inverse else (b, a)
            y = self._function(start, tweak, i, source, width, moduli[i % 2])
            mixed = (target + (moduli[i % 2] - y) if inverse else target + y) % _typed(moduli[i % 2], target)
            a, b = (mixed, a) if inverse else (b, mixed)
        return a, b

    def _function(self, start: bytes, tweak: bytes, i: int, source: Numbers, width: int, modulus: int) -> Numbers:
        """Steps 6.i to 6.iv: y = NUM(S) modulo radix**m."""
        front = tweak + bytes((-len(tweak) - width - 1) % _BLOCK) + bytes([i])
        q = np.empty((len(source), len(front) + width), np.uint8)
        q[:, : len(front)] = np.frombuffer(front, np.uint8)
        q[:, len(front) :] = _bytes_of(source, width)
        state = np.broadcast_to(np.frombuffer(start, np.uint8), (len(source), _BLOCK))
        for at in range(0, q.shape[1], _BLOCK):
            state = self._aes_rows(state ^ q[:, at : at + _BLOCK])
        return _remainder(self._expanded(state, 4 * -(-width // 4) + 4), modulus)

    def _expanded(self, r: npt.NDArray[np.uint8], d: int) -> npt.NDArray[np.uint8]:
        """S: the first d bytes of R and of AES(R xor 1), AES(R xor 2), …"""
        parts = [r]
        for j in range(1, -(-d // _BLOCK)):
            counter = np.frombuffer(j.to_bytes(_BLOCK, "big"), np.uint8)
            parts.append(self._aes_rows(r ^ counter))
        return np.concatenate(parts, axis=1)[:, :d] if len(parts) > 1 else r[:, :d]

    def _aes_rows(self, rows: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.blocks(np.ascontiguousarray(rows).tobytes()), np.uint8).reshape(-1, _BLOCK)


def number_type(length: int, radix: int) -> Any:
    """The type in which halves of so many numerals are counted."""
    return np.uint64 if (radix ** (length - length // 2)).bit_length() <= _STEPS[-1][0] else object


def _typed(modulus: int, like: Numbers) -> Any:
    return modulus if like.dtype == object else np.uint64(modulus)


def _bytes_of(numbers: Numbers, width: int) -> npt.NDArray[np.uint8]:
    """Big-endian bytes, (n, width)."""
    if numbers.dtype == object:
        return np.frombuffer(b"".join(int(number).to_bytes(width, "big") for number in numbers), np.uint8).reshape(-1, width)
    return numbers.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - width :]


def _remainder(s: npt.NDArray[np.uint8], modulus: int) -> Numbers:
    """Big-endian numbers (n, d bytes, d a multiple of 4) modulo `modulus`."""
    step = next((bits for most, bits in _STEPS if modulus.bit_length() <= most), 0)
    if not step:
        return np.array([int.from_bytes(row.tobytes(), "big") % modulus for row in s], object)
    pieces = np.ascontiguousarray(s).view(f">u{step // 8}").astype(np.uint64)
    rest = np.zeros(len(s), np.uint64)
    for column in pieces.T:
        rest = ((rest << np.uint64(step)) + column) % np.uint64(modulus)
    return rest
