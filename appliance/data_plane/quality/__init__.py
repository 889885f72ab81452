"""Metrics, attacks, the report: `judge` compares two tables, `render_report` writes what it found as one HTML file."""

from appliance.data_plane.quality.judgement import judge
from appliance.data_plane.quality.options import JudgeOptions, Progress
from appliance.data_plane.quality.report.page import render_report

__all__ = ["JudgeOptions", "Progress", "judge", "render_report"]
