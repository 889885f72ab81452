"""Signs that a value is running text and not one address, firm or place: what stands in sentences, whatever their language."""

from __future__ import annotations

import itertools
import re

from appliance.data_plane.detection.folding import fold
from appliance.data_plane.detection.word_forms import FIRM_WORDS, FUNCTION_WORDS, PARTICLES, STREET_ENDS, STREETS, TITLES

_WORD = re.compile(r"[^\W\d_]+(?:['’`-][^\W\d_]+)*(?!\.[ ,\d]|[^\W\d_])")
"""A word that is no abbreviation inside a value."""
_STOP = re.compile(r"([^\W\d_]{4,})[\])\"'»”]?[.…]+[\"'»”]?\s+[^\W\d_]")
_CALL = re.compile(r"[。！？]|[^\W\d_]{2}[!?](?:\s|$)")
_LETTERS = re.compile(r"[^\W\d_][^\W\d_'’.-]*")
_LONGEST_NAME = 4
_OTHER_DATA = re.compile(r"\w@\w|https?://|(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])|\(\d{3}\)\s?\d{3}|(?<!\w)\+\d{1,3}[ \d().-]{8,}")
_EASTERN_ENDS = re.compile(r"(?:ました|ません|です|ます|した|ください|습니다|ㅂ니다|세요|어요|아요|[了请請您])")
_LAST_STOP = re.compile(r"\s([^\W\d_]{4,})\.$")
_SEGMENT = re.compile(r"[,;\n]")
_FEW, _MANY = 2, 3
_LEAST_WORDS, _LEAST_SHARE = 5, 0.25
_AFTER_HEAD = 4
"""Words behind a street's kind that may be its name in lower case, as in "rue des belles feuilles"."""
_OF_ADDRESSES = frozenset(
    fold(
        """no nr num floor level unit suite apt apartment flat room building bldg block tower house box bis ter quater étage bât bâtiment
        appt résidence escalier porte piso puerta planta bloque esc portal edificio depto casa int interno scala piano andar apto sala
        fração esquerdo direito izquierda derecha centro bajo etage stock stiege tür tor hinterhaus haus wohnung og eg vån våning tr lgh
        sal th tv mf kerros as em emelet ajtó kat daire blok mahalle bina d kv корп кв д стр дом этаж подъезд lok mieszkania m pok patro
        et bus kamer des aux sur sous d l en im am an der dem den die das nad pod na u v x s new old út és and und et y och og ja tai"""
    ).split()
)
"""Small words inside addresses, beside the kinds of streets."""


def is_prose(text: str, everyday: int = 0) -> bool:
    """Whether a value reads as a sentence or a note. `everyday`: how many of its words are everyday ones that stand in no address or name;
    it is asked for where all letters are of one case, and lower case says nothing."""
    if _OTHER_DATA.search(text) or _EASTERN_ENDS.search(text):
        return True
    words = _WORD.findall(text)
    if len(words) >= _LEAST_WORDS and (_CALL.search(text) or (not text.islower() and _ends_inside(text))):
        return True
    if text.islower() or text.isupper() or text == text.swapcase():
        return everyday > _MANY and everyday >= _LEAST_SHARE * len(words)
    strange = sum(_strange(part, first) for first, part in enumerate(_SEGMENT.split(text)))
    if strange:
        strange += _LAST_STOP.search(text) is not None
        strange += _is_told_of_someone(text)
    return strange >= _MANY or (strange >= _FEW and len(words) >= _LEAST_WORDS and strange >= _LEAST_SHARE * len(words))


def _ends_inside(text: str) -> bool:
    """Whether a full stop behind a word in lower case, long enough to be no abbreviation, is followed by more."""
    return any(word[0].islower() for word in _STOP.findall(text))


def _is_told_of_someone(text: str) -> bool:
    """Whether two words or more in capitals that are no street come first, then at once one of no address: "Ada Bell wohnt"."""
    words = list(itertools.takewhile(_LETTERS.fullmatch, text.split()[: _LONGEST_NAME + 1]))
    first = next((place for place, word in enumerate(words) if word.islower()), 0)
    return first >= _FEW and not any(is_of_addresses(fold(word)) for word in words[: first + 1])


def _strange(part: str, place: int) -> int:
    """Words of one part in lower case that are nothing of an address or a firm; those of a street's name behind its kind are."""
    words = _WORD.findall(part)
    if place == 0 and words and fold(words[0]) in STREETS and len(words) <= _AFTER_HEAD + 1:
        return 0
    return sum(1 for word in words if len(word) > 1 and word.islower() and not is_of_addresses(fold(word)))


def is_of_addresses(word: str) -> bool:
    """Whether a folded word is a small one of addresses, firms or titles."""
    if word in FUNCTION_WORDS and word not in _OF_ADDRESSES:
        return False
    known = word in STREETS or word in PARTICLES or word in _OF_ADDRESSES or word in FIRM_WORDS or word in TITLES
    return known or word.endswith(STREET_ENDS)
