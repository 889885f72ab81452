"""What the report of a transform says in sentences: its verdict, and what needs looking at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.data_plane.detection.report.facts import group_of, is_quasi
from appliance.data_plane.quality.phrases import counted, listed, share

NEVER_REPLAYED = frozenset(
    {"email", "phone", "government_id", "health_id", "account_id", "bank", "card", "crypto", "device", "biometric", "vehicle", "secret"}
)
"""Groups of labels whose values are one person's: none of them may come through a transform. Names and places come again by chance."""

Facts = Mapping[str, Any]


def verdict_of(columns: Sequence[Facts], key: Facts, *, checked: bool) -> dict[str, str]:
    """`changed`: what became of the personal data; `linking`: who can link the output to its source; `level`: `bad`, `warn` or `ok`."""
    exposed = [column for column in columns if column["state"] == "exposed"]
    direct = [column for column in exposed if identifies(column)]
    partly = [column for column in columns if column["state"] == "partly" and column["found"]]
    level = "bad" if direct else "warn" if exposed or partly or not checked else "ok"
    return {"level": level, "changed": _changed(columns, exposed, direct, partly, checked=checked), "linking": _linking(key, columns)}


def _changed(columns: Sequence[Facts], exposed: Sequence[Facts], direct: Sequence[Facts], partly: Sequence[Facts], *, checked: bool) -> str:
    personal = [column for column in columns if column["found"]]
    done = [column for column in personal if column["state"] in ("changed", "dropped")]
    said = f"Of {counted(len(personal), 'column')} with personal data {len(done)} {_is(done)} changed or gone"
    said = said if personal else "No personal data was found in the source"
    prose = [column for column in personal if column["state"] == "searched"]
    if prose:
        said += f", {len(prose)} {_is(prose)} searched inside and changed where it lay"
    if partly:
        said += f", {len(partly)} {_is(partly)} changed in some cells: {listed([column['name'] for column in partly])}"
    if exposed:
        rest = f", of which {len(direct)} identify a person" if direct else ", by which alone nobody is identified"
        said += f"; {listed([column['name'] for column in exposed])} {_is(exposed)} as before{rest if len(direct) != len(exposed) else ''}"
    return f"{said}." + ("" if checked else " The output was not searched again, for the configuration leaves classification out.")


def _is(columns: Sequence[Facts]) -> str:
    return "is" if len(columns) == 1 else "are"


def _linking(key: Facts, columns: Sequence[Facts]) -> str:
    kept = sum(column["state"] in ("kept", "exposed", "partly", "searched") for column in columns)
    rest = (
        f" {counted(kept, 'column')} left as before can match rows to their source wherever the values differ from row to row."
        if kept
        else ""
    )
    if key["weak"]:
        return (
            "Fakes and hashes hang on the seed, which is no secret: whoever knows it can try values. "
            f"With a project of a server they would hang on a key of 256 bits.{rest}"
        )
    return (
        f"Fakes and hashes hang on key {key['number']} of the project. The same value becomes the same fake wherever that key is used; "
        f"without it no changed value can be linked, repeated or decrypted.{rest}"
    )


def warnings_of(
    columns: Sequence[Facts], rules: Sequence[Facts], drops: Sequence[Facts], key: Facts, remarks: Sequence[str]
) -> list[dict[str, str]]:
    """What a person should look at: level, what, and what to do. `remarks` are sentences of the job itself."""
    found = [*_exposures(columns), *_replays(columns)]
    if key["weak"]:
        found.append(_warning("warn", "The key was made from the seed.", "Use a project's key where the source must stay secret."))
    found += [_warning("warn", remark, "") for remark in remarks]
    return [*found, *_failures(rules, drops), *_unchanged(rules), *_idle(rules), *_collisions(columns)]


