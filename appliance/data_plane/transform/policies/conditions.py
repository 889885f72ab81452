"""When a rule fits a column: by its name, by what it holds, by its nature."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from appliance.configurations.entities import canonical
from appliance.configurations.transforms import EVERY
from appliance.data_plane.detection.finding import ColumnSample
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema

SIMILAR = 0.8
"""How alike two names must be where the configuration does not say."""

_PARTS = {"location": ("city", "country", "us_state", "address", "street_address"), "person_name": ("first_name", "last_name")}
"""Labels that older configurations mean with a wider one."""
_KEY_WORDS = re.compile(r"(?:^|[^a-z])(?:id|ids|key|uuid|guid|pk|no|nr|number|code)(?:$|[^a-z])")
_LEAST_ROWS = 20
_UNIQUE = 0.99


def fits_column(conditions: dict[str, Any], name: str, labels: Sequence[str], natures: Sequence[str]) -> tuple[bool, str | None]:
    """Whether any of the conditions on columns holds, and the label by which it does."""
    for label in labels:
        if conditions["field_label"] and names_label(conditions["field_label"], label):
            return True, label
    named = (
        name in (conditions["field_name"] or ())
        or any(_matches(pattern, name) for pattern in conditions["field_name_regex"] or ())
        or _similar(conditions["field_name_similarity"], name)
    )
    asked = conditions["field_attributes"] or {}
    of_nature = bool(asked) and all((nature in natures) is wanted for nature, wanted in asked.items())
    return named or of_nature, None


def names_label(words: Sequence[str], label: str) -> bool:
    """Whether one of the words means the label: by name, by another name, as part of a wider one, or as `*` or `namespace/*`."""
    return label_word(words, label) is not None


def label_word(words: Sequence[str], label: str) -> str | None:
    """The first word that means the label."""
    for word in words:
        if word in (EVERY, label) or (word.endswith(f"/{EVERY}") and label.startswith(word[:-1])):
            return word
        means = canonical(word) if "/" not in word else ()
        if label in means or any(label in _PARTS.get(each, ()) for each in means):
            return word
    return None


def natures_of(column: ColumnSchema, sample: ColumnSample | None) -> tuple[str, ...]:
    """What the column is by nature: `is_id` where nearly every value is another one and it looks like a key, and the kinds of columns."""
    kinds = {
        "is_numeric": (ColumnKind.INTEGER, ColumnKind.NUMERIC), "is_text": (ColumnKind.TEXT,), "is_date": (ColumnKind.DATETIME,),
        "is_categorical": (ColumnKind.CATEGORICAL, ColumnKind.BOOLEAN),
    }  # fmt: skip
    found = [nature for nature, members in kinds.items() if column.kind in members]
    return (*(("is_id",) if _is_id(column, sample) else ()), *found)


def _is_id(column: ColumnSchema, sample: ColumnSample | None) -> bool:
    if sample is None or not sample.counts:
        return column.kind is ColumnKind.IDENTIFIER
    once = sum(1 for count in sample.counts if count == 1) / len(sample.counts)
    unique = once >= _UNIQUE and sample.missing * 100 <= sample.rows
    keyed = bool(_KEY_WORDS.search(re.sub(r"([a-z])([A-Z])", r"\1_\2", column.name).lower()))
    if column.kind is ColumnKind.IDENTIFIER:
        return unique
    kinds = (ColumnKind.INTEGER, ColumnKind.CATEGORICAL, ColumnKind.TEXT)
    return unique and keyed and column.kind in kinds and len(sample.counts) >= _LEAST_ROWS


def _matches(pattern: str, name: str) -> bool:
    import re2  # patterns of users run on RE2: linear time

    return re2.search(pattern, name) is not None


def _similar(asked: Any, name: str) -> bool:
    if not asked:
        return False
    names, least = (asked["names"], asked["threshold"]) if isinstance(asked, dict) else (asked, SIMILAR)
    plain = _plain(name)
    return any(difflib.SequenceMatcher(None, plain, _plain(other)).ratio() >= least for other in names)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())
