"""The page: sections in order, the style sheet inside, not a byte from elsewhere."""

from __future__ import annotations

import re
from typing import Any

from appliance.data_plane.quality.report.appendix import appendix, sample
from appliance.data_plane.quality.report.attacks import attacks
from appliance.data_plane.quality.report.columns import columns
from appliance.data_plane.quality.report.detection import detection
from appliance.data_plane.quality.report.document import document
from appliance.data_plane.quality.report.pairs import accuracy, correlations, structure
from appliance.data_plane.quality.report.privacy import copies, distances, mechanism, replay
from appliance.data_plane.quality.report.sequences import sequences
from appliance.data_plane.quality.report.summary import data_and_engine, opening, scores, uses, warnings_list
from appliance.data_plane.quality.report.utility import subgroups, utility
from appliance.data_plane.quality.report.validity import validity

ANSWERS = (uses, warnings_list, scores)
GOOD = (data_and_engine, validity, accuracy, columns, correlations, structure, detection, utility, subgroups, sequences)
SAFE = (attacks, copies, distances, replay, mechanism)
LAST = (sample, appendix)
LINKS = (
    ("uses", "Fit"), ("warnings", "To do"), ("scores", "Scores"), ("validity", "Valid rows"), ("columns", "Columns"),
    ("correlation", "Pairs"), ("detection", "Detection"), ("utility", "Learning"), ("subgroups", "Groups"), ("sequences", "Sequences"),
    ("attacks", "Attacks"), ("copies", "Copies"), ("distances", "Distances"), ("replay", "Personal data"), ("mechanism", "Engine"),
    ("appendix", "Appendix"),
)  # fmt: skip


def render_report(report: dict[str, Any]) -> str:
    """The report as one HTML document; the same report gives the same text. `report` is what `judge` returned, `run` filled or not."""
    parts = "".join(part(report) for part in (*ANSWERS, *GOOD, *SAFE, *LAST))
    written = set(re.findall(r'<section id="([a-z]+)"', parts))
    links = "".join(f'<a href="#{identity}">{label}</a>' for identity, label in LINKS if identity in written)
    return document(
        f"{report.get('title') or 'Synthetic data'} – synthetic data report",
        f'{opening(report)}<nav aria-label="Sections">{links}</nav><main id="main" tabindex="-1">{parts}</main>',
    )
