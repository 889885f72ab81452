"""Which texts stand for a missing value.

In a column of numbers, dates or truth values every text of `MISSING_AMONG_NUMBERS` does. In a column of words only one token does, the one
of `MISSING` that is used most (the empty text first): a second one there may well be a category, and comes back as it was.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

MISSING = ("", "NA", "N/A", "n/a", "NULL", "null", "NaN", "nan", "\\N", "#N/A", "<NA>")
MISSING_AMONG_NUMBERS = (
    *MISSING, "na", "Na", "Null", "NAN", "None", "none", "NONE", "nil", "?", "-", "--", "---", ".", "..", "*", "missing", "Missing",
    "unknown", "Unknown", "NaT", "#N/A N/A", "#NA", "#VALUE!", "#DIV/0!", "#REF!", "inf", "-inf", "Inf", "-Inf", "Infinity", "-Infinity",
    "INF", "-INF",
)  # fmt: skip


def missing_among_numbers(texts: pa.Array, own: str = "") -> pa.Array:
    """True where a text stands for a missing value in a column of numbers, dates or truth values. `own`: the column's own token."""
    return pc.is_in(pc.utf8_trim_whitespace(texts), value_set=pa.array([*MISSING_AMONG_NUMBERS, own.strip()], texts.type))


def missing_word(texts: pa.Array, counts: pa.Array) -> str | None:
    """The one token that stands for a missing value in a column of words, or None when there is none. `counts`: rows per distinct text."""
    found = pc.is_in(texts, value_set=pa.array(MISSING, texts.type))
    tokens = texts.filter(found).to_pylist()
    if "" in tokens:
        return ""
    used = counts.filter(found).to_pylist()
    return max(zip(used, tokens, strict=True))[1] if tokens else None


def most_used(texts: pa.Array, counts: pa.Array) -> str:
    """The text that the most rows hold (ties: the greater text); `""` of none."""
    pairs = zip(counts.to_pylist(), texts.to_pylist(), strict=True)
    return str(max(pairs, default=(0, ""))[1])
