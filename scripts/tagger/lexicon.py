"""The word lists that ship inside the model: lower-case words of names and places, of organisations and streets, and ordinary words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

from appliance.data_plane.detection.tagger import gazetteer
from appliance.data_plane.detection.tagger.features import folded
from appliance.data_plane.detection.tagger.gazetteer import Gazetteer
from scripts.tagger.composed import PARTS
from scripts.tagger.lists import Lists

CENSUS_LASTS = 30_000
ORDINARY = 8
"""How often a word must stand in plain prose in lower case to count as ordinary."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_INSTITUTIONS = (
    "university college institute school hospital clinic bank ministry department agency council committee association federation"
    " club museum orchestra party church airlines airways"
    " universität université universidad università hochschule klinikum krankenhaus banco banca"
    " sparkasse verein gesellschaft company corporation office authority"
).split()


def _add(words: dict[str, int], names: Iterable[str], whole: int, part: int) -> None:
    for name in names:
        found = _WORD.findall(name.lower())
        for word in found:
            if len(word) > 1:
                words[word] = words.get(word, 0) | (whole if len(found) == 1 else part)


def build(lists: Lists, prose: Iterable[str], dictionary: Iterable[str] = ()) -> Gazetteer:
    """The lists as sorted hashes. `prose`: plain sentences, whose frequent lower-case words are ordinary ones;
    `dictionary`: words of which those in lower case are ordinary too."""
    words: dict[str, int] = {}
    for place in lists.locales.values():
        _add(words, place.firsts, gazetteer.FIRST, gazetteer.FIRST)
        _add(words, place.lasts, gazetteer.LAST, gazetteer.LAST)
        _add(words, (*place.cities, *place.regions), gazetteer.CITY, gazetteer.PLACE_PART)
        _add(words, place.countries, gazetteer.COUNTRY, gazetteer.PLACE_PART)
    _add(words, lists.census_firsts, gazetteer.FIRST, gazetteer.FIRST)
    _add(words, lists.census_lasts[:CENSUS_LASTS], gazetteer.LAST, gazetteer.LAST)
    _add(words, lists.cities, gazetteer.CITY, gazetteer.PLACE_PART)
    _add(words, (*lists.countries, "usa", "uk", "uae", "england", "scotland", "wales"), gazetteer.COUNTRY, gazetteer.PLACE_PART)
    _add(words, (*PARTS["legal"], *PARTS["trades"], *_INSTITUTIONS), gazetteer.ORGANISATION, gazetteer.ORGANISATION)
    patterns = [pattern for name, values in PARTS.items() if name.startswith("street") for pattern in values]
    _add(words, (re.sub(r"\{\w+\}[^ ]*", "", p) for p in patterns), gazetteer.STREET, gazetteer.STREET)
    counts = Counter(word for text in prose for word in _WORD.findall(text) if word.islower() and len(word) > 1)
    for word, count in counts.items():
        if count >= ORDINARY:
            words[word] = words.get(word, 0) | gazetteer.COMMON
    for word in dictionary:
        if word.isalpha() and word.islower():
            words[word] = words.get(word, 0) | gazetteer.COMMON
    merged: dict[int, int] = {}
    for value, bits in zip(folded(list(words)).tolist(), words.values(), strict=True):
        merged[value] = merged.get(value, 0) | bits
    order = sorted(merged)
    return Gazetteer(np.array(order, np.uint32), np.array([merged[value] for value in order], np.uint8))
