"""The report's sections: every key is drawn, odd figures make a page, old reports still do; the schema describes it all."""

from __future__ import annotations

import copy
import json
import re
from importlib import resources
from typing import Any

import pytest
from quality_tables import named, people
from report_page import checked
from report_sections import privacy_sections, sections
from schema_walk import faults

from appliance.data_plane.quality import JudgeOptions, judge, render_report

HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</title><script>alert(2)</script>", "'--><svg onload=alert(3)>",
    "</style><script>x</script>", "\u202etxet", "nul\x00\x1b[31m", "</bdi></th></table>",
)  # fmt: skip
NEWER = (
    "intervals", "validity", "one_way", "pairs", "three_way", "utility", "queries", "subgroups", "pii_replay", "sequences", "provenance",
    "not_measured",
)  # fmt: skip
SEQUENCES: dict[str, Any] = {
    "group_by": ["who"], "order_by": "day", "left_sequences": 40, "right_sequences": 38, "left_rows": 200, "right_rows": 190,
    "replayed_keys": 0, "ordered": 1.0,
    "lengths": {"distance": 0.1, "chance": 0.2, "reference": None, "left_mean": 5.0, "right_mean": 5.0, "edges": [], "left": [1.0],
                "right": [1.0], "unit": ""},
    "gaps": {"distance": 0.1, "chance": 0.2, "reference": 0.1, "left_mean": 5.0, "right_mean": 5.0, "edges": [1.5, 3.5, 9.5],
             "left": [0.4, 0.3, 0.2, 0.1], "right": [0.4, 0.3, 0.1, 0.2], "unit": "days"},
    "memory": [{"column": "pay", "left": 0.4, "right": 0.1, "low": 0.3, "high": 0.5, "left_between": 0.2, "right_between": 0.1,
                "held": False}],
    "moves": [{"column": "team", "distance": 0.1, "chance": 0.05, "labels": ["a", "b"], "left": [[0.5, 0.5], [None, 1.0]],
               "right": [[0.4, 0.6], [0.1, 0.9]]}],
    "coherence": [{"column": "site", "left": 1.0, "right": 0.98}],
}  # fmt: skip


