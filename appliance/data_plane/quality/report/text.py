"""The text report as one page, written from its JSON alone."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.report.columns import KEY
from appliance.data_plane.quality.report.figures import distribution, distribution_numbers
from appliance.data_plane.quality.report.markup import count, figure, name, number, paragraph, percent, section, table, text
from appliance.data_plane.quality.report.sheet import facts_answer, provenance, score_answer, sheet
from appliance.data_plane.quality.report.summary import warnings_list
from appliance.data_plane.quality.wording import counted

LINKS = (
    ("warnings", "To do"), ("scores", "Scores"), ("copies", "Copies"), ("build", "Build"), ("words", "Words"), ("provenance", "Provenance"),
)  # fmt: skip
PARTS = {"sentences_per_text": "Sentences per text", "words_per_sentence": "Words per sentence", "letters_per_word": "Letters per word"}
MEANINGS = (
    (
        "Text structure",
        "Mean Jensen–Shannon distance d (base 2) of sentences per text, words per sentence and letters per word: 100 below 0.12, 15 "
        "above 0.8, else 10 × (11.5 − 12.5 d).",
    ),
    ("Text meaning", "Not run: it compares embeddings of sentences, and no embedding model is part of this version."),
    (
        "Copied passages",
        "Runs of so many words that also stand in at least one and fewer than 10 training texts; neighbouring runs are one passage. "
        "Phrases that 10 training texts share are common language. Unseen real texts show how often that happens by chance.",
    ),
    (
        "New runs of words",
        "The share of runs of 1 to 6 words that the training texts never have. Copying drives it below that of unseen texts.",
    ),
    ("Words", "Small letters; in scripts that set no spaces each letter counts as a word."),
)


def render_text(report: dict[str, Any]) -> str:
    """The report of `measure_text` as one HTML document; the same report gives the same text."""
    parts = "".join(part(report) for part in (warnings_list, _scores, _copies, _build, _words)) + _provenance(report)
    sub = f"{counted(report['right_rows'], 'synthetic row')} compared with {counted(report['left_rows'], 'training row')}"
    sub += f" and {counted(report['holdout_rows'], 'unseen real row')}." if report["holdout_rows"] else "; no unseen real rows were given."
    return sheet(report, "Text report", sub, _answers(report), parts, LINKS)


def _answers(report: dict[str, Any]) -> str:
    score, verdict = report["text_structure_similarity"], report["verdict"]
    first = score_answer("Are texts built alike?", verdict["quality"], score, "Text structure")
    pairs = [
        ("Texts with a copied passage", sum(column["copies"]["texts"] for column in report["columns"])),
        ("Whole texts copied", sum(column["copies"]["whole_texts"] for column in report["columns"])),
        ("Longest passage, words", max(column["copies"]["longest"] for column in report["columns"])),
    ]
    return first + facts_answer("Was anything copied?", verdict["privacy"], pairs)


def _scores(report: dict[str, Any]) -> str:
    rows = [
        [name(column["name"]), count(column["structure"]["score"]), text(column["structure"]["grade"]), _held(column["holdout_structure"])]
        for column in report["columns"]
    ]
    heads = [("Column", ""), ("Structure", "num"), ("Grade", ""), ("Unseen real texts", "num")]
    shown = table(heads, rows, "Text structure of every column")
    return section("scores", "Scores", shown + paragraph("Text meaning: " + report["text_semantic_similarity"]["notes"]), "From 0 to 100.")


def _held(score: dict[str, Any] | None) -> str:
    return "–" if score is None else count(score["score"])


def _copies(report: dict[str, Any]) -> str:
    rows = []
    for column in report["columns"]:
        found = column["copies"]
        rows.append(
            [
                name(column["name"]), str(found["passage_words"]), count(found["texts"]), percent(found["share"], 2),
                percent(found["holdout_share"], 2), count(found["longest"]), count(found["holdout_longest"]),
                count(found["whole_texts"]), count(found["holdout_whole_texts"]),
            ]
        )  # fmt: skip
    heads = [
        ("Column", ""), ("From so many words", "num"), ("Texts with a copied passage", "num"), ("Share", "num"),
        ("unseen real texts", "num"), ("Longest", "num"), ("unseen real texts", "num"), ("Whole texts copied", "num"),
        ("unseen real texts", "num"),
    ]  # fmt: skip
    novelty = "".join(_novelty(column) for column in report["columns"])
    lead = "Passages that also stand in few training texts. Only what exceeds the unseen real texts is copying."
    return section("copies", "Copies", table(heads, rows, "Copied passages and texts by column", kind="dense") + novelty, lead)


def _novelty(column: dict[str, Any]) -> str:
    rows = [[f"{entry['words']}", percent(entry["unseen_share"]), percent(entry["holdout_unseen_share"])] for entry in column["novelty"]]
    heads = [("Words in a row", ""), ("New in synthetic texts", "num"), ("New in unseen real texts", "num")]
    title = f"New runs of words in {column['name'][:60]}"
    return f"<h3>New runs of words: {name(column['name'])}</h3>" + table(heads, rows, title, kind="dense")


def _build(report: dict[str, Any]) -> str:
    return section("build", "Build", "".join(_built(f"b{place}", column) for place, column in enumerate(report["columns"])))


def _built(identity: str, column: dict[str, Any]) -> str:
    heads = [("", ""), ("Training", "num"), ("Synthetic", "num"), ("Unseen real texts", "num"), ("Distance", "num")]
    means = ("left_mean", "right_mean", "holdout_mean")
    rows = [[PARTS[entry["part"]], *(number(entry[key], 2) for key in means), number(entry["distance"])] for entry in column["build"]]
    rows += [
        [
            text(entry["kind"][:1].upper() + entry["kind"][1:]),
            percent(entry["left_share"]),
            percent(entry["right_share"]),
            percent(entry["holdout_share"]),
            "–",
        ]
        for entry in column["letters"]
    ]
    ours, theirs, held = column["repeated_share"]
    rows.append(["Texts that repeat another one", percent(ours), percent(theirs), percent(held), "–"])
    field = {"name": "words per text", "drawing": column["words_drawing"]}
    drawn = figure(identity, "Words per text", KEY + distribution(f"{identity}-d", field), distribution_numbers(field), level=4)
    title = f"Build of {column['name'][:60]}"
    return f'<h3>{name(column["name"])}</h3>{table(heads, rows, title, kind="dense")}<div class="grid facts">{drawn}</div>'


def _words(report: dict[str, Any]) -> str:
    lead = "Words that at least 10 training texts hold, those whose frequency changed most first."
    return section("words", "Words", "".join(_worded(column) for column in report["columns"]), lead)


def _worded(column: dict[str, Any]) -> str:
    found = column["vocabulary"]
    words = f"{count(found['left_words'])} different words in training, {count(found['right_words'])} in synthetic texts; "
    words += f"distance of their frequencies {number(found['distance'])}"
    words += f" (unseen real texts: {number(found['holdout_distance'])})." if found["holdout_distance"] is not None else "."
    rows = [[name(entry["word"]), percent(entry["left_share"]), percent(entry["right_share"])] for entry in column["common_words"]]
    heads = [("Word", ""), ("Training texts with it", "num"), ("Synthetic texts with it", "num")]
    shown = (
        table(heads, rows, f"Words of {column['name'][:60]}", kind="dense") if rows else paragraph("No word stands in 10 training texts.")
    )
    return f"<h3>{name(column['name'])}</h3>{paragraph(words)}{shown}"


def _provenance(report: dict[str, Any]) -> str:
    sampling = report["sampling"]
    settings = [
        ("Seed", str(sampling["seed"])),
        ("Texts that the scores read, at most", f"{sampling['rows_limit'] or sampling['texts_limit']:,}"),
        ("Texts searched for copies, at most", f"{sampling['texts_limit']:,}"),
        ("Training texts that must hold a word before it is shown", str(sampling["named_from_rows"])),
    ]
    return provenance(report, settings, MEANINGS)
