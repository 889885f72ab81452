"""What the check of the scripts' types asks, what it leaves alone, and that nobody needs Node for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.checks import types_js

OPEN = {"{}", "Drawer"}


@pytest.mark.parametrize(
    ("rule", "message", "wanted"),
    [
        ("TS2304", "Cannot find name 'documnet'.", True),
        ("TS2305", "Module '\"/console/dom.js\"' has no exported member 'elemnt'.", True),
        ("TS2551", "Property 'txtContent' does not exist on type 'HTMLElement'. Did you mean 'textContent'?", True),
        ("TS2554", "Expected 0 arguments, but got 1.", True),
        ("TS6133", "'left' is declared but its value is never read.", True),
        ("TS2339", "Property 'uid' does not exist on type 'Drawer'.", False),
        ("TS2551", "Property 'waiting' does not exist on type 'Drawer'. Did you mean 'onwaiting'?", False),
        ("TS2339", "Property 'level' does not exist on type '{}'.", False),
        ("TS2339", "Property 'disabled' does not exist on type 'string | { disabled: boolean; }'.", False),
        ("TS2345", "Argument of type '{ limit: number; }' is not assignable to parameter of type 'string'.", False),
    ],
)
def test_only_what_needs_no_declaration_is_asked(rule: str, message: str, wanted: bool) -> None:
    assert types_js.asked(rule, message, OPEN) is wanted


def test_faults_are_told_with_paths_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "drawer.js").write_text("export class Drawer {\n  constructor(all) {\n    Object.assign(this, all);\n  }\n}\n")
    printed = (
        "static/a.js(7,3): error TS2304: Cannot find name 'x'.\n"
        "  The reason for it.\n"
        "static/b.js(9,1): error TS2339: Property 'y' does not exist on type 'Drawer'.\n"
    )
    assert [str(one) for one in types_js.findings(printed, tmp_path)] == ["static/a.js:7: [TS2304] Cannot find name 'x'."]


def test_without_node_or_npm_one_line_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert types_js.main(tmp_path) == 0
    assert capsys.readouterr().out == "types of the Console's scripts are not checked: Node is not here\n"
    (tmp_path / "node").write_text("#!/bin/sh\n")
    (tmp_path / "node").chmod(0o755)
    assert types_js.main(tmp_path) == 0
    assert capsys.readouterr().out == "types of the Console's scripts are not checked: npm is not here\n"


def test_a_package_with_another_digest_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, script in (("node", f"touch {tmp_path}/ran"), ("npm", f"echo other > {types_js.RELEASE}.tgz")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert types_js.main(tmp_path) == 0
    assert "another digest" in capsys.readouterr().out
    assert not (tmp_path / "ran").exists()
