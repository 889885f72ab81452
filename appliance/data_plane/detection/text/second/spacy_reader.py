"""Names by a spaCy model of the user's."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.text.second.reader import ALONE, KINDS
from appliance.errors import JobFailed

_IDLE = ("parser", "tagger", "lemmatizer", "attribute_ruler", "morphologizer", "senter")
"""Parts of a pipeline that names do not need."""


class SpacyReader:
    """The model in memory, without the parts that names do not need."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls, path: Path) -> SpacyReader:
        """The model of a folder. Raises `JobFailed` where spaCy is not installed or refuses the folder."""
        try:
            spacy = importlib.import_module("spacy")
        except ImportError as error:
            raise JobFailed("ner_model names a spaCy model, and spaCy is not installed.", hint="Install the extra 'spacy'.") from error
        try:
            return cls(spacy.load(path, exclude=list(_IDLE)))
        except (OSError, ValueError) as error:
            raise JobFailed("spaCy cannot load the model that ner_model names.", hint="It must fit the spaCy that is installed.") from error

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """The names, places and organisations of each text."""
        return [
            [Span(entity.start_char, entity.end_char, KINDS[entity.label_], ALONE) for entity in document.ents if entity.label_ in KINDS]
            for document in self._model.pipe(texts)
        ]
