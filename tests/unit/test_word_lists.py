"""The lexicon: the shipped file is the one that its provenance tells, small, quick to load, and folds what it is asked."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from importlib.resources import files

import pytest

from appliance.data_plane.detection import headers
from appliance.data_plane.detection.folding import fold
from appliance.data_plane.detection.headers.evidence import header_evidence, words_of
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.lexicon_lists import (
    CITY,
    COUNTRY,
    FIRST,
    FREQUENT_LAST,
    JOB,
    LANGUAGE,
    LARGE_CITY,
    LAST,
    LISTS,
    STATE,
    THING,
)  # fmt: skip

FOLDER = files("appliance.data_plane.detection")


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


def test_the_file_is_the_one_its_provenance_tells(lexicon):
    content = (FOLDER / "lexicon.bin").read_bytes()
    told = json.loads((FOLDER / "lexicon.json").read_text("utf-8"))
    assert hashlib.sha256(content).hexdigest() == told["sha256"]
    assert told["bytes"] == len(content) < 1_500_000
    assert set(told["words"]) == set(LISTS)
    assert {source["licence"].split(" (")[0] for source in told["sources"].values()} == {"Public domain", "MIT", "CC BY 4.0"}
    assert all(source["version"] for source in told["sources"].values())
    assert "names-dataset" not in told["sources"]


def test_it_loads_quickly():
    content = (FOLDER / "lexicon.bin").read_bytes()
    begun = time.process_time()
    Lexicon.load(content)
    assert time.process_time() - begun < 0.25


KNOWN = {
    "anna": FIRST, "giovanni": FIRST, "зоя": FIRST, "katarzyna": FIRST, "smith": LAST | FREQUENT_LAST, "kowalski": LAST, "иванов": LAST,
    "berlin": CITY | LARGE_CITY, "goteborg": CITY, "москва": CITY, "deutschland": COUNTRY, "espana": COUNTRY, "france": COUNTRY,
    "bayern": STATE, "california": STATE, "zahnarzt": JOB, "accountant": JOB, "francais": LANGUAGE, "lamp": THING, "rucksack": THING,
}  # fmt: skip


def test_it_knows_words_of_every_list(lexicon):
    for word, bits in KNOWN.items():
        (mark,) = lexicon.marks([word]).tolist()
        assert mark & bits == bits, word
    assert lexicon.marks([]).tolist() == []


def test_strange_words_are_hardly_ever_taken_for_known_ones(lexicon):
    strange = [f"qx{number}zv" for number in range(20_000)]
    assert int((lexicon.marks(strange) > 0).sum()) <= 8
    assert lexicon.marks(["", "\ud800", "x" * 100_000]).shape == (3,)


def test_folding():
    assert fold("Ångström ŁÓDŹ Straße İzmir ΗΛΙΚΊΑΣ") == "angstrom lodz strasse izmir ηλικιασ"
    assert fold("ёлка Їжак がぎ") == "ёлка їжак がぎ"
    assert fold("plain Text") == "plain text"
    assert fold("e\u0301") == "e"
    for text in ("", "\ud800", "\u0300" * 1_000):
        assert fold(fold(text)) == fold(text)


def test_a_damaged_lexicon_is_no_lexicon():
    with pytest.raises(zlib.error):
        Lexicon.load(b"not a lexicon")


def test_the_table_of_headers_is_folded_and_every_phrase_is_found():
    lines = (files(headers) / "phrases.txt").read_text("utf-8").splitlines()
    phrases = 0
    for line in lines:
        if not line or line.startswith("#"):
            continue
        label, _, rest = line.partition(":")
        assert fold(rest) == rest, label
        for phrase in rest.replace("~", ",").split(","):
            if phrase.strip():
                phrases += 1
                assert header_evidence(phrase.strip()).weights.get(label, -9.0) > 0.0, (label, phrase)
    assert phrases > 3_000


def test_names_of_columns_come_apart_as_people_write_them():
    assert words_of("dateOfBirth") == ["date", "of", "birth"]
    assert words_of("CUSTOMER_E-Mail.address") == ["customer", "e", "mail", "address"]
    assert words_of("HTTPCookie") == ["http", "cookie"]
    assert words_of("Größe") == ["grosse"]
    assert words_of("") == words_of("___") == []