@pytest.fixture(scope="module")
def judged() -> dict[str, Any]:
    """One report of the judge, as a file holds it."""
    options = JudgeOptions(title="People", engine="trees", sample_rows=3, budget=(("epsilon", "1.0"), ("delta", "1e-06")))
    report = judge(people(1200, 1), people(1200, 2), people(250, 3), options, 3)
    plain: dict[str, Any] = json.loads(json.dumps(report))
    return plain


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The schema that the package ships."""
    text = resources.files("appliance.data_plane.quality").joinpath("report.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def written_out(judged: dict[str, Any], first: str = "pay", second: str = "team") -> dict[str, Any]:
    """The judged report with every newer section filled by hand."""
    report = copy.deepcopy(judged) | sections(first, second)
    report["privacy"] |= privacy_sections()
    return report


def test_the_schema_describes_every_key_of_a_report(judged, schema):
    assert list(faults(judged, schema, schema, strict=True)) == []


def test_the_schema_describes_reports_of_odd_tables(schema):
    odd = named({"only": ("identifier", range(40)), "gaps": ("empty", [None] * 40)})
    for tables in ((odd, odd, None), (people(40, 1), people(0, 1), None)):
        report = json.loads(json.dumps(judge(*tables, JudgeOptions(), 3)))
        assert list(faults(report, schema, schema, strict=True)) == []
        checked(report)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda report: report.pop("verdict"), "verdict is missing"),
        (lambda report: report.update(report_version=1), "is not 2"),
        (lambda report: report["privacy"].update(alarm="no"), "str is not boolean"),
        (lambda report: report["warnings"].append({"level": "odd", "what": "", "action": ""}), "is none of"),
        (lambda report: report["pairs"]["accuracy"].pop("low"), "low is missing"),
        (lambda report: report.update(surprise=1), "surprise is not described"),
    ],
)
def test_the_schema_finds_what_is_wrong(judged, schema, change, said):
    report = copy.deepcopy(judged)
    change(report)
    assert any(said in fault for fault in faults(report, schema, schema, strict=True))


def test_every_section_is_drawn_with_its_figures_and_how_they_are_computed(judged):
    _, page = checked(written_out(judged) | {"sequences": SEQUENCES})
    for said in (
        "Valid rows", "is never above", "Accuracy", "Three columns together", "furthest from the training table", "Machine learning",
        "much weaker", "no skill to keep", "Questions", "worst group", "Sequences", "What stays the same", "none found",
        "Membership inference", "lie beside one of the most unusual", "What would raise the alarm", "Distances",
        "Personal data", "Too many",
        "Differential privacy", "zCDP", "Glossary", "Data dictionary", "2 – 3", "10 and more",
    ):  # fmt: skip
        assert said in page.text, said
    folds = [element for element in page.elements if element.tag == "details" and element.attributes.get("class") == "how"]
    assert len(folds) >= 10
    assert all(any(child.tag == "dl" for child in fold.children) for fold in folds)


def test_a_section_that_was_not_measured_gives_its_reason(judged):
    report = copy.deepcopy(judged) | {"utility": None, "subgroups": None, "sequences": None}
    report["not_measured"] = {"utility": "It needs 50 held-out rows.", "subgroups": "No groups.", "sequences": "Rows stand alone."}
    _, page = checked(report)
    for reason in report["not_measured"].values():
        assert reason in page.text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_every_section(judged, name):
    report = written_out(judged, name, name) | {"title": name, "sequences": SEQUENCES | {"group_by": [name], "order_by": name}}
    report["warnings"] = [{"level": "warn", "what": name, "action": name}]
    report["not_measured"] = {name: name}
    written, page = checked(report)
    clean = re.sub(r"[\x00-\x1f\x7f-\x9f]", "\ufffd", name)
    assert clean in page.text
    assert not {"script", "img"} & set(page.tags)
    assert "\x00" not in written


def test_a_very_long_name_is_cut_and_whole_in_its_title(judged):
    name = "größe_" * 100
    _, page = checked(written_out(judged, name, "列" * 90))
    assert name not in page.text
    assert name in page.values("title")
    assert "列" * 90 in page.values("title")


def without_figures(value: Any) -> Any:
    """The same shape with no number known and no list filled."""
    if isinstance(value, dict):
        return {key: without_figures(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return []
    return value


def test_sections_with_empty_lists_make_a_page(judged):
    report = copy.deepcopy(judged)
    for key in NEWER:
        report[key] = without_figures(report[key])
    report["privacy"] = without_figures(report["privacy"])
    checked(report)


def test_estimates_without_interval_or_reference_make_a_page(judged):
    text = re.sub(r'"(low|high|reference)": -?[0-9.e-]+', r'"\1": null', json.dumps(written_out(judged)))
    report = json.loads(text)
    for key in ("near_copies", "tail", "interval"):
        report["privacy"][key] = judged["privacy"][key]
    report["detection"] = judged["detection"]
    checked(report)


def test_a_report_of_the_first_version_is_still_rendered(judged):
    report = {key: value for key, value in copy.deepcopy(judged).items() if key not in NEWER} | {"report_version": 1}
    report["verdict"] = {key: report["verdict"][key] for key in ("quality", "privacy")}
    for key in ("copies", "distance", "attacks", "mechanism", "tests"):
        del report["privacy"][key]
    for key in ("reference", "columns_told", "pair", "curve"):
        del report["detection"][key]
    for key in [key for key in report["privacy"]["tail"] if "_" in key]:
        del report["privacy"]["tail"][key]
    for field in report["fields"]:
        del field["measures"]
    _, page = checked(report)
    assert "Report version 1" in page.text


@pytest.mark.parametrize(("columns", "limit"), [(50, 600_000), (500, 4_000_000)])
def test_wide_reports_stay_small(judged, columns, limit):
    report = written_out(judged)
    drawn = next(field for field in report["fields"] if field["drawing"]["form"] == "bins")
    names = [f"measurement_of_something_{i}" for i in range(columns)]
    report["fields"] = [{**drawn, "name": name} for name in names]
    report["validity"]["columns"] = [{**report["validity"]["columns"][0], "name": name} for name in names]
    matrix = {name: dict.fromkeys(names[:75], 0.1234) for name in names[:75]}
    report |= {"left_correlation": matrix, "right_correlation": matrix, "correlation_difference": matrix}
    report["pairs"]["worst"] = report["pairs"]["worst"] * 6
    report["privacy"]["attacks"]["inference"] = report["privacy"]["attacks"]["inference"] * columns
    assert len(render_report(report).encode()) < limit


def test_the_page_is_the_same_for_the_same_report(judged):
    assert render_report(judged) == render_report(json.loads(json.dumps(judged)))
