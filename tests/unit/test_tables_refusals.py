"""Doubtful, wrong and hostile files: what is decided, what can be overridden, what is refused, and that no message holds a value."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from functools import partial
from pathlib import Path

import pytest

from appliance.contract.artifact import INSPECTION_ARTIFACTS
from appliance.data_plane import inspection
from appliance.data_plane.inspection import inspect
from appliance.data_plane.tables import TableOverrides, check_trainable, compression, read_batches, read_table, sniff, write_table
from appliance.data_plane.tables.encoding import Utf8Stream
from appliance.data_plane.tables.schema import ColumnKind
from appliance.errors import DataRefused


def refusal(path: Path, overrides: TableOverrides | None = None) -> str:
    overrides = overrides or TableOverrides()
    with pytest.raises(DataRefused) as raised:
        read_table(path, overrides=overrides)
    return raised.value.message


def written(tmp_path: Path, text: str, name: str = "table.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8", newline="")
    return path


def kinds(path: Path, **overrides: object) -> dict[str, str]:
    table = read_table(path, overrides=TableOverrides(**overrides))  # type: ignore[arg-type]
    return {column.name: column.kind.value for column in table.schema.columns}


def test_kinds_can_be_overridden(tmp_path: Path) -> None:
    path = written(tmp_path, "age,zip,when\n" + "".join(f"{n},{n % 5},0{n % 9 + 1}/02/2020\n" for n in range(20, 45)))
    assert kinds(path) == {"age": "identifier", "zip": "integer", "when": "datetime"}
    forced = {"age": ColumnKind.NUMERIC, "zip": ColumnKind.CATEGORICAL}
    table = read_table(path, overrides=TableOverrides(kinds=forced, day_first=True))
    assert [column.kind.value for column in table.schema.columns] == ["numeric", "categorical", "datetime"]
    assert table.schema.column("when").format.pattern == "%d/%m/%Y"
    assert table.data["zip"].to_pylist()[:3] == ["0", "1", "2"]
    write_table(table, tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_bytes() == path.read_bytes()


def test_an_ambiguous_date_takes_the_documented_default(tmp_path: Path) -> None:
    path = written(tmp_path, "slash,dot\n" + "".join(f"0{n % 9 + 1}/0{n % 7 + 1}/2020,0{n % 9 + 1}.0{n % 7 + 1}.2020\n" for n in range(30)))
    schema = sniff(path)
    assert schema.column("slash").format.pattern == "%m/%d/%Y"
    assert schema.column("dot").format.pattern == "%d.%m.%Y"
    assert sniff(path, TableOverrides(day_first=True)).column("slash").format.pattern == "%d/%m/%Y"


def test_seed_rows_are_read_like_the_training_table(tmp_path: Path) -> None:
    train = read_table(written(tmp_path, "code,n\n" + "".join(f"0{n % 4},{n * n}\n" for n in range(40))))
    seeds = read_table(written(tmp_path, "code,n\n10,3\n11,4\n", "seeds.csv"), overrides=TableOverrides(like=train.schema))
    assert [column.kind for column in seeds.schema.columns] == [column.kind for column in train.schema.columns]
    assert seeds.data["code"].to_pylist() == ["10", "11"]


def test_a_few_broken_dates_are_missing_and_counted(tmp_path: Path) -> None:
    rows = [f"2020-01-{n % 28 + 1:02}" for n in range(300)]
    rows[17] = "2020-02"
    table = read_table(written(tmp_path, "day,n\n" + "".join(f"{row},1\n" for row in rows)))
    assert table.schema.column("day").kind is ColumnKind.DATETIME
    assert table.schema.column("day").format.misfits == 1
    assert table.data["day"].null_count == 1


def test_measures_are_no_identifiers(tmp_path: Path) -> None:
    rows = "".join(f"{n},{1_500_000_000 + n * n * 977},{20_000 + n * 7919 % 999_983},{1900 + n},u{n}\n" for n in range(1, 60))
    found = kinds(written(tmp_path, "row_id,moment,income,year,login\n" + rows))
    assert found == {"row_id": "identifier", "moment": "integer", "income": "integer", "year": "integer", "login": "identifier"}


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (ColumnKind.INTEGER, "Column 'word' cannot be read as integer"),
        (ColumnKind.DATETIME, "Column 'word' cannot be read as datetime"),
        (ColumnKind.BOOLEAN, "Column 'word' cannot be read as boolean"),
    ],
)
def test_a_kind_that_does_not_fit_is_refused(tmp_path: Path, kind: ColumnKind, sentence: str) -> None:
    path = written(tmp_path, "word,n\n" + "secretA,1\nsecretB,2\nsecretC,3\n" * 9)
    message = refusal(path, TableOverrides(kinds={"word": kind}))
    assert message.startswith(sentence)
    assert "secret" not in message


def test_a_column_that_the_file_lacks_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,2\n")
    assert refusal(path, TableOverrides(kinds={"c": ColumnKind.TEXT})).startswith("The configuration names the column 'c'")


def test_a_value_far_down_that_does_not_fit_is_named_by_its_row(tmp_path: Path) -> None:
    schema = sniff(written(tmp_path, "n,m\n" + "1,x\n2,y\n" * 20))
    other = written(tmp_path, "n,m\n1,x\n7,y\nsecret,x\n", "other.csv")
    with pytest.raises(DataRefused) as raised:
        list(read_batches(other, schema=schema))
    assert raised.value.message.startswith("Column 'n', row 3 (line 4): the value does not fit the column's kind, integer.")
    assert "secret" not in raised.value.message


def test_no_header_on_request(tmp_path: Path) -> None:
    path = written(tmp_path, "1,x\n2,y\n3,x\n" * 9)
    assert refusal(path).startswith("The first row looks like data")
    table = read_table(path, overrides=TableOverrides(header=False))
    assert (table.rows, table.schema.names) == (27, ("column_1", "column_2"))
    write_table(table, tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_bytes() == path.read_bytes()


def test_a_wrong_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("name,n\né,1\nü,2\n".encode("cp1252"))
    assert refusal(path, TableOverrides(encoding="utf-8")).startswith("Line 2 holds bytes that are not valid UTF-8.")
    assert refusal(path, TableOverrides(encoding="klingon")).startswith("The encoding 'klingon' is not known.")


def test_cp1252_that_starts_as_plain_ascii_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"name,n\n" + b"plain,1\n" * 60_000 + b"caf\xe9,2\n")
    table = read_table(path)
    assert table.schema.file.encoding == "cp1252"
    assert table.data["name"][60_000].as_py() == "café"


def test_characters_across_blocks_stay_whole() -> None:
    class Bytewise:
        def __init__(self, data: bytes) -> None:
            self.data = data

        def read(self, size: int) -> bytes:
            block, self.data = self.data[:1], self.data[1:]
            return block

    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        text = "näme,€\n"
        codec = {"utf-16": "utf-16"}.get(encoding, encoding)
        stream = Utf8Stream(Bytewise(text.encode(codec)), encoding)
        assert b"".join(iter(partial(stream.read, 64), b"")).decode("utf-8") == text


def test_too_few_rows_train_no_model(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a,b\n" + "1,x\n" * 19))
    with pytest.raises(DataRefused, match="The table has 19 rows; at least 20 are needed"):
        check_trainable(table)
    check_trainable(read_table(written(tmp_path, "a,b\n" + "1,x\n" * 20)))


def test_a_limit_is_kept(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "a,b\n" + "1,x\n" * 50), limit=7).rows == 7


def test_a_compressed_bomb_is_refused_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_FREE_BYTES", 4 << 20)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * (20 << 20), 9))
    tracemalloc.start()
    message = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message.startswith("The file unfolds to more than 250 times its size")
    assert peak < 16 << 20


def test_a_first_line_without_end_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a," * 5_000_000)).startswith("The table has at least")
    assert refusal(written(tmp_path, "a" * 5_000_000)).startswith("The first row is longer than")


def test_a_huge_field_is_refused_or_read(tmp_path: Path) -> None:
    fine = written(tmp_path, "a,b\n1," + "x" * 3_000_000 + "\n")
    assert len(read_table(fine).data["b"][0].as_py()) == 3_000_000
    rows = "1,x\n" * 100
    assert refusal(written(tmp_path, f'a,b\n{rows}1,"' + "x" * 9_000_000)).startswith("Row 101 (line 102) is longer than 4 MB.")


def test_control_characters_leave_names_but_not_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '"a\nb",c\n' + "1,x\n2,y\n" * 9)
    table = read_table(path)
    assert table.schema.names == ("a b", "c")
    write_table(table, tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_text("utf-8").startswith('"a\nb",c\n1,x\n')


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[" * 100_000, "Object 1 is nested too deeply."),
        (b'{"a":1}\n[1]\n', "Line 2 holds an array where every line must hold an object"),
        (b'[{"a":1} {"a":2}]', "The file is not a valid JSON array: it is broken or cut short after object 1."),
        (b"[]", "The file holds no object with a key."),
        (b'{"a":1,"b":{"c":' + b"[" * 100_000, "Line 1 is not valid JSON."),
    ],
)
def test_broken_json_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "table.json"
    path.write_bytes(content)
    assert refusal(path).startswith(sentence)


def test_json_larger_than_a_block_is_read_in_pieces(tmp_path: Path) -> None:
    rows = [{"n": n % 7, "text": f"ünï {n} " + "ö" * (n % 90)} for n in range(30_000)]
    path = tmp_path / "table.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    assert path.stat().st_size > 3 << 20
    table = read_table(path)
    assert table.data["text"].to_pylist() == [row["text"] for row in rows]


class FixedClock:
    """A clock on which every look takes twenty seconds."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        self.time += 20.0
        return self.time


