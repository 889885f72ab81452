"""Words, runs of words and copied passages, by planted truth."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.data_plane.quality.report.text import render_text
from appliance.data_plane.quality.text import TextOptions, measure_text
from appliance.data_plane.quality.text_tokens import copied_passages, mostly_letters, number_words, runs, unseen_share, words_of
from appliance.errors import DataRefused
from tests.unit.quality_tables import named


def texts(count: int, seed: int, words: int = 400) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(f"w{number}" for number in random.integers(0, words, random.integers(10, 25))) + "." for _ in range(count)]


def test_words_of_many_scripts() -> None:
    assert words_of("Don't stop – naïve_Łódź 42!") == ["don't", "stop", "naïve", "łódź", "42"]
    assert words_of("東京 Tower") == ["東", "京", "tower"]
    assert mostly_letters([words_of("東京は大きい")])
    assert not mostly_letters([words_of("Tokyo is large 東")])
    assert not mostly_letters([[]])


def test_runs_stay_inside_a_text_and_copies_become_passages() -> None:
    (known, asked), _ = number_words([list("abcdefgh"), list("xy")], [list("zzabcdefzz"), list("ghxy"), list("abcdq")])
    assert list(runs(known, 3)[1]) == [0, 1, 2, 3, 4, 5]
    assert len(runs(known, 9)[0]) == 0
    found = copied_passages(known, asked, 4, common=2)
    assert (found.passages, found.texts, found.longest) == (2, 2, 6)
    assert copied_passages(known, asked, 7, common=2).texts == 0
    assert unseen_share(known, asked, 1) == pytest.approx(5 / 19)
    assert unseen_share(known, asked, 30) is None


def test_a_phrase_that_many_texts_hold_is_no_copy() -> None:
    phrase = list("abcdefghij")
    (known, asked), _ = number_words([phrase] * 12, [phrase])
    assert copied_passages(known, asked, 8, common=10).texts == 0
    assert copied_passages(known, asked, 8, common=13).texts == 1


def test_planted_passages_are_found_and_honest_texts_pass() -> None:
    train, honest, held = (named({"t": ("text", texts(300, seed))}) for seed in (1, 2, 3))
    report = measure_text(train, honest, held, TextOptions(), 5)
    assert report["columns"][0]["copies"]["texts"] == 0
    assert report["warnings"] == []
    source = train.data.column("t").to_pylist()
    leaking = [" ".join(["well", *source[place].split()[:9], "then"]) if place < 15 else text for place, text in enumerate(texts(300, 4))]
    leak = measure_text(train, named({"t": ("text", leaking)}), held, TextOptions(), 5)
    assert leak["columns"][0]["copies"]["texts"] == 15
    assert leak["columns"][0]["copies"]["longest"] == 9
    assert leak["warnings"][0]["level"] == "bad"
    page = render_text(leak)
    assert source[3] not in page
    assert "<script" not in page


def test_the_same_texts_score_100_on_any_number_of_rows() -> None:
    table = named({"t": ("text", texts(200, 1))})
    for rows in (0, 80):
        report = measure_text(table, table, None, TextOptions(rows=rows), 5)
        assert report["synthetic_data_quality_score"] == {"raw_score": 100.0, "grade": "Excellent", "score": 100}
    assert any("80 texts of each table" in warning["what"] for warning in report["warnings"])


def test_texts_of_another_build_score_low_and_only_common_words_are_named() -> None:
    train = named({"t": ("text", [f"{line} Truly so." for line in texts(200, 1)])})
    short = named({"t": ("text", ["No", "Yes indeed"] * 100)})
    report = measure_text(train, short, None, TextOptions(), 5)
    assert report["synthetic_data_quality_score"]["score"] < 60
    words = report["columns"][0]["common_words"]
    assert {"word": "truly", "left_share": 1.0, "right_share": 0.0} in words
    held = np.array([[f"w{n}" in line.split() for line in train.data.column("t").to_pylist()] for n in range(400)]).sum(axis=1)
    assert not {f"w{n}" for n in range(400) if held[n] < 8} & {entry["word"] for entry in words}


def test_columns_are_chosen_by_their_words_or_by_name() -> None:
    columns = {"id": ("identifier", [f"k{n}" for n in range(60)]), "n": ("integer", list(range(60)))}
    train = named(columns | {"note": ("categorical", ["all is well here", "so it goes on"] * 30), "t": ("text", texts(60, 1))})
    report = measure_text(train, train, None, TextOptions(), 5)
    assert report["task"]["columns"] == ["note", "t"]
    assert measure_text(train, train, None, TextOptions(columns=("note",)), 5)["task"]["columns"] == ["note"]
    with pytest.raises(DataRefused, match="share no column of texts"):
        measure_text(named({"n": ("integer", [1, 2])}), named({"n": ("integer", [1, 2])}), None, TextOptions(), 5)
    gone = named({"t": ("text", ["a", None])})
    with pytest.raises(DataRefused, match="synthetic table has no text at all"):
        measure_text(gone, named({"t": ("text", [None, None])}), None, TextOptions(), 5)
