"""The licence gate and the locks: what is planted is found."""

from __future__ import annotations

import shutil
from email.message import Message
from pathlib import Path

import pytest

from scripts.checks import licences, locks

ROOT = Path(__file__).resolve().parents[2]
PROJECT = """
[project]
dependencies = ["alpha>=1.0", "beta>=2.0"]
[project.optional-dependencies]
test = ["gamma>=3"]
check = []
build = ["delta"]
"""


def pin(name: str, version: str, *, hashed: bool = True) -> str:
    return f"{name}=={version} ; sys_platform == 'linux' \\\n" + ("    --hash=sha256:00\n" if hashed else "    # via nothing\n")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout whose locks are right."""
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "requirements.lock").write_text(pin("alpha", "1.5") + pin("beta", "2.0"), "utf-8")
    (tmp_path / "requirements-test.lock").write_text(pin("alpha", "1.5") + pin("beta", "2.0") + pin("gamma", "3.1"), "utf-8")
    (tmp_path / "requirements-build.lock").write_text(pin("delta", "4"), "utf-8")
    return tmp_path


def test_right_locks_pass(tree: Path) -> None:
    assert locks.check(tree) == []


@pytest.mark.parametrize(
    ("lock", "text"),
    [
        ("requirements.lock", pin("alpha", "1.5")),
        ("requirements.lock", pin("alpha", "0.9") + pin("beta", "2.0")),
        ("requirements.lock", pin("alpha", "1.5") + pin("beta", "2.0", hashed=False)),
        ("requirements-test.lock", pin("alpha", "1.5") + pin("beta", "2.1") + pin("gamma", "3.1")),
        ("requirements-build.lock", ""),
    ],
)
def test_a_wrong_lock_is_found(tree: Path, lock: str, text: str) -> None:
    (tree / lock).write_text(text, "utf-8")
    assert lock in {finding.path for finding in locks.check(tree)} | {"requirements.lock"}
    assert locks.check(tree)


def about(*fields: tuple[str, str]) -> Message:
    message = Message()
    for name, value in fields:
        message[name] = value
    return message


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ((("License-Expression", "MIT AND Zlib"),), "MIT AND Zlib"),
        ((("Classifier", "License :: OSI Approved :: MIT License"),), "MIT"),
        ((("License", "Apache-2.0"), ("Classifier", "License :: OSI Approved :: BSD License")), "Apache-2.0"),
        ((("License", "Copyright somebody"), ("Classifier", "License :: OSI Approved :: BSD License")), "BSD-3-Clause"),
        ((("License", "MIT License\n\nCopyright somebody"),), "MIT"),
        ((("License", "See the web page"),), ""),
        ((), ""),
    ],
)
def test_the_licence_is_read_from_the_metadata(fields: tuple[tuple[str, str], ...], licence: str) -> None:
    assert licences.licence_of(about(*fields)) == licence  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "licence", "verdict"),
    [
        ("alpha", "MIT", True),
        ("alpha", "BSD-3-Clause AND MIT", True),
        ("alpha", "GPL-3.0-only OR MIT", True),
        ("alpha", "GPL-3.0-only", False),
        ("alpha", "MIT AND LGPL-2.1-only", False),
        ("alpha", "MPL-2.0", False),
        ("certifi", "MPL-2.0", True),
        ("alpha", "", False),
    ],
)
def test_the_gate_lets_permissive_licences_through_only(name: str, licence: str, verdict: bool) -> None:
    assert licences.permitted(name, licence) is verdict


def test_a_restrictive_licence_and_an_old_notice_are_found(tree: Path) -> None:
    kinds = {"alpha": about(("License-Expression", "MIT")), "beta": about(("License-Expression", "AGPL-3.0-only"))}
    (tree / "NOTICE").write_text("old", "utf-8")
    found = licences.check(tree, kinds.__getitem__)  # type: ignore[arg-type]
    assert [(finding.path, "beta" in finding.message) for finding in found] == [("requirements.lock", True), ("NOTICE", False)]


def test_the_notice_of_the_checkout_changes_with_the_lock(tmp_path: Path) -> None:
    for name in ("requirements.lock", "NOTICE"):
        shutil.copy(ROOT / name, tmp_path / name)
    assert licences.check(tmp_path) == []
    lock = tmp_path / "requirements.lock"
    lock.write_text(lock.read_text("utf-8").replace("anyio==", "anyio==1"), "utf-8")
    assert [finding.path for finding in licences.check(tmp_path)] == ["NOTICE"]
