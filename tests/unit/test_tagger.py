"""The name tagger as shipped: what it finds, that texts do not disturb one another, and that a damaged model is refused."""

from __future__ import annotations

import hashlib
import random
from importlib.resources import files

import msgspec
import numpy as np
import pytest

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.tagger.answers import postcodes
from appliance.data_plane.detection.tagger.decoding import LABELS, posteriors, runs_of, stretches
from appliance.data_plane.detection.tagger.model import ModelDamaged
from appliance.data_plane.detection.tagger.tagger import BATCH, Tagger, pieces
from appliance.data_plane.detection.tagger.tokens import tokenize

FOLDER = files("appliance.data_plane.detection.tagger")
TEXTS = (
    "Our accountant Bettina Kowalczyk flew from Bratislava to New Zealand.",
    "please call ágnes horváth in szeged",
    "The invoice of Brightwater Logistics GmbH was paid by Mr. Okonkwo.",
    "",
    "Send it to 48 Harrow Lane, Apt. 6, ask for Giulia.",
    "Total: 48.20, due on Monday; press Settings, then Account.",
    "\x00\n \t",
    "Ввести код; звоните: Ольга Смирнова",
)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


def found(tagger: Tagger, text: str, at_least: float = 0.5) -> set[tuple[str, str]]:
    return {(text[span.start : span.end], span.label) for span in tagger.spans([text])[0] if span.score >= at_least}


def test_names_of_people_places_and_organisations_are_found(tagger: Tagger) -> None:
    assert found(tagger, TEXTS[0]) == {
        ("Bettina Kowalczyk", "person_name"),
        ("Bratislava", "location"),
        ("New Zealand", "location"),
    }
    assert found(tagger, TEXTS[2]) == {("Brightwater Logistics GmbH", "organization_name"), ("Okonkwo", "person_name")}
    assert found(tagger, TEXTS[1]) == {("ágnes horváth", "person_name"), ("szeged", "location")}


def test_what_only_looks_like_a_name_is_left_alone(tagger: Tagger) -> None:
    for text in ("Madison Chair, grey, 2 pcs", "Click Settings, then Account, then Security.", "May will be wet, March was dry.", TEXTS[5]):
        assert found(tagger, text) == set()


def test_a_text_is_tagged_the_same_alone_and_among_others(tagger: Tagger) -> None:
    together = tagger.spans(TEXTS * 40)
    assert together == [tagger.spans([text])[0] for text in TEXTS] * 40
    assert tagger.spans([]) == []


def test_spans_lie_inside_their_text_in_order(tagger: Tagger) -> None:
    for text, spans in zip(TEXTS, tagger.spans(TEXTS), strict=True):
        edges = [edge for span in spans for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(text) for edge in edges)
        assert all(0 <= span.score <= 1 for span in spans)


