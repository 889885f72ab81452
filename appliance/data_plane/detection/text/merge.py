"""Findings that overlap are settled: the surer kind of proof, then the longer, then the likelier, then the earlier one stays."""

from __future__ import annotations

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
    origin = cluster[0][0]
    taken = bytearray(max(finding[1] for finding in cluster) - origin)
    chosen = []
    for finding in sorted(cluster, key=_preference):
        first, last = finding[0] - origin, finding[1] - origin
        if taken.find(1, first, last) < 0:
            taken[first:last] = b"\x01" * (last - first)
            chosen.append(finding)
    kept.extend(sorted(chosen))


def _preference(finding: Found) -> tuple[int, int, float, int, str]:
    start, end, label, score, rank = finding
    return -rank, start - end, -score, start, label
