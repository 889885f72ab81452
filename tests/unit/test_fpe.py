"""FF1 by the standard's own samples, and formats that survive encryption."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.data_plane.transform.values.ff1 import Ff1
from appliance.data_plane.transform.values.fpe import ALPHABET, FormatCipher, alphabet_of

KEY = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94")
TWEAK, LONG_TWEAK = bytes.fromhex("39383736353433323130"), bytes.fromhex("3737373770717273373737")

# NIST, "FF1 samples": key length in bytes, tweak, alphabet, plain text, cipher text.
SAMPLES = [
    (16, b"", 10, "0123456789", "2433477484"),
    (16, TWEAK, 10, "0123456789", "6124200773"),
    (16, LONG_TWEAK, 36, "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (24, b"", 10, "0123456789", "2830668132"),
    (24, TWEAK, 10, "0123456789", "2496655549"),
    (24, LONG_TWEAK, 36, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (32, b"", 10, "0123456789", "6657667009"),
    (32, TWEAK, 10, "0123456789", "1001623463"),
    (32, LONG_TWEAK, 36, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
]


@pytest.mark.parametrize(("size", "tweak", "radix", "plain", "secret"), SAMPLES)
def test_the_samples_of_the_standard(size: int, tweak: bytes, radix: int, plain: str, secret: str) -> None:
    cipher = FormatCipher(KEY[:size], tweak, [alphabet_of(radix)])
    assert cipher.encrypt([plain, plain]) == [secret, secret]
    assert cipher.decrypt([secret]) == [plain]


VALUES = [
    "123-45-6789", "4111 1111 1111 1111", "AB-123-cd", "a", "Z9", "", "---", "7", "12", "Straße 12 b",
    "123e4567-e89b-12d3-a456-426614174000",
    "0" * 40, "x" * 60, "GB29 NWBK 6016 1331 9268 19", "日本 42", "A1b2C3d4E5f6G7h8I9j0K1",
]  # fmt: skip


@pytest.mark.parametrize("alphabets", [None, [alphabet_of(10)], [alphabet_of(36)], [ALPHABET]])
def test_the_key_brings_every_value_back_and_marks_keep_their_kind(alphabets: list[str] | None) -> None:
    cipher = FormatCipher(KEY) if alphabets is None else FormatCipher(KEY, alphabets=alphabets)
    secret = cipher.encrypt(VALUES)
    assert cipher.decrypt(secret) == VALUES
    assert [len(each) for each in secret] == [len(each) for each in VALUES]
    if alphabets is None:
        for value, other in zip(VALUES, secret, strict=True):
            assert [_kind(mark) for mark in value] == [_kind(mark) for mark in other]
    assert sum(value == other for value, other in zip(VALUES, secret, strict=True) if sum(mark in "0123456789" for mark in value) > 8) == 0


def _kind(mark: str) -> str:
    return "digit" if mark in "0123456789" else "lower" if "a" <= mark <= "z" else "upper" if "A" <= mark <= "Z" else mark


@pytest.mark.parametrize("digits", [1, 2, 3, 4, 5])
def test_small_domains_are_permuted(digits: int) -> None:
    every = [f"{number:0{digits}d}" for number in range(10**digits)]
    secret = FormatCipher(KEY).encrypt(every)
    assert sorted(secret) == every
    assert FormatCipher(KEY).decrypt(secret) == every
    assert digits < 3 or sum(value == other for value, other in zip(every, secret, strict=True)) < 20


def test_cycle_walking_stays_in_the_domain_and_is_one_to_one() -> None:
    values = [f"{number:03d}{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}{chr(65 + number % 23)}" for number in range(1000)]
    secret = FormatCipher(KEY).encrypt(values)
    assert len(set(secret)) == len(set(values))
    assert all(text[:3].isdigit() and text[3:5].islower() and text[5].isupper() for text in secret)


def test_a_value_is_enciphered_alike_alone_and_among_others() -> None:
    cipher = FormatCipher(KEY)
    together = cipher.encrypt(VALUES)
    assert [cipher.encrypt([value])[0] for value in VALUES] == together
    assert FormatCipher(KEY, b"tweak").encrypt(VALUES) != together
    assert FormatCipher(KEY[::-1]).encrypt(VALUES) != together


def test_numbers_that_pass_the_luhn_test_go_on_passing_it() -> None:
    cipher = FormatCipher(KEY)
    values = ["4111 1111 1111 1111", "5500-0000-0000-0004", "4111111111111112", "79927398713", "0", "18", "12"]
    secret = cipher.luhn(values)
    assert [_luhn(text) for text in secret] == [_luhn(text) for text in values]
    assert cipher.luhn(secret, inverse=True) == values
    assert [text.replace(" ", "").replace("-", "").isdigit() for text in secret] == [True] * len(values)


def _luhn(text: str) -> bool:
    digits = [int(mark) for mark in reversed(text) if mark.isdigit()]
    doubled = [digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(digits)]
    return len(digits) > 1 and sum(doubled) % 10 == 0


def test_numbers_are_read_back_as_the_same_numbers() -> None:
    cipher = FormatCipher(KEY)
    values = [f"{number / 100:.2f}".rstrip("0").rstrip(".") for number in range(-5000, 5000, 37)] + [
        "007",
        "12.50",
        "0.5",
        "-3.25",
        "1000000",
    ]
    secret = cipher.numbers(values)
    assert cipher.numbers(secret, inverse=True) == values
    plain = [(value, text) for value, text in zip(values, secret, strict=True) if str(float(value)).removesuffix(".0") == value]
    assert all(str(float(text)).removesuffix(".0") == text or text == "-0" for _, text in plain)
    assert len(plain) > 200


def test_a_domain_below_a_million_is_refused_by_the_cipher_itself() -> None:
    numbers = np.zeros(1, np.uint64)
    with pytest.raises(ValueError, match="million"):
        Ff1(KEY).halves(numbers, numbers, 5, 10)


@pytest.mark.parametrize("radix", [0, 1, 63])
def test_a_radix_without_marks_is_refused(radix: int) -> None:
    with pytest.raises(ValueError, match="radix"):
        alphabet_of(radix)
