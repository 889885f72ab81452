"""What made values look like in a file of text: numbers, dates and truth values in their column's own form, all else in plain form."""

from __future__ import annotations

import datetime
import re
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.dates import write_dates
from appliance.data_plane.tables.numbers import write_numbers
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, ColumnSchema
from appliance.data_plane.transform.cells import Cells, all_texts
from appliance.data_plane.transform.evaluation.vectors import listed, text_of

_FORMULA = "^[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]"
"""How a cell begins that a spreadsheet would run; some read the wide signs of East Asian scripts like the narrow ones."""
_NUMBER = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?\Z", re.ASCII)


class OutColumn(msgspec.Struct, frozen=True):
    """A column on its way out. `source`: its name in the file; `cells`: what rules made, None where all is as it was.

    `header`: the name as the file spells it. `quoted`: values stand in quotes in the file."""

    name: str
    header: str
    source: str | None
    schema: ColumnSchema
    cells: Cells | None = None
    quoted: bool = False

    @property
    def missing(self) -> str:
        """What stands for a missing value."""
        return self.schema.format.missing


def shown_texts(out: OutColumn) -> pa.Array:
    """The text of every entry of the column's pool; null for a missing one."""
    assert out.cells is not None
    vector = out.cells.pool.vector
    if isinstance(vector, pa.Array):
        return vector.cast(pa.string())
    values = listed(vector, out.cells.pool.size)
    plain = all_texts(values)
    if plain is not None:
        return plain
    texts = [None if value is None else _plain(value, out.schema) for value in values]
    form = out.schema.format
    for kinds, write in ((_NUMBERS, _as_number), (_MOMENTS, _as_moment)):
        places = [place for place, value in enumerate(values) if type(value) in kinds]
        if places and _has_form(out.schema, kinds):
            for place, text in zip(places, write([values[place] for place in places], form), strict=True):
                texts[place] = text if text is not None else texts[place]
    return pa.array(texts, pa.string())


_NUMBERS = (int, float)
_MOMENTS = (datetime.date, datetime.datetime)


def _has_form(column: ColumnSchema, kinds: tuple[type, ...]) -> bool:
    if kinds is _MOMENTS:
        return column.kind is ColumnKind.DATETIME and bool(column.format.pattern)
    form = column.format
    marked = form.decimal_comma or form.thousands or form.prefix or form.suffix or form.decimals is not None
    return column.kind in (ColumnKind.INTEGER, ColumnKind.NUMERIC) and bool(marked)


def _as_number(values: list[Any], form: ColumnFormat) -> list[str | None]:
    return write_numbers(pa.array([_float(value) for value in values], pa.float64()), form).to_pylist()  # type: ignore[no-any-return]


def _float(value: Any) -> float | None:
    """None for a whole number beyond all floating ones, which is then written out."""
    try:
        return float(value)
    except OverflowError:
        return None


def _as_moment(values: list[Any], form: ColumnFormat) -> list[str | None]:
    moments = [
        value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, datetime.time())
        for value in values
    ]
    return write_dates(pa.array(moments, pa.timestamp("us")), form.pattern).to_pylist()  # type: ignore[no-any-return]


def _plain(value: Any, column: ColumnSchema) -> str:
    if isinstance(value, bool) and column.kind is ColumnKind.BOOLEAN:
        return column.format.true if value else column.format.false
    return text_of(value)


def guarded_texts(texts: pa.Array, cells: Cells) -> tuple[pa.Array, int]:
    """The texts with an apostrophe before those that rules made and that a spreadsheet would run; and in how many rows."""
    risky = pc.fill_null(pc.match_substring_regex(texts, _FORMULA), False).to_numpy(zero_copy_only=False) & cells.pool.made
    places = [place for place in np.flatnonzero(risky).tolist() if not _NUMBER.match(texts[place].as_py())]
    if not places:
        return texts, 0
    mask = np.zeros(cells.pool.size, np.bool_)
    mask[places] = True
    guarded = pc.binary_join_element_wise("'", texts.filter(pa.array(mask)), "")
    return pc.replace_with_mask(texts, pa.array(mask), guarded), int(cells.weights()[places].sum())
