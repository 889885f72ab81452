"""Policies run over files: what is changed, what stays, and that nothing depends on batches or order."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from appliance.configurations.configuration import normalise
from appliance.data_plane.detection.finding import ColumnShape, ColumnVerdict, Span
from appliance.data_plane.detection.sampling import sample_file
from appliance.data_plane.transform.passage import Batching, Passage
from appliance.data_plane.transform.policies.plan import PolicyPlan, make_policy_plan
from appliance.data_plane.transform.policies.stream import PolicyAccount, transform_by_policies
from appliance.data_plane.transform.values.keys import ValueKey
from appliance.errors import DataRefused, JobFailed

KEY = ValueKey(bytes(range(32)))
ROWS = [
    ("1", "Ada Lovelace", "ada@x.org", "1980-02-29", "1,234.50", "4111111111111111", "Write to ada@x.org or to bob@y.org, please."),
    ("2", "Bob Hope", "bob@y.org", "1990-12-01", "20.00", "5500000000000004", "nothing here"),
    ("1", "Ada Lovelace", "ada@x.org", "1980-03-10", "30.10", "4111111111111111", ""),
    ("3", "Cy Twombly", "", "", "", "", "cy@z.org"),
]
HEADER = ["id", "name", "email", "birth", "amount", "card", "notes"]
VERDICTS = [
    ColumnVerdict("name", ColumnShape.WHOLE, "person_name", 0.9),
    ColumnVerdict("email", ColumnShape.WHOLE, "email_address", 0.9),
    ColumnVerdict("birth", ColumnShape.WHOLE, "birth_date", 0.9),
    ColumnVerdict("card", ColumnShape.WHOLE, "credit_card_number", 0.9),
]
SHIFT = {"type": "numbershift", "attrs": {"min": 1, "max": 2}}
MAIL = re.compile(r"\w+@\w+\.org")


def _spans(texts: list[str]) -> list[list[Span]]:
    """A detector that knows mail addresses only."""
    return [[Span(found.start(), found.end(), "email_address", 0.9) for found in MAIL.finditer(text)] for text in texts]


def _rule(*transforms: Any, **conditions: Any) -> dict[str, Any]:
    return {"conditions": conditions, "transforms": list(transforms)}


def _plan(path: Path, *rules: dict[str, Any], own: dict[str, Any] | None = None) -> PolicyPlan:
    document = {
        "schema_version": "1.0",
        "models": [{"transforms": {"data_source": "x", "policies": [{"rules": list(rules)}], "appliance": own or {}}}],
    }
    sample = sample_file(path, 1)
    return make_policy_plan(normalise(document).section, sample.schema, VERDICTS, sample.columns)


def _written(folder: Path, rows: list[tuple[str, ...]] = ROWS) -> Path:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([HEADER, *rows])
    path = folder / "in.csv"
    path.write_text(stream.getvalue())
    return path


def _run(
    folder: Path, *rules: dict[str, Any], source: Path | None = None, key: ValueKey = KEY, own: dict[str, Any] | None = None, **more: Any
) -> tuple[list[dict[str, str]], PolicyAccount]:
    path = source or _written(folder)
    sink = folder / "out.csv"
    account = transform_by_policies(_plan(path, *rules, own=own), Passage(path, sink, key, lambda: 0.0, spans=_spans, **more))
    return list(csv.DictReader(io.StringIO(sink.read_text()))), account


def test_what_no_rule_fits_stays_byte_for_byte(tmp_path: Path) -> None:
    rows, account = _run(tmp_path, _rule("fake", field_name="name"))
    for source, made in zip(ROWS, rows, strict=True):
        assert [made[name] for name in HEADER if name != "name"] == [
            cell for name, cell in zip(HEADER, source, strict=True) if name != "name"
        ]
    assert rows[0]["name"] == rows[2]["name"] != "Ada Lovelace"
    assert [column.name for column in account.touched] == ["name"]
    assert account.rows_in == account.rows_out == 4


def test_the_first_transform_that_can_be_applied_is(tmp_path: Path) -> None:
    rows, account = _run(tmp_path, _rule("fake", "hash", field_name=["amount", "name"]))
    assert re.fullmatch(r"[0-9a-f]{32}", rows[0]["amount"])
    assert re.fullmatch(r"[A-Z]\w+ [A-Z]\w+", rows[0]["name"])
    assert {(count.column, count.transform) for count in account.field_transforms} == {("amount", "hash"), ("name", "fake")}
    assert account.rules[0].errors == 0


def test_only_found_stretches_are_changed_and_as_in_columns(tmp_path: Path) -> None:
    rows, account = _run(tmp_path, _rule("fake", value_label=["email_address"]))
    note = rows[0]["notes"]
    assert re.fullmatch(r"Write to (\S+@example\.\w+) or to (\S+@example\.\w+), please\.", note)
    assert rows[0]["email"] in note
    assert rows[1]["notes"] == "nothing here"
    assert rows[2]["notes"] == ""
    assert rows[0]["name"] == "Ada Lovelace"
    assert {column.name: column.made for column in account.touched} == {"email": 3, "notes": 2}
    assert account.rules[0].matched == 3 + 2
    assert sum(count.cells for count in account.value_transforms if count.column == "notes") == 3


def test_a_rule_for_the_column_takes_what_no_rule_inside_has_taken(tmp_path: Path) -> None:
    rows, _ = _run(
        tmp_path,
        _rule("redact_with_label", value_label=["email_address"]),
        _rule({"type": "redact_with_string", "attrs": {"string": "-"}}, field_name="notes"),
    )
    assert [row["notes"] for row in rows] == ["Write to EMAIL_ADDRESS or to EMAIL_ADDRESS, please.", "-", "", "EMAIL_ADDRESS"]


def test_columns_are_dropped_and_passed_through(tmp_path: Path) -> None:
    rows, account = _run(
        tmp_path, _rule("passthrough", field_name="id"), _rule("fake", field_label=["*"]), _rule("drop", field_name_regex=["^.*$"])
    )
    assert list(rows[0]) == ["id", "name", "email", "birth", "card"]
    assert [row["id"] for row in rows] == ["1", "2", "1", "3"]
    assert account.columns_out == ("id", "name", "email", "birth", "card")
    assert all(row["name"] != source[1] for row, source in zip(rows, ROWS, strict=True))


def test_a_table_without_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="drop every column"):
        _run(tmp_path, _rule("drop", field_name_regex=["."]))


def test_dates_and_numbers_of_one_id_move_together(tmp_path: Path) -> None:
    dates = {"type": "dateshift", "attrs": {"min": -400, "max": 400, "field_name": "id"}}
    numbers = {"type": "numbershift", "attrs": {"min": -400, "max": 400, "field_name": ["id"]}}
    rows, account = _run(tmp_path, _rule(dates, field_name="birth"), _rule(numbers, field_name="amount"))
    first, third = (date.fromisoformat(rows[place]["birth"]) for place in (0, 2))
    assert (third - first).days == 10
    assert rows[0]["birth"] != "1980-02-29"
    amounts = [float(rows[place]["amount"].replace(",", "")) for place in (0, 2)]
    assert round(amounts[0] - amounts[1], 2) == 1204.40
    assert rows[3]["birth"] == rows[3]["amount"] == ""
    assert [rule.mode for rule in account.rules] == ["row", "row"]


@pytest.mark.parametrize("attrs", [{}, {"secret": "x"}, {"radix": 10}, {"radix": 62, "secret": "y"}, {"luhn": True}])
def test_decrypt_brings_back_what_encrypt_made(tmp_path: Path, attrs: dict[str, Any]) -> None:
    names = ["card", "name", "birth"] if attrs.get("radix") != 10 else ["card", "birth"]
    rows, _ = _run(tmp_path, _rule({"type": "secure_fpe", "attrs": attrs}, field_name=names))
    assert all(row["card"] != source[5] for row, source in zip(rows[:3], ROWS, strict=False))
    assert all((row["card"].isdigit() or attrs.get("radix") == 62) and len(row["card"]) == 16 for row in rows[:3])
    secret = tmp_path / "secret.csv"
    secret.write_bytes((tmp_path / "out.csv").read_bytes())
    back, _ = _run(tmp_path, _rule({"type": "decrypt", "attrs": attrs}, field_name=names), source=secret)
    assert [tuple(row.values()) for row in back] == ROWS
    other, _ = _run(tmp_path, _rule({"type": "decrypt", "attrs": attrs}, field_name=names), source=secret, key=ValueKey(bytes(32)))
    assert other[0]["card"] != ROWS[0][5]


def test_numbers_of_typed_files_stay_numbers_when_enciphered(tmp_path: Path) -> None:
    path, sink, again = tmp_path / "in.parquet", tmp_path / "out.parquet", tmp_path / "again.parquet"
    pq.write_table(
        pa.table({"n": list(range(100, 160)), "x": [place / 4 for place in range(60)], "t": [f"t{place}" for place in range(60)]}), path
    )
    plan = _plan(path, _rule("encrypt", field_name=["n", "x"]))
    account = transform_by_policies(plan, Passage(path, sink, KEY, lambda: 0.0))
    made = pq.read_table(sink)
    assert account.unfit == 0
    assert made.schema.field("n").type == pa.int64()
    assert made.schema.field("x").type == pa.float64()
    assert made["n"].to_pylist() != list(range(100, 160))
    assert all(100 <= number <= 999 for number in made["n"].to_pylist())
    transform_by_policies(_plan(path, _rule("decrypt", field_name=["n", "x"])), Passage(sink, again, KEY, lambda: 0.0))
    assert pq.read_table(again).equals(pq.read_table(path))


@pytest.mark.parametrize(
    ("transform", "column", "wanted"),
    [
        ({"type": "redact_with_char", "attrs": {"char": "*"}}, "birth", "****-**-**"),
        ({"type": "redact_with_char", "attrs": {"mask_after": "@"}}, "email", "ada@X.XXX"),
        ({"type": "mask_after", "attrs": {"mask_after": "@"}}, "email", "ada@X.XXX"),
        ({"type": "mask_until", "attrs": {"value": "@"}}, "email", "XXX@x.org"),
        ({"type": "redact_with_char", "attrs": {"start_pos": 4}}, "card", "4111XXXXXXXXXXXX"),
        ({"type": "redact_with_char", "attrs": {"end_pos": -4}}, "card", "XXXXXXXXXXXX1111"),
        ({"type": "redact_with_label"}, "email", "EMAIL_ADDRESS"),
        ({"type": "redact_with_string", "attrs": {"string": "gone"}}, "email", "gone"),
        ({"type": "numberbucket", "attrs": {"min": 0, "max": 5000, "nearest": 500}}, "amount", "1000"),
        (
            {"type": "bucket", "attrs": {"buckets": [{"min": 0, "max": 100, "label": "low"}], "upper_outlier_label": "high"}},
            "amount",
            "high",
        ),
        ({"type": "combine", "attrs": {"field_name": ["id", "email"], "separator": "|"}}, "name", "Ada Lovelace|1|ada@x.org"),
        ({"type": "format", "attrs": {"pattern": "^(\\w+) (\\w+)$", "replacement": "\\2, \\1"}}, "name", "Lovelace, Ada"),
        (
            {"type": "conditional", "attrs": {"field_name": "id", "regex": "^1$", "true_transforms": [{"type": "redact_with_label"}]}},
            "name",
            "PERSON_NAME",
        ),
        (
            {
                "type": "conditional",
                "attrs": {"field_name": "id", "regex": "^2$", "true_transforms": ["drop"], "false_xform": "passthrough"},
            },
            "name",
            "Ada Lovelace",
        ),
        ({"type": "format", "attrs": {"pattern": "no such", "replacement": ""}}, "name", "<person_name>"),
        ({"type": "dateshift", "attrs": {"min": 1, "max": 1}}, "name", "<person_name>"),
        ({"type": "dateshift", "attrs": {"min": 1, "max": 1, "formats": "%Y-%m-%d"}}, "birth", "1980-03-01"),
    ],
)
def test_every_transform(tmp_path: Path, transform: dict[str, Any], column: str, wanted: str) -> None:
    rows, _ = _run(tmp_path, _rule(transform, field_name=column))
    assert rows[0][column] == wanted


def test_what_is_dropped_is_gone_and_what_nothing_fits_is_redacted(tmp_path: Path) -> None:
    branch = {
        "type": "conditional",
        "attrs": {"field_name": "id", "regex": "^1$", "true_transforms": ["drop"], "false_transforms": [SHIFT]},
    }
    rows, account = _run(tmp_path, _rule(branch, field_name="name"))
    assert [row["name"] for row in rows] == ["", "<person_name>", "", "<person_name>"]
    assert account.rules[0].errors == 2
    inside, _ = _run(tmp_path, _rule("drop", value_label="email_address"))
    assert inside[0]["notes"] == "Write to  or to , please."


def test_a_constant_fake_is_one_for_all_and_nobodys(tmp_path: Path) -> None:
    rows, _ = _run(tmp_path, _rule({"type": "fake_constant", "attrs": {"seed": 5}}, field_name="name"))
    assert len({row["name"] for row in rows}) == 1
    assert rows[0]["name"] not in {source[1] for source in ROWS}


@pytest.mark.parametrize(("on_error", "wanted"), [("redact", "<person_name>"), ("null", ""), ("fail", None)])
def test_a_selected_value_never_stays_because_nothing_could_be_done(tmp_path: Path, on_error: str, wanted: str | None) -> None:
    rule = _rule({"type": "numbershift", "attrs": {"min": 1, "max": 2}}, field_name="name")
    if wanted is None:
        with pytest.raises(JobFailed) as caught:
            _run(tmp_path, rule, own={"on_error": on_error})
        assert "Ada" not in str(caught.value)
        return
    rows, account = _run(tmp_path, rule, own={"on_error": on_error})
    assert {row["name"] for row in rows} == {wanted}
    assert account.rules[0].errors == 4


def test_results_do_not_depend_on_batches_or_the_order_of_rows(tmp_path: Path) -> None:
    rows = [
        (
            str(place % 15),
            f"Name {place % 35}",
            f"u{place % 45}@x.org",
            f"19{place % 60 + 30}-01-{place % 28 + 1:02d}",
            f"{place}.5",
            f"4{place:015d}",
            f"see u{place}@x.org",
        )
        for place in range(150)
    ]
    rules = [
        _rule("fake", "hash", field_label=["email_address", "person_name"]), _rule("fake", value_label=["email_address"]),
        _rule({"type": "dateshift", "attrs": {"min": -9, "max": 9, "field_name": "id"}}, field_name="birth"),
        _rule({"type": "numbershift", "attrs": {"min": -9, "max": 9}}, field_name="amount"), _rule("encrypt", field_name="card"),
    ]  # fmt: skip
    results = []
    for order, size in ((1, None), (1, 7), (-1, 40), (1, 3)):
        made, _ = _run(tmp_path, *rules, source=_written(tmp_path, rows[::order]), batching=Batching(rows=size))
        results.append([tuple(row.values()) for row in made[::order]])
    assert results[0] == results[1] == results[2] == results[3]
    assert not any(
        cell == other for row, source in zip(results[0], rows, strict=True) for cell, other in zip(row[1:], source[1:], strict=True)
    )


def test_another_table_gets_the_same_fakes(tmp_path: Path) -> None:
    rows, _ = _run(tmp_path, _rule("fake", field_label=["*"]))
    other = tmp_path / "other.csv"
    other.write_text("name,born\nAda Lovelace,x\nBob Hope,y\n")
    plan = make_policy_plan(
        normalise(
            {
                "schema_version": "1.0",
                "models": [{"transforms": {"data_source": "x", "policies": [{"rules": [_rule("fake", field_label="*")]}]}}],
            }
        ).section,
        sample_file(other, 1).schema,
        VERDICTS[:1],
    )
    transform_by_policies(plan, Passage(other, tmp_path / "made.csv", KEY, lambda: 0.0))
    made = list(csv.DictReader(io.StringIO((tmp_path / "made.csv").read_text())))
    assert [row["name"] for row in made] == [rows[0]["name"], rows[1]["name"]]
    assert [row["born"] for row in made] == ["x", "y"]


def test_a_rule_that_reads_a_column_that_is_not_there_says_so(tmp_path: Path) -> None:
    _, account = _run(tmp_path, _rule({"type": "dateshift", "attrs": {"min": 1, "max": 5, "field_name": "no such"}}, field_name="birth"))
    assert any("'no such'" in warning for warning in account.warnings)


def test_json_keeps_its_kinds(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f'{{"n": {place + 10}, "name": "Name {place}", "x": null}}\n' for place in range(30)))
    plan = _plan(
        path, _rule({"type": "numbershift", "attrs": {"min": 1, "max": 5}}, field_name="n"), _rule("hash", field_name=["name", "x"])
    )
    transform_by_policies(plan, Passage(path, tmp_path / "out.jsonl", KEY, lambda: 0.0))
    first = (tmp_path / "out.jsonl").read_text().splitlines()[0]
    assert re.fullmatch(r'\{"n": ?1[1-5], ?"name": ?"[0-9a-f]{32}", ?"x": ?null\}', first), first


CANARY = "Zanzibaria Quokkaberg"


def test_no_value_is_in_an_account_a_warning_or_an_error(tmp_path: Path) -> None:
    rows = [("77777", CANARY, "zanzi@x.org", "1981-01-07", "98,765.43", "4929123412341234", f"{CANARY} wrote from zanzi@x.org"), *ROWS]
    source = _written(tmp_path, rows)
    kinds = [
        "fake", "fake_constant", "hash", "redact_with_char", "redact_with_label", "drop", "passthrough", "encrypt", "decrypt",
        {"type": "dateshift", "attrs": {"min": 1, "max": 2, "field_name": "id"}}, {"type": "numbershift", "attrs": {"min": 1, "max": 2}},
        {"type": "numberbucket", "attrs": {"nearest": 10}}, {"type": "combine", "attrs": {"field_name": "notes"}},
        {"type": "format", "attrs": {"pattern": "x", "replacement": "\\5"}},
        {"type": "conditional", "attrs": {"field_name": "notes", "regex": "x", "true_transforms": ["hash"]}},
    ]  # fmt: skip
    for kind in kinds:
        rules = [_rule(kind, value_label="email_address"), _rule(kind, field_name=["name", "birth", "amount", "card", "notes", "id"])]
        for own in ({"on_error": "redact"}, {"on_error": "fail"}):
            try:
                told = msgspec.json.encode(_run(tmp_path, *rules, source=source, own=own)[1]).decode()
            except (JobFailed, DataRefused) as error:
                told = f"{error} {error!r} {error.__dict__}"
            held = [cell for row in (rows[0],) for cell in (*row, "zanzi", "Quokka", "98765.43") if cell in told]
            assert not held, kind


def test_a_rule_that_takes_too_long_ends_the_job(tmp_path: Path) -> None:
    path, ticks = _written(tmp_path), iter(range(0, 10_000, 100))
    plan = _plan(path, _rule("hash", field_name="name"), own={"rule_timeout": 50})
    with pytest.raises(JobFailed, match="more than 50 seconds"):
        transform_by_policies(plan, Passage(path, tmp_path / "out.csv", KEY, lambda: float(next(ticks))))
