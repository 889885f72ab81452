"""Keys of transforms and the digests under them."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.hashes import entity_hashes, hashed
from appliance.data_plane.transform.values.keys import ValueKey

KEY = ValueKey(bytes(range(32)), 3)


def test_a_digest_depends_on_key_domain_and_value_only() -> None:
    first = KEY.digest("name", ["Ada", "Bob"])
    assert first.shape == (2, 2)
    assert np.array_equal(first[1:], KEY.digest("name", ["Bob"]))
    for other in (KEY.digest("email", ["Ada", "Bob"]), ValueKey(bytes(32)).digest("name", ["Ada", "Bob"])):
        assert not np.any(first == other)
    assert KEY.digest("name", []).shape == (0, 2)


def test_two_spellings_of_one_text_in_unicode_have_one_digest() -> None:
    composed, apart = unicodedata.normalize("NFC", "Zoë"), unicodedata.normalize("NFD", "Zoë")
    assert composed != apart
    assert np.array_equal(KEY.digest("name", [composed]), KEY.digest("name", [apart]))
    assert len(KEY.digest("name", ["\ud800"])) == 1


def test_the_secret_shows_in_no_representation() -> None:
    shown = repr(KEY) + str(KEY) + repr(KEY.__rich_repr__())
    assert "number=3" in shown
    assert repr(KEY.secret)[3:20] not in shown
    assert KEY.secret.hex() not in shown


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        ValueKey(b"short")


def test_a_key_from_a_seed_is_marked_as_weak() -> None:
    derived = ValueKey.derive(7)
    assert derived.weak
    assert derived == ValueKey.derive(7) != ValueKey.derive(8)
    assert not KEY.weak


def test_subkeys_of_different_purposes_differ() -> None:
    assert len({KEY.subkey("a"), KEY.subkey("b"), ValueKey(bytes(32)).subkey("a")}) == 3


def test_draws_of_a_value_do_not_depend_on_its_neighbours() -> None:
    digests = KEY.digest("d", [str(number) for number in range(1000)])
    together, alone = Draws(digests), Draws(digests[500:501])
    for _ in range(3):
        assert together.index(97)[500] == alone.index(97)[0]
    assert Draws(digests).subset(np.array([500])).words()[0] == Draws(digests).words()[500]
    assert Draws(digests, 1).words()[0] != Draws(digests).words()[0]
    assert Draws(digests).aside().words()[0] != Draws(digests).words()[0]


def test_draws_are_even() -> None:
    draws = Draws(KEY.digest("even", [str(number) for number in range(20_000)]))
    first, second = draws.index(10), draws.index(10)
    counts = np.histogram2d(first, second, bins=10)[0]
    assert 130 < counts.min() <= counts.max() < 280
    assert 0.49 < draws.shares().mean() < 0.51
    assert 32_000 < draws.table(7).mean() < 33_500


def test_hashes_have_at_least_eight_characters_and_their_salt_is_not_their_key() -> None:
    values = [f"{number:09d}" for number in range(5000)]
    plain, salted = hashed(KEY, values), hashed(KEY, values, salt="2024")
    assert len(set(plain)) == len(set(salted)) == len(values)
    assert not set(plain) & set(salted)
    assert hashed(ValueKey(bytes(32)), values[:1], salt="2024") != salted[:1]
    assert [len(hashed(KEY, ["x"], length=length)[0]) for length in (8, 16, 32, 64)] == [8, 16, 32, 64]
    assert len(set(hashed(KEY, values, length=16))) == len(values)
    for length in (7, 65):
        with pytest.raises(ValueError, match="8 to 64"):
            hashed(KEY, values, length=length)


def test_entities_hash_by_label_too() -> None:
    one, other = entity_hashes(KEY, ["Paris", "Paris"], ["city", "first_name"])
    assert one != other
    assert len(one) == len(other) == 16
