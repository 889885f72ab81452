"""Sequences: lengths, gaps, memory and moves of the rows that belong together."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.report.markup import not_measured


def sequences(report: dict[str, Any]) -> str:
    """What the measures of sequences found; nothing for tables whose rows stand alone."""
    found = report.get("sequences")
    if not found:
        return not_measured(report, "sequences", "sequences", "Sequences")
    return ""
