"""Makes a corpus of fifty small files, one of every dialect and of every fault, and `manifest.json` that tells what each must give.

    python scripts/make_corpus.py FOLDER

An entry of the manifest has `name` and either `rows`, `kinds` (per column) and `same` (written back, the file has the same bytes), or
`refused`: the sentence with which the file must be refused. The same bytes on every run.
"""

from __future__ import annotations

import datetime
import decimal
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

ROWS = 40
PEOPLE = ("Ana", "Bob", "Chloé", "Dan")


class Corpus:
    """The folder that is filled, and what its files must give."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: list[dict[str, Any]] = []

    def good(self, name: str, content: bytes, kinds: dict[str, str], *, rows: int = ROWS, same: bool = True) -> None:
        (self.folder / name).write_bytes(content)
        self.manifest.append({"name": name, "rows": rows, "kinds": kinds, "same": same})

    def bad(self, name: str, content: bytes, sentence: str) -> None:
        (self.folder / name).write_bytes(content)
        self.manifest.append({"name": name, "refused": sentence})


def delimited(header: list[str], cell: Callable[[int], list[str]], mark: str = ",", end: str = "\n", rows: int = ROWS) -> str:
    """A header and `rows` rows whose cells `cell` tells."""
    lines = [mark.join(header), *(mark.join(cell(row)) for row in range(rows))]
    return end.join(lines) + end


def plain(row: int) -> list[str]:
    """A row of the plainest table."""
    return [PEOPLE[row % 4], str(20 + row * 7 % 31), f"{row * 13 % 17 + 0.5 + row % 4 * 0.01:.2f}"]


PLAIN = {"name": "categorical", "age": "integer", "score": "numeric"}


def zstd(content: bytes) -> bytes:
    """The content compressed with zstd."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue().to_pybytes())


def add_dialects(corpus: Corpus) -> None:
    """Delimiters, line ends, encodings, compression, quoting."""
    for name, mark in (("comma", ","), ("tab", "\t"), ("semicolon", ";"), ("pipe", "|"), ("caret", "^"), ("tilde", "~")):
        corpus.good(f"{name}.csv", delimited(list(PLAIN), plain, mark).encode(), PLAIN)
    text = delimited(list(PLAIN), plain)
    for name, encoding, bom in (
        ("utf8_mark", "utf-8", b"\xef\xbb\xbf"),
        ("utf16_le_mark", "utf-16-le", b"\xff\xfe"),
        ("utf16_be_mark", "utf-16-be", b"\xfe\xff"),
        ("utf16_le", "utf-16-le", b""),
        ("utf16_be", "utf-16-be", b""),
        ("cp1252", "cp1252", b""),
    ):
        corpus.good(f"{name}.csv", bom + text.encode(encoding), PLAIN)
    for name, encoding, header, cities in (
        ("shift_jis", "cp932", "都市", ("東京都", "大阪府", "さいたま市", "シズオカ")),
        ("gbk", "gbk", "城市", ("北京市", "上海市", "广州市", "深圳经济特区")),
        ("euc_kr", "cp949", "도시", ("서울특별시", "부산광역시", "제주도", "강원도 춘천")),
    ):
        eastern = delimited([header, "n"], lambda row, cities=cities: [cities[row % 4], str(row % 7)])  # type: ignore[misc]
        corpus.good(f"{name}.csv", eastern.encode(encoding), {header: "categorical", "n": "integer"})
    corpus.good("crlf.csv", delimited(list(PLAIN), plain, end="\r\n").encode(), PLAIN)
    corpus.good("cr.csv", delimited(list(PLAIN), plain, end="\r").encode(), PLAIN)
    corpus.good("no_last_line_end.csv", text.rstrip("\n").encode(), PLAIN, same=False)
    corpus.good("gzip.csv.gz", gzip.compress(text.encode(), mtime=0), PLAIN, same=False)
    corpus.good("zstd.csv.zst", zstd(text.encode()), PLAIN)
    quoted = delimited([f'"{name}"' for name in PLAIN], lambda row: [f'"{cell}"' for cell in plain(row)])
    corpus.good("quote_all.csv", quoted.encode(), PLAIN)
    words = delimited(['"name"', '"age"', '"score"'], lambda row: [f'"{plain(row)[0]}"', *plain(row)[1:]])
    corpus.good("quote_words.csv", words.encode(), PLAIN)
    notes = delimited(["id", "note"], lambda row: [str(row + 1), f'"line {row}\nsays ""no"", and, well, {row * 3}"'])
    corpus.good("newlines_in_quotes.csv", notes.encode(), {"id": "identifier", "note": "text"})
    letters = delimited(["a", "b", "letter"], lambda row: [str(row % 3), "xy"[row % 2], '"' + f"Dear {row},\n\nyes, no\n" * 9 + '"'])
    corpus.good("letters.csv", letters.encode(), {"a": "integer", "b": "categorical", "letter": "text"})
    tables = delimited(["a", "b", "cells"], lambda row: [str(row % 3), "xy"[row % 2], '"' + f"{row},u,v\n" * 15 + '"'])
    corpus.good("tables_in_cells.csv", tables.encode(), {"a": "integer", "b": "categorical", "cells": "text"})
    corpus.good("one_column.csv", delimited(["city"], lambda row: [("Oslo", "Rome", "Bern")[row % 3]]).encode(), {"city": "categorical"})
    corpus.good("odd_header.csv", text.replace("name,", ",", 1).encode(), {"column_1": "categorical", "age": "integer", "score": "numeric"})


