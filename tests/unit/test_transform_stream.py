"""Files through a transform: what no rule touches stays byte for byte, in every format, whatever the batches."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from transform_runs import KEY, PEOPLE, plan_of, run_plan, transformed, update

from appliance.data_plane.transform.passage import Batching
from appliance.data_plane.transform.values.keys import ValueKey
from appliance.errors import DataRefused

MASK = update({"name": "last", "value": "this | partial_mask(1, 'X', 0)"})
ODD_TABLES = {
    "quotes nobody needs": 'a,b,last\n"1",x,"Lovelace"\n2,"y",Turing\n',
    "blanks and doubled quotes": 'a,b,last\n 1 ,"x ""y"" z",Lovelace\n2,"",Turing\n',
    "line ends in cells": 'a,b,last\n1,"x\ny",Lovelace\n2,"p\r\nq",Turing\n',
    "carriage returns": "a,b,last\r\n1,x,Lovelace\r\n2,y,Turing\r\n",
    "no line end at the end": "a,b,last\n1,x,Lovelace\n2,y,Turing",
    "stray quotes": 'a,b,last\n1,5" disk,Lovelace\n2,6" disk,Turing\n3,a""b,Hopper\n',
    "blank lines": "a,b,last\n1,x,Lovelace\n\n2,y,Turing\n\n",
    "wide characters": "a,b,last\n1,naïve 日本,Lovelace\n2,😀,Turing\n",
    "untouched last column": "last,b,a\nLovelace,x,1\nTuring,y,2",
    "tabs": "a\tb\tlast\n1\tx,y\tLovelace\n2\tz\tTuring\n",
    "semicolons": "a;b;last\n1,5;x;Lovelace\n2,25;y;Turing\n",
}


@pytest.mark.parametrize("name", ODD_TABLES)
@pytest.mark.parametrize("rows", [None, 1])
def test_only_the_named_column_of_a_csv_changes_a_byte(name: str, rows: int | None, tmp_path: Path) -> None:
    source, sink = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(ODD_TABLES[name].encode())
    run_plan(plan_of(source, MASK), source, sink, batching=Batching(rows=rows))
    expected = ODD_TABLES[name]
    for surname in ("Lovelace", "Turing", "Hopper"):
        expected = expected.replace(f'"{surname}"', f"{surname[0]}X").replace(surname, f"{surname[0]}X")
    if name == "blank lines":
        expected = "a,b,last\n1,x,LX\n2,y,TX\n"
    quoted = name == "quotes nobody needs"
    assert sink.read_bytes().decode() == expected.replace('"TX"', "TX") if quoted else sink.read_bytes().decode() == expected


@pytest.mark.parametrize("name", ODD_TABLES)
def test_a_csv_that_no_rule_touches_comes_back_whole(name: str, tmp_path: Path) -> None:
    source, sink = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(ODD_TABLES[name].encode())
    run_plan(plan_of(source, update({"name": "last", "condition": "false", "value": "none"})), source, sink)
    expected = ODD_TABLES[name] if name != "blank lines" else "a,b,last\n1,x,Lovelace\n2,y,Turing\n"
    assert sink.read_bytes().decode() == expected


def test_encoding_mark_and_compression_are_those_of_the_source(tmp_path: Path) -> None:
    text = "a,last\nä,Lovelace\nö,Turing\n"
    for number, data in enumerate((text.encode("utf-16"), text.encode("cp1252"), b"\xef\xbb\xbf" + text.encode())):
        source, sink = tmp_path / f"in{number}.csv", tmp_path / f"out{number}.csv"
        source.write_bytes(data)
        run_plan(plan_of(source, MASK), source, sink)
        expected = text.replace("Lovelace", "LX").replace("Turing", "TX")
        assert (
            sink.read_bytes()
            == {0: expected.encode("utf-16"), 1: expected.encode("cp1252"), 2: b"\xef\xbb\xbf" + expected.encode()}[number]
        )
    packed, sink = tmp_path / "in.csv.gz", tmp_path / "out.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    run_plan(plan_of(packed, MASK), packed, sink)
    assert gzip.decompress(sink.read_bytes()).decode() == text.replace("Lovelace", "LX").replace("Turing", "TX")


JSONL = """{"a": 1.50, "last": "Lovelace", "b": {"x": [1,2 , 3]}}
{"a":1e5,"last":"Tur\\u0069ng","b":"\\u00e9"}

  {"b": null, "a": -0.0}
{"a": 12345678901234567890, "last": null, "b": "\\"q\\""}
"""


def test_only_the_named_value_of_json_lines_changes(tmp_path: Path) -> None:
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(JSONL)
    run_plan(plan_of(source, MASK), source, sink, batching=Batching(rows=2))
    assert sink.read_text() == JSONL.replace('"Lovelace"', '"LX"').replace('"Tur\\u0069ng"', '"TX"')


def test_only_the_named_value_of_a_json_array_changes(tmp_path: Path) -> None:
    text = '[\n  {"a": 1.0, "last": "Lovelace"},\n  {"last": "Turing",  "a": [1, {"last": "kept"}]}\n]\n'
    source, sink = tmp_path / "in.json", tmp_path / "out.json"
    source.write_text(text)
    run_plan(plan_of(source, MASK), source, sink, batching=Batching(rows=1))
    assert sink.read_text() == text.replace("Lovelace", "LX").replace("Turing", "TX")


def test_a_key_that_an_object_names_twice_does_not_keep_its_first_value(tmp_path: Path) -> None:
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"last": "Secret", "a": 1, "last": "Turing"}\n{"last": "Hopper", "a": 2}\n')
    run_plan(plan_of(source, MASK), source, sink)
    assert "Secret" not in sink.read_text()
    assert [json.loads(line) for line in sink.read_text().splitlines()] == [{"last": "TX", "a": 1}, {"last": "HX", "a": 2}]


def test_json_rows_and_columns_come_and_go(tmp_path: Path) -> None:
    source, sink = tmp_path / "in.json", tmp_path / "out.json"
    source.write_text('[{"a": 1, "last": "Lovelace"}, {"a": 2, "last": "Turing"}, {"a": 3, "last": "Hopper"}]')
    steps = [
        {
            "columns": {"add": [{"name": "who", "position": 0}], "rename": [{"name": "last", "value": "family"}]},
            "rows": {"drop": [{"condition": "row.a == 1"}], "update": [{"name": "who", "value": "row.family | upper"}]},
        }
    ]
    account = run_plan(plan_of(source, steps), source, sink)
    assert json.loads(sink.read_text()) == [{"who": "TURING", "a": 2, "family": "Turing"}, {"who": "HOPPER", "a": 3, "family": "Hopper"}]
    assert (account.rows_in, account.rows_out) == (3, 2)


def test_made_numbers_and_truth_values_are_bare_in_json(tmp_path: Path) -> None:
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"a": 1, "b": "x", "c": {"k": "Ann"}}\n{"a": 2, "b": "y", "c": {"k": "Bob"}}\n')
    steps = update(
        {"name": "a", "value": "this + 1"}, {"name": "b", "value": "this == 'x'"}, {"name": "c", "value": "this | replace('Ann', 'Eve')"}
    )
    run_plan(plan_of(source, steps), source, sink)
    assert sink.read_text() == '{"a": 2, "b": true, "c": {"k": "Eve"}}\n{"a": 3, "b": false, "c": {"k": "Bob"}}\n'


def test_parquet_keeps_types_and_untouched_arrays(tmp_path: Path) -> None:
    table = pa.table(
        {
            "n": pa.array([1, 2, None], pa.int32()),
            "last": pa.array(["Lovelace", None, "Turing"], pa.large_string()),
            "when": pa.array([0, 1, 2], pa.timestamp("ns", "UTC")),
            "price": pa.array([1, 2, 3], pa.decimal128(9, 2)),
            "tags": pa.array([["a"], [], None]),
            "group": pa.array(["x", "y", "x"]).dictionary_encode(),
        }
    )
    source, sink = tmp_path / "in.parquet", tmp_path / "out.parquet"
    parquet.write_table(table, source)
    steps = update(
        {"name": "last", "value": "this | upper"}, {"name": "n", "value": "this + 40"}, {"name": "group", "value": "this | upper"}
    )
    run_plan(plan_of(source, steps), source, sink)
    made = parquet.read_table(sink)
    assert made.schema.equals(table.schema)
    assert made["last"].to_pylist() == ["LOVELACE", None, "TURING"]
    assert made["n"].to_pylist() == [41, 42, None]
    assert made["group"].to_pylist() == ["X", "Y", "X"]
    assert all(made[name].equals(table[name]) for name in ("when", "price", "tags"))


def test_parquet_numbers_that_become_texts_become_a_column_of_texts(tmp_path: Path) -> None:
    source, sink = tmp_path / "in.parquet", tmp_path / "out.parquet"
    parquet.write_table(pa.table({"n": [1, 2, None], "m": [1.5, None, 2.5]}), source)
    run_plan(plan_of(source, update({"name": "n", "value": "this | hash"})), source, sink)
    made = parquet.read_table(sink)
    assert made.schema.field("n").type == pa.string()
    assert [None if value is None else len(value) for value in made["n"].to_pylist()] == [32, 32, None]
    assert made["m"].to_pylist() == [1.5, None, 2.5]


def test_plain_text_is_changed_line_by_line(tmp_path: Path) -> None:
    source, sink = tmp_path / "in.txt", tmp_path / "out.txt"
    source.write_bytes(b"Ada wrote to Alan in the spring.\r\n\r\nNobody ever answered that letter.\nlast line of this file")
    run_plan(plan_of(source, update({"name": "text", "value": "this | replace('Ada', 'Eve')"})), source, sink)
    assert sink.read_bytes() == source.read_bytes().replace(b"Ada", b"Eve")
    with pytest.raises(DataRefused, match="one column"):
        run_plan(plan_of(source, [{"columns": {"add": [{"name": "x"}]}}]), source, sink)


EVERYTHING = [
    {
        "vars": {"oldest": "data.age.max()"},
        "columns": {"add": [{"name": "code", "position": 1}]},
        "rows": {
            "drop": [{"condition": "row.age > 80"}],
            "update": [
                {"entity": ["first_name", "last_name", "city"], "value": "column.entity | fake"},
                {"name": "email", "condition": "not (this | isna)", "value": "(row.first ~ '.' ~ row.last) | lower ~ '@example.org'"},
                {"name": "born", "value": "this | date_shift('-30d', '+30d')"},
                {"name": "age", "value": "this + random.randint(1, 9)"},
                {"name": "note", "value": "fake.bothify('??##')"},
                {"name": "code", "value": "row.last | hash | truncate(8, true, '', 0)"},
                {"name": "score", "value": "vars.oldest - this"},
            ],
        },
    }
]


def _many(rows: int) -> str:
    lines = PEOPLE.splitlines()
    return "\n".join([lines[0], *(f"{number}{lines[1 + number % 5][1:]}" for number in range(rows))]) + "\n"


def test_the_output_does_not_hang_on_the_batches(tmp_path: Path) -> None:
    text = _many(1_000)
    made = {
        transformed(tmp_path, text, EVERYTHING, batching=batching).text
        for batching in (Batching(), Batching(rows=100), Batching(rows=77), Batching(size=10_000))
    }
    assert len(made) == 1


def test_the_output_does_not_hang_on_the_order_of_rows(tmp_path: Path) -> None:
    head, *rows = _many(500).splitlines()
    steps = [
        {
            "rows": {
                "update": [
                    rule
                    for rule in EVERYTHING[0]["rows"]["update"]
                    if rule["name" if "name" in rule else "entity"] not in ("code", "score", "note")
                ]
            }
        }
    ]
    forward = transformed(tmp_path, "\n".join([head, *rows]) + "\n", steps).text
    backward = transformed(tmp_path, "\n".join([head, *reversed(rows)]) + "\n", steps).text
    assert sorted(forward.splitlines()) == sorted(backward.splitlines())


def test_the_same_value_becomes_the_same_fake_in_other_columns_tables_and_formats(tmp_path: Path) -> None:
    steps = update({"entity": ["first_name", "name"], "value": "column.entity | fake"})
    one = transformed(tmp_path, "first,x\nAda,1\nAlan,2\n", steps, entities={"first": "first_name"}).column("first")
    other = transformed(tmp_path, "x,given\n5,Alan\n6,Ada\n", steps, entities={"given": "first_name"}).column("given")
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"given": "Ada"}\n{"given": "Alan"}\n')
    run_plan(plan_of(source, steps, entities={"given": "first_name"}), source, sink)
    assert one == other[::-1] == [json.loads(line)["given"] for line in sink.read_text().splitlines()]
    assert (
        transformed(tmp_path, "first,x\nAda,1\nAlan,2\n", steps, entities={"first": "first_name"}, key=ValueKey(b"o" * 32)).column("first")
        != one
    )
    assert KEY.secret not in sink.read_bytes()


def test_a_file_without_rows_keeps_its_header(tmp_path: Path) -> None:
    source, sink, empty = tmp_path / "in.csv", tmp_path / "out.csv", tmp_path / "empty.csv"
    source.write_text(PEOPLE)
    empty.write_text(PEOPLE.splitlines()[0] + "\n")
    run_plan(plan_of(source, MASK), empty, sink)
    assert sink.read_text() == empty.read_text()


def test_rows_that_cannot_be_read_are_refused_with_their_number(tmp_path: Path) -> None:
    source, sink = tmp_path / "in.csv", tmp_path / "out.csv"
    good = PEOPLE + "".join(f"{number},A,B,c@d.test,2000-01-01,E,1,2.00,f\n" for number in range(6, 2_000))
    source.write_text(good)
    plan = plan_of(source, MASK)
    for broken, told in ((good + "1,2\n", "Row 2,000"), (good + '7,"A,B,c@d.test,2000-01-01,E,1,2.00,f\n', "never closed")):
        source.write_text(broken)
        with pytest.raises(DataRefused, match=told):
            run_plan(plan, source, sink, batching=Batching(size=4_096))


def test_texts_that_a_spreadsheet_would_run_are_guarded_when_asked(tmp_path: Path) -> None:
    text = "a,b\nx,=1+1\ny,-5\n"
    steps = update({"name": "a", "value": "'=SUM(1)' if this == 'x' else '-12.5'"})
    plain = transformed(tmp_path, text, steps)
    guarded = transformed(tmp_path, text, steps, own={"csv_guard": True})
    assert plain.column("a") == ["=SUM(1)", "-12.5"]
    assert guarded.column("a") == ["'=SUM(1)", "-12.5"]
    assert guarded.column("b") == ["=1+1", "-5"]
    assert guarded.account.guarded == 1


def test_json_objects_of_changing_keys_and_nested_values_are_read_alike(tmp_path: Path) -> None:
    shapes = [
        '{"a": %d, "last": "S%d"}',
        '{"last":"S%d" , "a":{"last":%d}}',
        '{ "a" : [%d, "}"], "last" : "S%d" }',
        '{"b": %d, "a": "\\\\\\"%d"}',
    ]
    objects = [shapes[(number // 30 + number % 2) % 4] % (number, number) for number in range(300)]
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(objects))
    run_plan(plan_of(source, update({"name": "last", "value": "this | replace('S', 'T')"})), source, sink)
    assert sink.read_text().splitlines() == [one.replace('"S', '"T') for one in objects]


def test_a_column_that_the_plan_does_not_know_passes_also_where_there_are_no_rows(tmp_path: Path) -> None:
    known, other, sink = tmp_path / "known.csv", tmp_path / "other.csv", tmp_path / "out.csv"
    known.write_text("card\n4111111111111111\n")
    for rows, wanted in (("", ""), ("4111111111111111,7\n", "X1111,7\n")):
        other.write_text("card,extra\n" + rows)
        run_plan(plan_of(known, update({"name": "card", "value": "this | string | partial_mask(0, 'X', 4)"})), other, sink)
        assert sink.read_text() == "card,extra\n" + wanted
