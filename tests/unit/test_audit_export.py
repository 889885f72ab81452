"""An exported record proves itself, to us and to six lines of Python of anybody."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.audit import EMPTY, GENESIS, Entry, check_export, digest_of, exported, line_of, read_exported
from appliance.cli.audit import audit
from appliance.cli.failure import FAILED
from appliance.cli.root import run
from appliance.people.audit_log import check_record
from tests.unit.written_record import rows_of, write_record


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_record(tmp_path_factory.mktemp("record"))


def export_of(database: Path) -> list[bytes]:
    return [exported(line, digest) for _, line, digest in rows_of(database)]


def test_an_export_proves_itself(database: Path) -> None:
    lines = export_of(database)
    verdict = check_export(lines, {})
    assert (verdict.sound, verdict.head) == (True, check_record(database, {}).head)
    assert json.loads(lines[4])["entry"]["name"] == "model-5 “ü”"
    assert read_exported(lines[4]) == rows_of(database)[4]
    assert check_export([], {}).head == EMPTY


SPOILT: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda lines: [line.replace(b"ann@", b"bob@") if number == 11 else line for number, line in enumerate(lines)],
    "left out": lambda lines: lines[:10] + lines[11:],
    "exchanged": lambda lines: [*lines[:10], lines[11], lines[10], *lines[12:]],
    "twice": lambda lines: [*lines[:10], lines[9], *lines[10:]],
}


@pytest.mark.parametrize("name", SPOILT)
def test_an_export_that_was_edited_is_found(database: Path, name: str) -> None:
    verdict = check_export(SPOILT[name](export_of(database)), {})
    assert not verdict.sound
    assert verdict.faults[0].seq in (10, 11, 12)


ZEROS = b"0" * 64


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}\n",
        b"\n",
        b"\xff\xfe",
        b'{"entry":{"seq":0,"at":""},"digest":"' + ZEROS + b'"}\n',
        b'{"entry": {"seq":1},"digest":"' + ZEROS + b'"}\n',
        b'{"entry":{"seq":1,},"digest":"' + b"A" * 64 + b'"}\n',
        b'{"entry":{"seq":1,"a":1},"digest":"' + ZEROS + b'"} \n',
        b'{"entry":{"seq":' + b"9" * 400 + b',"a":1},"digest":"' + ZEROS + b'"}\n',
    ],
)
def test_what_is_no_line_of_an_export_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="Line 1 of the file"):
        check_export([text], {})


def test_a_part_is_checked_against_the_head_before_it(database: Path) -> None:
    lines, rows = export_of(database), rows_of(database)
    before = {20: rows[19][2].hex()}
    assert check_export(lines[20:], before).sound
    assert check_export(lines[20:30], {**before, 25: rows[24][2].hex()}).sound
    assert not check_export(lines[20:], {20: "0" * 64}).sound
    assert not check_export(lines[20:30], {**before, 35: rows[34][2].hex()}).sound
    with pytest.raises(ValueError, match="line 20"):
        check_export(lines[20:], {})


SNIPPET = """
import hashlib, sys
previous = bytes(32)
for number, row in enumerate(open(sys.argv[1], "rb"), 1):
    line, digest = row[9:-78], row[-67:-3].decode()
    previous = hashlib.sha256(previous + line).digest()
    assert line.startswith(b'{"seq":%d,' % number) and previous.hex() == digest, f"line {number} is not as it was written"
"""


def test_six_lines_of_python_check_an_export(database: Path, tmp_path: Path) -> None:
    """Without anything of ours: whoever does not trust us writes his own."""
    for lines, code in ((export_of(database), 0), (SPOILT["changed"](export_of(database)), 1)):
        file = tmp_path / "audit.jsonl"
        file.write_bytes(b"".join(lines))
        assert subprocess.run([sys.executable, "-c", SNIPPET, file], capture_output=True, check=False).returncode == code


def test_the_line_of_a_great_act_is_read_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    guids = " ".join(f"proj_{number:028x}" for number in range(100_000))
    act = Entry(seq=1, at="x", actor="a", action="user_hand_over", result="done", detail={"projects": guids})
    file = tmp_path / "audit.jsonl"
    file.write_bytes(exported(line_of(act), digest_of(GENESIS, line_of(act))))
    audit.main(["verify", "--file", str(file), "--no-json"], standalone_mode=False)
    assert capsys.readouterr().out.startswith("Lines 1–1 fit together (head 1:")


def verified(*words: str) -> int:
    """The exit code of `audit verify`."""
    return run(["audit", "verify", "--no-json", *words])


def test_verify_claims_no_more_than_it_can_know(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines, rows, file = export_of(database), rows_of(database), tmp_path / "audit.jsonl"
    heads = {seq: f"--head={seq}:{rows[seq - 1][2].hex()}" for seq in (10, 20, 30)}
    file.write_bytes(b"".join(lines[:30]))  # the end is missing, which nothing in the file tells
    assert verified("--file", str(file)) == 0
    out = capsys.readouterr().out
    assert out.startswith("Lines 1–30 fit together (head 30:")
    assert "only a head that was noted elsewhere tells" in out
    assert verified("--file", str(file), heads[20]) == 0
    out = capsys.readouterr().out
    assert ("The noted head 20 is there." in out, "Of the lines behind it, to 30" in out) == (True, True)
    assert verified("--file", str(file), heads[30]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["The noted head 30 is there."]
    file.write_bytes(b"".join(lines[20:30]))
    assert verified("--file", str(file), heads[20], heads[10]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Lines 21–30 fit together")
    assert "is there" not in out, "what lies before the lines proves nothing about them"
    assert verified("--file", str(file), heads[20], f"--head=25:{'0' * 64}") == FAILED
    assert "is there" not in capsys.readouterr().out


def test_no_lines_prove_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "audit.jsonl"
    file.touch()
    assert verified("--file", str(file)) == FAILED
    shown = capsys.readouterr()
    assert (shown.out, "There are no lines" in shown.err) == ("", True)
