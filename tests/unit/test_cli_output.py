"""Tables on a narrow terminal: what is copied by hand stays in one piece."""

from __future__ import annotations

import sys

import pytest

from appliance.cli.output import Output


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