class Attempt:
    """The context of an inspection, kept in one folder."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.folder, self.path, self.clock, self.rows_in = folder, path, FixedClock(), 0
        self.published: list[tuple[str, str]] = []

    def inputs(self, prefix: str) -> dict[str, Path]:
        return {"data_source": self.path}

    def log(self, stage: str, msg: str, *, level: str = "info", **ctx: str | int | float | bool | None) -> None:
        assert "secret" not in msg + str(ctx)

    def staging(self, name: str) -> Path:
        return self.folder / name

    def publish(self, artifact_type: str, name: str) -> None:
        assert (self.folder / name).exists()
        self.published.append((artifact_type, name))


def test_inspection_leaves_profile_and_preview(tmp_path: Path) -> None:
    attempt = Attempt(tmp_path, written(tmp_path, "n,word\n" + "".join(f"{n % 5},secret{n % 3}\n" for n in range(150))))
    inspect(attempt)
    assert attempt.published == [("profile", INSPECTION_ARTIFACTS["profile"]), ("preview", INSPECTION_ARTIFACTS["preview"])]
    profile = json.loads((tmp_path / "profile.json").read_bytes())
    assert (profile["status"], profile["rows"], attempt.rows_in) == ("ready", 150, 150)
    assert profile["columns"][1] == {"name": "word", "kind": "categorical", "missing": 0, "distinct": 3}
    assert "secret" not in json.dumps(profile)
    preview = json.loads((tmp_path / "preview.json").read_bytes())
    assert len(preview["rows"]) == 100
    assert preview["rows"][4] == ["4", "secret1"]


def test_inspection_of_a_refused_file_says_why(tmp_path: Path) -> None:
    attempt = Attempt(tmp_path, written(tmp_path, "n,word\n1,secret\n2\n"))
    inspect(attempt)
    assert attempt.published == [("profile", INSPECTION_ARTIFACTS["profile"])]
    profile = json.loads((tmp_path / "profile.json").read_bytes())
    assert profile["status"] == "failed"
    assert profile["message"].startswith("Row 2 (line 3) has 1 field where the header has 2 fields.")


def test_inspection_estimates_what_takes_too_long_to_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "SAMPLE_ROWS", 20_000)
    rows = 120_000
    attempt = Attempt(tmp_path, written(tmp_path, '{"n":12345,"pad":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}\n' * rows, "table.jsonl"))
    inspect(attempt)
    profile = json.loads((tmp_path / "profile.json").read_bytes())
    assert profile["rows_estimated"] is True
    assert abs(profile["rows"] / rows - 1) < 0.3  # blocks are read ahead of their rows
