"""Our detector over a labelled set: its predictions, and what they cost in CPU seconds.

    OMP_NUM_THREADS=1 python -m scripts.bench.pii.predict_project SET OUT.json [--what columns,text,mixed] [--sample 100] [--plain]

`SET` holds `columns.json`, `tables/*.csv`, `cells.csv` and `text.jsonl` (any part that `--what` leaves out may lack). `OUT.json` is the
file that the bench's `score.py` reads: the label of every column, the label of every cell of the mixed ones, the spans of every text,
and per part the CPU seconds with the cells, texts and bytes they went over.

A part's clock runs from the reading of its files to the last verdict, over the first `--sample` rows of a table, as the anchor's does.
What is loaded or built on first use is built by a tiny input before the clock runs, and counts as loading, as a model does there.
Asked for are all labels but those that the sets hold for nothing personal, such as job titles. `--plain` leaves the tagger of names
out of free text."""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.configurations.entities import LABELS
from appliance.data_plane.detection.detector import Detector, DetectorOptions
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict

MISSING = frozenset({"", "NULL", "n/a"})
"""What the anchor's program takes for an empty cell too."""

UNASKED = frozenset(
    {"job_title", "education", "employment_status", "marital_status", "language", "blood_type"}
    | {"employee_id", "customer_id", "unique_identifier", "account_number"}
)
"""Labels of ours for what the labelled sets hold for nothing personal: they are not asked for, as a configuration would not."""

WARMING = ("Call Anna Keller in Lyon on +33 6 12 34 56 78 or write to a.keller@example.org.", "19.04.1984")


def cpu() -> float:
    """CPU seconds of this process so far, start of the interpreter included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def rows_of(path: Path, limit: int | None = None) -> tuple[list[str], list[list[str]]]:
    """The header of a CSV and its first `limit` rows."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        return next(lines), list(itertools.islice(lines, limit))


def sample_of(name: str, values: list[str]) -> ColumnSample:
    """A column as the detector sees it."""
    filled = Counter(value for value in map(str.strip, values) if value not in MISSING)
    return ColumnSample(name, tuple(filled), tuple(filled.values()), len(values), len(values) - filled.total())


def label_of(verdict: ColumnVerdict) -> str:
    """The label of a whole column; of any other, how its values lie in it."""
    if verdict.label is not None:
        return verdict.label
    return "text" if verdict.shape is ColumnShape.TEXT else "none"


def columns(detector: Detector, folder: Path, sample: int) -> tuple[dict[str, dict[str, str]], dict[str, Any]]:
    """Table → column → label, and over how many cells and bytes."""
    found, cells, size = {}, 0, 0
    for table in json.loads((folder / "columns.json").read_text(encoding="utf-8")):
        header, rows = rows_of(folder / "tables" / f"{table}.csv", sample)
        values = [list(column) for column in zip(*rows, strict=True)]
        verdicts = detector.columns([sample_of(name, column) for name, column in zip(header, values, strict=True)])
        found[table] = {verdict.name: label_of(verdict) for verdict in verdicts}
        cells += len(rows) * len(header)
        size += sum(len(value) for column in values for value in column)
    return found, {"cells": cells, "bytes": size}


def mixed(detector: Detector, folder: Path) -> tuple[list[list[Any]], dict[str, Any]]:
    """`[table, row, column, label]` of every cell of a mixed column that has one, and over how many cells."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for table, row, column, _ in rows_of(folder / "cells.csv")[1]:
        places[table, column].append(int(row))
    found: list[list[Any]] = []
    for (table, column), numbers in places.items():
        header, rows = rows_of(folder / "tables" / f"{table}.csv")
        place = header.index(column)
        cells = [rows[number][place].strip() for number in numbers]
        distinct = tuple(dict.fromkeys(value for value in cells if value not in MISSING))
        spans = dict(zip(distinct, detector.cells(distinct, column), strict=True))
        labels = ((number, spans.get(value)) for number, value in zip(numbers, cells, strict=True))
        found += [[table, number, column, span.label] for number, span in labels if span is not None]
    return found, {"cells": sum(map(len, places.values()))}


def text(detector: Detector, folder: Path) -> tuple[dict[str, list[list[Any]]], dict[str, Any]]:
    """Text → `[start, end, label, score]` of its spans, and over how many texts and bytes."""
    with (folder / "text.jsonl").open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    spans = detector.spans([line["text"] for line in lines])
    found = {
        str(line["id"]): [[span.start, span.end, span.label, span.score] for span in of] for line, of in zip(lines, spans, strict=True)
    }
    return found, {"texts": len(lines), "bytes": sum(len(line["text"].encode()) for line in lines)}


def warmed(plain: bool, what: set[str]) -> Detector:
    """A detector that has built everything it builds on first use."""
    asked = tuple(name for name in LABELS if name not in UNASKED)
    detector = Detector.load(DetectorOptions(labels=asked, use_names=not plain))
    if "columns" in what:
        detector.columns([sample_of("name", ["Anna Keller", "Jan de Boer"]), sample_of("note", list(WARMING))])
    if "mixed" in what:
        detector.cells(WARMING, "")
    if "text" in what:
        detector.spans(WARMING)
    return detector


def timed(part: Callable[[], tuple[Any, dict[str, Any]]]) -> tuple[Any, dict[str, Any]]:
    """A part's predictions, and its costs."""
    began, wall = cpu(), time.perf_counter()
    found, size = part()
    return found, {"cpu_s": cpu() - began, "wall_s": time.perf_counter() - wall} | size


def predict(folder: Path, what: set[str], sample: int, plain: bool) -> dict[str, Any]:
    """The prediction file of a set."""
    detector = warmed(plain, what)
    result: dict[str, Any] = {"tool": f"appliance{' without names' * plain} sample={sample}", "load_cpu_s": cpu(), "timing": {}}
    if "columns" in what:
        result["columns"], result["timing"]["columns"] = timed(lambda: columns(detector, folder, sample))
    if "mixed" in what:
        result["cells"], result["timing"]["mixed"] = timed(lambda: mixed(detector, folder))
    if "text" in what:
        result["spans"], result["timing"]["text"] = timed(lambda: text(detector, folder))
    return result | {"peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """Reads the arguments and writes the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--what", default="columns,text,mixed")
    parser.add_argument("--sample", type=int, default=100, help="rows of a table that are looked at")
    parser.add_argument("--plain", action="store_true", help="no names in free text")
    options = parser.parse_args()
    result = predict(options.set, set(options.what.split(",")), options.sample, options.plain)
    options.out.write_text(json.dumps(result), encoding="utf-8")
    for part, cost in result["timing"].items():
        count = cost.get("cells") or cost.get("texts")
        print(f"{part}: {cost['cpu_s']:.2f} CPU s, {count / cost['cpu_s']:,.0f} {'cells' if 'cells' in cost else 'texts'} per CPU s")
    print(f"loaded in {result['load_cpu_s']:.2f} CPU s, at most {result['peak_rss_mb']:.0f} MB")


if __name__ == "__main__":
    main()
