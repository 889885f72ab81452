"""A user's own labels: patterns and word lists over texts and whole cells, with and without context."""

from __future__ import annotations

import pytest

from appliance.configurations.label_predictors import LabelPredictors, OwnPattern, OwnPhrases
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.text import TextOptions, TextScanner
from appliance.data_plane.detection.text.user_patterns import WINDOW, UserPatterns


@pytest.fixture(scope="module")
def own() -> UserPatterns:
    return UserPatterns(
        LabelPredictors(
            patterns=(OwnPattern("acme/user_id", r"user_\d{5}", 0.5), OwnPattern("acme/site", r"\b[A-Z]{3}-\d\d\b", 0.2)),
            phrases=(
                OwnPhrases("acme/project", ("Apollo", "Grünes Band", "AT&T"), 0.8),
                OwnPhrases("acme/code", ("NULL",), 0.8, case_sensitive=True),
                OwnPhrases("acme/mark", ("***",), 0.8),
            ),
        )
    )


def told(own: UserPatterns, text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.label) for span in own.spans(text)]


def test_patterns_are_searched_in_texts_and_matched_on_cells(own: UserPatterns) -> None:
    assert told(own, "see user_12345, not user_12") == [("user_12345", "acme/user_id")]
    assert own.label(["user_12345", "user_123456", "a user_12345", ""]) == [Span(0, 10, "acme/user_id", 0.5), None, None, None]


def test_words_are_whole_and_case_and_accents_do_not_count(own: UserPatterns) -> None:
    assert told(own, "APOLLO and grunes  band, GRÜNES-BAND, apollonia") == [
        ("APOLLO", "acme/project"),
        ("grunes  band", "acme/project"),
        ("GRÜNES-BAND", "acme/project"),
    ]
    assert told(own, "at&t or AT & T, at t") == [("at&t", "acme/project"), ("AT & T", "acme/project"), ("at t", "acme/project")]
    assert own.label(["gruenes band", "grünes band"]) == [None, Span(0, 11, "acme/project", 0.8)]


def test_case_counts_where_the_list_says_so(own: UserPatterns) -> None:
    assert told(own, "NULL is not null") == [("NULL", "acme/code")]
    assert own.label(["null"]) == [None]


def test_phrases_of_signs_alone_are_found(own: UserPatterns) -> None:
    assert told(own, "a *** b") == [("***", "acme/mark")]


def test_context_raises_a_score(own: UserPatterns) -> None:
    assert own.label(["user_12345"], header="User-ID") == [Span(0, 10, "acme/user_id", 0.75)]
    assert own.spans("the site is ABC-12")[0].score == pytest.approx(0.6)
    assert own.spans("nothing like ABC-12")[0].score == 0.2


def test_offsets_are_characters(own: UserPatterns) -> None:
    text = "😀 Grüße e\u0301 \u202e中文 user_12345 ß Apollo"
    assert told(own, text) == [("user_12345", "acme/user_id"), ("Apollo", "acme/project")]


def test_a_pattern_sees_one_text_at_a_time() -> None:
    own = UserPatterns(LabelPredictors(patterns=(OwnPattern("acme/all", r"(?s)^a.*z$", 0.9),)))
    scanner = TextScanner.load(TextOptions(use_names=False, user=own))
    assert scanner.spans(["a1", "2z", "a-z"]) == [[], [], [Span(0, 3, "acme/all", 0.9)]]


def test_long_texts_are_searched_to_their_end() -> None:
    own = UserPatterns(LabelPredictors(patterns=(OwnPattern("acme/n", r"\bN\d+\b", 0.9),)))
    places = [0, WINDOW - 3, 2 * WINDOW, 3 * WINDOW - 2, 5 * WINDOW + 1]
    text = bytearray(b" " * (7 * WINDOW))
    for place in places:
        text[place : place + 5] = b"N1234"
    assert [(span.start, span.end) for span in own.spans(text.decode())] == [(place, place + 5) for place in places]


def test_users_labels_win_over_ours_and_are_told_beside_them(own: UserPatterns) -> None:
    own = UserPatterns(LabelPredictors(patterns=(OwnPattern("acme/mail", r"\S+@acme\.example", 0.8),)))
    scanner = TextScanner.load(TextOptions(use_names=False, user=own))
    text = "jo@acme.example and jo@other.example"
    assert [(text[span.start : span.end], span.label) for span in scanner.spans([text])[0]] == [
        ("jo@acme.example", "acme/mail"),
        ("jo@other.example", "email_address"),
    ]


def test_nothing_is_found_without_predictors() -> None:
    own = UserPatterns(LabelPredictors())
    assert own.spans("anything") == []
    assert own.label(["anything"]) == [None]
