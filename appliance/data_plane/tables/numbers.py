"""Numbers in text: how a column writes them, reading them exactly, and writing them the same way.

A mark between groups and a decimal comma are decided on the whole column. Where `1,234` fits both readings it is a thousand in files cut
by commas, and a decimal comma in files of a European hand (cut by semicolons, with another column that proves the comma).
"""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.affixes import Affixes, dressed, sniff_affixes, undressed, usual_affixes
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind

_HEAD = 1_000
_PLAIN = r"^-?(0|[1-9][0-9]*)$"
_WHOLE = r"^-?(0|[1-9][0-9]*)(\.0+)?$"
_POINT = r"^-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$"
_COMMA = r"^-?(0|[1-9][0-9]*)?(,[0-9]+)?([eE][-+]?[0-9]+)?$"
_EXPONENT = r"(?P<mantissa>[^eE]*)(?P<mark>[eE])(?P<sign>[-+]?)(?P<power>[0-9]+)$"
_GROUPS = ((",", "."), (".", ","), (" ", "."), (" ", ","), ("\u00a0", ","), ("\u202f", ","), ("'", "."), ("’", "."))
_EXACT = float(2**53)
_MOST_DECIMALS = 17


def sniff_number(texts: pa.Array, european: bool) -> tuple[ColumnKind, ColumnFormat] | None:
    """Kind (integer or numeric) and format of distinct texts, or None when they are not all numbers that come back the same.

    Zero-padded codes and integers that no int64 holds are None: they stay text."""
    around = sniff_affixes(texts)
    bare = undressed(texts, around)
    for thousands, decimal in _readings(european):
        if _fits(bare, thousands, decimal):
            found = _measure(_pointed(bare, thousands, decimal))
            if found is None:
                return None
            kind, form = found
            form = msgspec.structs.replace(form, decimal_comma=decimal == ",", thousands=thousands)
            return kind, msgspec.structs.replace(form, **msgspec.structs.asdict(around))
    return None


def fitting_numbers(texts: pa.Array, kind: ColumnKind, european: bool) -> pa.Array:
    """Which texts are numbers of the kind, under the reading that makes most of them numbers."""
    bare = undressed(texts, usual_affixes(texts))
    best = pa.array([False] * len(texts), pa.bool_())
    for thousands, decimal in _readings(european):
        found = pc.match_substring_regex(bare, _pattern(thousands, decimal))
        if kind is ColumnKind.INTEGER:
            found = pc.and_(found, pc.match_substring_regex(_pointed(bare, thousands, decimal), _WHOLE))
        best = found if found.true_count > best.true_count else best
    return best


def proves_decimal_comma(texts: pa.Array) -> bool:
    """Whether these texts are numbers with a decimal comma that cannot be a mark between groups."""
    texts = texts.filter(pc.not_equal(texts, ""))
    return len(texts) > 0 and _all(texts, _COMMA) and not _fits(texts, ",", ".") and not _all(texts, _PLAIN)


def read_numbers(texts: pa.Array, kind: ColumnKind, form: ColumnFormat) -> pa.Array:
    """The texts as int64 or float64, null where one is no such number (a null stays null)."""
    pointed = _pointed(undressed(texts, _around(form)), form.thousands, "," if form.decimal_comma else ".")
    if kind is ColumnKind.INTEGER:
        whole = pc.replace_substring_regex(pointed, r"\.0*$", "")
        return _cast_where(whole, r"^-?[0-9]{1,18}$|^-?[0-9]{19}$", pa.int64())
    return _cast_where(pointed, _POINT, pa.float64())


def write_numbers(values: pa.Array, form: ColumnFormat) -> pa.Array:
    """int64 or float64 as texts in the column's form (a null stays null)."""
    integer = pa.types.is_integer(values.type)
    texts = _integer_texts(values, form) if integer else _float_texts(values, form)
    if form.thousands:
        texts = _grouped(texts, form.thousands, form.decimal_comma)
    elif form.decimal_comma:
        texts = pc.replace_substring(texts, ".", ",")
    return dressed(texts, _around(form))


def _around(form: ColumnFormat) -> Affixes:
    return Affixes(form.prefix, form.suffix, form.negative)


def _all(texts: pa.Array, pattern: str) -> bool:
    """Whether every text matches; the first thousand are asked before the rest."""
    return all(pc.all(pc.match_substring_regex(part, pattern)).as_py() is not False for part in (texts.slice(0, _HEAD), texts.slice(_HEAD)))


