"""Filters of free text: what the detector finds in a text is listed, redacted, labelled, hashed or replaced by fakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Literal

import msgspec

from appliance.configurations.entities import canonical, entity_of
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.transform.evaluation.vectors import CELL_FAULTS, CellFault
from appliance.data_plane.transform.values.fakes import Fakes
from appliance.data_plane.transform.values.hashes import entity_hashes
from appliance.data_plane.transform.values.keys import ValueKey

FindSpans = Callable[[list[str]], Sequence[Sequence[Span]]]
"""Texts in, the spans of each out."""

OnError = Literal["redact", "label", "hash", "raise"]
_MOST_HELD = 32 << 20
"""Characters of texts whose spans are remembered."""


class Entity(msgspec.Struct, frozen=True):
    """A found stretch of a text: `start` up to and without `end`, the configuration's word for it, the detector's score."""

    start: int
    end: int
    word: str
    score: float
    text: str


class EntityFinder:
    """The detector behind the filters. Only entities that the configuration lists (`wanted`) and that reach `threshold` count.

    `find_mixed`: the detector for cells of mixed columns; `mixed` is the finder for these."""

    def __init__(self, find: FindSpans, wanted: tuple[str, ...], threshold: float, find_mixed: FindSpans | None = None) -> None:
        self._find = find
        self._wanted = wanted
        self._threshold = threshold
        self._held: dict[str, list[Entity]] = {}
        self._size = 0
        self.mixed: EntityFinder = self if find_mixed is None else EntityFinder(find_mixed, wanted, threshold)

    def found(self, texts: Sequence[str], only: tuple[str, ...] | None) -> list[list[Entity]]:
        """The entities of each text from left to right, none over another. `only`: words that narrow the configuration's list."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self._held))
        if self._size > _MOST_HELD:
            fresh, self._held, self._size = list(dict.fromkeys(texts)), {}, 0
        for text, spans in zip(fresh, self._find(fresh) if fresh else (), strict=True):
            self._held[text] = self._entities(text, spans)
            self._size += len(text) + 64
        if only is None:
            return [self._held[text] for text in texts]
        labels = {label for word in only for label in (word, *canonical(word))}
        return [[one for one in self._held[text] if labels & {one.word, *canonical(one.word)}] for text in texts]

    def _entities(self, text: str, spans: Sequence[Span]) -> list[Entity]:
        made: list[Entity] = []
        for span in sorted(spans, key=lambda span: (span.start, -span.end)):
            word = entity_of(span.label, self._wanted) if span.score >= self._threshold else None
            if word is not None and span.start >= (made[-1].end if made else 0) and span.end > span.start:
                made.append(Entity(span.start, span.end, word, span.score, text[span.start : span.end]))
        return made


def detected(entities: list[Entity]) -> list[dict[str, Any]]:
    """The entities as mappings of entity, start, end, score and text."""
    return [{"entity": one.word, "start": one.start, "end": one.end, "score": one.score, "text": one.text} for one in entities]


def replaced(text: str, entities: list[Entity], by: Sequence[str]) -> str:
    """The text with each entity replaced."""
    pieces, place = [], 0
    for entity, new in zip(entities, by, strict=True):
        pieces += [text[place : entity.start], new]
        place = entity.end
    return "".join([*pieces, text[place:]])


def redaction(entity: Entity) -> str:
    """`<first_name>`."""
    return f"<{entity.word}>"


def label(entity: Entity, extended: bool = False) -> str:
    """`<entity type="first_name" value="…">`; extended, also the source and the score."""
    more = f' source="detector" score="{entity.score:.2f}"' if extended else ""
    return f'<entity type="{escape(entity.word)}" value="{escape(entity.text)}"{more}>'


def hashes(key: ValueKey, found: Sequence[list[Entity]], salt: str | None) -> list[list[str]]:
    """A keyed hash for each entity."""
    flat = [entity for entities in found for entity in entities]
    made = iter(entity_hashes(key, [one.text for one in flat], [one.word for one in flat], salt) if flat else ())
    return [[next(made) for _ in entities] for entities in found]


def fakes(maker: Fakes, key: ValueKey, found: Sequence[list[Entity]], on_error: OnError, extended: bool) -> list[list[str] | None]:
    """A fake for each entity, the one that the same value gets in a column of its own; None for a text that `raise` gives up.

    A name of one word that is part of a longer name in the same text gets the same part of that name's fake."""
    wanted: dict[str, dict[str, str]] = {}
    for entities in found:
        for entity in entities:
            wanted.setdefault(_kind(entity, entities), {})[entity.text] = ""
    for word, texts in wanted.items():
        made = _made(maker, word, list(texts))
        texts.update(zip(texts, made, strict=True) if made is not None else ())
    return [_replacements(wanted, key, entities, on_error, extended) for entities in found]


def _made(maker: Fakes, word: str, texts: list[str]) -> list[str] | None:
    try:
        return maker.entity(word, texts)
    except CELL_FAULTS:
        return None


def _replacements(
    fakes_of: dict[str, dict[str, str]], key: ValueKey, entities: list[Entity], on_error: OnError, extended: bool
) -> list[str] | None:
    made = []
    for entity in entities:
        fake = _part(fakes_of, entity, entities) or fakes_of[_kind(entity, entities)][entity.text]
        if fake and fake != entity.text:
            made.append(fake)
        elif on_error == "raise":
            return None
        else:
            made.append(_instead(entity, key, on_error, extended))
    return made


def _instead(entity: Entity, key: ValueKey, on_error: OnError, extended: bool) -> str:
    if on_error == "label":
        return label(entity, extended)
    return hashes(key, [[entity]], None)[0][0] if on_error == "hash" else redaction(entity)


def _kind(entity: Entity, entities: list[Entity]) -> str:
    """The word that the fake is drawn for: a full name of one word is a first name."""
    if _is_name(entity) and len(entity.text.split()) == 1 and _longer(entity, entities) is None:
        return "first_name"
    return entity.word


def _is_name(entity: Entity) -> bool:
    return "person_name" in canonical(entity.word)


def _longer(entity: Entity, entities: list[Entity]) -> Entity | None:
    """The longer name in the same text that a name of one word is the first or last part of."""
    if not _is_name(entity) or len(entity.text.split()) != 1:
        return None
    return next(
        (one for one in entities if _is_name(one) and len(parts := one.text.split()) > 1 and entity.text in (parts[0], parts[-1])), None
    )


def _part(fakes_of: dict[str, dict[str, str]], entity: Entity, entities: list[Entity]) -> str:
    longer = _longer(entity, entities)
    if longer is None:
        return ""
    fake = fakes_of[_kind(longer, entities)][longer.text].split()
    return "" if not fake else fake[0] if longer.text.split()[0] == entity.text else fake[-1]


def words_of(value: Any) -> tuple[str, ...] | None:
    """The argument `entities`: a word or a list of words; None for all. Raises CellFault for anything else."""
    if value is None:
        return None
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise CellFault
    return tuple(words)
