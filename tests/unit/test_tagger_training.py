"""The training program's short form: a tiny model learns from a tiny corpus, and writers repeat themselves with their seed."""

from __future__ import annotations

from itertools import product

from appliance.data_plane.detection.tagger.model import unpack
from appliance.data_plane.detection.tagger.tagger import Tagger
from scripts.tagger import lexicon
from scripts.tagger.frames import Text, Writer
from scripts.tagger.lists import Country, Lists
from scripts.tagger.train import fit, packed

FIRSTS = [f"{head}{tail}" for head, tail in product(("An", "Bel", "Car", "Dor", "El"), ("a", "la", "in", "ette", "o"))]
LASTS = [f"{head}{tail}" for head, tail in product(("Mor", "Nyl", "Ost", "Per", "Quar"), ("son", "berg", "ini", "ez", "ov"))]
TOWNS = [f"{head}{tail}" for head, tail in product(("Grim", "Hol", "Kel", "Lun"), ("stad", "mouth", "ville"))]
COUNTRY = Country(FIRSTS, LASTS, TOWNS, TOWNS, TOWNS, ["Omnibrix"])
LISTS = Lists({"en": COUNTRY, "it": COUNTRY}, FIRSTS, LASTS, TOWNS, TOWNS)


def sentences() -> list[Text]:
    """Twenty-four sentences of two frames, and as many without a name."""
    found = []
    for number in range(12):
        first, last, town = FIRSTS[number], LASTS[-1 - number], TOWNS[number % 12]
        found.append(Text(f"we met {first} {last} in {town} today", []))
        found[-1].spans.extend(
            [(7, 8 + len(first) + len(last), "person_name"), (12 + len(first) + len(last), 12 + len(first + last + town), "location")]
        )
        found.append(Text(f"ask {first} for it", [(4, 4 + len(first), "person_name")]))
        found.append(Text("we met nobody in the garden today", []))
        found.append(Text("ask them for it", []))
    return found


def test_a_tiny_model_learns_and_tags_names_it_never_saw() -> None:
    lists = lexicon.build(LISTS, [])
    weights, transitions = fit(sentences(), lists, bits=12, epochs=3, seed=1)
    tagger = Tagger(unpack(packed(weights, transitions, lists, [(1.0, 0.0)] * 3)))
    text = "we met Elo Morson in Lunville today"
    assert [(text[s.start : s.end], s.label) for s in tagger.spans([text])[0]] == [("Elo Morson", "person_name"), ("Lunville", "location")]
    assert tagger.spans(["we met nobody in the garden today"]) == [[]]


def test_the_same_seed_trains_the_same_bytes() -> None:
    lists = lexicon.build(LISTS, [])
    first, second = (packed(*fit(sentences()[:12], lists, bits=10, epochs=1, seed=3), lists, [(1.0, 0.0)] * 3) for _ in range(2))
    assert first == second


def test_a_writer_repeats_itself_and_its_spans_hold_what_was_put_in() -> None:
    first, second = Writer(LISTS, 8), Writer(LISTS, 8)
    texts = [first.text() for _ in range(300)]
    assert texts == [second.text() for _ in range(300)]
    names = {name.lower() for name in (*FIRSTS, *LASTS, *TOWNS)}
    seen = 0
    for text in texts:
        for start, end, label in text.spans:
            piece = text.text[start:end]
            assert piece == piece.strip()
            seen += label == "person_name" and piece.lower() in names
    assert seen > 50
