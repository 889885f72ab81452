"""Metrics, attacks, the report: `judge` compares two tables, `render_report` writes what it found as one HTML file."""
