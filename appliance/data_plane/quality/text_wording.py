"""What a comparison of texts means, in sentences: counts and names of columns only."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.wording import counted

FEW_TEXTS = 500
TALLIED = 3.0
"""Standard errors by which the share of texts with a copied passage must exceed that of unseen real texts."""


def conclusion(report: dict[str, Any]) -> dict[str, str]:
    """Two sentences: how the texts are built, and what of them was copied."""
    score, reference = report["text_structure_similarity"], report["reference"]
    word = {
        "Excellent": "The synthetic texts are built like the real ones",
        "Good": "The synthetic texts are built much like the real ones",
        "Moderate": "The synthetic texts are built somewhat like the real ones",
    }.get(score["grade"], "The synthetic texts are built otherwise than the real ones")
    held = f"; by the same measure unseen real texts score {reference['text_structure_similarity']['score']}" if reference else ""
    return {"quality": f"{word}: {score['score']} of 100 ({score['grade']}){held}.", "privacy": _copied(report)}


def _copied(report: dict[str, Any]) -> str:
    texts = sum(column["copies"]["texts"] + column["copies"]["whole_texts"] for column in report["columns"])
    if not texts:
        return "No passage of a training text was found in a synthetic one."
    if any(excess(column) for column in report["columns"]):
        return "Synthetic texts repeat passages of single training texts; read the warnings before they leave your hands."
    return "Synthetic texts share passages with training texts about as often as unseen real texts do."


def excess(column: dict[str, Any]) -> bool:
    """Whether passages or whole texts are copied clearly more often than among unseen real texts (without those: at all)."""
    copies, texts = column["copies"], max(1, column["texts_read"][1])
    found = (copies["texts"], copies["whole_texts"])
    held = column["texts_read"][2]
    usual = (copies["holdout_share"], (copies["holdout_whole_texts"] or 0) / held) if held else (0.0, 0.0)
    return any(
        count / texts > rate + (TALLIED * ((rate + 1 / held) / held) ** 0.5 if held else 0.0) and count > 0
        for count, rate in zip(found, usual, strict=True)
    )


def caveats(report: dict[str, Any]) -> list[dict[str, str]]:
    """What needs action or care, most serious first: `{level, what, action}`."""
    found = [warning for column in report["columns"] for warning in _of_column(column)]
    if not report["holdout_rows"]:
        what = "There is no holdout, so nothing tells how often unseen real texts share passages by chance."
        found.append(_warning("note", what, "Give real texts that no model saw as a third table."))
    limit = report["sampling"]["rows_limit"]
    if 0 < limit < min(FEW_TEXTS, report["left_rows"], report["right_rows"]):
        what = f"The scores read {counted(limit, 'text')} of each table, as configured; so few give a rough reading."
        found.append(_warning("note", what, "Set sqs_report_rows (record_count) to 0 to read all."))
    return sorted(found, key=lambda warning: ("bad", "warn", "note").index(warning["level"]))


def _warning(level: str, what: str, action: str) -> dict[str, str]:
    return {"level": level, "what": what, "action": action}


def _of_column(column: dict[str, Any]) -> list[dict[str, str]]:
    name, copies, found = f"“{column['name']}”", column["copies"], []
    if excess(column):
        action = "Remove them, or train again with stronger privacy."
        if copies["texts"]:
            verb = "holds" if copies["texts"] == 1 else "hold"
            what = f"{counted(copies['texts'], 'text')} of {name} {verb} a passage of at least {copies['passage_words']} words "
            what += f"that stands in few training texts (the longest: {copies['longest']} words)."
            found.append(_warning("bad", what, action))
        if copies["whole_texts"]:
            said = counted(copies["whole_texts"], "text")
            verb = "equals" if copies["whole_texts"] == 1 else "equal"
            found.append(_warning("bad", f"{said} of {name} {verb} a training text word for word.", action))
    ours, theirs = column["repeated_share"][:2]
    if theirs > ours + 0.1:
        what = f"{100 * theirs:.0f} % of the synthetic texts of {name} repeat another one; of the training texts {100 * ours:.0f} %."
        found.append(_warning("warn", what, "Expect little variety."))
    if column["structure"]["score"] < 60:
        found.append(_warning("warn", f"Texts of {name} are built otherwise than in the training table.", "See the table of its build."))
    return found
