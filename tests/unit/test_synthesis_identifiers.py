"""Identifiers keep their form: separators, alphabets, letter case, fixed signs, ranges of numbers, domains; none is a training value."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from synthesis_tables import make_table

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.filters import TextMarks, make_marks, text_hashes
from appliance.data_plane.synthesis.identifiers import PatternCodec, draw_identifiers, fit_pattern
from appliance.data_plane.tables.schema import ColumnKind
from appliance.errors import DataRefused


def made(values: list, count: int) -> list:
    """That many new identifiers, from the codec as a model file would hold it."""
    column = pa.array(values)
    codec = fit_pattern(column)
    taken = TextMarks(make_marks(np.unique(text_hashes([str(value) for value in values])), 5))
    cells = draw_identifiers(codec, count, taken, np.random.default_rng(3)).to_pylist()
    assert not set(cells) & set(values)
    assert None not in cells
    return cells


def uuid4(source: random.Random) -> str:
    return str(uuid.UUID(int=source.getrandbits(128), version=4))


def uuid1(source: random.Random) -> str:
    return str(uuid.UUID(fields=(source.getrandbits(32), source.getrandbits(8) + 0x3100, 0x11EE, 0x80, 0x4D, 0x001122334455), version=1))


FORMS: dict[str, tuple[Callable[[random.Random], str], str]] = {
    "uuid4": (uuid4, r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "uuid4 capitals": (lambda r: uuid4(r).upper(), r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}"),
    "uuid1": (uuid1, r"[0-9a-f]{8}-31[0-9a-f]{2}-11ee-804d-001122334455"),
    "hexadecimal": (lambda r: f"{r.getrandbits(64):016x}", r"[0-9a-f]{16}"),
    "hexadecimal of two lengths": (lambda r: f"0x{r.getrandbits(r.choice([32, 48])) | 2**31:x}", r"0x[0-9a-f]{8,12}"),
    "network card": (lambda r: ":".join(f"{r.getrandbits(8):02x}" for _ in range(6)), r"[0-9a-f]{2}(:[0-9a-f]{2}){5}"),
    "card in capitals": (lambda r: "-".join(f"{r.getrandbits(8):02X}" for _ in range(6)), r"[0-9A-F]{2}(-[0-9A-F]{2}){5}"),
    "order number": (lambda r: f"ORD-{r.randint(2019, 2023)}-{r.randint(1, 60000):05d}", r"ORD-20(19|2[0-3])-[0-6]\d{4}"),
    "letters before digits": (lambda r: f"Cu{r.randint(0, 899_999):06d}", r"Cu[0-8]\d{5}"),
    "two forms": (lambda r: r.choice([f"A-{r.randint(1000, 99999):05d}", f"{r.randint(100, 999999):06d}/b"]), r"A-\d{5}|\d{6}/b"),
    "base64": (lambda r: "".join(r.choice("ABCDabcd0123-_XYZ") for _ in range(22)), r"[ABCDabcd0123\-_XYZ]{22}"),
    "phone": (lambda r: f"+41 7{r.randint(6, 9)} {r.randint(0, 999):03d} {r.randint(0, 99):02d}", r"\+41 7[6-9] \d{3} \d{2}"),
    "plate": (lambda r: f"{''.join(r.choice('BCDFG') for _ in range(2))} {r.randint(1000, 9999)}", r"[BCDFG]{2} [1-9]\d{3}"),
    "IBAN": (lambda r: f"DE{r.randint(0, 99):02d}{r.randrange(10**18):018d}", r"DE\d{20}"),
}


@pytest.mark.parametrize("rows", [400, 3000])
@pytest.mark.parametrize("form", FORMS)
def test_the_form_is_kept(form: str, rows: int) -> None:
    maker, expected = FORMS[form]
    source = random.Random(4)
    values = [maker(source) for _ in range(rows)]
    assert all(re.fullmatch(expected, value) for value in values)
    wrong = [value for value in made(values, 2 * rows) if not re.fullmatch(expected, value)]
    assert not wrong


@pytest.mark.parametrize("form", ["uuid4", "hexadecimal", "network card", "letters before digits"])
def test_few_rows_are_enough_for_separators_case_and_alphabet(form: str) -> None:
    maker, _ = FORMS[form]
    source = random.Random(4)
    values = [maker(source) for _ in range(30)]
    shapes = [re.sub("[0-9a-f]", "h", value) for value in made(values, 200)]
    assert set(shapes) == {re.sub("[0-9a-f]", "h", value) for value in values}


def test_the_shares_of_forms_and_of_fixed_signs_are_kept() -> None:
    source = random.Random(2)
    values = [f"{'AB' if source.random() < 0.7 else 'C'}{source.choice('RRRS')}-{source.randint(10000, 99999)}" for _ in range(2000)]
    cells = made(values, 4000)
    assert abs(np.mean([cell[:2] == "AB" for cell in cells]) - 0.7) < 0.04
    assert abs(np.mean(["R-" in cell for cell in cells]) - 0.75) < 0.04


def test_numbers_between_separators_stay_in_their_range() -> None:
    source = random.Random(2)
    values = [f"10.{source.randint(0, 3)}.{source.randint(0, 255)}.{source.randint(1, 254)}" for _ in range(1500)]
    parts = np.asarray([[int(part) for part in cell.split(".")] for cell in made(values, 6000)])
    assert parts.shape == (6000, 4)
    assert (parts.max(0) <= [10, 3, 255, 254]).all()
    assert parts.min(0).tolist()[:2] == [10, 0]
    assert parts[:, 2].max() > 230
    assert not any(re.search(r"(^|\.)0\d", cell) for cell in made(values, 50))


def test_a_dense_run_goes_on_with_its_width() -> None:
    cells = made([f"{number:08d}" for number in range(1, 500)], 700)
    assert all(re.fullmatch(r"\d{8}", cell) for cell in cells)
    assert [int(cell) for cell in cells] == list(range(500, 1200))
    assert made([f"CU-{number:05d}-x" for number in range(100, 400)], 3) == ["CU-00400-x", "CU-00401-x", "CU-00402-x"]


def test_numbers_of_a_half_full_range_refill_it_and_then_go_on_past_its_end() -> None:
    values = sorted(random.Random(1).sample(range(5000, 7698), 1000))
    cells = made(values, 800)
    assert len(set(cells)) == 800
    assert min(cells) >= 5000
    assert max(cells) <= 7698
    assert cells == sorted(cells)
    many = made(values, 5000)
    assert len(set(many)) == 5000
    assert min(many) >= 5000
    assert max(many) < 13_000


def test_long_whole_numbers_keep_their_length() -> None:
    source = random.Random(1)
    cells = made([source.randint(4 * 10**18, 41 * 10**17) for _ in range(300)], 500)
    assert all(4 * 10**18 <= cell <= 41 * 10**17 for cell in cells)


def test_addresses_keep_common_domains_and_no_rare_one() -> None:
    source = random.Random(3)
    first = ["john", "mary", "anna", "peter", "lukas"]

    def name() -> str:
        return "".join(source.choice("bdfgklmnrst") + source.choice("aeiou") for _ in range(source.randint(2, 4)))

    domains = ["gmail.com"] * 5 + ["post.example.org"] * 3
    values = [f"{source.choice(first)}.{name()}@{source.choice(domains)}" for _ in range(1500)] + [
        f"{name()}@rare{n}.net" for n in range(60)
    ]
    cells = made(values, 2000)
    ends = [cell.split("@")[1] for cell in cells]
    assert set(ends) == {"gmail.com", "post.example.org"}
    assert abs(np.mean([end == "gmail.com" for end in ends]) - 5 / 8) < 0.05
    shaped = [re.fullmatch(r"([a-z]+)\.([a-z]+)@.*|[a-z]+@.*", cell) for cell in cells]
    assert all(shaped)
    assert {match[1] for match in shaped if match and match[1]} == set(first)


def test_what_few_rows_hold_is_in_no_codec() -> None:
    values = [f"K-{number:04d}" for number in range(0, 3000, 7)] + ["SECRET§77-ab"] * 3 + ["zq@hidden.example"]
    described = str(fit_pattern(pa.array(values)))
    assert not any(text in described for text in ("SECRET", "§", "hidden", "zq"))


def test_a_column_without_room_stays_unique() -> None:
    cells = made([f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"], 400)
    assert len(set(cells)) == 400
    assert all(cell[0] in "abcdefghij" for cell in cells)


def no_weight(codec: dict) -> None:
    codec["templates"][0]["rows"] = 0


def running_nothing(codec: dict) -> None:
    codec["templates"] = []


def falling(codec: dict) -> None:
    codec["templates"][0]["parts"] = [{"type": "number", "knots": [9, 1], "width": 3}]


def no_successor(codec: dict) -> None:
    place = {"signs": "z", "rows": [1]}
    words = {"texts": ["3"], "rows": [1]}
    codec["templates"][0]["parts"] = [
        {"type": "letters", "words": words, "rows": 1, "lengths": words, "first": place, "letters": "a", "after": [place]}
    ]


@pytest.mark.parametrize("change", [no_weight, running_nothing, falling, no_successor], ids=lambda change: change.__name__)
def test_a_hostile_pattern_is_refused(tmp_path: Path, change: Callable[[dict], None]) -> None:
    from test_synthesis_model_file import rewrite

    table = make_table({"id": (ColumnKind.IDENTIFIER, list(range(1, 60))), "x": (ColumnKind.INTEGER, [n % 5 for n in range(59)])})
    fit(table, EngineOptions(seed=1)).save(tmp_path / "model")

    def damage(parts: dict[str, bytes]) -> None:
        model = json.loads(parts["model.json"])
        change(model["columns"][0]["codec"])
        parts["model.json"] = json.dumps(model).encode()

    assert isinstance(TreeModel.load(tmp_path / "model").columns[0].codec, PatternCodec)
    with pytest.raises(DataRefused, match="patterns"):
        TreeModel.load(rewrite(tmp_path / "model", tmp_path / "bad", damage))