def add_numbers(corpus: Corpus) -> None:
    """Decimals, marks between groups, missing values, large integers, codes."""
    european = delimited(["menge", "preis"], lambda row: [str(row * 7 % 13), f"{1000 + row * 3},{row % 10}5"], ";")
    corpus.good("decimal_comma.csv", european.encode(), {"menge": "integer", "preis": "numeric"})
    grouped = delimited(["betrag", "anteil"], lambda row: [f"{row % 7 + 1}.{row:03d},50", f"0,{row % 9 + 1}"], ";")
    corpus.good("groups_and_comma.csv", grouped.encode(), {"betrag": "numeric", "anteil": "numeric"})
    thousands = delimited(["paid", "share"], lambda row: [f'"{row % 5 + 1},{row * 17 % 1000:03d}"', f"{row % 4 * 12}%"])
    corpus.good("thousands.csv", thousands.encode(), {"paid": "integer", "share": "integer"})
    money = delimited(["price"], lambda row: [f"${row * 11 % 23}.{row * 7 % 100:02d}"])
    corpus.good("currency.csv", money.encode(), {"price": "numeric"})
    balances = delimited(
        ["paren", "signed", "inner", "euro"],
        lambda row: [
            f'"({row * 577 % 9000 + 1:,}.{row:02d})"' if row % 3 else f'"{row * 577 + 4000:,}.{row:02d}"',
            ("-" if row % 2 else "") + f"${row * 31 % 97 + 1}.{row:02d}",
            f"${'-' if row % 2 else ''}{row * 31 % 97 + 1}.{row:02d}",
            f"({row * 31 % 97 + 1} €)" if row % 2 else f"{row * 31 % 97 + 1} €",
        ],
    )
    corpus.good("accounting.csv", balances.encode(), {"paren": "numeric", "signed": "numeric", "inner": "numeric", "euro": "integer"})
    floats = delimited(
        ["grade", "weight"], lambda row: ["" if row % 7 == 3 else f"{row % 5}.0", "NA" if row % 9 == 1 else f"{row * 0.37:.5g}"]
    )
    corpus.good("missing.csv", floats.encode(), {"grade": "integer", "weight": "numeric"})
    tokens = delimited(["a", "b", "c"], lambda row: ["?" if row % 6 == 2 else str(row % 11), "\\N" if row % 5 == 1 else "xy"[row % 2], ""])
    corpus.good("tokens.csv", tokens.encode(), {"a": "integer", "b": "categorical", "c": "empty"})
    large = delimited(["big", "huge"], lambda row: [str(2**53 + 1 + row // 2 * 1001), str(2**64 + row * 97)])
    corpus.good("large_integers.csv", large.encode(), {"big": "integer", "huge": "identifier"})
    codes = delimited(["zip", "ticket"], lambda row: [f"0{row % 6 + 1}234", f"00{row * 7919 % 99991:05d}"])
    corpus.good("codes.csv", codes.encode(), {"zip": "categorical", "ticket": "identifier"})
    scientific = delimited(
        ["rate", "mass", "mixed"],
        lambda row: [f"{row * 1.234567e-06:.3e}", f"{(row - 9) * 3.3e20:.2E}", f"{row}.5" if row % 2 else f"{row % 9 + 1}.25e-07"],
    )
    corpus.good("scientific.csv", scientific.encode(), dict.fromkeys(["rate", "mass", "mixed"], "numeric"))
    accounts = delimited(["account", "x"], lambda row: [f"{row * 7 + 1:08d}", str(row % 3)])
    corpus.good("padded_keys.csv", accounts.encode(), {"account": "identifier", "x": "integer"})
    small = delimited(["tiny", "size"], lambda row: [f"{row % 9 + 1}e-05", f"-{row * 0.5:.1f}" if row else "0.5"])
    corpus.good("exponents.csv", small.encode(), {"tiny": "numeric", "size": "numeric"})
    blanks = delimited(["age", "sex"], lambda row: [f" {row * 7 % 30}", " MF"[0] + "MF"[row % 2]])
    corpus.good("blanks_before.csv", blanks.encode(), {"age": "integer", "sex": "categorical"})


def add_meanings(corpus: Corpus) -> None:
    """Dates, times, truth values, keys, texts, constants."""
    start = datetime.datetime(2020, 1, 5, 7, 4, 9)

    def moment(row: int) -> datetime.datetime:
        return start + datetime.timedelta(days=row * 9, hours=row * 5, minutes=row * 7)

    days = delimited(
        ["iso", "us", "eu", "dots"],
        lambda row: [f"{moment(row):%Y-%m-%d}", f"{moment(row):%m/%d/%Y}", f"{moment(row):%d/%m/%Y}", f"{moment(row):%d.%m.%Y}"],
    )
    corpus.good("dates.csv", days.encode(), dict.fromkeys(["iso", "us", "eu", "dots"], "datetime"))
    eastern = delimited(
        ["日付", "date", "月", "날짜", "時刻"],
        lambda row: [
            f"{moment(row):%Y年%m月%d日}", f"{moment(row):%Y年%-m月%-d日}", f"{moment(row):%Y年%m月}", f"{moment(row):%Y년 %m월 %d일}",
            f"{moment(row):%Y年%m月%d日 %H時%M分}",
        ],
    )  # fmt: skip
    corpus.good("eastern_dates.csv", eastern.encode(), dict.fromkeys(["日付", "date", "月", "날짜", "時刻"], "datetime"))
    times = delimited(
        ["at", "clock", "zoned", "month", "parts"],
        lambda row: [
            f"{moment(row):%Y-%m-%d %H:%M:%S}", f"{moment(row):%H:%M}", f"{moment(row):%Y-%m-%dT%H:%M:%S}+02:00", f"{moment(row):%b-%Y}",
            f"{moment(row):%Y-%m-%d %H:%M:%S}.{row:03d}",
        ],
    )  # fmt: skip
    corpus.good("times.csv", times.encode(), dict.fromkeys(["at", "clock", "zoned", "month", "parts"], "datetime"))
    truths = delimited(
        ["member", "flag", "ok", "bit"], lambda row: [("yes", "no")[row % 2], "YN"[row % 3 == 0], ("True", "False")[row % 2], str(row % 2)]
    )
    corpus.good("truths.csv", truths.encode(), {"member": "boolean", "flag": "boolean", "ok": "boolean", "bit": "integer"})
    keys = delimited(
        ["customer_id", "mail", "phone", "income"],
        lambda row: [str(9000 + row * 31), f"user{row * 37}@example.org", f"+1 555 01{row * 7 % 90 + 10}-{row * 331 % 9000 + 1000}",
                     str(20000 + row * row * 37)],
    )  # fmt: skip
    corpus.good("keys.csv", keys.encode(), {"customer_id": "identifier", "mail": "identifier", "phone": "identifier", "income": "integer"})
    texts = delimited(["review", "kind", "same"], lambda row: [f"it took {row} days to get here and {row * 3} more", "ab"[row % 2], "x"])
    corpus.good("texts.csv", texts.encode(), {"review": "text", "kind": "categorical", "same": "categorical"})
    nested = delimited(["n", "payload"], lambda row: [str(row % 9), '"{""size"": ' + str(row) + '}"'])
    corpus.good("nested_cells.csv", nested.encode(), {"n": "integer", "payload": "text"})
    years = delimited(["land", "2019", "2020", "2021"], lambda row: [f"L{row % 9}", *(f"{row * k % 13 + 0.25:.2f}" for k in (3, 5, 7))])
    corpus.good("years_across.csv", years.encode(), {"land": "categorical", "2019": "numeric", "2020": "numeric", "2021": "numeric"})


def add_json(corpus: Corpus) -> None:
    """Arrays and lines of objects, compact and spaced, flat and nested."""
    rows = [
        {"name": PEOPLE[row % 4], "age": row % 13, "score": row * 0.25, "ok": row % 2 == 0, "gone": None, "code": f"{row * 7:03d}"}
        for row in range(ROWS)
    ]
    kinds = {"name": "categorical", "age": "integer", "score": "numeric", "ok": "boolean", "gone": "empty", "code": "identifier"}
    compact = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    spaced = [json.dumps(row, ensure_ascii=False) for row in rows]
    corpus.good("lines.jsonl", ("\n".join(compact) + "\n").encode(), kinds)
    corpus.good("array.json", ("[" + ", ".join(spaced) + "]").encode(), kinds)
    corpus.good("array_of_lines.json.zst", zstd(("[\n" + ",\n".join(compact) + "\n]\n").encode()), kinds)
    deep = [{"n": row % 7, "tags": ["a", row], "mixed": row % 5 if row % 2 else "none"} for row in range(ROWS)]
    lines = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in deep)
    corpus.good("nested.jsonl", lines.encode(), {"n": "integer", "tags": "text", "mixed": "categorical"})


def add_parquet(corpus: Corpus) -> None:
    """Every type that tables are stored with."""
    day = datetime.date(2021, 3, 1)
    table = pa.table(
        {
            "whole": pa.array([row * 3 % 11 for row in range(ROWS)], pa.int16()),
            "money": pa.array([decimal.Decimal(row * 25) / 100 for row in range(ROWS)], pa.decimal128(9, 2)),
            "day": pa.array([day + datetime.timedelta(days=row) for row in range(ROWS)], pa.date32()),
            "clock": pa.array([row * 61_000 for row in range(ROWS)], pa.time32("ms")),
            "moment": pa.array([row * 10**9 for row in range(ROWS)], pa.timestamp("us", "Europe/Berlin")),
            "group": pa.array([PEOPLE[row % 4] for row in range(ROWS)]).dictionary_encode(),
            "flag": pa.array([None if row == 5 else row % 3 == 0 for row in range(ROWS)]),
            "share": pa.array([row / 8 for row in range(ROWS)], pa.float32()),
            "big": pa.array([2**63 + row for row in range(ROWS)], pa.uint64()),
            "nested": pa.array([{"a": row, "b": ["x"]} for row in range(ROWS)]),
        }
    )
    kinds = dict(
        zip(
            table.column_names,
            ["integer", "numeric", "datetime", "datetime", "datetime", "categorical", "boolean", "numeric", "identifier", "text"],
            strict=True,
        )
    )
    sink = pa.BufferOutputStream()
    arrow_parquet.write_table(table, sink)
    content = sink.getvalue().to_pybytes()
    corpus.good("types.parquet", content, kinds, same=False)
    corpus.bad("cut.parquet", content[: len(content) // 2], "The Parquet file is damaged or cut short: its footer cannot be read.")


def add_faults(corpus: Corpus) -> None:
    """What is refused, and with which sentence."""
    text = delimited(list(PLAIN), plain)
    lines = text.splitlines(keepends=True)
    corpus.bad("empty.csv", b"", "The file is empty.")
    corpus.bad("blank.csv", b"\n\n \n", "The file is empty.")
    corpus.bad("binary.csv", bytes(range(256)) * 8, "The file is binary (it holds NUL bytes), not a table of text.")
    corpus.bad(
        "ragged.csv",
        "".join([*lines[:17], "Ana,3\n", *lines[17:]]).encode(),
        "Row 17 (line 18) has 2 fields where the header has 3 fields.",
    )
    corpus.bad(
        "unclosed_quote.csv",
        "".join([*lines[:9], '"Ana,3,1.5\n', *lines[9:]]).encode(),
        "The quote opened in row 9 (line 10) is never closed.",
    )
    inches = "".join([*lines[:20], 'Ana,3,"12 inch\n', *lines[20:]])
    corpus.bad("unclosed_in_the_last_column.csv", inches.encode(), "The quote opened in row 20 (line 21) is never closed.")
    swallowed = inches + 'Ana,3,"large"\n' + "".join(lines[1:])
    corpus.bad("stray_quote.csv", swallowed.encode(), "The quote opened in row 20 (line 21) closes only many lines further down")
    corpus.bad("twice.csv", text.replace("age", "name", 1).encode(), "The header names more than one column 'name'.")
    corpus.bad("no_header.csv", "".join(lines[1:]).encode(), "The first row looks like data, not like column names.")
    corpus.bad("only_header.csv", lines[0].encode(), "The file has column names but no rows.")
    wide = ",".join(f"c{index}" for index in range(2001)) + "\n" + ",".join(["1"] * 2001) + "\n"
    corpus.bad("wide.csv", wide.encode(), "The table has 2,001 columns; 2,000 are allowed.")
    corpus.bad("mixed_encoding.csv", text.encode() + b"\xe9t\xe9,3,1.5\n", "Line 42 holds bytes that are not valid UTF-8.")
    corpus.bad("nul.csv", text.encode() * 9000 + b"A\0B,3,1.50\n", "Line 369,001 holds a NUL byte")
    corpus.bad("cut.csv.gz", gzip.compress(text.encode() * 50, mtime=0)[:-30], "The file's gz compression is damaged or cut short")
    corpus.bad("broken.jsonl", b'{"a":1}\n{"a":2}\n{"a":\n', "Line 3 is not valid JSON.")
    corpus.bad("cut.json", b'[{"a":1},{"a":2},{"a"', "The file is not a valid JSON array: it is broken or cut short after object 2.")
    corpus.bad("mixed.json", b'[{"a":1}, 7]', "Element 2 of the array is a number; all must be objects")
    corpus.bad("sheet.xlsx", b"PK\x03\x04rest of a workbook", "The file is a ZIP or Excel file, not a table.")


def make(folder: Path) -> list[dict[str, Any]]:
    """Fill the folder; the manifest, also written beside the files."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(folder)
    for add in (add_dialects, add_numbers, add_meanings, add_json, add_parquet, add_faults):
        add(corpus)
    (folder / "manifest.json").write_text(json.dumps(corpus.manifest, indent=1), "utf-8")
    return corpus.manifest


if __name__ == "__main__":
    print(f"{len(make(Path(sys.argv[1])))} files")