def _readings(european: bool) -> list[tuple[str, str]]:
    """(mark between groups, decimal mark) in the order in which they are tried."""
    if european:
        return [("", ","), (".", ","), ("", "."), *_GROUPS]
    return [("", "."), *_GROUPS[:1], ("", ","), *_GROUPS[1:]]


def _fits(texts: pa.Array, thousands: str, decimal: str) -> bool:
    return _all(texts, _pattern(thousands, decimal))


def _pattern(thousands: str, decimal: str) -> str:
    if not thousands:
        return _POINT if decimal == "." else _COMMA
    mark, point = f"\\x{{{ord(thousands):x}}}", f"\\x{{{ord(decimal):x}}}"
    return rf"^-?(0|[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})*)({point}[0-9]+)?$"


def _pointed(texts: pa.Array, thousands: str, decimal: str) -> pa.Array:
    if thousands:
        texts = pc.replace_substring(texts, thousands, "")
    return pc.replace_substring(texts, ",", ".") if decimal == "," else texts


def _measure(pointed: pa.Array) -> tuple[ColumnKind, ColumnFormat] | None:
    if _all(pointed, _WHOLE):
        return _measure_whole(pointed)
    values = pointed.cast(pa.float64())
    if pc.any(pc.is_inf(values)).as_py():
        return None
    least, most = _decimals(pointed)
    parts = pc.extract_regex(pointed, _EXPONENT)
    if parts.null_count < len(parts):
        return ColumnKind.NUMERIC, _measure_exponents(pointed, parts, least)
    if most > _MOST_DECIMALS:
        return ColumnKind.NUMERIC, ColumnFormat(least_decimals=min(least, 1))
    return ColumnKind.NUMERIC, ColumnFormat(decimals=most, fixed_decimals=least == most, least_decimals=least)


def _measure_exponents(pointed: pa.Array, parts: pa.Array, least: int) -> ColumnFormat:
    """The digits of numbers of which all or some have an exponent, and its look where all have one."""
    mantissas = pc.replace_substring_regex(pointed, "[eE].*$", "")
    digits = pc.replace_substring_regex(mantissas, r"^[-0.]*|\.", "")
    digits = pc.replace_substring_regex(digits, "0+$", "") if parts.null_count else digits
    significant = min(max(pc.max(pc.binary_length(digits)).as_py(), 1), _MOST_DECIMALS)
    if parts.null_count:
        return ColumnFormat(least_decimals=min(least, 1), significant=significant)
    mark = pc.struct_field(parts, "mark")[0].as_py()
    plus = not pc.any(pc.equal(pc.struct_field(parts, "sign"), "")).as_py()
    width = pc.min(pc.binary_length(pc.struct_field(parts, "power"))).as_py()
    fewest, most = _decimals(mantissas)
    look = mark + ("+" if plus else "") + "0" * width
    return ColumnFormat(least_decimals=fewest, fixed_decimals=fewest == most, exponent=look, significant=significant)


def _measure_whole(pointed: pa.Array) -> tuple[ColumnKind, ColumnFormat] | None:
    least, most = _decimals(pointed)
    whole = pc.replace_substring_regex(pointed, r"\.0*$", "") if most else pointed
    try:
        whole.cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    if not most:
        return ColumnKind.INTEGER, ColumnFormat()
    return ColumnKind.INTEGER, ColumnFormat(decimals=most, fixed_decimals=least == most, least_decimals=least)


def _decimals(pointed: pa.Array) -> tuple[int, int]:
    """The fewest and the most digits after the point."""
    point = pc.find_substring(pointed, ".").to_numpy(zero_copy_only=False)
    digits = np.where(point < 0, 0, pc.binary_length(pointed).to_numpy(zero_copy_only=False) - point - 1)
    return (int(digits.min()), int(digits.max())) if len(digits) else (0, 0)


def _cast_where(texts: pa.Array, pattern: str, kind: pa.DataType) -> pa.Array:
    fitting = pc.if_else(pc.match_substring_regex(texts, pattern), texts, pa.scalar(None, texts.type))
    try:
        return fitting.cast(kind)
    except pa.ArrowInvalid:
        return pa.array([_integer_or_none(text) for text in fitting.to_pylist()], kind)


