"""The installer: what it recognises as done, what it refuses, and that nothing of it needs more than the standard library."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from scripts.environment import BUILD_LOCK, LOCKS, STAMP, Environment, Refused, main, platform_name, unpack

ROOT = Path(__file__).resolve().parents[2]
FILES = (*LOCKS.values(), BUILD_LOCK, "pyproject.toml")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with locks and an environment that looks installed."""
    root = tmp_path / "checkout"
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").touch()
    for name in FILES:
        (root / name).write_text(name, "utf-8")
    return root


def stamp(root: Path, kind: str) -> None:
    (root / ".venv" / STAMP).write_text(json.dumps(Environment(root).stamp(kind)), "utf-8")


def test_an_environment_without_a_stamp_is_not_ready(checkout: Path) -> None:
    assert not Environment(checkout).fits("runtime")
    (checkout / ".venv" / STAMP).write_text("{damaged", "utf-8")
    assert not Environment(checkout).fits("runtime")


def test_the_test_environment_serves_the_runtime_but_not_the_other_way_round(checkout: Path) -> None:
    stamp(checkout, "test")
    assert Environment(checkout).fits("runtime")
    assert Environment(checkout).fits("test")
    stamp(checkout, "runtime")
    assert Environment(checkout).fits("runtime")
    assert not Environment(checkout).fits("test")


@pytest.mark.parametrize("name", [LOCKS["test"], BUILD_LOCK, "pyproject.toml"])
def test_a_changed_lock_is_installed_again(checkout: Path, name: str) -> None:
    stamp(checkout, "test")
    (checkout / name).write_text("other", "utf-8")
    assert not Environment(checkout).fits("test")


def test_a_moved_checkout_or_a_removed_interpreter_is_installed_again(checkout: Path) -> None:
    stamp(checkout, "test")
    moved = checkout.with_name("moved")
    checkout.rename(moved)
    assert not Environment(moved).fits("test")
    stamp(moved, "test")
    (moved / ".venv" / "bin" / "python").unlink()
    assert not Environment(moved).fits("test")


def bundle(root: Path, target: Path, *, platform: str | None = None, lock: str | None = None, spoil: bool = False) -> Path:
    """A bundle of one file, as scripts/bundle describes it, or one that is wrong in the asked way."""
    folder = target.with_suffix(".d")
    (folder / "wheels").mkdir(parents=True)
    (folder / "wheels" / "a.whl").write_text("wheel", "utf-8")
    for name in (LOCKS["runtime"], BUILD_LOCK):
        (folder / name).write_text(lock or (root / name).read_text("utf-8"), "utf-8")
    paths = [path for path in folder.rglob("*") if path.is_file()]
    digests = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    (folder / "bundle.json").write_text(json.dumps({"platform": platform or platform_name(), "files": digests}), "utf-8")
    if spoil:
        (folder / "wheels" / "a.whl").write_text("other", "utf-8")
    with tarfile.open(target, "w") as archive:
        archive.add(folder, ".")
    return target


def test_a_bundle_is_unpacked_when_every_digest_is_right(checkout: Path, tmp_path: Path) -> None:
    unpack(bundle(checkout, tmp_path / "b.tar"), tmp_path / "out", checkout)
    assert (tmp_path / "out" / "wheels" / "a.whl").read_text("utf-8") == "wheel"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"platform": "cpython-3.9 linux x86_64"}, "holds packages for cpython-3.9"),
        ({"lock": "other"}, "another version"),
        ({"spoil": True}, "damaged"),
    ],
)
def test_a_wrong_bundle_is_refused_with_the_reason(checkout: Path, tmp_path: Path, wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        unpack(bundle(checkout, tmp_path / "b.tar", **wrong), tmp_path / "out", checkout)  # type: ignore[arg-type]


def test_what_is_no_bundle_is_refused(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_text("no tar", "utf-8")
    with pytest.raises(Refused, match="cannot be read as a bundle"):
        unpack(tmp_path / "b.tar", tmp_path / "out", checkout)


def test_a_bundle_cannot_write_outside_its_folder(checkout: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        archive.add(checkout / "pyproject.toml", "../escaped")
    with pytest.raises(Refused, match="cannot be read as a bundle"):
        unpack(tmp_path / "b.tar", tmp_path / "out", checkout)
    assert not (tmp_path / "escaped").exists()


def test_wrong_usage_ends_with_2() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["everything"])
    assert ended.value.code == 2


def test_the_installer_needs_the_standard_library_only() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "scripts" / "environment.py"), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_interpreter_is_the_one_asked_for_or_a_sentence() -> None:
    script = str(ROOT / "scripts" / "interpreter")
    found = subprocess.run([script], env={**os.environ, "PYTHON": sys.executable}, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == sys.executable
    refused = subprocess.run([script], env={**os.environ, "PYTHON": "no-such-python"}, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "3.11, 3.12 or 3.13" in refused.stderr


def test_offline_without_a_file_is_wrong_usage() -> None:
    done = subprocess.run([str(ROOT / "scripts" / "run"), "--offline", "missing.tar"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "scripts/bundle" in done.stderr
