"""Reports as artifacts: JSON and HTML under one name, and what every report says of the run that made it."""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from typing import Any

from appliance import __version__
from appliance.clock import timestamp
from appliance.contract.artifact import MODEL_ARTIFACTS
from appliance.data_plane.context import Context
from appliance.data_plane.models.packing import write_gzip

_LIBRARIES = ("numpy", "pyarrow", "scikit-learn", "scipy")


class Stopwatch:
    """When a job began, by both clocks of its context."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock
        self._threads = context.threads
        self._began = self._clock.now()
        self._started = self._clock.monotonic()

    def run_facts(self) -> dict[str, Any]:
        """What differs from run to run: times, usage, hardware."""
        return {
            "began": timestamp(self._began),
            "ended": timestamp(self._clock.now()),
            "wall_seconds": round(self._clock.monotonic() - self._started, 3),
            "threads": self._threads,
            "machine": platform.machine(),
            "system": platform.system(),
            "python": sys.version.split()[0],
        }


def library_versions() -> tuple[tuple[str, str], ...]:
    """The appliance and the libraries that a report's figures come from."""
    return (("appliance", __version__), *((name, version(name)) for name in _LIBRARIES))


def publish_report(context: Context, artifact_type: str, report: dict[str, Any], html: str) -> None:
    """Leave a report as `<artifact_type>_json` and `<artifact_type>`."""
    contents = ((f"{artifact_type}_json", json.dumps(report, ensure_ascii=False)), (artifact_type, html))
    for kind, text in contents:
        write_gzip(context.staging(MODEL_ARTIFACTS[kind]), text.encode("utf-8", "replace"))
        context.publish(kind, MODEL_ARTIFACTS[kind])


def tell_scores(context: Context, report: dict[str, Any], kind: str = "") -> None:
    """Note the summary of a report as the few numbers that the control plane may keep, and tell that the report of this kind is ready."""
    found = {entry["field"]: entry["value"] for entry in report["summary"]}
    context.scores |= {name: float(value) for name, value in found.items() if isinstance(value, (int, float))}
    context.log("run", f"The {kind} report is ready." if kind else "The report is ready.", level="info", **found)
