"""Metrics, attacks, the report: `judge` compares two tables, `render_report` writes what it found as one HTML file.

Both are imported when they are first asked for: pages of other reports are written here too, by workers that need no numerics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from appliance.data_plane.quality.judgement import judge
    from appliance.data_plane.quality.options import JudgeOptions, Progress
    from appliance.data_plane.quality.report.page import render_report

__all__ = ["JudgeOptions", "Progress", "judge", "render_report"]

_PLACES = {"judge": "judgement", "JudgeOptions": "options", "Progress": "options", "render_report": "report.page"}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    import importlib

    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
