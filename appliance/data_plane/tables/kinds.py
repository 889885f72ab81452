"""What a column means: its kind, told from all its distinct texts, their counts and, for keys, the column's name.

integer      every value a whole number (also `3.0`), unless it behaves like a key
numeric      every value a number
boolean      two texts such as yes and no, both present (true and false also alone); 0 and 1 stay integers
datetime     every value follows one pattern of dates or times
identifier   integers: unique and dense, or of one long length, or named like a key; texts: short and nearly unique, or keys with digits
categorical  texts that repeat: at most half as many as rows
text         more than two blanks on average and less than nine of ten repeated; nested values; all other texts
empty        nothing but missing values
"""

from __future__ import annotations

import re
from typing import NoReturn

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.dates import fitting_dates, sniff_pattern
from appliance.data_plane.tables.missing import MISSING, missing_among_numbers, missing_word, most_used
from appliance.data_plane.tables.numbers import fitting_numbers, read_numbers, sniff_number
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, ColumnSchema
from appliance.data_plane.tables.types import JSON_STORAGE, Distinct
from appliance.errors import DataRefused

_TRUTHS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"))
_KEY_WORDS = frozenset({"id", "ids", "uuid", "guid", "key", "pk", "ssn", "isbn", "ean", "imei", "iban"})
_KEY_LAST_WORDS = frozenset({"number", "no", "nr", "num", "code", "account", "phone", "index", "serial", "row"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_WORD_KINDS = frozenset({ColumnKind.CATEGORICAL, ColumnKind.TEXT, ColumnKind.IDENTIFIER})


class Reading(msgspec.Struct, frozen=True):
    """How the whole table's doubts are settled. `forced` and `pattern` are of one column."""

    european: bool = False
    day_first: bool | None = None
    forced: ColumnKind | None = None
    pattern: str | None = None


def decide(name: str, distinct: Distinct, reading: Reading) -> ColumnSchema:
    """Kind and format of a column of texts. Raises DataRefused when it cannot have the kind that is forced upon it."""
    if reading.forced is not None:
        return _forced(name, distinct, reading, reading.forced)
    if not len(distinct.texts) or (not distinct.marks and pc.all(pc.is_in(distinct.texts, value_set=pa.array(MISSING))).as_py()):
        return ColumnSchema(name, ColumnKind.EMPTY, ColumnFormat(missing=most_used(distinct.texts, distinct.counts)))
    if distinct.marks != "json":
        found = _meaning(name, distinct, reading)
        if found is not None:
            return found
    return _words(name, distinct)


def _meaning(name: str, distinct: Distinct, reading: Reading) -> ColumnSchema | None:
    """Truth values, numbers and dates; None for words."""
    missing = missing_among_numbers(distinct.texts)
    present = distinct.texts.filter(pc.invert(missing))
    if not len(present):
        return None
    token = most_used(distinct.texts.filter(missing), distinct.counts.filter(missing))
    base = ColumnFormat(missing=token, quoted=distinct.marks == "string")
    truth = _truth(present)
    if truth is not None:
        return ColumnSchema(name, ColumnKind.BOOLEAN, msgspec.structs.replace(base, true=truth[0], false=truth[1]))
    number = sniff_number(present, reading.european)
    if number is not None:
        return _number(name, distinct, present, number, base)
    pattern = reading.pattern or sniff_pattern(present, reading.day_first)
    if pattern is not None:
        return ColumnSchema(name, ColumnKind.DATETIME, msgspec.structs.replace(base, pattern=pattern))
    return _dates_with_misfits(name, present, distinct.counts.filter(pc.invert(missing)), base, reading)


def _dates_with_misfits(name: str, present: pa.Array, counts: pa.Array, base: ColumnFormat, reading: Reading) -> ColumnSchema | None:
    """A column of which at least 99 % of 100 rows or more have one shape, and in that shape one pattern of dates; else None."""
    rows = pc.sum(counts).as_py()
    if rows < 100 or pc.mean(pc.utf8_length(present)).as_py() > 40:
        return None
    shapes = pc.replace_substring_regex(present, "[0-9]", "9")
    table = pa.table({"shape": shapes, "rows": counts}).group_by("shape").aggregate([("rows", "sum")])
    most = pc.max(table["rows_sum"]).as_py()
    if most < 0.99 * rows:
        return None
    shape = table["shape"][pc.index(table["rows_sum"], most).as_py()]
    pattern = sniff_pattern(present.filter(pc.equal(shapes, shape)), reading.day_first)
    if pattern is None:
        return None
    return ColumnSchema(name, ColumnKind.DATETIME, msgspec.structs.replace(base, pattern=pattern, misfits=rows - most))


def _truth(present: pa.Array) -> tuple[str, str] | None:
    """The two texts for true and false, or None."""
    if len(present) > 2:
        return None
    texts = present.to_pylist()
    for positive, negative in _TRUTHS:
        for shape in (str.lower, str.upper, str.capitalize):
            pair = (shape(positive), shape(negative))
            if set(texts) == set(pair) or (positive == "true" and set(texts) <= set(pair)):
                return pair
    return None


def _number(
    name: str, distinct: Distinct, present: pa.Array, found: tuple[ColumnKind, ColumnFormat], base: ColumnFormat
) -> ColumnSchema | None:
    kind, form = found
    form = msgspec.structs.replace(form, missing=base.missing, quoted=base.quoted)
    if kind is ColumnKind.NUMERIC:
        return ColumnSchema(name, kind, form)
    compact = sniff_pattern(present) if not form.decimals and not form.thousands else None
    if compact is not None:
        return ColumnSchema(name, ColumnKind.DATETIME, msgspec.structs.replace(base, pattern=compact))
    values = read_numbers(present, kind, form)
    rows = pc.sum(distinct.counts.filter(pc.invert(missing_among_numbers(distinct.texts)))).as_py()
    if not form.decimals and is_key(name, values.to_numpy(), rows):
        return ColumnSchema(name, ColumnKind.IDENTIFIER, msgspec.structs.replace(form, storage="int64"))
    return ColumnSchema(name, ColumnKind.INTEGER, form)


def is_key(name: str, distinct: np.ndarray, rows: int) -> bool:
    """Whether distinct integers, held by `rows` rows, are keys: nearly unique under a key's name, or unique and either without gaps (years
    apart) or all of one length of at least eight digits (moments in seconds since 1970 and the like apart)."""
    if len(distinct) < 2 or len(distinct) < 0.95 * rows:
        return False
    low, high = int(distinct.min()), int(distinct.max())
    if is_key_name(name):
        return True
    if len(distinct) < rows or rows < 20 or low < 0:
        return False
    years = low >= 1800 and high <= 2100
    dense = high - low < 1.02 * rows
    moments = any(unit <= low and high < 2.2 * unit for unit in (10**9, 10**12, 10**15, 10**18))
    lengthy = len(str(low)) == len(str(high)) >= 8 and not moments
    return (dense and not years) or lengthy


def is_key_name(name: str) -> bool:
    """Whether a column's name says key: `id`, `user_id`, `customerKey`, `phone number`."""
    words = [word.lower() for word in _WORD.findall(name)]
    return bool(words) and (not _KEY_WORDS.isdisjoint(words) or words[-1] in _KEY_LAST_WORDS)


def _words(name: str, distinct: Distinct) -> ColumnSchema:
    token = None if distinct.marks else missing_word(distinct.texts, distinct.counts)
    kept = pc.invert(pc.equal(distinct.texts, token)) if token is not None else pc.is_valid(distinct.texts)
    texts, counts = distinct.texts.filter(kept), distinct.counts.filter(kept)
    form = ColumnFormat(
        missing=token if token is not None else "",
        quoted=distinct.marks == "string",
        width=_code_width(texts),
        storage=JSON_STORAGE if distinct.marks == "json" else "",
    )
    return ColumnSchema(name, words_kind(texts, counts), form)


def words_kind(texts: pa.Array, counts: pa.Array) -> ColumnKind:
    """Categorical, identifier or text, by how texts repeat and how they look."""
    rows = pc.sum(counts).as_py() or 0
    share = len(texts) / max(rows, 1)
    if _is_nested(texts):
        return ColumnKind.TEXT
    if len(texts) <= 1:
        return ColumnKind.CATEGORICAL
    blanks = _mean(pc.count_substring(texts, " "), counts, rows)
    if blanks > 2 and share > 0.1:
        return ColumnKind.TEXT
    short = _mean(pc.utf8_length(texts), counts, rows) <= 40
    keyed = short and share > 0.1 and len(texts) > 50 and _mean(_looks_keyed(texts), counts, rows) >= 0.8
    if keyed or (short and share >= 0.9):
        return ColumnKind.IDENTIFIER
    if share <= 0.5:
        return ColumnKind.CATEGORICAL
    return ColumnKind.IDENTIFIER if short and blanks < 1 else ColumnKind.TEXT


def _mean(values: pa.Array, counts: pa.Array, rows: int) -> float:
    return float(pc.sum(pc.multiply(values.cast(pa.int64()), counts)).as_py() or 0) / max(rows, 1)


def _looks_keyed(texts: pa.Array) -> pa.Array:
    """At least four digits, or an at sign between words: numbers of things, phones, e-mails."""
    return pc.match_substring_regex(texts, r"^[^ ]*([0-9][^ ]*){4,}$|^[0-9() +/.-]{7,}$|^[^ @]+@[^ @]+$")


def _is_nested(texts: pa.Array) -> bool:
    return len(texts) > 0 and bool(pc.all(pc.match_substring_regex(texts, r"(?s)^(\{.*\}|\[.*\])$")).as_py())


def _code_width(texts: pa.Array) -> int:
    """The common length of codes of digits, 0 when they are none."""
    if not len(texts) or not pc.all(pc.match_substring_regex(texts, "^[0-9]+$")).as_py():
        return 0
    shortest, longest = pc.min_max(pc.binary_length(texts)).as_py().values()
    return int(longest) if shortest == longest else 0


def _forced(name: str, distinct: Distinct, reading: Reading, kind: ColumnKind) -> ColumnSchema:
    """The column as the kind that was asked for."""
    if kind in _WORD_KINDS or kind is ColumnKind.EMPTY:
        return msgspec.structs.replace(_words(name, distinct), kind=kind)
    free = msgspec.structs.replace(reading, forced=None)
    found = None if kind is ColumnKind.BOOLEAN or distinct.marks == "json" else _meaning(name, distinct, free)
    if found is not None and kind is ColumnKind.NUMERIC and found.format.storage in ("", "int64") and _is_number(found):
        return msgspec.structs.replace(found, kind=kind, format=msgspec.structs.replace(found.format, storage=""))
    if found is not None and kind is ColumnKind.INTEGER and _is_number(found) and found.kind is not ColumnKind.NUMERIC:
        return msgspec.structs.replace(found, kind=kind, format=msgspec.structs.replace(found.format, storage=""))
    if found is not None and found.kind is kind:
        return found
    return _forced_anyway(name, distinct, reading, kind)


def _is_number(column: ColumnSchema) -> bool:
    return column.kind in (ColumnKind.INTEGER, ColumnKind.NUMERIC) or column.format.storage == "int64"


def _forced_anyway(name: str, distinct: Distinct, reading: Reading, kind: ColumnKind) -> ColumnSchema:
    """Kinds that the texts do not show by themselves: any two texts as truth values, dates by a given pattern, a column without values."""
    missing = missing_among_numbers(distinct.texts)
    present = distinct.texts.filter(pc.invert(missing))
    form = ColumnFormat(
        missing=most_used(distinct.texts.filter(missing), distinct.counts.filter(missing)), quoted=distinct.marks == "string"
    )
    if kind is ColumnKind.BOOLEAN and len(present) <= 2:
        false, true = (sorted([*present.to_pylist(), "false", "true"][: max(2, len(present))])) if len(present) else ("false", "true")
        pair = _truth(present) or (true, false)
        return ColumnSchema(name, kind, msgspec.structs.replace(form, true=pair[0], false=pair[1]))
    if kind is ColumnKind.DATETIME:
        pattern = reading.pattern or sniff_pattern(present, reading.day_first) or ("%Y-%m-%d" if not len(present) else None)
        if pattern is not None:
            return ColumnSchema(name, kind, msgspec.structs.replace(form, pattern=pattern))
    if not len(present) and kind is not ColumnKind.BOOLEAN:
        return ColumnSchema(name, kind, form)
    _refuse_misfits(name, distinct, reading, kind)


def _refuse_misfits(name: str, distinct: Distinct, reading: Reading, kind: ColumnKind) -> NoReturn:
    misfit = pc.and_not(pc.invert(_fitting(distinct, reading, kind)), missing_among_numbers(distinct.texts))
    place, rows = pc.index(misfit, True).as_py(), pc.sum(distinct.counts.filter(misfit)).as_py() or 0
    where = f" in {distinct.first_row(place)}" if place >= 0 else ""
    more = f", the first of {rows:,} such rows" if rows > 1 else ""
    raise DataRefused(
        f"Column {name!r} cannot be read as {kind.value}: the value{where} does not fit{more}. Correct it, or give the column another kind."
    )


def _fitting(distinct: Distinct, reading: Reading, kind: ColumnKind) -> pa.Array:
    """Which distinct texts are values of the kind, in the form that most of them have."""
    texts = distinct.texts
    if kind in (ColumnKind.INTEGER, ColumnKind.NUMERIC):
        return fitting_numbers(texts, kind, reading.european)
    if kind is ColumnKind.DATETIME:
        return fitting_dates(texts, reading.pattern, reading.day_first)
    known = pc.is_in(pc.utf8_lower(texts), value_set=pa.array([word for pair in _TRUTHS for word in pair]))
    if known.true_count:
        return known
    usual = pc.array_sort_indices(distinct.counts, order="descending").slice(0, 2)
    return pc.is_in(pa.array(range(len(texts)), usual.type), value_set=usual)
