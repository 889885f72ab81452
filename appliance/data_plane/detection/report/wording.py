"""What a report on personal data says in sentences: its verdict, and what needs looking at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.data_plane.quality.phrases import counted, listed

UNSURE = 0.75
"""Below this score a column's label is worth a look."""
_NAMED = 6
_MIXED_LEAST = 0.02

Facts = Mapping[str, Any]


def verdict_of(columns: Sequence[Facts], entities: Sequence[Facts], rows: int) -> dict[str, Any]:
    """`found` and `identifying`, a sentence or two each, and `level`: `bad` where people are identified, `warn` or `ok`."""
    held = [column for column in columns if column["findings"]]
    if not held:
        said = f"No personal data was found in {counted(rows, 'row')} and {counted(len(columns), 'column')}."
        return {"level": "ok", "found": said, "identifying": "Nothing that was looked for identifies a person here."}
    kinds = [(held, shape) for shape in ("whole", "mixed", "text")]
    parts = [_part([column for column in found if column["shape"] == shape], shape) for found, shape in kinds]
    said = f"Personal data was found in {len(held)} of {counted(len(columns), 'column')}: {'; '.join(part for part in parts if part)}."
    direct = [entity for entity in entities if not entity["quasi"]]
    if not direct:
        only = f"Only quasi-identifiers, which tell people apart together: {_labels(entities)}."
        return {"level": "warn", "found": said, "identifying": only}
    quasi = [entity for entity in entities if entity["quasi"]]
    more = f" Quasi-identifiers, which tell people apart together: {_labels(quasi)}." if quasi else ""
    return {"level": "bad", "found": said, "identifying": f"Identifiers of people: {_labels(direct)}.{more}"}


def _part(columns: Sequence[Facts], shape: str) -> str:
    words = {"whole": "hold nothing else", "mixed": "hold it in some cells", "text": "hold it inside free text"}
    singular = {"whole": "holds nothing else", "mixed": "holds it in some cells", "text": "holds it inside free text"}
    return f"{len(columns)} {(singular if len(columns) == 1 else words)[shape]}" if columns else ""


def _labels(entities: Sequence[Facts]) -> str:
    names = [str(entity["label"]) for entity in entities]
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def warnings_of(columns: Sequence[Facts], remarks: Sequence[str]) -> list[dict[str, str]]:
    """What a person should look at: level, what, and what to do. `remarks` are sentences of the job itself."""
    found = [{"level": "warn", "what": remark, "action": ""} for remark in remarks]
    unsure = [column["name"] for column in columns if column["score"] is not None and column["score"] < UNSURE]
    if unsure:
        action = "Look at the column, or name the labels that you expect."
        found.append({"level": "warn", "what": f"The label of {listed(unsure)} is uncertain.", "action": action})
    thin = [column["name"] for column in columns if column["shape"] == "mixed" and 0 < column["coverage"] < _MIXED_LEAST]
    if thin:
        action = "A few cells among others are easily overlooked when a table is shared."
        found.append({"level": "note", "what": f"Few cells of {listed(thin)} hold personal data.", "action": action})
    prose = [column["name"] for column in columns if column["shape"] == "text"]
    if prose:
        action = "No detector finds every name; treat such columns as personal."
        found.append({"level": "note", "what": f"{listed(prose)}: personal data lies inside free text.", "action": action})
    return found
