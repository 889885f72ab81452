"""A language that nobody speaks: English with accents, in brackets, longer by 40 %, and written from the right."""

from __future__ import annotations

import re
from typing import Any

LANGUAGE = {"lang": "ar", "dir": "rtl"}
"""Arabic has plural forms that English lacks, so that the catalogue's `other` is used."""
_ACCENTS = str.maketrans("aceinosuyACEINOSUY", "áçéíñóšúýÁÇÉÍÑÓŠÚÝ")
_FIXED = re.compile(r"(\{\w+|`[^`]*`)")
_PROGRAMS = {"requests", "commands"}
"""Parts of the catalogue that are typed, not read."""


def _sentence(text: str) -> str:
    parts = _FIXED.split(text)
    told = "".join(part if at % 2 else part.translate(_ACCENTS) for at, part in enumerate(parts))
    more = "".join("ö" if at % 9 else " " for at in range(round(len(text) * 0.4)))
    return f"⟦{told}{more}⟧"


def translated(part: Any) -> Any:
    """A part of the catalogue in that language."""
    if isinstance(part, dict):
        return {name: inner if name in _PROGRAMS else translated(inner) for name, inner in part.items()}
    if isinstance(part, list):
        return [translated(inner) for inner in part]
    return _sentence(part) if part else part
