"""`classify`: which columns, cells and stretches of text hold personal data. Nothing is changed."""

from __future__ import annotations

import difflib
from typing import Any, ClassVar

import msgspec

from appliance.configurations.document import Loc
from appliance.configurations.entities import LABELS, canonical, entity_of, plain_word
from appliance.configurations.kinds import Text
from appliance.configurations.label_predictors import own_labels
from appliance.configurations.model_type import ModelType
from appliance.configurations.section import Appliance
from appliance.configurations.walk import Walk

EVERY = "*"


class ClassifyAppliance(Appliance, frozen=True):
    """Nothing is generated: only these of the appliance's own keys have an effect. `format`: of the findings, null: CSV."""

    used: ClassVar[frozenset[str]] = frozenset({"seed", "max_duration", "memory", "format"})


class Classify(ModelType, frozen=True):
    """`labels`: what to look for, in the words of either vocabulary, `namespace/label` or `namespace/*` for own ones; null: everything.

    `use_nlp`: whether names, places and organisations are looked for in free text; null: they are, for here it costs little."""

    used: ClassVar[frozenset[str]] = frozenset({"data_source", "labels", "use_nlp"})
    labels: list[Text] | None = None
    use_nlp: bool | None = None
    appliance: ClassifyAppliance = ClassifyAppliance()


class Wanted(msgspec.Struct, frozen=True):
    """Which labels are looked for, and what they are called in what is found. `words` empty: all, by their canonical names."""

    words: tuple[str, ...] = ()

    @property
    def labels(self) -> frozenset[str] | None:
        """Canonical and own labels; None for all."""
        if not self.words:
            return None
        return frozenset(label for word in self.words for label in (canonical(word) if "/" not in word else (word,)))

    def told(self, label: str) -> str | None:
        """The word for a label that was found: as the configuration has it, else its own name; None when nobody asked for it."""
        if not self.words:
            return label
        spaces = {word.partition("/")[0] for word in self.words if word.endswith(f"/{EVERY}")}
        if "/" in label:
            return label if label in self.words or label.partition("/")[0] in spaces else None
        return label if label in self.words else entity_of(label, self.words)


def wanted_labels(section: dict[str, Any]) -> Wanted:
    """What a normalised section looks for."""
    words = section["labels"] or ()
    return Wanted(() if EVERY in words else tuple(words))


def check_classify(walk: Walk, section: dict[str, Any], predictors: Any, loc: Loc) -> None:
    """Every label is one of the catalogue or one that `label_predictors` defines; `predictors` is that section, read."""
    known = own_labels(predictors)
    spaces = {label.partition("/")[0] for label in known}
    for place, word in enumerate(section["labels"] or ()):
        own = word in known or (word.endswith(f"/{EVERY}") and word[:-2] in spaces)
        if not own and word != EVERY and ("/" in word or not canonical(word)):
            walk.fault((*loc, "labels", place), f"'{word[:64]}' is not a known label{_near(word, known)}.")


def _near(word: str, own: tuple[str, ...]) -> str:
    known = sorted({*own, *LABELS, *(alias for label in LABELS.values() for alias in label.aliases)})
    close = difflib.get_close_matches(word if "/" in word else plain_word(word)[:64], known, n=1, cutoff=0.6)
    if close:
        return f"; the nearest known one is '{close[0]}'"
    return "; label_predictors defines no such label" if "/" in word else "; leave labels out to look for all of them"
