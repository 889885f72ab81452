"""Artifact types of models and runs, and the file names that the client expects for them."""

from __future__ import annotations

MODEL_ARTIFACTS: dict[str, str] = {
    "model": "model.tar.gz",
    "report": "report.html.gz",
    "report_json": "report_json.json.gz",
    "data_preview": "data_preview.gz",
    "model_logs": "logs.json.gz",
    "classification_report": "classification_report.html.gz",
    "classification_report_json": "classification_report_json.json.gz",
    "regression_report": "regression_report.html.gz",
    "regression_report_json": "regression_report_json.json.gz",
    "text_metrics_report": "text_metrics_report.html.gz",
    "text_metrics_report_json": "text_metrics_report_json.json.gz",
}

RUN_ARTIFACTS: dict[str, str] = {
    "data": "data.gz",
    "run_report_json": "run_report_json.json.gz",
    "run_logs": "logs.json.gz",
    "output_files": "output_files.tar.gz",
}

EXTRA_MODEL_ARTIFACTS: dict[str, str] = {
    "data": "data.gz",
    "preview_early": "preview_early.json",
}

INSPECTION_ARTIFACTS: dict[str, str] = {"profile": "profile.json", "preview": "preview.json"}

ARTIFACT_KEY_PREFIX = "gretel_"
