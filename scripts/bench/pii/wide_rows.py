"""Invented rows of 26 columns as record batches: as many as wanted, each a function of its number alone, made fast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

FIRST = "Anna Björn Carla Dmitri Elena Farid Greta Hugo Inês Jonas Kaisa Luca Mira Nils Olga Pavel Rosa Sven Tara Yusuf".split()
LAST = "Keller Lindqvist Moreau Novák Okafor Petrov Rossi Santos Tanaka Unger Vargas Weber Yilmaz Zielinski Byrne Costa".split()
CITIES = "Lyon,Graz,Porto,Turku,Gdynia,Bergen,Leeds,Siena,Malmö,Boise,Tartu,Győr,Split,Gent,Tulsa,Perth".split(",")
STREETS = "Mill Lane,Station Road,Oak Avenue,Harbour Street,Church Row,Garden Walk,King Street,Hill Top".split(",")
COUNTRIES = "France,Austria,Portugal,Finland,Poland,Norway,Ireland,Italy".split(",")
FIRMS = "Keller & Sons,Nordic Timber AB,Moreau SARL,Harbour Foods Ltd,Siena Ceramics,Tartu Data,Weber GmbH,Costa Lda".split(",")
JOBS = "nurse,teacher,fitter,analyst,driver,baker,clerk,engineer".split(",")
NOTES = ("called about the invoice", "no answer, try again", "asked for the new price list, wants it by post", "paid in full", "")
BATCH = 20_000


def mixed(numbers: np.ndarray, salt: int) -> np.ndarray:
    """Row numbers scattered over 64 bits (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        state = numbers.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state ^ (state >> np.uint64(31))


def drawn(numbers: np.ndarray, salt: int, words: list[str] | tuple[str, ...]) -> pa.Array:
    """A word for every row."""
    return pa.array(words).take(pa.array((mixed(numbers, salt) % np.uint64(len(words))).astype(np.int64)))


def digits(numbers: np.ndarray, salt: int, count: int, start: int = 0) -> pa.Array:
    """A number of `count` digits for every row, zeros in front kept."""
    values = mixed(numbers, salt) % np.uint64(10**count - start) + np.uint64(start)
    return pc.utf8_lpad(pa.array(values.astype(np.int64)).cast(pa.string()), width=count, padding="0")


def joined(*parts: pa.Array | str) -> pa.Array:
    """Texts put together row by row."""
    return pc.binary_join_element_wise(*parts, "")


def day(numbers: np.ndarray, salt: int, first: str, days: int) -> pa.Array:
    """A date for every row, year first."""
    offset = (mixed(numbers, salt) % np.uint64(days)).astype("timedelta64[D]")
    return pa.array(np.datetime64(first) + offset).cast(pa.string())


def _person(numbers: np.ndarray) -> dict[str, pa.Array]:
    first, last = drawn(numbers, 1, FIRST), drawn(numbers, 2, LAST)
    order = pa.array(numbers).cast(pa.string())
    return {
        "id": order,
        "first_name": first,
        "last_name": last,
        "full_name": joined(first, " ", last),
        "email": joined("user", order, "@example.org"),
        "phone": joined("+1 212 ", digits(numbers, 3, 3, 200), " ", digits(numbers, 4, 4)),
        "ssn": joined(digits(numbers, 5, 3, 100), "-", digits(numbers, 6, 2, 10), "-", digits(numbers, 7, 4, 1000)),
        "date_of_birth": day(numbers, 8, "1940-01-01", 24_000),
        "street_address": joined(digits(numbers, 9, 3, 100), " ", drawn(numbers, 10, STREETS)),
        "city": drawn(numbers, 11, CITIES),
        "zip": digits(numbers, 12, 5),
        "country": drawn(numbers, 13, COUNTRIES),
        "gender": drawn(numbers, 14, ["female", "male", "other"]),
        "age": digits(numbers, 15, 2, 18),
    }


def _business(numbers: np.ndarray) -> dict[str, pa.Array]:
    order = pa.array(numbers).cast(pa.string())
    return {
        "company": drawn(numbers, 16, FIRMS),
        "job": drawn(numbers, 17, JOBS),
        "card": joined("4", digits(numbers, 18, 15)),
        "created_at": joined(day(numbers, 19, "2019-01-01", 2_500), " 1", digits(numbers, 20, 1), ":00:00"),
        "value": joined(digits(numbers, 21, 4, 1000), ".", digits(numbers, 22, 2)),
        "segment": drawn(numbers, 23, ["gold", "silver", "bronze"]),
        "active": drawn(numbers, 24, ["true", "false"]),
        "website": joined("https://example.com/u/", order),
        "score": digits(numbers, 25, 1),
        "ratio": joined("0.", digits(numbers, 26, 6)),
        "lot": joined("L-", digits(numbers, 27, 7)),
        "note": drawn(numbers, 28, NOTES),
    }


def batch(start: int, rows: int) -> pa.RecordBatch:
    """Rows `start` up to `start + rows`, all columns as text."""
    numbers = np.arange(start, start + rows)
    columns = _person(numbers) | _business(numbers)
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def lines(rows: pa.RecordBatch | pa.Table) -> bytes:
    """Rows as CSV, quoted as most programs quote: only the notes that hold a comma."""
    quoted = pc.if_else(pc.match_substring(rows["note"], ","), joined('"', rows["note"], '"'), rows["note"])
    columns = [quoted if name == "note" else rows[name] for name in rows.schema.names]
    return "".join(f"{line}\n" for line in pc.binary_join_element_wise(*columns, ",").to_pylist()).encode()


def header(rows: pa.RecordBatch | pa.Table) -> bytes:
    """The first line of a CSV."""
    return (",".join(rows.schema.names) + "\n").encode()


def write_csv(path: Path, size: int, customers: int = 0) -> int:
    """A CSV of at least `size` bytes; how many rows it has. With `customers` the rows of so many repeat."""
    rows, repeated = 0, batch(0, max(1, customers))
    with path.open("wb") as sink:
        sink.write(header(repeated))
        while sink.tell() < size:
            numbers = np.arange(rows, rows + BATCH)
            sink.write(lines(repeated.take(pa.array(numbers % customers)) if customers else batch(rows, BATCH)))
            rows += BATCH
    return rows
