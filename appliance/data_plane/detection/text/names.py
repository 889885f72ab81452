"""Names, places and organisations of a page: what the tagger says, with its labels made finer where word lists are sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from appliance.data_plane.detection import lexicon_lists
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.folding import fold
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.tagger.tagger import Tagger
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import TAGGED


class Names:
    """The tagger, and the lists that tell a city from a country and a first name from a last."""

    def __init__(self, tag: Callable[[Sequence[str]], list[list[Span]]], lexicon: Lexicon) -> None:
        self._tag = tag
        self._lexicon = lexicon

    @classmethod
    def load(cls) -> Names:
        """With the models of the package."""
        return cls(Tagger.load().spans, Lexicon.load())

    def read(self, page: Page) -> None:
        """Add what the tagger finds in the page's texts."""
        tagged = [(page.starts[at], span) for at, spans in enumerate(self._tag(page.texts)) for span in spans]
        marks = self._lexicon.marks([fold(page.text[base + span.start : base + span.end]) for base, span in tagged])
        for (base, span), mark in zip(tagged, marks.tolist(), strict=True):
            label = _finer(page.text[base + span.start : base + span.end], span.label, mark)
            page.add(base + span.start, base + span.end, label, span.score, TAGGED)


def _finer(text: str, label: str, mark: int) -> str:
    if label == "location":
        return _place(mark)
    if label == "person_name" and " " not in text:
        first, last = mark & lexicon_lists.FIRST, mark & lexicon_lists.FREQUENT_LAST
        return "first_name" if first and not last else "last_name" if last and not first else "person_name"
    return label


def _place(mark: int) -> str:
    if mark & lexicon_lists.COUNTRY:
        return "country"
    if mark & lexicon_lists.STATE and not mark & lexicon_lists.CITY:
        return "us_state"
    return "city" if mark & lexicon_lists.CITY else "location"