def _exposures(columns: Sequence[Facts]) -> list[dict[str, str]]:
    exposed = [column for column in columns if column["state"] == "exposed"]
    direct = [column for column in exposed if identifies(column)]
    quasi = [column for column in exposed if column not in direct]
    found = []
    if direct:
        labels = ", ".join(dict.fromkeys(label for column in direct for label in column["residual"] or column["found"]))
        what = f"{_named(direct)} personal data that no rule has changed ({labels})."
        found.append(_warning("bad", what, "Add a rule for them, drop them, or say in writing why they may stay."))
    if quasi:
        what = f"{_named(quasi)} data that identifies people together with other columns, as before."
        found.append(_warning("warn", what, "Check whether rows can be told apart by them."))
    for column in columns:
        if column["state"] == "partly":
            whole = column["changed"] + column["kept"]
            what = f"{column['kept']:,} of {counted(whole, 'filled cell')} of {listed([column['name']])} are as they were."
            found.append(_warning("warn", what, "Look at the conditions and values of the rules."))
    return found


def _named(columns: Sequence[Facts]) -> str:
    return f"{listed([column['name'] for column in columns])} still {'holds' if len(columns) == 1 else 'hold'}"


def _replays(columns: Sequence[Facts]) -> list[dict[str, str]]:
    """Values of the source that are still in a column whose every value is somebody's own."""
    found = []
    for column in columns:
        if column["replayed"] and column["state"] == "changed" and any(group_of(label) in NEVER_REPLAYED for label in column["found"]):
            what = f"{listed([column['name']])}: {share(column['replayed'], 2)} of the distinct source values are still there."
            found.append(_warning("warn", what, "Choose a rule that draws from more values, or unique: true."))
    return found


def _failures(rules: Sequence[Facts], drops: Sequence[Facts]) -> list[dict[str, str]]:
    found = []
    for rule in rules:
        if rule["errors"]:
            fallback = f", {rule['fallbacks']:,} of them with the rule's fallback" if rule["fallbacks"] else ""
            where = "every cell that it selected, " if rule["errors"] == rule["matched"] else ""
            cells = counted(rule["errors"], "cell")
            what = f"{rule['place']}: the expression failed in {where}{cells}, which were replaced all the same{fallback}."
            found.append(_warning("warn", what, "No source value is left there. Correct the expression, or give a fallback_value."))
    for rule in drops:
        if rule["errors"]:
            what = f"{rule['place']}: the condition could not be told for {counted(rule['errors'], 'row')}, which were dropped."
            found.append(_warning("warn", what, "Correct the condition."))
    return found


def _unchanged(rules: Sequence[Facts]) -> list[dict[str, str]]:
    action = "The rule leaves such values alone."
    cells = [(rule["place"], rule["unchanged"]) for rule in rules if rule["unchanged"]]
    return [_warning("note", f"{place}: {counted(many, 'cell')} came out as they were.", action) for place, many in cells]


def _idle(rules: Sequence[Facts]) -> list[dict[str, str]]:
    idle = [rule["place"] for rule in rules if not rule["matched"] and not rule["locked"]]
    if not idle:
        return []
    shown = "; ".join(idle[:5]) + (f" and {len(idle) - 5} more" if len(idle) > 5 else "")
    return [_warning("note", f"{counted(len(idle), 'rule')} selected nothing: {shown}.", "This is usual where templates name many kinds.")]


def _collisions(columns: Sequence[Facts]) -> list[dict[str, str]]:
    merged = [column for column in columns if column["merged"] and column["state"] == "changed" and _unlike(column)]
    if not merged:
        return []
    what = f"Different values of {listed([column['name'] for column in merged])} became the same."
    return [_warning("note", what, "Set appliance.unique where every source needs a fake of its own.")]


def _unlike(column: Facts) -> bool:
    return any(group_of(label) in NEVER_REPLAYED for label in column["found"])


def identifies(column: Facts) -> bool:
    """Whether a column holds something that identifies a person by itself."""
    return any(not is_quasi(label) for label in column["residual"] or column["found"])


def _warning(level: str, what: str, action: str) -> dict[str, str]:
    return {"level": level, "what": what, "action": action}
