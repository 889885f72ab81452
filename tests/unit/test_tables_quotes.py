"""A stray quote never swallows rows in silence, and every refusal tells the row with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.data_plane.tables import TableOverrides, check_trainable, csv, read_batches, read_table, sniff
from appliance.data_plane.tables.encoding import Utf8Stream
from appliance.data_plane.tables.records import Record, lines_of, records
from appliance.data_plane.tables.schema import ColumnKind
from appliance.errors import DataRefused


def written(tmp_path: Path, text: str, name: str = "table.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def refusal(path: Path, **overrides: object) -> str:
    with pytest.raises(DataRefused) as raised:
        read_table(path, overrides=TableOverrides(**overrides))  # type: ignore[arg-type]
    return raised.value.message


def rows(first: int, last: int, end: str = "\n") -> str:
    return "".join(f"{number},value {number}{end}" for number in range(first, last + 1))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("tail", ["", "500,last", '500,he said ""no""'])
def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path, end: str, tail: str) -> None:
    text = f"a,b{end}" + rows(1, 249, end) + f'250,"12 inch{end}' + rows(251, 499, end) + tail
    message = refusal(written(tmp_path, text))
    assert message.startswith("The quote opened in row 250 (line 251) is never closed. ")
    assert "12 inch" not in message


@pytest.mark.parametrize("place", [1, 250, 500])
def test_a_quote_open_at_the_end_of_the_file_is_refused_anywhere(tmp_path: Path, place: int) -> None:
    for column in (0, 1):
        lines = rows(1, 500).splitlines()
        cells = lines[place - 1].split(",")
        cells[column] = '"' + cells[column]
        lines[place - 1] = ",".join(cells)
        message = refusal(written(tmp_path, "a,b\n" + "\n".join(lines) + "\n"))
        assert message.startswith(f"The quote opened in row {place} (line {place + 1}) is never closed. ")


def test_a_quote_that_closes_many_rows_later_is_refused(tmp_path: Path) -> None:
    text = "a,b\n" + rows(1, 30) + '31,"12 inch\n' + rows(32, 60) + '61,"fine"\n' + rows(62, 99)
    message = refusal(written(tmp_path, text))
    assert message.startswith("The quote opened in row 31 (line 32) closes only many lines further down")


def test_letters_with_line_ends_are_values(tmp_path: Path) -> None:
    letters = "".join(f'{number},"Dear {number},\n' + "a line, and one more, so\n" * 14 + 'Yours, B"\n' for number in range(50))
    assert read_table(written(tmp_path, "a,b\n" + letters)).rows == 50
    assert read_table(written(tmp_path, "a,b\n" + letters.rstrip("\n"))).rows == 50


def test_cells_that_hold_tables_are_normal_where_many_do(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "a,b\n" + "".join(f'{number},"{rows(1, 20)}"\n' for number in range(30)))).rows == 30


def test_a_closed_quote_at_the_end_is_fine(tmp_path: Path) -> None:
    for last in ('"two\nlines"', '"ends with an end\n"', '"""quoted"""', '""', '"inch"""', "x" * 300):
        for end in ("", "\n"):
            assert read_table(written(tmp_path, "a,b\n" + rows(1, 20) + f"21,{last}{end}")).rows == 21


def test_lines_are_told_behind_empty_lines_and_values_of_many_lines(tmp_path: Path) -> None:
    text = '\n\nn,b\n1,"x\ny"\n\n2,z\nsecret,z\n'
    message = refusal(written(tmp_path, text + "3,z\n" * 20), kinds={"n": ColumnKind.INTEGER})
    assert "row 3 (line 8)" in message
    assert "secret" not in message
    assert refusal(written(tmp_path, text + "3\n")).startswith("Row 4 (line 9) has 1 field where the header has 2 fields.")


def test_a_row_of_a_later_batch_is_counted_from_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "_BLOCK", 2_000)
    schema = sniff(written(tmp_path, "n,m\n" + "1,x\n2,y\n" * 20))
    far = written(tmp_path, "n,m\n" + "1,x\n2,y\n" * 2_000 + "secret,x\n", "far.csv")
    with pytest.raises(DataRefused, match=r"^Column 'n', row 4,001 \(line 4,002\): the value does not fit"):
        list(read_batches(far, schema=schema))


def test_the_lines_of_an_object_file_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, '{"n":1}\n\n{"n":2}\n{"n":"secret"}\n' + '{"n":3}\n' * 20, "table.jsonl")
    assert "row 3 (line 4)" in refusal(path, kinds={"n": ColumnKind.INTEGER})


def test_one_row_is_one_row(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"^The table has 1 row; at least 20 are needed"):
        check_trainable(read_table(written(tmp_path, "a,b\n1,x\n")))


class Whole:
    """Bytes that are read at once."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int) -> bytes:
        block, self.data = self.data, b""
        return block


def test_records_know_their_lines() -> None:
    text = 'a,b\r\n1,"x\r\n""y"" z"\r\n\r\n5" pipe,"q"uote\r\n"open,\r\n'
    found = list(records(lines_of(Utf8Stream(Whole(text.encode()), "utf-8")), ",", skip=0, keep_empty=False, most=1_000))
    assert [(record.line, record.closed) for record in found] == [(1, True), (2, True), (5, True), (6, False)]
    assert Record(line=1, size=4, closed=True) == found[0]


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [
        (ColumnKind.INTEGER, "secret", "$1,{0:03}"),
        (ColumnKind.INTEGER, "1.5", "{0}"),
        (ColumnKind.NUMERIC, "007", "{0}.5"),
        (ColumnKind.DATETIME, "2020-13-01", "2020-01-{0:02}"),
        (ColumnKind.BOOLEAN, "secret", "yes"),
    ],
)
def test_a_kind_that_does_not_fit_names_the_first_row(tmp_path: Path, kind: ColumnKind, wrong: str, right: str) -> None:
    cells = [right.format(number) for number in range(1, 25)]
    cells[6] = cells[11] = wrong
    cells[3] = "no" if right == "yes" else cells[3]
    message = refusal(written(tmp_path, "a\tb\n" + "".join(f"{cell}\tx\n" for cell in cells)), kinds={"a": kind})
    told = "the value in row 7 (line 8) does not fit, the first of 2 such rows."
    assert message.startswith(f"Column 'a' cannot be read as {kind.value}: {told}")
    assert "secret" not in message