def _integer_or_none(text: str | None) -> int | None:
    value = None if text is None else int(text)
    return value if value is not None and -(2**63) <= value < 2**63 else None


def _integer_texts(values: pa.Array, form: ColumnFormat) -> pa.Array:
    texts = values.cast(pa.string())
    return pc.binary_join_element_wise(texts, "0" * form.least_decimals, ".") if form.least_decimals else texts


def _float_texts(values: pa.Array, form: ColumnFormat) -> pa.Array:
    """The shortest text that reads back as the value rounded to the column's decimals, never shorter than its fewest."""
    if form.decimals is not None and values.type == pa.float64():
        values = _rounded(values, form.decimals)
    if form.exponent:
        return pa.array([_with_exponent(value, form) for value in values.to_pylist()], pa.string())
    if form.significant and values.type == pa.float64():
        numbers = (None if value is None else float(f"{value:.{form.significant - 1}e}") for value in values.to_pylist())
        values = pa.array(numbers, pa.float64())
    texts = values.cast(pa.string())
    odd = pc.fill_null(pc.match_substring_regex(texts, r"e|^-?0\.0000|^-0$|nan|inf"), False)
    if pc.any(odd).as_py():
        replaced = [_positional(value, form) for value in values.filter(odd).to_pylist()]
        texts = pc.replace_with_mask(texts, odd, pa.array(replaced, pa.string()))
    return _padded(texts, form.least_decimals)


def _with_exponent(value: float | None, form: ColumnFormat) -> str | None:
    """One mantissa digit before the point, at least and at most as many after it as the column has, and the exponent in its look."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return None
    mantissa, power = f"{value + 0.0:.{form.significant - 1}e}".split("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0").ljust(form.least_decimals, "0")
    sign = "-" if power.startswith("-") else "+" if "+" in form.exponent else ""
    digits = power[1:].lstrip("0").rjust(form.exponent.count("0"), "0")
    return f"{whole}{'.' if fraction else ''}{fraction}{form.exponent[0]}{sign}{digits}"


def _rounded(values: pa.Array, decimals: int) -> pa.Array:
    numbers = values.to_numpy(zero_copy_only=False)
    with np.errstate(all="ignore"):
        scaled = numbers * 10.0**decimals
        rounded = np.where(np.abs(scaled) < _EXACT, np.rint(scaled) / 10.0**decimals, numbers)
    return pa.array(rounded + 0.0, pa.float64(), mask=values.is_null().to_numpy(zero_copy_only=False))


def _positional(value: float, form: ColumnFormat) -> str | None:
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return None
    if form.decimals is None:
        return repr(value + 0.0).removesuffix(".0")
    return f"{value + 0.0:.{form.decimals}f}".rstrip("0").rstrip(".") if form.decimals else f"{value + 0.0:.0f}"


def _padded(texts: pa.Array, least: int) -> pa.Array:
    """Zeros after the point up to `least` digits; texts with an exponent are left alone."""
    if not least:
        return texts
    point = pc.find_substring(texts, ".").to_numpy(zero_copy_only=False)
    length = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    digits = np.nan_to_num(np.where(point < 0, -1, length - point - 1), nan=least).astype(np.int64)
    exponent = pc.fill_null(pc.match_substring(texts, "e"), False).to_numpy(zero_copy_only=False)
    short = np.where(exponent | (digits >= least), 0, np.where(digits < 0, least + 1, least - digits))
    tails = pa.array(["", *("0" * width for width in range(1, least + 1)), "." + "0" * least])
    return pc.binary_join_element_wise(texts, tails.take(pa.array(short)), "")


def _grouped(texts: pa.Array, thousands: str, decimal_comma: bool) -> pa.Array:
    """With a mark between groups of three digits left of the point."""
    parts = pc.extract_regex(texts, r"^(?P<sign>-?)(?P<whole>[0-9]+)(?P<rest>.*)$")
    whole, rest = pc.struct_field(parts, "whole"), pc.struct_field(parts, "rest")
    longest = pc.max(pc.binary_length(whole)).as_py() or 0
    for _ in range((longest - 1) // 3):
        whole = pc.replace_substring_regex(whole, r"^([0-9]+)([0-9]{3})", rf"\1{thousands}\2")
    rest = pc.replace_substring(rest, ".", ",") if decimal_comma else rest
    return pc.binary_join_element_wise(pc.struct_field(parts, "sign"), whole, rest, "")
