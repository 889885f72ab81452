"""Findings that overlap are settled: the surer kind of proof, then the longer, then the likelier, then the earlier one stays."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

from appliance.data_plane.detection.text.page import Found


def settled(found: Iterable[Found]) -> list[Found]:
    """The findings that stay, in order of places; no two overlap."""
    ordered = sorted(found)
    kept: list[Found] = []
    cluster: list[Found] = []
    reach = -1
    for finding in ordered:
        if finding[0] >= reach:
            _flush(cluster, kept)
            cluster = [finding]
            reach = finding[1]
        else:
            cluster.append(finding)
            reach = max(reach, finding[1])
    _flush(cluster, kept)
    return kept


def _flush(cluster: list[Found], kept: list[Found]) -> None:
    if len(cluster) < 2:
        kept.extend(cluster)
        return
    starts: list[int] = []
    chosen: list[Found] = []
    for finding in sorted(cluster, key=_preference):
        at = bisect.bisect_left(starts, finding[0])
        free_before = at == 0 or chosen[at - 1][1] <= finding[0]
        if free_before and (at == len(chosen) or finding[1] <= chosen[at][0]):
            starts.insert(at, finding[0])
            chosen.insert(at, finding)
    kept.extend(chosen)


def _preference(finding: Found) -> tuple[int, int, float, int, str]:
    start, end, label, score, rank = finding
    return -rank, start - end, -score, start, label
