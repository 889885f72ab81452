"""Which rule of which policy a column follows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from appliance.configurations.transforms import CONDITIONS
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, FileFormat, TableSchema
from appliance.data_plane.transform.plan import planned
from appliance.data_plane.transform.policies.conditions import names_label, natures_of
from appliance.data_plane.transform.policies.plan import PolicyColumn, PolicyPlan, column_labels, course_of, make_policy_plan


def _rule(**conditions: Any) -> dict[str, Any]:
    return {"name": "r", "conditions": {**dict.fromkeys(CONDITIONS), **conditions}, "transforms": [{"type": "fake", "attrs": None}]}


def _column(
    name: str = "a", kind: ColumnKind = ColumnKind.TEXT, labels: tuple[str, ...] = (), natures: tuple[str, ...] = ()
) -> PolicyColumn:
    return PolicyColumn(planned(ColumnSchema(name, kind)), labels, labels[0] if labels else None, natures)


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({"field_name": ["b", "Email"]}, True),
        ({"field_name": ["email"]}, False),
        ({"field_name_regex": ["^E.*l$"]}, True),
        ({"field_name_regex": ["x"]}, False),
        ({"field_name_similarity": ["e_mail"]}, True),
        ({"field_name_similarity": ["phone"]}, False),
        ({"field_name_similarity": {"names": ["emai"], "threshold": 0.95}}, False),
        ({"field_label": ["email_address"]}, True),
        ({"field_label": ["email"]}, True),
        ({"field_label": ["*"]}, True),
        ({"field_label": ["phone_number"]}, False),
        ({"field_attributes": {"is_text": True}}, True),
        ({"field_attributes": {"is_text": True, "is_id": True}}, False),
        ({"field_attributes": {"is_id": False}}, True),
        ({"value_label": ["email_address"]}, False),
    ],
)
def test_conditions_on_columns(conditions: dict[str, Any], fits: bool) -> None:
    column = _column("Email", labels=("email_address",), natures=("is_text",))
    assert (course_of([_rule(**conditions)], column).field == 0) is fits


def test_the_first_rule_of_all_policies_decides() -> None:
    rules = [
        _rule(field_name=["x"]),
        _rule(value_label=["person_name"]),
        _rule(field_label=["*"]),
        _rule(value_label=["ssn"]),
        _rule(field_name=["a"]),
    ]
    named = course_of(rules, _column(labels=("person_name",)))
    assert (named.values, named.field, named.label) == ((1,), 2, "person_name")
    plain = course_of(rules, _column())
    assert (plain.values, plain.field, plain.label) == ((1, 3), 4, None)
    assert course_of(rules, _column("b")).field is None


def test_numbers_without_a_label_are_not_searched() -> None:
    rules = [_rule(value_label=["*"])]
    assert course_of(rules, _column(kind=ColumnKind.INTEGER)).values == ()
    assert course_of(rules, _column(kind=ColumnKind.INTEGER, labels=("credit_card_number",))).values == (0,)


def test_words_mean_labels_of_either_vocabulary_and_their_parts() -> None:
    assert names_label(["ssn"], "us_social_security_number")
    assert names_label(["location"], "city")
    assert names_label(["person_name"], "first_name")
    assert not names_label(["first_name"], "person_name")
    assert names_label(["acme/*"], "acme/user_id")
    assert not names_label(["acme/*"], "acmeX/user_id")
    assert not names_label(["acme/other"], "acme/user_id")


def test_a_column_has_the_labels_that_enough_of_its_cells_carry() -> None:
    mixed = ColumnVerdict("a", ColumnShape.MIXED, others={"email_address": 0.92, "acme/user_id": 0.5})
    assert column_labels(mixed, 0.9) == ("email_address",)
    assert column_labels(mixed, 0.4) == ("email_address", "acme/user_id")
    assert column_labels(ColumnVerdict("a", ColumnShape.WHOLE, "city", 0.9)) == ("city",)
    assert column_labels(ColumnVerdict("a", ColumnShape.TEXT, others={"person_name": 1.0})) == ()


def test_what_columns_are_by_nature() -> None:
    unique = ColumnSample("user_id", tuple(map(str, range(50))), (1,) * 50, 50)
    assert natures_of(ColumnSchema("user_id", ColumnKind.INTEGER), unique) == ("is_id", "is_numeric")
    assert natures_of(ColumnSchema("userId", ColumnKind.IDENTIFIER), unique) == ("is_id",)
    assert natures_of(ColumnSchema("amount", ColumnKind.INTEGER), unique) == ("is_numeric",)
    twice = ColumnSample("user_id", tuple(map(str, range(50))), (2,) * 50, 100)
    assert natures_of(ColumnSchema("user_id", ColumnKind.INTEGER), twice) == ("is_numeric",)
    assert natures_of(ColumnSchema("when", ColumnKind.DATETIME), None) == ("is_date",)


def test_a_plan_is_the_same_after_json() -> None:
    schema = TableSchema((ColumnSchema("a", ColumnKind.TEXT), ColumnSchema("b", ColumnKind.INTEGER)), FileFormat())
    section = {"policies": [], "appliance": {"seed": None}}
    plan = make_policy_plan(section, schema, [ColumnVerdict("a", ColumnShape.WHOLE, "city", 0.9)])
    assert plan.columns[0].labels == ("city",)
    assert plan.columns[1].labels == ()
    assert msgspec.json.decode(msgspec.json.encode(plan), type=PolicyPlan) == plan
