"""Bare values of mixed columns: free-text filters and `value_label` rules change them as they do the same value inside a text."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from passing_jobs import Job
from private_people import write_csv

from appliance.data_plane.detection.detector import Detector, DetectorOptions

BARE = {"Acme": "organization_name", "529982247-25": "national_id", "11 98765-4321": "phone_number"}
"""What in a text only words around it would announce."""
KNOWN = ("Marta Kowalska", "ada@example.org", "Quintero Holdings", "+49 30 1234567")
WORDS = ("pending", "walk in", "blue", "A-17")


def rows(count: int = 60) -> list[dict[str, Any]]:
    cells = (*BARE, *KNOWN, *WORDS)
    return [{"contact": cells[place % len(cells)], "size": place} for place in range(count)]


def by_expressions(
    value: str, entities: tuple[str, ...] = ("organization_name", "name", "email", "phone_number", "national_id")
) -> dict[str, Any]:
    section = {
        "data_source": "x",
        "globals": {"classify": {"enable": True, "entities": list(entities)}},
        "steps": [{"rows": {"update": [{"name": "contact", "value": value}]}}],
    }
    return {"schema_version": "1.0", "models": [{"transform_v2": section}]}


def by_policies(*labels: str) -> dict[str, Any]:
    rule = {"name": "values", "conditions": {"value_label": list(labels)}, "transforms": [{"type": "redact_with_label"}]}
    section = {"data_source": "x", "policies": [{"name": "all", "rules": [rule]}]}
    return {"schema_version": "1.0", "models": [{"transforms": section}]}


def contacts(folder: Path, document: dict[str, Any]) -> list[str]:
    job = Job(folder / "run", write_csv(folder / "contacts.csv", rows()), document).perform()
    return [row["contact"] for row in csv.DictReader(io.StringIO(job.text("data_preview")))]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load()


def test_a_bare_value_that_prose_does_not_show_is_told_as_a_whole(detector: Detector) -> None:
    assert detector.spans(list(BARE)) == [[], [], []]
    assert [[(span.start, span.end, span.label) for span in spans] for spans in detector.mixed_spans(list(BARE))] == [
        [(0, len(text), label)] for text, label in BARE.items()
    ]
    assert detector.mixed_spans(WORDS) == [[] for _ in WORDS]
    assert detector.mixed_spans(KNOWN) == detector.spans(KNOWN)


def test_a_value_is_told_the_same_beside_any_others(detector: Detector) -> None:
    cells = [*BARE, *KNOWN, *WORDS, *(f"{number:011d}" for number in range(86_095_742_700, 86_095_742_720))]
    assert detector.mixed_spans(cells) == [detector.mixed_spans([cell])[0] for cell in cells]


def test_long_cells_and_labels_not_asked_for_are_no_values(detector: Detector) -> None:
    assert detector.mixed_spans(["Acme and " + "so " * 40 + "Acme"]) == [[]]
    assert Detector.load(DetectorOptions(labels=("email_address",))).mixed_spans(list(BARE)) == [[], [], []]


@pytest.mark.parametrize("value", ["this | redact_entities", "this | fake_entities", "this | hash_entities", "this | label_entities"])
def test_filters_leave_no_bare_value_of_a_mixed_column(value: str, tmp_path: Path) -> None:
    made = contacts(tmp_path, by_expressions(value))
    given = [row["contact"] for row in rows()]
    kept = {old for new, old in zip(made, given, strict=True) if new == old}
    assert kept == set(WORDS)
    if "redact" in value:
        assert {new for new, old in zip(made, given, strict=True) if old in BARE} == {f"<{label}>" for label in BARE.values()}


def test_only_wanted_entities_are_changed(tmp_path: Path) -> None:
    made = contacts(tmp_path, by_expressions("this | redact_entities", ("email",)))
    assert set(made) == {*BARE, *KNOWN, *WORDS} - {"ada@example.org"} | {"<email>"}


def test_rules_on_labels_of_values_leave_none_either(tmp_path: Path) -> None:
    made = contacts(tmp_path, by_policies("organization_name", "national_id"))
    for new, row in zip(made, rows(), strict=True):
        assert (new != row["contact"]) == (row["contact"] in {"Acme", "529982247-25", "Quintero Holdings"})
