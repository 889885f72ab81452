"""Names, places and organisations of a page: what the tagger says, with its labels made finer where word lists are sure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.folding import fold
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.lexicon_lists import CITY, COUNTRY, FIRST, FREQUENT_LAST, LAST, STATE
from appliance.data_plane.detection.tagger.tagger import Tagger
from appliance.data_plane.detection.text import nearby
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import TAGGED
from appliance.data_plane.detection.text.second.reader import SecondReader, doubtful, reconciled, second_reader
from appliance.data_plane.detection.text.vocabulary import street_words

_NAMES = FIRST | LAST | FREQUENT_LAST
_NO_NAMES = ("nummer", "number", "numero", "nummern", "numer")
_CODE_FIRST = re.compile(r"((?:[A-Z]{1,2}-)?[0-9](?:[0-9 -]{1,5}[0-9])) {1,2}(?=[A-Z][a-z]|[A-Z]{3})")
_TITLE = re.compile(
    r"\b(?:mr|mrs|ms|miss|dr|prof|herr|herrn|frau|hr|fr|mme|mlle|monsieur|madame|mademoiselle|senor|senora|sr|sra|sig|signor|signora|dhr|mevr|"
    r"mevrouw|meneer|heer|nurse|officer|agent|sir|fru|herra|rouva|pan|pani|panie|doctor|professor|captain|judge|senator|president|domnule|doamna|"
    r"kyrie|inspector|detective|sergeant|coach|senhor|senhora)\.? \Z",
    re.IGNORECASE,
)
_STREETS = frozenset(
    """street st avenue ave road rd lane ln drive dr court ct boulevard blvd place terrace square parkway highway way close
    crescent""".split()
)
_FEATURES = frozenset(
    """river lake sea ocean mount mountain mountains valley desert island islands bay gulf peninsula forest park canyon coast
    cape europe asia africa america antarctica oceania balkans alps""".split()
)
"""What places are that are no cities."""
_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[^\W\d_]{3}")
_PLACES = CITY | COUNTRY | STATE


Tag = Callable[[Sequence[str], Sequence[Sequence[str]] | None], list[list[Span]]]
"""What tags texts: the tagger's `spans`."""


class Names:
    """The tagger, and the lists that tell a city from a country and a first name from a last."""

    def __init__(self, tag: Tag, lexicon: Lexicon, second: SecondReader | None = None) -> None:
        self._tag = tag
        self._lexicon = lexicon
        self._second = second

    @classmethod
    def load(cls, ner_model: str = "") -> Names:
        """With the models of the package, and a second reader where a local folder is named."""
        return cls(Tagger.load().spans, Lexicon.load(), second_reader(Path(ner_model)) if ner_model else None)

    def read(self, page: Page, known: Sequence[Sequence[str]] | None = None) -> None:
        """Add what the tagger finds in the page's texts, and what stands beside it. `known`: names of people that each text may hold."""
        tagged = [
            (base + span.start, base + span.end, span)
            for base, spans in zip(page.starts, self._tagged(page.texts, known), strict=True)
            for span in spans
        ]
        phrases = [fold(page.text[start:end]) for start, end, _ in tagged]
        whole = self._lexicon.marks(phrases).tolist()
        cues = set(zip(page.cue_starts, page.cue_ends, strict=True))
        for (start, end, span), phrase, mark in zip(tagged, phrases, whole, strict=True):
            if phrase.endswith(_NO_NAMES) or ((start, end) in cues and not mark & (_NAMES | _PLACES)):
                continue
            if span.label == "location":
                self._place(page, start, end, span.score, mark)
            else:
                postcode = span.label == "postcode"
                label = nearby.postcode_label(page, start, end) if postcode else _finer(page, start, phrase, span.label, mark)
                page.add(start, end, label, span.score, TAGGED)
        nearby.read(page)

    def _tagged(self, texts: Sequence[str], known: Sequence[Sequence[str]] | None) -> list[list[Span]]:
        tagged = self._tag(texts, known)
        asked = [at for at, spans in enumerate(tagged) if self._second is not None and doubtful(spans)]
        if self._second is not None and asked:
            for at, second in zip(asked, self._second.spans([texts[at] for at in asked]), strict=True):
                tagged[at] = reconciled(tagged[at], second)
        return tagged

    def _place(self, page: Page, start: int, end: int, score: float, mark: int) -> None:
        """A place; with a number inside, a street; with a postcode before it, both."""
        code = _CODE_FIRST.match(page.plain, start, end)
        if code:
            page.add(start, code.end(1), nearby.postcode_label(page, start, code.end(1)), score, TAGGED)
            start = code.end()
            mark = int(self._lexicon.marks([fold(page.text[start:end])])[0])
        phrase = fold(page.text[start:end])
        if _DIGIT.search(phrase) and _LETTER.search(phrase):
            page.add(start, end, "street_address", score, TAGGED)
        else:
            page.add(start, end, _place_label(phrase, mark), score, TAGGED)


def _finer(page: Page, start: int, phrase: str, label: str, mark: int) -> str:
    """One word alone: behind a title a last name, else a first name where it is a known one, else a last name where it is one."""
    if label != "person_name" or " " in phrase:
        return label
    first, last = mark & FIRST, mark & LAST
    if _TITLE.search(page.plain, max(start - 14, 0), start) and (last or not first):
        return "last_name"
    return "first_name" if first else "last_name" if mark & FREQUENT_LAST else "person_name"


def _place_label(phrase: str, mark: int) -> str:
    """A country, a state, a street without its number, a river or mountain; whatever else is a city, for most places in texts are."""
    if mark & COUNTRY:
        return "country"
    if mark & CITY:
        return "city"
    words = phrase.replace(".", "").split()
    before, after = street_words()
    if len(words) > 1 and (words[-1] in after & _STREETS or (words[0] in before and len(words[0]) > 2)):
        return "street_address"
    if mark & STATE and len(phrase) > 2:
        return "us_state"
    return "location" if words and (words[-1] in _FEATURES or words[0] == "mount") else "city"
