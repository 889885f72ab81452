"""What a report on personal data says in sentences: its verdict, and what needs looking at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.data_plane.detection.headers.evidence import header_evidence
from appliance.data_plane.quality.phrases import counted, listed

UNSURE = 0.75
"""Below this score a column's label is worth a look."""
_NAMED = 6
_MIXED_LEAST = 0.02
_TELLING_NAME = 1.5
"""Log-odds of a label from which a column's name alone is told to suggest it."""
_TELLS_NOBODY = frozenset({"date", "time", "datetime", "url"})
"""Labels of columns that any table has."""

Facts = Mapping[str, Any]


def verdict_of(columns: Sequence[Facts], entities: Sequence[Facts], rows: int) -> dict[str, Any]:
    """`found` and `identifying`, a sentence or two each, and `level`: `bad` where people are identified, `warn` or `ok`."""
    held = [column for column in columns if column["findings"]]
    if not any(column["filled"] for column in columns):
        return _unjudged(columns, rows)
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


def _unjudged(columns: Sequence[Facts], rows: int) -> dict[str, Any]:
    """What is said of a table without a single value: no table is cleared by its being empty."""
    lacking = f"none of its {counted(rows, 'row')} holds a value" if rows else "the table has no rows"
    said = f"Nothing could be judged: {lacking}."
    names = [str(column["name"]) for column in columns if _is_telling(str(column["name"]))]
    hint = f"By name alone, personal data is to be expected in: {listed(names)}." if names else "No column's name suggests personal data."
    return {"level": "warn", "found": said, "identifying": f"{hint} Search the table again when it has rows."}


def _is_telling(name: str) -> bool:
    """Whether a column's name alone suggests that it holds personal data."""
    weights = header_evidence(name).weights
    return any(weight >= _TELLING_NAME and label not in _TELLS_NOBODY for label, weight in weights.items())


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
