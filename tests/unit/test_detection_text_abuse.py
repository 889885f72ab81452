"""Free text that is made to be slow or to break offsets: every input is read in time that grows with its length and no faster."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest

from appliance.configurations.label_predictors import LabelPredictors, OwnPattern
from appliance.data_plane.detection.text import TextOptions, TextScanner
from appliance.data_plane.detection.text.user_patterns import UserPatterns
from appliance.data_plane.detection.text.vocabulary import street_words, vocabulary

SIZE = 60_000
LIMIT = 1.0
"""CPU seconds for each input; all are read in a fifth of that on a slow core."""

UNITS = [
    *"a10@.:/[\\-%_( ",
    "\x00",
    "\x01",
    "\n",
    "é",
    "中",
    "😀",
    "\u0301",
    "\u202e",
    "a@",
    "a@a.",
    "1-",
    "1 ",
    "0 0",
    "00 1",
    "+1",
    "(1) (",
    "((((",
    "://",
    "http://",
    "www.a",
    "a.com.",
    "1.1.1.1.",
    "1/1/",
    "aa:aa:",
    "F::",
    "00-00-",
    "AB12",
    "GB82 ",
    "4111 1111 1111 1111 ",
    "born ",
    "ssn ",
    "password: ",
    "password is to ",
    "tel 0",
    "Apt 1 ",
    "1 Main ",
    "Main Street 1 ",
    "Rua A ",
    "12 May ",
    "N1 1AA ",
    "eyJa.eyJ",
    "xoxb-",
    "-----BEGIN ",
    "1°",
    "12345 ",
    "1, 1.0000 ",
    "a'",
]


@pytest.fixture(scope="module")
def scanner() -> TextScanner:
    scanner = TextScanner.load(TextOptions(use_names=False))
    scanner.spans(["tel 0201 123456, +49 30 901820"])
    return scanner


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_no_text_takes_long(scanner: TextScanner, unit: str) -> None:
    text = (unit * (SIZE // len(unit) + 1))[:SIZE]
    before = time.process_time()
    spans = scanner.spans([text])[0]
    assert time.process_time() - before < LIMIT
    assert all(0 <= span.start < span.end <= SIZE for span in spans)


def _scraps(chance: random.Random) -> str:
    listed = [word.text for word in vocabulary()] + [word for words in street_words() for word in sorted(words)]
    kinds = (
        lambda: chance.choice(listed),
        lambda: chance.choice(listed).title(),
        lambda: "".join(chance.choices("0123456789-./:() +", k=chance.randrange(1, 16))),
        lambda: "".join(chance.choices("ABCXYZabz019", k=chance.randrange(1, 20))),
        lambda: "".join(chance.choices("é\u0301ß中😀\u202e\x00\x01٣\n\t'\"(,.;:!?#@=", k=chance.randrange(1, 6))),
    )
    return chance.choice((" ", "", ", ")).join(chance.choice(kinds)() for _ in range(chance.randrange(1, 14)))


def test_no_scraps_break_a_reader_and_engines_and_batches_agree(scanner: TextScanner) -> None:
    chance = random.Random(17)
    texts = [_scraps(chance) for _ in range(1_500)]
    spans = scanner.spans(texts)
    assert spans == TextScanner.load(TextOptions(use_names=False, engine="re2")).spans(texts)
    assert spans[:300] == [scanner.spans([text])[0] for text in texts[:300]]
    for text, found in zip(texts, spans, strict=True):
        assert all(0 <= span.start < span.end <= len(text) for span in found)
        assert all(first.end <= second.start for first, second in pairwise(found))


def test_a_long_line_is_read_whole(scanner: TextScanner) -> None:
    text = "lorem ipsum dolor sit amet " * 38_000 + "ann@example.com"
    before = time.process_time()
    spans = scanner.spans([text])[0]
    assert time.process_time() - before < LIMIT
    assert [text[span.start : span.end] for span in spans] == ["ann@example.com"]


def test_many_short_texts_and_empty_ones(scanner: TextScanner) -> None:
    texts = ["", "a", "1", "@"] * 5_000 + ["ann@example.com"]
    before = time.process_time()
    answer = scanner.spans(texts)
    assert time.process_time() - before < LIMIT
    assert len(answer) == len(texts)
    assert len(answer[-1]) == 1
    assert not any(answer[:-1])


@pytest.mark.parametrize("regex", ["(a+)+$", "(a|aa)+b", "a.*b|a", "(a*)*c", "((a{1,30}){1,30})d", ".*.*=.*", "(?:a?){60}a{60}"])
def test_no_pattern_of_a_user_takes_long(regex: str) -> None:
    patterns = UserPatterns(LabelPredictors(patterns=(OwnPattern("own/slow", regex, 0.8),)))
    before = time.process_time()
    patterns.spans("a" * 20_000)
    patterns.label(["a" * 20_000])
    assert time.process_time() - before < LIMIT
