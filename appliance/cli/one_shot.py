"""One table in, a folder out: upload, train, generate, download, over HTTP as any client would."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from appliance.cli.configuration_file import model_type_of, section_of, with_section
from appliance.cli.job_progress import follow
from appliance.cli.transfer import ensure_project, fetch, upload
from appliance.configurations.tabular_dp import is_private

if TYPE_CHECKING:
    from appliance.cli.client import Client

_PACKED = (".gz", ".zst")
_FORMATS = {".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".parq": "parquet"}
_TEXTS = (".txt", ".text", ".md", ".log")
_LONGEST_NAME = 32
_INSPECTION_S = 60.0
_SHOWN = (
    "synthetic_data_quality_score",
    "field_correlation_stability",
    "principal_component_stability",
    "field_distribution_stability",
    "data_privacy_score",
    "membership_inference_protection_score",
    "attribute_inference_protection_score",
    "average_metric_difference",
    "text_structure_similarity",
)
"""The report names most scores twice, by an older and a newer name."""


class Order(msgspec.Struct, frozen=True):
    """What is wanted: a checked configuration, the table, how many records (None: as many as the table has; under differential privacy,
    where that number is a secret, as many as the configuration says), the seed, the folder."""

    table: Path
    configuration: dict[str, Any]
    output: Path
    records: int | None = None
    seed: int | None = None


class Delivery(msgspec.Struct, frozen=True):
    """What came of it: the files by artifact type, the trained model's and the run's uid, the report's summary."""

    files: dict[str, Path]
    model: str
    run: str
    project: str
    scores: dict[str, Any]


def deliver(client: Client, project: str, order: Order) -> Delivery:
    """Train and generate; raises JobEnded when a job does not complete. The project and all in it stay."""
    guid = ensure_project(client, project)
    key = upload(client, guid, order.table)
    configuration = with_section(order.configuration, data_source=key, appliance=_given(seed=order.seed))
    model = client.create_model(guid, configuration, runner_mode="cloud", dry_run=False)["data"]["model"]["uid"]
    model_path = client.model_path(guid, model)
    follow(client, model_path, f"training on {order.table.name}")
    files = fetch(client, model_path, {"report": "report.html", "report_json": "report.json", "model": "model.tar.gz"}, order.output)
    records = order.records or (None if _promises_privacy(order.configuration) else _rows(client, guid, key))
    own = section_of(order.configuration).get("appliance") or {}
    form = own.get("format") or table_format(order.table)
    wanted = "csv" if form == "tsv" else form  # with the delimiter of the input
    seed = order.seed if order.seed is not None else own.get("seed")
    params = {**_given(num_records=records), "appliance": _given(seed=seed, format=wanted)}
    body = {"params": params, "data_source": None, "ref_data": {}}
    run = client.create_run(guid, model, body, runner_mode="cloud")["data"]["handler"]["uid"]
    run_path = client.run_path(guid, model, run)
    follow(client, run_path, "generating records")
    files |= fetch(client, run_path, {"data": f"data.{form}"}, order.output)
    return Delivery(files=files, model=model, run=run, project=guid, scores=scores_of(files.get("report_json")))


def table_format(table: Path) -> str:
    """The format that a file's name tells; CSV when it tells none."""
    suffixes = [suffix.lower() for suffix in table.suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return _FORMATS.get(suffixes[-1], "csv") if suffixes else "csv"


def named(configuration: dict[str, Any], table: Path) -> dict[str, Any]:
    """The configuration under the table's name where it has none of its own: it heads the report."""
    words = re.findall(r"[A-Za-z0-9]+", table.name.split(".")[0])
    name = "-".join(words)[:_LONGEST_NAME].strip("-")
    return {"name": name, **configuration} if name[:1].isalpha() else configuration


def passed_format(table: Path) -> str:
    """The format in which a file comes out of a job that goes through it, by its name: its own."""
    suffixes = [suffix.lower() for suffix in table.suffixes if suffix.lower() not in _PACKED]
    form = table_format(table)
    return "text" if suffixes and suffixes[-1] in _TEXTS else "csv" if form == "tsv" else form


def data_name(form: str, table: Path) -> str:
    """The name of a file of results in a format; tables cut by tabs keep their ending."""
    ending = {"text": "txt", "csv": "tsv" if table_format(table) == "tsv" else "csv"}.get(form, form)
    return f"data.{ending}"


def _promises_privacy(configuration: dict[str, Any]) -> bool:
    """Whether the table's exact number of rows must not be told by that of the records."""
    return is_private(model_type_of(configuration), section_of(configuration))


def _rows(client: Client, project: str, key: str) -> int | None:
    """Rows of an upload as the inspection counted them; None when it could not. It has had the whole training to finish."""
    pause = threading.Event()
    for _ in range(int(_INSPECTION_S)):
        found = client.manifest(project, key)
        if found.get("status") != "pending":
            rows = found.get("rows")
            return rows if isinstance(rows, int) and rows > 0 else None
        pause.wait(1.0)
    return None


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def scores_of(report: Path | None) -> dict[str, Any]:
    """The report's `summary` as a dict."""
    if report is None:
        return {}
    summary = msgspec.json.decode(report.read_bytes()).get("summary") or []
    return {str(item["field"]): item["value"] for item in summary if isinstance(item, dict) and "field" in item and "value" in item}


def show(delivery: Delivery, echo: Any) -> None:
    """The scores by the names that people know, and the files, a line each."""
    show_scores(delivery.scores, delivery.files, echo)


def show_scores(scores: dict[str, Any], files: dict[str, Path], echo: Any) -> None:
    """Scores and files, a line each."""
    for name in _SHOWN:
        if name in scores:
            echo(f"  {name.replace('_', ' '):<40} {scores[name] if scores[name] is not None else 'unavailable'}")
    for kind, path in files.items():
        echo(f"  {kind.replace('_', ' '):<40} {path}")
