"""Tables of sequences in unusual shapes: each is learnt, made and read back, or refused with a sentence."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sequence_tables import DAY
from synthesis_tables import make_table

from appliance.data_plane.synthesis import EngineOptions
from appliance.data_plane.synthesis.sequences.engine import ENGINE
from appliance.data_plane.synthesis.sequences.grouping import group_rows
from appliance.data_plane.synthesis.sequences.sequence_model import SequenceModel
from appliance.data_plane.tables.schema import ColumnKind, Table

K = ColumnKind


def keys_of(random: np.random.Generator, groups: int = 60, longest: int = 6) -> np.ndarray:
    return np.repeat(np.arange(groups), random.integers(1, longest + 1, groups))


def round_trip(table: Table, folder: Path, keys: tuple[str, ...], order: str | None = None, rows: int = 200) -> tuple[SequenceModel, Table]:
    """The model and records of it; a model read back from its file makes the same."""
    model = ENGINE.fit(table, EngineOptions(seed=3, group_by=keys, order_by=order))
    model.save(folder / "model")
    made = model.sample(rows, 5)
    assert ENGINE.load(folder / "model").sample(rows, 5).data.equals(made.data)
    assert made.schema == table.schema
    assert made.data.schema.types == table.data.schema.types
    assert made.rows >= rows
    return model, made


def cells(table: Table, name: str) -> list[Any]:
    return table.data.column(name).to_pylist()


def test_a_key_of_several_columns_gets_new_pairs(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    who = keys_of(random, 200)
    table = make_table(
        {
            "shop": (K.CATEGORICAL, [f"shop {w % 3}" for w in who]),
            "client": (K.INTEGER, 1000 + who // 3 * 3),
            "paid": (K.NUMERIC, np.round(random.gamma(3, 9, len(who)), 2)),
        }
    )
    model, made = round_trip(table, tmp_path, ("shop", "client"))
    assert model.layout.key == "client"
    assert set(cells(made, "shop")) == {"shop 0", "shop 1", "shop 2"}
    assert not set(cells(made, "client")) & set(cells(table, "client"))


def test_rows_without_key_are_left_out_and_counted(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    who = keys_of(random, 80)
    names = [None if random.random() < 0.1 else f"K{w:04d}" for w in who]
    table = make_table({"who": (K.IDENTIFIER, ["K9999", *names]), "n": (K.INTEGER, [1, *random.integers(0, 50, len(who)).tolist()])})
    model, made = round_trip(table, tmp_path, ("who",))
    assert None not in cells(made, "who")
    assert any(f"missing in {names.count(None)} rows" in note.text for note in model.notes)


def test_sequences_of_one_row_and_of_nothing_but_keys(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    single = make_table({"who": (K.INTEGER, np.arange(300)), "x": (K.NUMERIC, random.normal(size=300))})
    assert int(group_rows(round_trip(single, tmp_path, ("who",))[1], ["who"], None).lengths.max()) == 1
    who = keys_of(random, 90)
    bare = make_table({"who": (K.INTEGER, who)})
    made = round_trip(bare, tmp_path, ("who",))[1]
    assert group_rows(made, ["who"], None).lengths.mean() == pytest.approx(len(who) / 90, rel=0.2)


def test_nothing_beside_the_key_but_text(tmp_path: Path) -> None:
    random = np.random.default_rng(12)
    who = keys_of(random, 600, 3)
    words = [f"{start}{end}" for start in ("so", "wa", "bri", "lo", "mi", "ta", "ke") for end in ("ft", "rm", "ng", "st", "le")]
    table = make_table({"who": (K.INTEGER, who), "review": (K.TEXT, [" ".join(random.choice(words, 5)) for _ in who])})
    made = round_trip(table, tmp_path, ("who",))[1]
    assert made.data.column("review").null_count < made.rows / 2


def test_nothing_changes_inside_the_sequences(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    who = keys_of(random, 120)
    table = make_table({"who": (K.INTEGER, who), "town": (K.CATEGORICAL, [f"town {w % 4}" for w in who])})
    made = round_trip(table, tmp_path, ("who",))[1]
    assert group_rows(made, ["who"], None).lengths.mean() == pytest.approx(len(who) / 120, rel=0.25)


@pytest.mark.parametrize("kind", ["identifier", "integer", "category", "time with gaps", "decimal"])
def test_columns_of_every_kind_can_give_the_order(kind: str, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    who = keys_of(random, 150)
    place = np.arange(len(who))
    columns: dict[str, tuple[ColumnKind, Any]] = {
        "identifier": (K.IDENTIFIER, [f"E{n * 7:06d}" for n in place]),
        "integer": (K.INTEGER, random.integers(0, 1000, len(who))),
        "category": (K.CATEGORICAL, [f"Q{n}" for n in random.integers(1, 5, len(who))]),
        "time with gaps": (
            K.DATETIME,
            [None if random.random() < 0.1 else DAY + datetime.timedelta(minutes=int(m)) for m in random.integers(0, 90_000, len(who))],
        ),
        "decimal": (K.NUMERIC, np.round(random.random(len(who)) * 40, 3)),
    }
    table = make_table({"who": (K.INTEGER, who + 100), "at": columns[kind], "n": (K.INTEGER, random.integers(0, 30, len(who)))})
    made = round_trip(table, tmp_path, ("who",), "at")[1]
    values, owners = cells(made, "at"), cells(made, "who")
    pairs = [(a, b) for a, b, c, d in zip(values, values[1:], owners, owners[1:], strict=False) if c == d and None not in (a, b)]
    assert len(pairs) > 40
    if kind != "category":
        assert all(a <= b for a, b in pairs)


def test_free_text_of_a_talkative_sequence_stays_inside(tmp_path: Path) -> None:
    """Words that ten rows hold may be one person's: the unit is the sequence."""
    random = np.random.default_rng(7)
    lengths = np.r_[random.integers(1, 5, 400), 60]
    who = np.repeat(np.arange(401), lengths)
    words = [f"{start}{end}" for start in ("so", "wa", "bri", "lo", "mi", "ta", "ke") for end in ("ft", "rm", "ng", "st", "le")]
    notes = [" ".join([*random.choice(words, 6), *(["zqxcanary", "said"] if w == 400 else [])]) for w in who]
    table = make_table({"who": (K.INTEGER, who), "note": (K.TEXT, notes), "hour": (K.INTEGER, random.integers(0, 24, len(who)))})
    model, made = round_trip(table, tmp_path, ("who",), rows=600)
    assert model.layout.texts == ("note",)
    assert made.data.column("note").null_count < made.rows / 2
    assert not any("zqxcanary" in (text or "") for text in cells(made, "note"))
    assert b"zqxcanary" not in (tmp_path / "model").read_bytes()


