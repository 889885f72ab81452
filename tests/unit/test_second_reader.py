"""A second opinion on doubtful names: asked only where the tagger doubts, and never louder than both together."""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.text.names import Names
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.second.onnx_reader import OnnxReader, joined
from appliance.data_plane.detection.text.second.reader import AGREED, ALONE, DENIED, reconciled, second_reader
from appliance.data_plane.detection.text.second.spacy_reader import SpacyReader
from appliance.errors import JobFailed


def test_agreement_raises_and_silence_lowers_a_doubtful_name() -> None:
    first = [Span(0, 4, "person_name", 0.5), Span(10, 14, "location", 0.6), Span(20, 25, "person_name", 0.95)]
    second = [Span(0, 5, "person_name", ALONE), Span(30, 33, "location", ALONE)]
    scores = [(span.start, span.score) for span in reconciled(first, second)]
    assert scores == [(0, AGREED), (10, 0.6 * DENIED), (20, 0.95), (30, ALONE)]


def test_only_texts_in_doubt_are_read_again() -> None:
    asked: list[str] = []

    class Second:
        def spans(self, texts: Sequence[str]) -> list[list[Span]]:
            asked.extend(texts)
            return [[] for _ in texts]

    def tag(texts: Sequence[str], known: Sequence[Sequence[str]] | None) -> list[list[Span]]:
        return [[Span(0, len(text), "person_name", 0.99 if text == "Sure" else 0.7)] for text in texts]

    page = Page(["Sure", "Maybe"])
    Names(tag, Lexicon.load(), Second()).read(page)
    assert asked == ["Maybe"]
    assert [round(score, 2) for _, _, _, score, _ in sorted(page.found)] == [0.99, 0.35]


def test_tokens_are_joined_into_names() -> None:
    labels = ["O", "B-PER", "I-PER", "O", "B-LOC", "B-LOC", "I-ORG", "O"]
    offsets = [(0, 0), (0, 3), (4, 7), (8, 9), (10, 12), (13, 15), (16, 18), (0, 0)]
    assert [(span.start, span.end, span.label) for span in joined(labels, offsets)] == [
        (0, 7, "person_name"),
        (10, 12, "location"),
        (13, 15, "location"),
        (16, 18, "organization_name"),
    ]


def test_a_folder_without_a_model_is_refused_without_its_name(tmp_path: Path) -> None:
    with pytest.raises(JobFailed) as caught:
        second_reader(tmp_path / "secret-name")
    assert "secret-name" not in str(caught.value)


@pytest.mark.skipif(importlib.util.find_spec("spacy") is not None, reason="spaCy is installed")
def test_a_model_whose_library_is_missing_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "config.cfg").write_text("[nlp]\n")
    with pytest.raises(JobFailed) as caught:
        second_reader(tmp_path)
    assert "spacy" in caught.value.hint


@pytest.mark.skipif(importlib.util.find_spec("spacy") is None, reason="the extra 'spacy' is not installed")
def test_a_spacy_model_in_a_folder_is_read(tmp_path: Path) -> None:
    spacy = importlib.import_module("spacy")
    model = spacy.blank("en")
    model.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Zyx Quux"}, {"label": "DATE", "pattern": "today"}])
    model.to_disk(tmp_path / "model")
    reader = second_reader(tmp_path / "model")
    assert isinstance(reader, SpacyReader)
    assert reader.spans(["met Zyx Quux today", "none"]) == [[Span(4, 12, "person_name", ALONE)], []]


_ONNX = all(importlib.util.find_spec(name) is not None for name in ("onnxruntime", "tokenizers", "onnx"))


@pytest.mark.skipif(not _ONNX, reason="the extra 'onnx' (and onnx, to make a model) is not installed")
def test_a_token_classifier_in_a_folder_is_read(tmp_path: Path) -> None:
    onnx, tokenizers = importlib.import_module("onnx"), importlib.import_module("tokenizers")
    words = {"[UNK]": 0, "met": 1, "Zyx": 2, "Quux": 3}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    table = onnx.helper.make_tensor("table", onnx.TensorProto.FLOAT, [4, 3], [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1])
    node = onnx.helper.make_node("Gather", ["table", "input_ids"], ["logits"])
    graph = onnx.helper.make_graph(
        [node],
        "lookup",
        [onnx.helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, [1, None])],
        [onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [1, None, 3])],
        [table],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(tmp_path / "model.onnx"))
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "O", "1": "B-PER", "2": "I-PER"}}))
    reader = second_reader(tmp_path)
    assert isinstance(reader, OnnxReader)
    assert reader.spans(["met Zyx Quux"]) == [[Span(4, 12, "person_name", ALONE)]]
