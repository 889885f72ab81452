"""Free text made from a word model: it has the column's words, marks and lengths; what few rows hold never leaves."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from synthesis_tables import make_table

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.text_check import fits_text
from appliance.data_plane.synthesis.text_fitting import with_text_classes
from appliance.data_plane.synthesis.text_model import LABEL, TextModel
from appliance.data_plane.synthesis.text_tokens import form_of, joined, tokenise, word_hash
from appliance.data_plane.synthesis.text_writing import with_texts
from appliance.data_plane.tables.schema import ColumnKind, Table

SUBJECTS = ["The dress", "This top", "My jacket", "Her skirt", "That shirt", "The coat", "A sweater"]
GOOD = ["fits well", "looks great", "feels soft", "is lovely", "was comfortable"]
BAD = ["fell apart", "looks cheap", "feels rough", "is awful", "was too small"]
ENDS = ["in every size", "at the waist", "after two days", "for the price", "on most people"]
CANARY = "please wire everything to the hidden account behind the old lighthouse keeper tonight"


def reviews(rows: int = 2000, seed: int = 1, canaries: int = 0) -> Table:
    """Reviews whose words depend on their stars; `canaries` of them hold one phrase that nobody else uses."""
    random = np.random.default_rng(seed)
    stars = random.integers(1, 4, rows)
    texts = []
    for star in stars.tolist():
        said = []
        for _ in range(int(random.integers(1, 5))):
            words = GOOD if random.random() < star / 4 else BAD
            said.append(f"{random.choice(SUBJECTS)} {random.choice(words)} {random.choice(ENDS)}{random.choice(['.', '!', '.'])}")
        texts.append(" ".join(said) + (f" Order {random.integers(1000, 9999)}." if random.random() < 0.3 else ""))
    for row in range(canaries):
        texts[row * 7] = f"{CANARY}. {texts[row * 7]}"
    table: Table = make_table({"stars": (ColumnKind.INTEGER, stars), "review": (ColumnKind.TEXT, texts)})
    return table


def written(table: Table, seed: int = 4) -> tuple[list[str], TextModel]:
    """As many texts as the table has."""
    labelled, models, _ = with_text_classes(table, 3)
    assert len(models) == 1
    made = with_texts(models, labelled, (seed, 0), {})
    return made.data.column(models[0].column).to_pylist(), models[0]


def spans(texts: list[str], length: int) -> dict[tuple[str, ...], int]:
    """In how many texts each run of so many words stands."""
    found: dict[tuple[str, ...], int] = {}
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        for span in {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}:
            found[span] = found.get(span, 0) + 1
    return found


def test_tokens_keep_spaces_marks_and_lines_and_hide_numbers_and_addresses() -> None:
    tokens = tokenise(["Don't go, she said.\nLine two", "Höhe 12,5 m", "衣服很好。"])
    texts = [joined([tokens.forms[code] for code in tokens.codes[tokens.rows == row]]) for row in range(3)]
    assert texts == ["Don't go, she said.\nLine two", "Höhe 00,0 m", "衣服很好。"]
    assert form_of(" 4711") == " 0000"
    assert [form_of(text) for text in (" 47110", " a@b.example", " https://b.example/x", " www.b.example", " " + "x" * 50)] == [None] * 5
    assert word_hash(" Dress") == word_hash("dress") != 0 == word_hash(" !")


def test_texts_look_like_the_column_in_words_lengths_and_marks() -> None:
    table = reviews()
    made, _ = written(table)
    real = table.data.column("review").to_pylist()
    assert abs(np.mean([len(text) for text in made]) / np.mean([len(text) for text in real]) - 1) < 0.1
    assert abs(np.std([len(text) for text in made]) / np.std([len(text) for text in real]) - 1) < 0.2
    assert (
        abs(np.mean([text.count(".") + text.count("!") for text in made]) / np.mean([t.count(".") + t.count("!") for t in real]) - 1) < 0.25
    )
    words = {word for text in real for word in re.findall(r"[A-Za-z]+", text)}
    assert {word for text in made for word in re.findall(r"[A-Za-z]+", text)} <= words
    assert all(text == text.strip() and "  " not in text for text in made)
    assert sum(text[0].isupper() for text in made) > 0.95 * len(made)


def test_words_follow_the_column_that_tells_them_apart() -> None:
    table = reviews()
    made, model = written(table)
    assert model.theme is not None
    assert model.theme.column == 0
    stars = np.asarray(table.data.column("stars"))
    bad = np.asarray([sum(text.count(words) for words in BAD) for text in made])
    assert bad[stars == 1].mean() > 1.5 * bad[stars == 3].mean()


def test_no_span_of_few_rows_and_no_canary_leaves() -> None:
    table = reviews(canaries=5)
    real = table.data.column("review").to_pylist()
    made, _ = written(table)
    assert not any(word in text for text in made for word in ("wire", "lighthouse", "keeper", "account"))
    ours, theirs = spans(made, 8), spans(real, 8)
    assert not [span for span in ours if 0 < theirs.get(span, 0) < 10]
    assert len(ours) > 500
    assert not set(made) & {text for text in real if real.count(text) < 10}


def test_the_span_check_is_what_keeps_long_spans_in() -> None:
    """Without the marks the same model gives spans of few rows away: the test above can fail."""
    table = reviews()
    labelled, (model,), _ = with_text_classes(table, 3)
    blind = msgspec.structs.replace(model, marks=msgspec.structs.replace(model.marks, bits=np.zeros_like(model.marks.bits)))
    made = with_texts((blind,), labelled, (4, 0), {}).data.column(1).to_pylist()
    theirs = spans(table.data.column("review").to_pylist(), 8)
    assert len([span for span in spans(made, 8) if 0 < theirs.get(span, 0) < 10]) > 100


def test_numbers_in_texts_are_new_but_have_their_shape() -> None:
    table = reviews()
    made, _ = written(table)
    real = set(re.findall(r"\d+", " ".join(table.data.column("review").to_pylist())))
    numbers = re.findall(r"\d+", " ".join(made))
    assert len(numbers) > 100
    assert {len(number) for number in numbers} == {4}
    assert len([number for number in numbers if number not in real]) > len(numbers) / 2


def test_scripts_without_spaces_and_many_lines_come_back_in_kind() -> None:
    random = np.random.default_rng(2)
    parts = ["衣服很漂亮", "质量不好", "我很喜欢", "尺寸太小", "颜色很美", "物流很快"]
    texts = ["，".join(random.choice(parts, int(random.integers(2, 6)))) + "。\n谢谢" for _ in range(1500)]
    made, _ = written(make_table({"text": (ColumnKind.TEXT, texts), "x": (ColumnKind.INTEGER, random.integers(0, 900, 1500))}))
    assert sum("\n" in text for text in made) > 0.3 * len(made)
    assert not any(" " in text for text in made)
    assert abs(np.mean([len(text) for text in made]) / np.mean([len(text) for text in texts]) - 1) < 0.2


def test_few_texts_rare_words_and_json_make_no_word_model() -> None:
    random = np.random.default_rng(2)
    few = reviews(60)
    rare = make_table({"text": (ColumnKind.TEXT, [" ".join(map(str, random.choice(10**6, 9))) + "x" * 6 for _ in range(500)])})
    nested = make_table({"text": (ColumnKind.TEXT, [f'{{"name": "word word", "n": {n}}}' for n in range(500)])})
    for table in (few, rare, nested):
        same, models, notes = with_text_classes(table, 1)
        assert (same.data.equals(table.data), models, notes) == (True, (), ())


def test_a_whole_model_learns_texts_saves_them_and_says_what_they_are(tmp_path: Path) -> None:
    table = reviews(1500, canaries=5)
    model = fit(table, EngineOptions(seed=5))
    model.save(tmp_path / "model")
    loaded = TreeModel.load(tmp_path / "model")
    made = loaded.sample(700, 6)
    assert made.data.equals(model.sample(700, 6).data)
    texts = made.data.column("review").to_pylist()
    assert len(set(texts)) > 600
    assert not any(text is None or LABEL in text for text in texts)
    (note,) = [note.text for note in model.notes if note.column == "review"]
    assert "no fluent sentences" in note
    content = (tmp_path / "model").read_bytes()
    assert b"lighthouse" not in content


def test_given_texts_stay_as_they_are_and_decide_the_rest() -> None:
    table = reviews(1500)
    model = fit(table, EngineOptions(seed=5, seed_columns=("review",)))
    given = Table(make_table({"review": (ColumnKind.TEXT, ["x"])}).schema, table.data.select(["review"]).slice(0, 40))
    made = model.sample(40, 1, conditions=given)
    assert made.data.column("review").to_pylist() == given.data.column("review").to_pylist()
    assert made.data.column("stars").null_count == 0


def changed(model: TextModel, **parts: object) -> TextModel:
    return msgspec.structs.replace(model, **parts)


def test_hostile_text_models_are_refused() -> None:
    _, (model,), _ = with_text_classes(reviews(800), 3)
    assert fits_text(model, 2)
    first, *others = model.orders
    hostile = [
        changed(model, column=7),
        changed(model, forms=(*model.forms, "x")),
        changed(model, forms=("", *model.forms[1:])),
        changed(model, orders=model.orders[:2]),
        changed(model, longest=model.longest + 10**8),
        changed(model, shortest=model.longest + 1),
        changed(model, numbered=model.numbered + 1),
        changed(model, digits=np.full_like(model.digits, np.nan)),
        changed(model, orders=(msgspec.structs.replace(first, token=first.token + 10**6), *others)),
        changed(model, orders=(msgspec.structs.replace(first, mass=first.mass[::-1].copy()), *others)),
        changed(model, orders=(msgspec.structs.replace(first, start=first.start * 2), *others)),
    ]
    assert model.theme is not None
    hostile.append(changed(model, theme=msgspec.structs.replace(model.theme, column=9)))
    hostile.append(changed(model, theme=msgspec.structs.replace(model.theme, lean=model.theme.lean[:, :3])))
    assert [fits_text(one, 2) for one in hostile] == [False] * len(hostile)


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int32(), pa.string())])
def test_the_same_seed_gives_the_same_texts_in_any_arrow_form(kind: pa.DataType) -> None:
    labelled, models, _ = with_text_classes(reviews(400), 3)
    column = labelled.data.column("review").combine_chunks()
    form = column.dictionary_encode() if pa.types.is_dictionary(kind) else column
    other = Table(labelled.schema, labelled.data.set_column(1, "review", form))
    once, again = (with_texts(models, table, (4, 0), {}).data.column("review") for table in (labelled, other))
    assert once.equals(again)
    assert not once.equals(with_texts(models, labelled, (4, 1), {}).data.column("review"))