def test_columns_that_are_empty_or_only_seldom_there(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    who = keys_of(random, 100)
    some = [float(round(v, 1)) if random.random() < 0.04 else None for v in random.normal(20, 3, len(who))]
    table = make_table(
        {
            "who": (K.INTEGER, who),
            "none": (K.EMPTY, [None] * len(who)),
            "seldom": (K.NUMERIC, some),
            "yes": (K.BOOLEAN, [bool(v) for v in random.random(len(who)) < 0.4]),
            "one": (K.CATEGORICAL, ["x"] * len(who)),
        }
    )
    made = round_trip(table, tmp_path, ("who",), rows=500)[1]
    assert made.data.column("none").null_count == made.rows
    assert set(cells(made, "one")) == {"x"}
    assert made.data.column("seldom").null_count > 0.85 * made.rows


def test_a_second_date_keeps_behind_the_first(tmp_path: Path) -> None:
    """A date that lies near the order column in the same row is learnt as the distance to it."""
    random = np.random.default_rng(9)
    who = keys_of(random, 200)
    ordered = [DAY + datetime.timedelta(days=int(d)) for d in random.integers(0, 900, len(who))]
    sent = [day + datetime.timedelta(days=int(d)) for day, d in zip(ordered, random.integers(0, 9, len(who)), strict=True)]
    table = make_table({"who": (K.INTEGER, who), "ordered": (K.DATETIME, ordered), "sent": (K.DATETIME, sent)})
    model, made = round_trip(table, tmp_path, ("who",), "ordered", rows=800)
    assert model.layout.changes["sent"].reference == "order"
    waits = [(b - a).days for a, b in zip(cells(made, "ordered"), cells(made, "sent"), strict=True)]
    assert min(waits) >= 0
    assert max(waits) <= 8


def test_a_long_sequence_is_learnt_up_to_a_bound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("appliance.data_plane.synthesis.sequences.learning.LONGEST", 20)
    random = np.random.default_rng(10)
    who = np.repeat(np.arange(30), 40)
    table = make_table({"who": (K.INTEGER, who), "n": (K.INTEGER, random.integers(0, 9, len(who)))})
    model, made = round_trip(table, tmp_path, ("who",))
    assert int(group_rows(made, ["who"], None).lengths.max()) == 20
    assert any("30 sequences were learnt up to row 20" in note.text for note in model.notes)
    quick = ENGINE.fit(table, EngineOptions(seed=1, group_by=("who",), effort="fast", fast_rows=300))
    assert quick.sample(10, 1).rows >= 10
