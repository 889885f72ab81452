"""Rules on rows and columns: what they select, in which order, and what becomes of cells whose expression fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transform_runs import PEOPLE, transformed, update

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.transform.passage import Batching
from appliance.errors import DataRefused, JobFailed

SMALL = "name,age,city,ok\nAda,36,London,true\nAlan,41,,false\n,85,Paris,true\n"


def test_conditions_on_the_column_alone_choose_columns_once(tmp_path: Path) -> None:
    made = transformed(tmp_path, PEOPLE, update({"condition": "column.entity == 'city' and not (this | isna)", "value": "'X'"}))
    assert made.account.rules[0].columns == ["city"]
    assert made.account.rules[0].mode == "compiled"
    assert made.account.rules[0].matched == 5


@pytest.mark.parametrize(
    ("rule", "columns"),
    [
        ({"name": "age"}, ["age"]),
        ({"name": ["age", "city"]}, ["city", "age"]),
        ({"entity": "city"}, ["city"]),
        ({"entity": ["first_name", "last_name"]}, ["first", "last"]),
        ({"type": "numeric"}, ["id", "age", "score"]),
        ({"position": [0, -1]}, ["id", "note"]),
        ({"name": ["age", "city"], "entity": "city"}, ["city"]),
        ({"condition": "column.name.startswith('s')"}, ["score"]),
        ({"condition": "column.position > 6"}, ["score", "note"]),
        ({"condition": "column.dtype == 'float64'"}, ["score"]),
        ({"condition": "column.entity is none and column.type == 'numeric'"}, ["id", "age", "score"]),
    ],
)
def test_rules_find_their_columns(rule: dict[str, Any], columns: list[str], tmp_path: Path) -> None:
    assert transformed(tmp_path, PEOPLE, update({**rule, "value": "none"})).account.rules[0].columns == columns


def test_later_rules_see_what_earlier_ones_wrote(tmp_path: Path) -> None:
    steps = [
        *update({"name": "name", "value": "this ~ '1'"}, {"name": "name", "value": "this ~ '2'"}, {"name": "city", "value": "row.name"}),
        *update({"name": "name", "condition": "row.city == 'Ada12'", "value": "'last'"}),
    ]
    made = transformed(tmp_path, SMALL, steps)
    assert made.column("name") == ["last", "Alan12", "None12"]
    assert made.column("city") == ["Ada12", "Alan12", "None12"]


def test_cells_are_seen_as_what_their_column_holds(tmp_path: Path) -> None:
    steps = [
        {
            "columns": {"add": [{"name": "seen"}, {"name": "none"}]},
            "rows": {
                "update": [
                    {
                        "name": "seen",
                        "value": "(row.age + 1) ~ '/' ~ (row.ok is boolean) ~ '/' ~ (row.name is string) ~ '/' ~ (row.city | isna)",
                    },
                    {"name": "none", "value": "this is none"},
                ]
            },
        }
    ]
    made = transformed(tmp_path, SMALL, steps)
    assert made.column("seen") == ["37/True/True/False", "42/True/True/True", "86/True/False/False"]
    assert made.column("none") == ["True", "True", "True"]


def test_columns_are_added_dropped_and_renamed_in_this_order(tmp_path: Path) -> None:
    steps = [
        {
            "columns": {
                "add": [{"name": "new", "position": 1}, {"name": "gone"}],
                "drop": [{"name": "gone"}, {"condition": "column.name == 'ok' and column.type == 'binary'"}, {"position": [9, 2]}],
                "rename": [{"name": "city", "value": "town"}],
            },
            "rows": {"update": [{"name": "new", "value": "row.town"}]},
        }
    ]
    made = transformed(tmp_path, SMALL, steps)
    assert made.text == "name,new,town\nAda,London,London\nAlan,,\n,Paris,Paris\n"
    assert made.account.columns_out == ("name", "new", "town")


def test_rows_are_dropped_and_keep_their_numbers(tmp_path: Path) -> None:
    steps = [
        {
            "columns": {"add": [{"name": "n"}]},
            "rows": {"drop": [{"condition": "row.age > 40 and row.ok"}], "update": [{"name": "n", "value": "index"}]},
        }
    ]
    made = transformed(tmp_path, SMALL + "Eve,50,Rome,false\n", steps, batching=Batching(rows=3))
    assert made.column("n") == ["0", "1", "3"]
    assert made.account.row_drops[0].dropped == 1
    assert made.account.rules[0].mode == "row"


def test_a_row_whose_condition_cannot_be_told_is_dropped_and_counted(tmp_path: Path) -> None:
    made = transformed(tmp_path, SMALL, [{"rows": {"drop": [{"condition": "row.city.startswith('L')"}]}}])
    assert made.column("name") == [""]
    assert (made.account.row_drops[0].dropped, made.account.row_drops[0].errors) == (2, 1)


def test_locked_columns_are_never_altered(tmp_path: Path) -> None:
    steps = [
        {
            "columns": {"drop": [{"name": ["age", "city"]}], "rename": [{"name": "age", "value": "years"}]},
            "rows": {"update": [{"condition": "true", "value": "'X'"}]},
        }
    ]
    made = transformed(tmp_path, SMALL, steps, shared={"lock_columns": ["age"]})
    assert made.text == "name,age,ok\nX,36,X\nX,41,X\nX,85,X\n"


def test_what_a_lock_holds_back_is_told(tmp_path: Path) -> None:
    steps = [
        {
            "columns": {"drop": [{"name": ["age"]}], "rename": [{"name": "age", "value": "years"}]},
            "rows": {"update": [{"name": "age", "value": "'X'"}, {"condition": "true", "value": "'Y'"}]},
        }
    ]
    account = transformed(tmp_path, SMALL, steps, shared={"lock_columns": ["age"]}).account
    assert [rule.locked for rule in account.rules] == [["age"], []]
    assert account.warnings == tuple(
        f"Step 1, {rule} rule 1 leaves 'age' alone: locked by globals.lock_columns."
        for rule in ("columns drop", "columns rename", "rows update")
    )


def test_a_lock_must_name_a_column(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"lock_columns names the column 'agee', .*; the nearest one is 'age'\."):
        transformed(tmp_path, SMALL, update({"name": "city", "value": "'X'"}), shared={"lock_columns": ["agee"]})
    added = [{"columns": {"add": [{"name": "new"}], "rename": [{"name": "city", "value": "town"}]}}]
    assert transformed(tmp_path, SMALL, added, shared={"lock_columns": ["new", "town"]}).header[-1] == "new"


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"value": "row.nmae ~ '@x.de'"}, "value, character 5"),
        ({"condition": "row['nmae'] == 'a'", "value": "'x'"}, "condition, character 4"),
        ({"value": "this / 0", "fallback_value": "row.nmae"}, "fallback_value, character 5"),
        ({"value": "item", "foreach": "[row.nmae]"}, "foreach, character 6"),
    ],
)
def test_an_expression_reads_only_columns_that_there_are(rule: dict[str, Any], place: str, tmp_path: Path) -> None:
    with pytest.raises(DataRefused) as refused:
        transformed(tmp_path, SMALL, update({"name": "city", **rule}))
    assert f"Step 1, rows update rule 1, {place}: the table has no column 'nmae' at that point; the nearest one is 'name'." in str(
        refused.value
    )


def test_columns_that_rules_made_or_took_count(tmp_path: Path) -> None:
    columns = {"add": [{"name": "new"}], "drop": [{"name": "ok"}], "rename": [{"name": "city", "value": "town"}]}
    made = transformed(tmp_path, SMALL, [{"columns": columns, "rows": {"update": [{"name": "new", "value": "row.town"}]}}])
    assert made.header == ["name", "age", "town", "new"]
    for gone in ("ok", "city"):
        with pytest.raises(DataRefused, match=f"no column '{gone}' at that point"):
            transformed(tmp_path, SMALL, [{"columns": columns, "rows": {"update": [{"name": "new", "value": f"row.{gone}"}]}}])
    with pytest.raises(DataRefused, match="Step 1, rows drop rule 1, condition"):
        transformed(tmp_path, SMALL, [{"rows": {"drop": [{"condition": "row.agee > 3"}]}}])


def test_asking_whether_there_is_a_column_may_name_any(tmp_path: Path) -> None:
    rules = ({"name": "city", "value": "'y' if row.nope is defined else 'n'"}, {"name": "name", "value": "row.nope | default('d')"})
    made = transformed(tmp_path, SMALL, update(*rules))
    assert set(made.column("city")) == {"n"}
    assert set(made.column("name")) == {"d"}
    idle = transformed(tmp_path, SMALL, update({"condition": "column.entity == 'ssn'", "value": "row.nope"}))
    assert idle.account.rules[0].matched == 0


def test_variables_may_ask_the_whole_column(tmp_path: Path) -> None:
    steps = [
        {
            "vars": {
                "least": "data.age.min()",
                "mean": "data['age'].mean()",
                "cities": "data.city.unique()",
                "most": "data.ok.mode()",
                "count": "data.city.nunique()",
                "all": "data.name.to_list()",
                "nested": {"twice": ["vars.least * 2", 7]},
            },
            "rows": {
                "update": [
                    {
                        "name": "name",
                        "value": "[vars.least, vars.mean, vars.cities | join('+'), vars.most, vars.count] | join('/')"
                        " ~ '/' ~ (vars.all | length) ~ '/' ~ vars.nested.twice[0]",
                    }
                ]
            },
        },
        {"vars": {"later": "data.name.nunique()"}, "rows": {"update": [{"name": "city", "value": "vars.later ~ vars.least"}]}},
    ]
    made = transformed(tmp_path, SMALL, steps, batching=Batching(rows=1))
    assert made.column("name") == ["36/54.0/London+Paris/True/2/3/72"] * 3
    assert made.column("city") == ["136"] * 3
    assert made.account.rules[0].matched == 3


def test_a_column_too_large_for_a_variable_is_refused(tmp_path: Path) -> None:
    text = "n\n" + "".join(f"x{number}\n" for number in range(10_001))
    with pytest.raises(DataRefused, match=r"Step 1, vars: column 'n' is too large for data.n.unique; it may have 10,000 distinct values"):
        transformed(tmp_path, text, [{"vars": {"v": "data.n.unique()"}, "rows": {"update": [{"name": "n", "value": "vars.v[0]"}]}}])


def test_foreach_makes_the_value_once_for_each_item(tmp_path: Path) -> None:
    rule = {"name": "name", "condition": "not (this | isna)", "foreach": "['a', 'A', 'l']", "value": "this | replace(item, '_')"}
    assert transformed(tmp_path, SMALL, update(rule)).column("name") == ["_d_", "___n", ""]


def test_a_failing_cell_gets_the_fallback(tmp_path: Path) -> None:
    made = transformed(tmp_path, SMALL, update({"name": "age", "value": "100 / (this - 36)", "fallback_value": "row.name ~ '?'"}))
    assert made.column("age") == ["Ada?", "20.0", "2.0408163265306123"]
    rule = made.account.rules[0]
    assert (rule.matched, rule.changed, rule.errors, rule.fallbacks, rule.unchanged) == (3, 3, 1, 1, 0)


FAILING = {"name": "name", "value": "this[0:1] ~ (1 / (row.age - 36))"}


@pytest.mark.parametrize(
    ("own", "made"),
    [({}, ["<first_name>", "A0.2", "None0.02040816326530612"]), ({"on_error": "null"}, ["", "A0.2", "None0.02040816326530612"])],
)
def test_a_failing_cell_never_keeps_its_source(own: dict[str, Any], made: list[str], tmp_path: Path) -> None:
    result = transformed(tmp_path, SMALL, update(FAILING), own=own, entities={"name": "first_name"})
    assert result.column("name") == made
    assert result.account.rules[0].errors == 1


def test_a_failing_cell_ends_the_job_where_that_is_asked(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="Step 1, rows update rule 1: the value of column 'name' in row 1 could not be made") as told:
        transformed(tmp_path, SMALL, update(FAILING), own={"on_error": "fail"})
    assert "Ada" not in str(told.value) + told.value.hint


def test_a_failing_fallback_and_one_that_is_the_source_do_not_leak(tmp_path: Path) -> None:
    for fallback in ("this", "this / 0", "row.name"):
        made = transformed(tmp_path, SMALL, update({"name": "name", "value": "this / 0", "fallback_value": fallback}))
        assert made.column("name") == ["<name>", "<name>", ""]


def test_a_condition_that_fails_counts_as_met(tmp_path: Path) -> None:
    made = transformed(tmp_path, "v\nAda\n12x\n7\n", update({"name": "v", "condition": "this < 5", "value": "'small'"}))
    assert made.column("v") == ["<v>", "<v>", "<v>"]
    assert made.account.rules[0].errors == 3


def test_missing_cells_compare_as_false_and_stay_missing(tmp_path: Path) -> None:
    text = "a,b\n1,x\n,y\n3,\n"
    made = transformed(
        tmp_path, text, update({"name": "a", "condition": "this < 5", "value": "this + 10"}, {"name": "b", "value": "this | hash"})
    )
    assert made.column("a") == ["11", "", "13"]
    assert made.column("b")[2] == ""
    assert made.account.rules[1].missing == 1


def test_a_fake_that_equals_its_source_is_drawn_again_and_other_unchanged_cells_are_counted(tmp_path: Path) -> None:
    text = "flip,same,kept\n" + "heads,x,q\ntails,Y,q\n" * 40
    steps = update(
        {"name": "flip", "value": "fake.random_element(['heads', 'tails'])"},
        {"name": "same", "value": "this | upper"},
        {"name": "kept", "value": "this"},
    )
    made = transformed(tmp_path, text, steps)
    assert made.column("flip") == ["tails", "heads"] * 40
    flip, same, kept = made.account.rules
    assert flip.unchanged == 0
    assert (same.changed, same.unchanged) == (40, 40)
    assert (kept.passthrough, kept.changed, kept.unchanged) == (True, 0, 0)


def test_a_fake_that_can_only_be_the_source_is_redacted(tmp_path: Path) -> None:
    made = transformed(tmp_path, "a,b\nx,1\ny,2\n", update({"name": "a", "value": "fake.random_element(['x'])"}))
    assert made.column("a") == ["<a>", "x"]


def test_three_fakes_in_one_expression_differ_and_missing_cells_draw_by_their_row(tmp_path: Path) -> None:
    steps = [
        {
            "columns": {"add": [{"name": "n"}]},
            "rows": {
                "update": [{"name": "n", "value": "fake.random_number(9) ~ '-' ~ fake.random_number(9) ~ '-' ~ fake.random_number(9)"}]
            },
        }
    ]
    made = transformed(tmp_path, SMALL, steps).column("n")
    assert len({part for cell in made for part in cell.split("-")}) == 9


def test_personas_fit_together_by_row(tmp_path: Path) -> None:
    steps = [
        {
            "columns": {"add": [{"name": "first"}, {"name": "last"}, {"name": "mail"}]},
            "rows": {
                "update": [
                    {"name": "first", "value": "fake.persona(row_index=index).first_name"},
                    {"name": "last", "value": "fake.persona(row_index=index).last_name"},
                    {"name": "mail", "value": "fake.persona(row_index=index, email_format='first_name.last_name').email"},
                ]
            },
        }
    ]
    made = transformed(tmp_path, SMALL, steps)
    for first, last, mail in zip(made.column("first"), made.column("last"), made.column("mail"), strict=True):
        assert mail.startswith(f"{first}.{last}".lower().replace(" ", "").replace("'", "").replace("-", ""))


def test_seed_locale_and_domain_give_other_fakes(tmp_path: Path) -> None:
    rule = update({"name": "name", "value": "column.entity | fake"})
    options: list[dict[str, Any]] = [
        {},
        {"shared": {"seed": 1}},
        {"shared": {"seed": 2}},
        {"shared": {"locales": ["ja_JP"]}},
        {"own": {"domains": {"name": "staff"}}},
        {"own": {"domains": {"first_name": "patients"}}},
    ]
    made = [transformed(tmp_path, SMALL, rule, entities={"name": "first_name"}, **each).column("name") for each in options]
    assert len({tuple(each) for each in made}) == len(options)
    again = (
        update({"name": "name", "value": "fake(seed=5).first_name()"}),
        update({"name": "name", "value": "fake('de_DE', seed=6).first_name()"}),
    )
    assert transformed(tmp_path, SMALL, again[0]).text != transformed(tmp_path, SMALL, again[1]).text


def test_unique_fakes_never_meet(tmp_path: Path) -> None:
    text = "city\n" + "".join(f"Town {number}\n" for number in range(3_000))
    rule = update({"entity": "city", "value": "column.entity | fake"})
    plain = transformed(tmp_path, text, rule)
    unique = transformed(tmp_path, text, rule, own={"unique": ["city"]})
    assert len(set(plain.column("city"))) < 3_000
    assert len(set(unique.column("city"))) == 3_000
    assert unique.account.touched[0].merged == 0
    assert plain.account.touched[0].merged > 0
    told = transformed(tmp_path, SMALL, update({"name": "age", "value": "'age' | fake"}), own={"unique": True}).account.warnings
    assert told == ("Step 1, rows update rule 1: fakes of 'age' cannot be unique; values of column 'age' may share one.",)


def _names(texts: list[str]) -> list[list[Span]]:
    """Finds Ada Lovelace, Ada and mail addresses."""
    found = []
    for text in texts:
        spans = []
        for word, label in (("Ada Lovelace", "person_name"), ("ada@corp.test", "email_address"), ("Ada", "person_name")):
            place = text.rfind(word)
            if place >= 0 and not any(span.start <= place < span.end for span in spans):
                spans.append(Span(place, place + len(word), label, 0.9))
        found.append(spans)
    return found


PROSE = "who,note\nAda Lovelace,I met Ada Lovelace (ada@corp.test). Ada was well.\nX,nothing here\nY,\n"


def test_free_text_gets_the_fakes_of_the_columns(tmp_path: Path) -> None:
    steps = update({"name": "who", "condition": "index == 0", "value": "'name' | fake"}, {"name": "note", "value": "this | fake_entities"})
    made = transformed(tmp_path, PROSE, steps, spans=_names)
    fake = made.rows[0][0]
    assert f"I met {fake} (" in made.rows[0][1]
    assert made.rows[0][1].endswith(f". {fake.split()[0]} was well.")
    assert "Ada" not in made.text
    assert "ada@corp.test" not in made.text
    assert made.rows[1][1] == "nothing here"
    assert made.account.rules[1].unchanged == 1


def test_free_text_is_redacted_labelled_and_hashed(tmp_path: Path) -> None:
    made = {
        name: transformed(tmp_path, PROSE, update({"name": "note", "value": f"this | {name}"}), spans=_names).rows[0][1]
        for name in ("redact_entities", "label_entities", "hash_entities", "redact_entities('email')", "detect_entities | length")
    }
    assert made["redact_entities"] == "I met <name> (<email>). <name> was well."
    assert made["redact_entities('email')"] == "I met Ada Lovelace (<email>). Ada was well."
    assert made["label_entities"].startswith('"I met <entity type=""name"" value=""Ada Lovelace"">')
    words = made["hash_entities"].split()
    assert len(words[2]) == 16
    assert made["detect_entities | length"] == "3"


def test_free_text_without_a_detector_fails_and_leaks_nothing(tmp_path: Path) -> None:
    made = transformed(tmp_path, PROSE, update({"name": "note", "value": "this | redact_entities"}))
    assert made.column("note") == ["<note>", "<note>", ""]


def test_a_rule_that_overruns_its_time_ends_the_job_with_its_place(tmp_path: Path) -> None:
    ticks = iter(range(1_000_000))
    with pytest.raises(JobFailed, match="Step 1, rows update rule 2, column 'a', took more than 3 seconds for one batch"):
        transformed(
            tmp_path,
            "a\n" + "".join(f"v{number}\n" for number in range(60_000)),
            update({"name": "a", "condition": "false", "value": "'x'"}, {"name": "a", "value": "this | upper"}),
            own={"rule_timeout": 3},
            monotonic=lambda: float(next(ticks)),
        )


@pytest.mark.parametrize(
    "value",
    [
        "this * row.n",
        "this.ljust(row.n)",
        "this | center(row.n)",
        "'{}' ~ ('x' * (row.n // 9)) ~ ('x' * (row.n // 9))",
        "(this * 9000).replace('', this * 900)",
        "re.sub('', this * 900, this * 9000)",
        "[1] * row.n",
    ],
)
def test_a_value_that_grows_beyond_a_megabyte_fails(value: str, tmp_path: Path) -> None:
    made = transformed(tmp_path, "a,n\nlong,9000000\nlonger,9000000\n", update({"name": "a", "value": value}))
    assert made.column("a") == ["<a>", "<a>"]


def test_a_fake_of_a_locale_or_seed_that_fails_is_a_failed_cell(tmp_path: Path) -> None:
    for value in (
        "fake(1 / this).bothify(row.city)",
        "fake(seed=1 / this).name()",
        "fake([this]).name()",
        "fake.persona(row_index=1 / this).email",
    ):
        made = transformed(tmp_path, "n,city\n0,x##\n0,y##\n", update({"name": "n", "value": value}))
        assert made.column("n") == ["<n>", "<n>"], value


def test_columns_that_the_table_lacks_are_refused_or_told(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="Step 1, rows update rule 1 names the column 'nmae', which the table does not have"):
        transformed(tmp_path, SMALL, update({"name": "nmae", "value": "none"}))
    made = transformed(tmp_path, SMALL, update({"name": ["name", "full"], "value": "none"}))
    assert made.account.warnings == ("Step 1, rows update rule 1 names the column 'full', which the table does not have.",)
    for columns, told in (
        ({"add": [{"name": "age"}]}, "adds a column 'age', which is there already"),
        ({"rename": [{"name": "x", "value": "y"}]}, "names the column 'x'"),
        ({"rename": [{"name": "age", "value": "city"}]}, "which another column has"),
        ({"drop": [{"condition": "true"}]}, "drops every column"),
    ):
        with pytest.raises(DataRefused, match=told):
            transformed(tmp_path, SMALL, [{"columns": columns}])


def test_the_account_tells_what_is_left_of_the_source(tmp_path: Path) -> None:
    made = transformed(
        tmp_path, SMALL, update({"name": "name", "condition": "this == 'Ada'", "value": "'Eve'"}, {"name": "city", "value": "none"})
    )
    name, city = made.account.touched
    assert (name.distinct_before, name.distinct_after, name.replayed, name.missing_before) == (2, 2, 0.5, 1)
    assert (city.distinct_after, city.missing_before, city.missing_after, city.replayed) == (0, 1, 3, 0.0)
