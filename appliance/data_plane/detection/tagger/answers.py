"""From stretches of tokens to spans of texts: places in the text, calibrated scores, and postcodes told from other places."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.tagger.decoding import KINDS, Floats, Stretches
from appliance.data_plane.detection.tagger.tokens import Tokens

LOCATION, POST = "location", "postcode"
NEAR = 12
"""Characters at most between a postcode and its town or street."""
POSTCODE = re.compile(r"(?=.*\d)(?:\d{3,7}|\d{2,5}[ -]\d{2,4}|(?=.{4,8}$)[A-Z\d]{2,4}[ -]?[A-Z\d]{2,4})")
WORD = re.compile(r"[^\W\d_]{3}")
"""What a place has in it that is more than a code."""


def calibrated(score: Floats, slope: float, intercept: float) -> Floats:
    """Probability from a raw score: a logistic curve over its log-odds (Platt 1999)."""
    clipped = np.clip(score, 1e-6, 1 - 1e-6)
    return np.asarray(1 / (1 + np.exp(-(slope * np.log(clipped / (1 - clipped)) + intercept))), np.float32)


def answers(texts: Sequence[str], tokens: Tokens, found: Stretches, calibration: Sequence[tuple[float, float]]) -> list[list[Span]]:
    """Per text the spans of its stretches, in order."""
    result: list[list[Span]] = [[] for _ in texts]
    scores = np.zeros(len(found.first), np.float32)
    for kind, (slope, intercept) in enumerate(calibration):
        scores = np.where(found.kind == kind, calibrated(found.score, slope, intercept), scores)
    owner = np.searchsorted(tokens.edges, found.first, side="right") - 1
    starts = tokens.starts[found.first] - tokens.bases[owner]
    ends = tokens.ends[found.last] - tokens.bases[owner]
    columns = (owner.tolist(), starts.tolist(), ends.tolist(), found.kind.tolist(), scores.tolist())
    for at, start, end, kind, score in zip(*columns, strict=True):
        result[at].append(Span(start, end, KINDS[kind], round(score, 4)))
    return [postcodes(text, spans) for text, spans in zip(texts, result, strict=True)]


def postcodes(text: str, spans: list[Span]) -> list[Span]:
    """The spans, where a place without a word in it is a `postcode` if it has the form of one and stands beside another place,
    and nothing otherwise."""
    codes = [span.label == LOCATION and _mere_code(text[span.start : span.end]) for span in spans]
    if not any(codes):
        return spans
    kept: list[Span] = []
    for at, (span, code) in enumerate(zip(spans, codes, strict=True)):
        if not code:
            kept.append(span)
        elif POSTCODE.fullmatch(text, span.start, span.end) and any(_beside(span, near) for near in spans[max(0, at - 1) : at + 2]):
            kept.append(Span(span.start, span.end, POST, span.score))
    return _joined(text, kept)


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """The spans, where a number one blank before a place that has a number in it too is the first part of that address."""
    joined = spans[:1]
    for span in spans[1:]:
        last = joined[-1]
        address = span.label == LOCATION and any(c.isdigit() for c in text[span.start : span.end])
        if address and last.label == POST and text[last.end : span.start] == " ":
            joined[-1] = Span(last.start, span.end, LOCATION, span.score)
        else:
            joined.append(span)
    return joined


def _mere_code(text: str) -> bool:
    return any(c.isdigit() for c in text) and not WORD.search(text)


def _beside(one: Span, other: Span) -> bool:
    return other.label == LOCATION and one is not other and max(other.start - one.end, one.start - other.end) <= NEAR
