"""Tables on a narrow terminal: what is copied by hand stays in one piece, and what others named steers no terminal."""

from __future__ import annotations

import json
import sys

import pytest

from appliance.cli.failure import explain
from appliance.cli.output import Output, remark
from appliance.errors import BadRequest


def test_ids_and_times_are_not_broken_and_sentences_are(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    key = "gretel_7c1b3d0f4a5e4f6d8a9b0c1d2e3f4a5b_people.csv"
    row = {
        "key": key,
        "last_modified": "2026-01-02T03:04:05.678901Z",
        "title": "as many records as the input has, unless a number is given",
    }
    Output(False).rows([row], ("key", "last_modified", "title"), "nothing")
    shown = capsys.readouterr().out
    assert key in shown
    assert "2026-01-02T03:04:05Z" in shown
    assert row["title"] not in shown
    assert all(word in shown for word in row["title"].split())


STEERS = "\x1b]0;title\x07\x1b[2Jtotal \u202egnp.exe \x9b31m \x7f\r\ud800"
WRITTEN = "\\x1b]0;title\\x07\\x1b[2Jtotal \\u202egnp.exe \\x9b31m \\x7f\\r\\ud800"


def test_a_name_that_somebody_else_gave_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    people = Output(False)
    people.rows([{"name": STEERS}], ("name",), "nothing")
    people.record({"name": STEERS, "all": [STEERS]})
    people.said(f"{STEERS} is gone.")
    remark(STEERS)
    explain(BadRequest(STEERS, hint=STEERS))
    shown = capsys.readouterr()
    assert (shown.out.count(WRITTEN), shown.err.count(WRITTEN)) == (3, 3)
    assert all(letter.isprintable() or letter == "\n" for letter in shown.out + shown.err)


def test_json_is_read_as_it_was_and_steers_no_terminal_either(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"name": STEERS, "caf\xe9": "\U0001f9ea tab\t line\n"}
    Output(True).json(found)
    shown = capsys.readouterr().out
    assert json.loads(shown) == found
    assert "caf\xe9" in shown
    assert all(letter.isprintable() or letter == "\n" for letter in shown)
