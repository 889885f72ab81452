"""What a second reader is, which one a folder holds, and how its answer and the tagger's become one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from appliance.data_plane.detection.finding import Span
from appliance.errors import JobFailed

SURE = 0.8
"""A text whose names the tagger is all this sure of is not read again."""
AGREED = 0.9
ALONE = 0.6
DENIED = 0.5
"""The least score of what both found, the score of what only the second reader found, and what is left of the score of what only the
tagger found."""

KINDS = {
    **dict.fromkeys(("PERSON", "PER", "NAME", "FIRST_NAME", "LAST_NAME", "GIVENNAME", "SURNAME"), "person_name"),
    **dict.fromkeys(("GPE", "LOC", "LOCATION", "CITY", "COUNTRY", "FAC"), "location"),
    **dict.fromkeys(("ORG", "ORGANIZATION", "ORGANISATION", "COMPANY"), "organization_name"),
}
"""What models call names, places and organisations, in capitals, and what we do."""


class SecondReader(Protocol):
    """A model that finds names."""

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """The names, places and organisations of each text."""


def second_reader(path: Path) -> SecondReader:
    """The model in a folder: one of spaCy's (`config.cfg`), or a token classifier (`model.onnx`, `tokenizer.json`, `config.json`).

    Raises `JobFailed` where the folder holds neither, or the library that runs it is not installed."""
    if (path / "config.cfg").is_file():
        from appliance.data_plane.detection.text.second.spacy_reader import SpacyReader

        return SpacyReader.load(path)
    if (path / "model.onnx").is_file() and (path / "tokenizer.json").is_file():
        from appliance.data_plane.detection.text.second.onnx_reader import OnnxReader

        return OnnxReader.load(path)
    raise JobFailed(
        "The folder that ner_model names holds no model that is known.",
        hint="Give a folder with config.cfg (spaCy), or with model.onnx, tokenizer.json and config.json (a token classifier).",
    )


def doubtful(spans: Sequence[Span]) -> bool:
    """Is the tagger unsure of one of them?"""
    return any(span.score < SURE for span in spans)


def reconciled(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """The tagger's spans with scores by whether the second reader agrees, and what it alone found. No two overlap if none did before."""
    kept = [msgspec.structs.replace(span, score=_score(span, second)) for span in first]
    alone = [span for span in second if not any(_meet(span, other) for other in first)]
    return sorted([*kept, *(msgspec.structs.replace(span, score=ALONE) for span in alone)], key=lambda span: span.start)


def _score(span: Span, second: Sequence[Span]) -> float:
    if span.label in KINDS.values() and any(_meet(span, other) and other.label == span.label for other in second):
        return max(span.score, AGREED)
    return span.score if span.score >= SURE or span.label not in KINDS.values() else span.score * DENIED


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
