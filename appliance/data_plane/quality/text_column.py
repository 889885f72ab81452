"""One column of texts in two or three tables: its build, its letters, its words, and what of it was copied."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.quality.column import NAMED_ROWS, Floats
from appliance.data_plane.quality.distribution import jensen_shannon, sample_distance
from appliance.data_plane.quality.facts import clipped_range, round_edges
from appliance.data_plane.quality.text_tokens import (
    Copied,
    Tokens,
    copied_passages,
    mostly_letters,
    number_words,
    texts_with,
    unseen_share,
    words_of,
)

RUNS = (1, 2, 3, 4, 6)
PASSAGE_WORDS, PASSAGE_LETTERS = 8, 20
"""Words from which a passage counts as copied; letters in scripts that set no spaces."""
LEAST_WORDS = 4
"""Whole texts of fewer words (`yes`, `very good`) are no copies."""
SHOWN_WORDS = 15
BUILD = ("sentences_per_text", "words_per_sentence", "letters_per_word")
KINDS = (
    ("capital letters", r"\p{Lu}"),
    ("other letters", r"[^\PL\p{Lu}]"),
    ("digits", r"\p{N}"),
    ("spaces", r"\s"),
    ("punctuation and signs", r"[\p{P}\p{S}]"),
    ("beyond ASCII", r"[^\x00-\x7F]"),
)

Sides = tuple[list[str], list[str], list[str]]


class TextFacts(msgspec.Struct, frozen=True):
    """What was found: `distances` of the three parts of the build (synthetic, held-out), the rest as it goes into the report."""

    distances: tuple[float, float, float]
    held_distances: tuple[float, float, float] | None
    details: dict[str, Any]
    copied: Copied
    held_copied: Copied | None


def describe_texts(name: str, scored: Sides, whole: Sides) -> TextFacts:
    """Facts of one column. `scored`: the texts (training, synthetic, held-out) that the scores read; `whole`: those searched for copies.

    Values that appear in the details are words that at least 10 training texts hold."""
    builds = [_build(side) for side in scored]
    words = [[words_of(text) for text in side] for side in whole]
    sides, vocabulary = number_words(*words)
    train, synthetic, held = sides
    length = PASSAGE_LETTERS if mostly_letters(words[0]) else PASSAGE_WORDS
    copied = copied_passages(train, synthetic, length, NAMED_ROWS)
    held_copied = copied_passages(train, held, length, NAMED_ROWS) if held.texts else None
    details = {
        "name": name,
        "build": _build_table(builds),
        "letters": _letters(scored),
        "words_drawing": _drawing([[len(line) for line in side] for side in words[:2]]),
        "vocabulary": _vocabulary(sides, len(vocabulary)),
        "novelty": [_novelty(train, synthetic, held, run) for run in RUNS],
        "common_words": _common_words(train, synthetic, vocabulary),
        "copies": {
            "passage_words": length,
            "passages": copied.passages,
            "texts": copied.texts,
            "share": copied.share,
            "longest": copied.longest,
            "holdout_share": held_copied.share if held_copied else None,
            "holdout_longest": held_copied.longest if held_copied else None,
            "whole_texts": _whole_copies(whole[0], whole[1]),
            "holdout_whole_texts": _whole_copies(whole[0], whole[2]) if whole[2] else None,
        },
        "repeated_share": [_repeated(side) if side else None for side in whole],
        "texts_read": [len(side) for side in whole],
    }
    distances = _distances(builds[0], builds[1])
    return TextFacts(distances, _distances(builds[0], builds[2]) if scored[2] else None, details, copied, held_copied)


Build = tuple[Floats, Floats, Floats]


def _build(texts: list[str]) -> Build:
    """Sentences per text, words per sentence, letters per word of every text."""
    array = pa.array(texts, pa.string())
    sentences = np.maximum(1.0, np.asarray(pc.count_substring_regex(array, pattern=r"[.!?。！？]+"), dtype=np.float64))
    words = np.asarray(pc.count_substring_regex(array, pattern=r"\S+"), dtype=np.float64)
    letters = np.asarray(pc.count_substring_regex(array, pattern=r"\S"), dtype=np.float64)
    return sentences, words / sentences, letters / np.maximum(1.0, words)


def _distances(left: Build, right: Build) -> tuple[float, float, float]:
    first, second, third = (sample_distance(ours, theirs) for ours, theirs in zip(left, right, strict=True))
    return first, second, third


def _build_table(builds: list[Build]) -> list[dict[str, Any]]:
    return [
        {
            "part": part,
            "left_mean": _mean(builds[0][place]),
            "right_mean": _mean(builds[1][place]),
            "holdout_mean": _mean(builds[2][place]),
            "distance": round(sample_distance(builds[0][place], builds[1][place]), 6),
        }
        for place, part in enumerate(BUILD)
    ]


def _mean(values: Floats) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def _letters(sides: Sides) -> list[dict[str, Any]]:
    """Shares of kinds of characters."""
    arrays = [pa.array(side, pa.string()) for side in sides]
    totals = [int(pc.sum(pc.utf8_length(array)).as_py() or 0) for array in arrays]
    return [
        {
            "kind": word,
            **{
                f"{side}_share": round(int(pc.sum(pc.count_substring_regex(array, pattern=pattern)).as_py() or 0) / total, 6)
                if total
                else None
                for side, array, total in zip(("left", "right", "holdout"), arrays, totals, strict=True)
            },
        }
        for word, pattern in KINDS
    ]


def _drawing(lengths: list[list[int]]) -> dict[str, Any]:
    """Words per text as bins between clipped quantiles of the training texts; the outer bins are open."""
    values, counts = np.unique(np.array(lengths[0], dtype=np.float64), return_counts=True)
    if counts.sum() < 2 * NAMED_ROWS:
        return {"form": "none"}
    low, high = clipped_range(values, counts.astype(np.int64))
    edges = round_edges(low, high, whole=True, moment=False)
    if len(edges) < 2:
        return {"form": "none"}
    shares = []
    for side in lengths:
        places = np.clip(np.searchsorted(edges, side, "right") - 1, 0, len(edges) - 2)
        shares.append((np.bincount(places, minlength=len(edges) - 1) / max(1, len(side))).round(6).tolist())
    return {"form": "bins", "edges": edges.tolist(), "left": shares[0], "right": shares[1], "moment": False}


def _vocabulary(sides: list[Tokens], size: int) -> dict[str, Any]:
    """Different words, and how far their frequencies are apart (Jensen–Shannon distance)."""
    counts = [np.bincount(side.words, minlength=max(1, size)).astype(np.float64) for side in sides]
    return {
        "left_words": int((counts[0] > 0).sum()),
        "right_words": int((counts[1] > 0).sum()),
        "holdout_words": int((counts[2] > 0).sum()) if sides[2].texts else None,
        "distance": round(jensen_shannon(counts[0], counts[1]), 6),
        "holdout_distance": round(jensen_shannon(counts[0], counts[2]), 6) if sides[2].texts else None,
    }


def _novelty(train: Tokens, synthetic: Tokens, held: Tokens, run: int) -> dict[str, Any]:
    unseen, held_unseen = unseen_share(train, synthetic, run), unseen_share(train, held, run)
    return {"words": run, "unseen_share": _short(unseen), "holdout_unseen_share": _short(held_unseen)}


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _common_words(train: Tokens, synthetic: Tokens, vocabulary: list[str]) -> list[dict[str, Any]]:
    """Words of at least 10 training texts whose share of texts changed most."""
    ours, theirs = texts_with(train, len(vocabulary)), texts_with(synthetic, len(vocabulary))
    left, right = ours / max(1, train.texts), theirs / max(1, synthetic.texts)
    common = np.flatnonzero(ours >= NAMED_ROWS)
    chosen = common[np.argsort(-np.abs(left[common] - right[common]), kind="stable")][:SHOWN_WORDS]
    return [
        {"word": vocabulary[place], "left_share": round(float(left[place]), 6), "right_share": round(float(right[place]), 6)}
        for place in chosen
    ]


def _whole_copies(known: list[str], asked: list[str]) -> int:
    """Texts of at least four words that equal a text which fewer than 10 training rows hold."""
    rare = {text for text, count in Counter(known).items() if count < NAMED_ROWS}
    return sum(1 for text in asked if text in rare and len(words_of(text)) >= LEAST_WORDS)


def _repeated(texts: list[str]) -> float:
    return round(1 - len(set(texts)) / len(texts), 6)
