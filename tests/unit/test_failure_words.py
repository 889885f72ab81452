"""Every way in which a job can fail has its likely cause in words, and no words are kept for what cannot happen."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from appliance import errors
from appliance.errors import ApplianceError

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "appliance"
OF_INSPECTIONS = {"inspection_failed", "inspection_timeout"}
"""An inspection is no job; the page of its file tells how it ended."""
SPOKEN = json.loads((ROOT / "static" / "words" / "failures.json").read_text("utf-8"))["causes"]
CODES = {name: kind.code for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, ApplianceError)}


def calls(folder: Path, *names: str) -> Iterator[ast.Call]:
    """Calls in files that hold one of the names: parsing all of them takes seconds."""
    for path in folder.rglob("*.py"):
        text = path.read_text("utf-8")
        if any(f"{name}(" in text for name in names):
            yield from (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))


def named(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def written() -> set[str]:
    """Ids that stand in the code of whoever ends a job, as texts or as the code of an error class."""
    found = set()
    for call in calls(PACKAGE, "Failure"):
        if named(call) == "Failure" and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant):
                found.add(str(first.value))
            elif isinstance(first, ast.Attribute) and isinstance(first.value, ast.Name) and first.value.id in CODES:
                found.add(CODES[first.value.id])
    return found


def raised() -> set[str]:
    """Ids of what a worker raises, and of the refusal of a configuration that it reads: each becomes the id of its job's failure."""
    return {CODES[named(call)] for call in calls(PACKAGE / "data_plane", *CODES) if named(call) in CODES} | {
        errors.ConfigurationRefused.code
    }


def test_every_failure_has_its_words_and_no_words_are_left_over() -> None:
    remote = {"input_unreadable"}  # what a worker elsewhere says when a file does not come
    assert '"input_unreadable"' in (PACKAGE / "data_plane" / "remote.py").read_text("utf-8")
    ids = (written() - OF_INSPECTIONS) | raised() | remote
    assert {"worker_lost", "out_of_memory", "data_refused", "internal_error", "max_duration_exceeded"} <= ids
    assert set(SPOKEN) - {"unknown"} == ids


def test_words_of_a_failure_are_sentences() -> None:
    for cause in SPOKEN.values():
        assert cause[0].isupper()
        assert cause.endswith(".")
