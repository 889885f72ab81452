"""The report as one self-contained HTML page, written from the report's JSON alone."""

from appliance.data_plane.quality.report.page import render_report

__all__ = ["render_report"]