def test_a_text_longer_than_a_batch_is_tagged_in_pieces(tagger: Tagger) -> None:
    line = "Nothing happened here today.\n"
    text = line * (BATCH // len(line)) + TEXTS[0] + "\n" + line * 3000 + TEXTS[0]
    assert [text[s.start : s.end] for s in tagger.spans([text])[0]] == ["Bettina Kowalczyk", "Bratislava", "New Zealand"] * 2
    assert [end - start for start, end in pieces("a" * 25, 10)] == [10, 10, 5]
    assert list(pieces("abcdef ghij klm", 10)) == [(0, 7), (7, 15)]


def test_tokens_keep_their_places() -> None:
    texts = ["Anne-Marie O'Brien's x-ray,\n2nd", "", "a\x00b"]
    tokens = tokenize(texts)
    words = []
    for number, text in enumerate(texts):
        for at in range(tokens.edges[number], tokens.edges[number + 1]):
            if tokens.ids[at]:
                words.append(text[tokens.starts[at] - tokens.bases[number] : tokens.ends[at] - tokens.bases[number]])
                assert words[-1] == tokens.types[tokens.ids[at]]
    assert words == ["Anne-Marie", "O'Brien", "'", "s", "x", "-", "ray", ",", "2", "nd", "a", "b"]


def test_forward_backward_equals_the_sum_over_all_label_sequences() -> None:
    draw = np.random.default_rng(5)
    scores, moves = draw.normal(size=(3, LABELS)).astype(np.float32), draw.normal(size=(LABELS, LABELS)).astype(np.float32)
    expected = np.zeros((3, LABELS))
    for path in np.ndindex(LABELS, LABELS, LABELS):
        weight = np.exp(
            sum(scores[t, path[t]] for t in range(3))
            + moves[0, path[0]]
            + moves[path[0], path[1]]
            + moves[path[1], path[2]]
            + moves[path[2], 0]
        )
        for t in range(3):
            expected[t, path[t]] += weight
    expected /= expected.sum(1, keepdims=True)
    assert np.allclose(posteriors(scores, moves, np.ones(3, bool)), expected, atol=1e-5)


def test_long_runs_are_cut_and_every_token_is_in_one() -> None:
    active = np.ones(200, bool)
    active[150] = False
    runs = runs_of(active)
    covered = np.concatenate([np.arange(start, start + length) for start, length in zip(*runs, strict=True)])
    assert sorted(covered) == [at for at in range(200) if at != 150]
    assert runs.lengths.max() <= 64


def test_a_new_start_splits_neighbours_of_one_kind() -> None:
    table = np.zeros((4, LABELS), np.float32)
    table[[0, 1, 2, 3], [1, 1, 2, 0]] = 1
    assert [(int(a), int(b)) for a, b in zip(*stretches(table, 0.5)[:2], strict=True)] == [(0, 0), (1, 2)]


def test_the_provenance_names_the_shipped_model_and_its_sources() -> None:
    told = msgspec.json.decode((FOLDER / "names.json").read_bytes())
    data = (FOLDER / "names.model").read_bytes()
    assert told["sha256"] == hashlib.sha256(data).hexdigest()
    assert told["bytes"] == len(data) <= 5_000_000
    assert all(source["licence"] for source in told["sentences"] + told["names"])


@pytest.mark.parametrize("damage", ["flipped", "cut", "head", "empty"])
def test_a_damaged_model_is_refused(damage: str) -> None:
    data = (FOLDER / "names.model").read_bytes()
    middle = len(data) // 2
    bad = {
        "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "cut": data[:middle],
        "head": b"x" + data[1:],
        "empty": b"",
    }[damage]
    with pytest.raises(ModelDamaged, match="damaged"):
        Tagger.load(lambda name: bad if name == "names.model" else (FOLDER / name).read_bytes())
    told = msgspec.json.encode({"sha256": hashlib.sha256(bad).hexdigest()})
    if damage != "flipped":
        with pytest.raises(ModelDamaged, match="damaged"):
            Tagger.load(lambda name: bad if name == "names.model" else told)


def test_a_name_known_from_the_row_is_found_where_the_text_alone_does_not_tell(tagger: Tagger) -> None:
    texts = ["zubrowin has paid, see the file", "please mark the box", "zubrowin has paid, see the file"]
    spans = tagger.spans(texts, known=[["Ula Zubrowin"], ["Mark Ford"], []])
    assert [texts[0][s.start : s.end] for s in spans[0] if s.label == "person_name" and s.score > 0.5] == ["zubrowin"]
    assert spans[1:] == tagger.spans(texts[1:])


def test_a_number_beside_a_town_is_a_postcode_and_alone_is_nothing() -> None:
    text = "Graz 8010, call 374780163; 4f586895"
    town, code = Span(0, 4, "location", 0.9), Span(5, 9, "location", 0.8)
    phone, key = Span(16, 25, "location", 0.9), Span(27, 35, "location", 0.9)
    assert postcodes(text, [town, code, phone, key]) == [town, Span(5, 9, "postcode", 0.8)]
    assert postcodes(text, [phone]) == []
    number, street = Span(0, 3, "location", 0.8), Span(4, 14, "location", 0.9)
    assert postcodes("518 Kossuth 62", [number, street]) == [Span(0, 14, "location", 0.9)]


def test_any_characters_are_borne_and_change_nothing_for_their_neighbours(tagger: Tagger) -> None:
    draw = random.Random(11)
    blocks = [(0, 128), (0xA0, 0x370), (0x400, 0x500), (0x590, 0x700), (0x4E00, 0x4F00), (0xD800, 0xE000), (0x1F600, 0x1F640)]
    texts = ["".join(chr(draw.randrange(*draw.choice(blocks))) for _ in range(draw.choice((1, 5, 80)))) for _ in range(90)]
    texts += ["A" * 30_000, "A B " * 5_000, "A'BB" * 8_000, "-".join("A" * 9_000), "\x00" * 500, "İI" * 50]
    for text, spans in zip(texts, tagger.spans(texts), strict=True):
        assert spans == tagger.spans([text])[0]
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
