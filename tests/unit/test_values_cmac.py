"""AES-256-CMAC of many texts at once: the published examples, and the same as one text at a time by the library's own."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.cmac import CMAC

from appliance.data_plane.transform.values.cmac import tags
from appliance.data_plane.transform.values.hashes import hashed, hashed_texts
from appliance.data_plane.transform.values.keys import ValueKey

EXAMPLE_KEY = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
EXAMPLE_TEXT = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)


@pytest.mark.parametrize(
    ("size", "tag"),
    [
        (0, "028962f61b7bf89efc6b551f4667d983"),
        (16, "28a7023f452e8f82bd4bf28d8c37c35c"),
        (40, "aaf3d8f1de5640c232f5b169b9c911e6"),
        (64, "e1992190549f6ed5696a2c056c315410"),
    ],
)
def test_the_examples_of_the_standard(size: int, tag: str) -> None:
    assert tags(EXAMPLE_KEY, EXAMPLE_TEXT[:size], np.array([size])).tobytes().hex() == tag


def test_many_texts_of_all_sizes_have_the_tags_that_each_has_alone() -> None:
    draw = random.Random(3)
    texts = [draw.randbytes(size) for size in [*range(70), *(draw.randrange(600) for _ in range(100))]]
    draw.shuffle(texts)
    made = tags(EXAMPLE_KEY, b"".join(texts), np.array([len(text) for text in texts]))
    for text, tag in zip(texts, made, strict=True):
        alone = CMAC(AES256(EXAMPLE_KEY))
        alone.update(text)
        assert tag.tobytes() == alone.finalize()


def test_long_values_among_short_ones_have_the_digest_that_they_have_alone() -> None:
    key = ValueKey(bytes(32))
    values = ["a", "b" * 513, "", "ä" * 256, "ä" * 257, "c" * 100_000]
    together = key.digest("d", values)
    assert all(np.array_equal(together[place : place + 1], key.digest("d", [value])) for place, value in enumerate(values))
    assert len(np.unique(together, axis=0)) == len(values)


def test_arrays_of_texts_have_the_digests_and_hashes_of_their_texts() -> None:
    key = ValueKey(bytes(32))
    for values in (["a", "", "x" * 40, "b"], ["ä", "e\u0301"], ["c" * 600, "d"], []):
        texts = pa.array(["skipped", *values], pa.string())[1:]
        assert np.array_equal(key.digest_texts("d", texts), key.digest("d", values))
        assert hashed_texts(key, texts, "salt").to_pylist() == hashed(key, values, "salt")
