"""Words as they are compared: lower case, without accents, Latin letters with strokes as their plain forms."""

from __future__ import annotations

import unicodedata

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŋ": "n",
        "ə": "e",
        "\u2019": "'",
        "\u02bc": "'",
        "\u2010": "-",
        "\u2011": "-",
    }
)
_DECOMPOSED_LATIN = 0x0250
"""Only Latin letters lose their marks: in other scripts these are letters of their own (й, が)."""


def fold(text: str) -> str:
    """The text in lower case and without accents. `Ångström` and `angstrom` fold to the same; `й` stays `й`."""
    lower = text.lower()
    if lower.isascii():
        return lower
    lower = lower.translate(_LETTERS)
    return "".join(_plain(sign) for sign in unicodedata.normalize("NFC", lower))


def _plain(sign: str) -> str:
    if sign < "\x80" or (sign >= chr(_DECOMPOSED_LATIN) and not "\u1e00" <= sign <= "\u1eff"):
        return "" if "\u0300" <= sign <= "\u036f" else sign
    return unicodedata.normalize("NFD", sign)[0]
