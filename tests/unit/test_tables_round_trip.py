"""Whatever a table holds, it comes back from its file with the same values, kinds and formats."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import hypothesis.strategies as st
import msgspec
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings

from appliance.data_plane.tables import TableOverrides, read_table, write_table
from appliance.data_plane.tables.dates import read_dates, write_dates
from appliance.data_plane.tables.missing import MISSING
from appliance.data_plane.tables.numbers import read_numbers, sniff_number, write_numbers
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, ColumnSchema, FileFormat, Table, TableSchema

relaxed = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

words = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=12)
moments = st.datetimes(datetime.datetime(1000, 1, 1), datetime.datetime(2999, 12, 31)).map(lambda moment: moment.replace(microsecond=0))
COLUMNS = (
    ColumnSchema("whole", ColumnKind.INTEGER),
    ColumnSchema("number", ColumnKind.NUMERIC),
    ColumnSchema("truth", ColumnKind.BOOLEAN),
    ColumnSchema("moment", ColumnKind.DATETIME, ColumnFormat(pattern="%Y-%m-%d %H:%M:%S")),
    ColumnSchema("word", ColumnKind.TEXT, ColumnFormat(missing="NA")),
)
KINDS = {column.name: column.kind for column in COLUMNS}
TYPES = (pa.int64(), pa.float64(), pa.bool_(), pa.timestamp("us"), pa.string())
rows_of_values = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.booleans(),
        st.none() | moments,
        st.none() | words.filter(lambda word: word not in MISSING),
    ),
    min_size=1,
    max_size=30,
)


def table_of(rows: list[tuple[object, ...]], file: FileFormat) -> Table:
    arrays = [pa.array([row[index] for row in rows], kind) for index, kind in enumerate(TYPES)]
    return Table(TableSchema(COLUMNS, file), pa.table(arrays, names=list(KINDS)))


@pytest.mark.parametrize(
    "file",
    [
        FileFormat(),
        FileFormat(delimiter=";", encoding="utf-16", line_end="\r\n", quote_all=True, header_quoted=True),
        FileFormat(delimiter="\t", encoding="utf-8-sig", compression="gz"),
        FileFormat(format="jsonl"),
        FileFormat(format="json", delimiter=", ", line_end="", compression="zst"),
        FileFormat(format="parquet"),
    ],
)
@relaxed
@given(rows=rows_of_values)
def test_every_value_comes_back(tmp_path: Path, file: FileFormat, rows: list[tuple[object, ...]]) -> None:
    table = table_of(rows, file)
    path = tmp_path / "table"
    write_table(table, path)
    overrides = TableOverrides(
        kinds=KINDS, format=file.format, delimiter=file.delimiter if file.format == "csv" else None, encoding=file.encoding
    )
    again = read_table(path, overrides=overrides)
    assert again.data.to_pydict() == table.data.to_pydict()
    first = path.read_bytes()
    write_table(table, path)
    assert path.read_bytes() == first


@relaxed
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_a_number_reads_back_as_itself(values: list[float]) -> None:
    texts = write_numbers(pa.array(values), ColumnFormat())
    assert read_numbers(texts, ColumnKind.NUMERIC, ColumnFormat()).to_pylist() == values


@relaxed
@given(
    cents=st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=40),
    decimals=st.integers(1, 6),
    marks=st.sampled_from([("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), ("'", ".")]),
)
def test_numbers_of_every_hand_are_written_as_they_were(cents: list[int], decimals: int, marks: tuple[str, str]) -> None:
    thousands, point = marks
    texts = []
    for value in [*cents, 1_234_567 * 10**decimals + 5]:
        whole, part = divmod(abs(value), 10**decimals)
        sign = "-" if value < 0 else ""
        texts.append(f"{sign}{whole:,}".replace(",", thousands) + f"{point}{part:0{decimals}d}")
    found = sniff_number(pa.array(texts), european=point == ",")
    assert found is not None
    kind, form = found
    assert (form.thousands, form.decimal_comma) == (thousands, point == ",")
    assert write_numbers(read_numbers(pa.array(texts), kind, form), form).to_pylist() == texts


NEGATIVES = ["({0})", "(${0})", "$({0})", "-${0}", "$-{0}", "-€{0}", "{0}-", "−{0}", "({0}%)", "-₩{0}", "({0}) €"]


@pytest.mark.parametrize("below", NEGATIVES)
@relaxed
@given(cents=st.lists(st.integers(1, 10**9), min_size=3, max_size=40, unique=True))
def test_what_is_below_zero_is_written_as_it_was(below: str, cents: list[int]) -> None:
    above = below.translate(str.maketrans("", "", "()-−"))
    marks = [above, *[below] * (len(cents) - 1)]
    texts = pa.array([mark.format(f"{value // 100:,}.{value % 100:02d}") for mark, value in zip(marks, cents, strict=True)])
    found = sniff_number(texts, european=False)
    assert found is not None
    kind, form = found
    values = read_numbers(texts, kind, form)
    assert [value < 0 for value in values.to_pylist()] == [False, *[True] * (len(cents) - 1)]
    assert write_numbers(values, form).to_pylist() == texts.to_pylist()


def test_a_column_with_two_ways_of_saying_minus_is_no_number() -> None:
    assert sniff_number(pa.array(["(5)", "-5", "7"]), european=False) is None
    assert sniff_number(pa.array(["(5", "7"]), european=False) is None
    assert sniff_number(pa.array(["12-", "+5"]), european=False) is None


@pytest.mark.parametrize("look", ["{0:.3e}", "{0:.2E}", "{0:.0e}", "{0:.11e}"])
@relaxed
@given(values=st.lists(st.floats(1e-200, 1e200) | st.floats(-1e3, -1e-30), min_size=1, max_size=40))
def test_an_exponent_is_written_as_it_was(look: str, values: list[float]) -> None:
    texts = [look.format(value) for value in [6.123456789012e-9, *values]]
    found = sniff_number(pa.array(texts), european=False)
    assert found is not None
    kind, form = found
    assert write_numbers(read_numbers(pa.array(texts), kind, form), form).to_pylist() == texts
    assert write_numbers(pa.array([6.40138802847252e-05, None]), form).to_pylist() == [look.format(6.40138802847252e-05), None]


def test_numbers_of_which_some_have_an_exponent_keep_their_digits() -> None:
    found = sniff_number(pa.array(["0.00123", "1.25e-05", "4.5", "12.0"]), european=False)
    assert found is not None
    assert write_numbers(pa.array([6.40138802847252e-05, 12.0, 0.123456]), found[1]).to_pylist() == ["6.4e-05", "12.0", "0.123"]


def test_integers_keep_the_width_of_the_column(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("account,n\n" + "".join(f"{n:08d},{n % 3}\n" for n in range(1, 500)), "utf-8")
    table = read_table(path)
    assert table.schema.column("account").format.width == 8
    made = pa.table({"account": pa.array([7, None, 123456789]), "n": pa.array([1, 2, 3])})
    write_table(Table(table.schema, made), path)
    assert path.read_text("utf-8") == "account,n\n00000007,1\n,2\n123456789,3\n"


MOMENTS = ("%Y-%m-%d %H:%M:%S", "%-d/%-m/%Y %-I:%M:%S %p", "%d %B %Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y년 %-m월 %-d일 %H:%M:%S")


@pytest.mark.parametrize("pattern", MOMENTS)
@relaxed
@given(values=st.lists(moments, min_size=1))
def test_a_moment_reads_back_as_itself(pattern: str, values: list[datetime.datetime]) -> None:
    texts = write_dates(pa.array(values, pa.timestamp("us")), pattern)
    assert read_dates(texts, pattern).to_pylist() == values


def test_synthetic_values_take_the_form_of_the_column(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("price;paid;count\n" + "".join(f"{n},25;{n}.0;{n % 7}\n" for n in range(1, 30)), "utf-8")
    table = read_table(path)
    made = pa.table({"price": pa.array([3.14159, None]), "paid": pa.array([7, None], pa.int64()), "count": pa.array([1, 2], pa.int64())})
    write_table(Table(table.schema, made), path)
    assert path.read_text("utf-8") == "price;paid;count\n3,14;7.0;1\n;;2\n"


def test_a_table_changes_its_format_on_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        "day,betrag,code,ok\n" + "".join(f'2021-01-{n:02},"1.{n:03},5",0{n % 3},{"yn"[n % 2]}\n' for n in range(1, 25)), "utf-8"
    )
    table = read_table(path, overrides=TableOverrides(decimal_comma=True))
    write_table(table, tmp_path / "table.jsonl", file=FileFormat(format="jsonl"))
    first = json.loads((tmp_path / "table.jsonl").read_text("utf-8").splitlines()[0])
    assert first == {"day": "2021-01-01", "betrag": 1001.5, "code": "01", "ok": "n"}
    write_table(table, tmp_path / "table.parquet", file=FileFormat(format="parquet"))
    again = read_table(tmp_path / "table.parquet")
    assert again.data.to_pydict() == table.data.to_pydict()
    assert [column.format.storage for column in again.schema.columns] == ["date32[day]", "double", "string", "bool"]


def test_parquet_types_come_back_as_they_were(tmp_path: Path) -> None:
    source = pa.table(
        {
            "zoned": pa.array([0, None, 10**9], pa.timestamp("ns", "Asia/Tokyo")),
            "nested": pa.array([[1, 2], None, []], pa.list_(pa.int32())),
            "bytes": pa.array([b"\xff\x00", None, b"ab"], pa.binary()),
            "large": pa.array([2**64 - 1, None, 0], pa.uint64()),
            "codes": pa.array(["a", None, "a"]).dictionary_encode(),
            "whole": pa.array([1.0, None, 3.0]),
            "none": pa.nulls(3, pa.int8()),
        }
    )
    pa.parquet.write_table(source, tmp_path / "in.parquet")
    write_table(read_table(tmp_path / "in.parquet"), tmp_path / "out.parquet")
    again = pa.parquet.read_table(tmp_path / "out.parquet")
    assert again.schema.types == source.schema.types
    assert again.to_pydict() == source.to_pydict()


def test_schema_survives_json(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,x\n2,y\n" * 20, "utf-8")
    schema = read_table(path).schema
    assert msgspec.json.decode(msgspec.json.encode(schema), type=TableSchema) == schema
