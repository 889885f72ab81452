"""Names by a token classifier of the user's, run by onnxruntime."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.text.second.reader import ALONE, KINDS
from appliance.errors import JobFailed

LONGEST = 512
"""Tokens of a text that are read; what comes behind them has the tagger's word only."""
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class OnnxReader:
    """The classifier, its tokenizer and its labels (`B-PER`, `I-PER`, `O`…) in memory. One text at a time, one thread."""

    def __init__(self, session: Any, tokenizer: Any, labels: dict[int, str]) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._labels = labels
        self._inputs = [given.name for given in session.get_inputs() if given.name in _INPUTS]

    @classmethod
    def load(cls, path: Path) -> OnnxReader:
        """The classifier of a folder. Raises `JobFailed` where a library is not installed or a file is refused."""
        try:
            runtime, tokenizers = importlib.import_module("onnxruntime"), importlib.import_module("tokenizers")
        except ImportError as error:
            raise JobFailed(
                "ner_model names an ONNX model, and what runs it is not installed.", hint="Install the extra 'onnx'."
            ) from error
        try:
            names = msgspec.json.decode((path / "config.json").read_bytes(), type=dict[str, Any])["id2label"]
            options = runtime.SessionOptions()
            options.intra_op_num_threads = 1
            session = runtime.InferenceSession(path / "model.onnx", options, providers=["CPUExecutionProvider"])
            tokenizer = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
        except (OSError, KeyError, ValueError, RuntimeError, msgspec.DecodeError) as error:
            raise JobFailed("The model that ner_model names cannot be loaded.", hint="config.json must have id2label.") from error
        tokenizer.enable_truncation(LONGEST)
        return cls(session, tokenizer, {int(number): str(name) for number, name in names.items()})

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """The names, places and organisations of each text."""
        return [list(self._read(text)) for text in texts]

    def _read(self, text: str) -> Iterable[Span]:
        encoded = self._tokenizer.encode(text)
        values = {"input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids}
        (scores, *_) = self._session.run(None, {name: numpy.array([values[name]], dtype=numpy.int64) for name in self._inputs})
        labels = [self._labels[int(number)] for number in scores[0].argmax(axis=-1)]
        return joined(labels, encoded.offsets)


def joined(labels: Sequence[str], offsets: Sequence[tuple[int, int]]) -> list[Span]:
    """Stretches of tokens with one kind: a `B-` begins a new one, an `I-` or a bare name goes on with the last."""
    found: list[Span] = []
    going = ""
    for label, (start, end) in zip(labels, offsets, strict=True):
        mark, _, name = label.rpartition("-")
        kind = KINDS.get(name.upper(), "")
        if start == end:
            continue
        if kind and kind == going and mark != "B":
            found[-1] = Span(found[-1].start, end, kind, ALONE)
        elif kind:
            found.append(Span(start, end, kind, ALONE))
        going = kind
    return found
