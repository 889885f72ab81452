"""Names, places and organisations of a page: what the tagger says, with its labels made finer where word lists are sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.folding import fold
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.lexicon_lists import CITY, COUNTRY, FIRST, FREQUENT_LAST, LAST, STATE
from appliance.data_plane.detection.tagger.tagger import Tagger
from appliance.data_plane.detection.text import nearby
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import TAGGED

_NAMES = FIRST | LAST | FREQUENT_LAST
_PLACES = CITY | COUNTRY | STATE


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
        """Add what the tagger finds in the page's texts, and what stands beside it."""
        tagged = [
            (base + span.start, base + span.end, span)
            for base, spans in zip(page.starts, self._tag(page.texts), strict=True)
            for span in spans
        ]
        phrases = [fold(page.text[start:end]) for start, end, _ in tagged]
        whole = self._lexicon.marks(phrases).tolist()
        cues = set(zip(page.cue_starts, page.cue_ends, strict=True))
        for (start, end, span), phrase, mark in zip(tagged, phrases, whole, strict=True):
            if (start, end) in cues and not mark & (_NAMES | _PLACES):
                continue
            label = nearby.postcode_label(page, start, end) if span.label == "postcode" else _finer(phrase, span.label, mark)
            page.add(start, end, label, span.score, TAGGED)
        nearby.read(page)


def _finer(phrase: str, label: str, mark: int) -> str:
    if label == "location":
        return _place(phrase, mark)
    if label == "person_name" and " " not in phrase:
        first, last = mark & FIRST, mark & FREQUENT_LAST
        return "first_name" if first and not last else "last_name" if last and not first else "person_name"
    return label


def _place(phrase: str, mark: int) -> str:
    if mark & COUNTRY:
        return "country"
    if mark & STATE and not mark & CITY and len(phrase) > 2:
        return "us_state"
    return "city" if mark & CITY else "location"
