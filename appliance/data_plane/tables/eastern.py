"""Japanese, Korean and Chinese text that is not Unicode: told by its letters, and only where there is no doubt.

Nearly any bytes can be read in these encodings, so a text must decode whole and then look like one: many different letters, standing in
words, nearly all of them everyday ones (kana and the first level of JIS X 0208; syllables of KS X 1001; the first level of GB 2312).
Western text (CP1252) fails all of that: its letters beyond ASCII stand alone between others.
"""

from __future__ import annotations

import codecs
import re

_WORD = re.compile(r"[^\x00-\x7f]+")
_LEAST_WORD = 1.5
"""Letters beyond ASCII of a word, on average."""
_SCRIPTS = (("cp932", 8, 0.9), ("cp949", 16, 0.97), ("gbk", 8, 0.9))
"""Encoding, the fewest different letters that show it, and the least share of everyday ones. Korean text would pass as Chinese but hardly
ever the other way round, so it is asked first and must show more."""


def eastern_encoding(data: bytes) -> str | None:
    """`cp932` (Shift-JIS), `cp949` (EUC-KR) or `gbk`, where the text is clearly in one of them. Its last character may be cut."""
    return next((codec for codec, letters, share in _SCRIPTS if _is_clearly(data, codec, letters, share)), None)


def _is_clearly(data: bytes, codec: str, least_letters: int, least_share: float) -> bool:
    try:
        words = _WORD.findall(codecs.getincrementaldecoder(codec)().decode(data))
    except UnicodeDecodeError:
        return False
    letters = "".join(words)
    if len(set(letters)) < least_letters or len(letters) < _LEAST_WORD * len(words):
        return False
    everyday = {letter for letter in set(letters) if _is_everyday(letter, codec)}
    return sum(letter in everyday for letter in letters) >= least_share * len(letters)


def _is_everyday(letter: str, codec: str) -> bool:
    if "\u3000" <= letter <= "\u303f" or "\uff01" <= letter <= "\uff5e":
        return True
    if codec == "cp949":
        return "가" <= letter <= "힣"
    own = letter.encode(codec, "replace")
    if codec == "gbk":
        return len(own) == 2 and 0xB0 <= own[0] <= 0xD7 and own[1] >= 0xA1
    return "\u3041" <= letter <= "\u30fe" or b"\x88\x9f" <= own <= b"\x98\x72"
