"""The locks hold what pyproject.toml asks for, with hashes, and agree with each other."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.checks.source import Finding

RUNTIME = "requirements.lock"
EXTRAS = {RUNTIME: (), "requirements-test.lock": ("test", "check"), "requirements-build.lock": ("build",)}
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*([^\\]+?))?\s*\\?$")


class Pin(NamedTuple):
    """One locked version, and the machines it is for (None: every one)."""

    name: str
    version: str
    marker: str | None
    line: int

    def applies(self) -> bool:
        """True on this machine."""
        return self.marker is None or Marker(self.marker).evaluate()


def pins(lock: Path) -> list[Pin]:
    """The pins of a lock, in order."""
    found = []
    for number, line in enumerate(lock.read_text("utf-8").splitlines(), 1):
        match = _PIN.match(line)
        if match:
            found.append(Pin(canonicalize_name(match[1]), match[2], match[3], number))
    return found


def check(root: Path) -> list[Finding]:
    """Every way in which the locks are not what pyproject.toml says."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    found: list[Finding] = []
    for name, extras in EXTRAS.items():
        wanted = [] if extras == ("build",) else list(project["dependencies"])
        wanted += [entry for extra in extras for entry in project["optional-dependencies"][extra]]
        found += _wanted(root, name, wanted)
        found += _hashes(root, name)
    runtime = {(pin.name, pin.version) for pin in pins(root / RUNTIME)}
    test = {(pin.name, pin.version) for pin in pins(root / "requirements-test.lock")}
    found += [
        Finding("requirements-test.lock", 0, "lock", f"{name}=={version} of {RUNTIME} is missing")
        for name, version in sorted(runtime - test)
    ]
    return found


def _wanted(root: Path, name: str, wanted: list[str]) -> Iterator[Finding]:
    locked = pins(root / name)
    for entry in wanted:
        requirement = Requirement(entry)
        versions = [pin.version for pin in locked if pin.name == canonicalize_name(requirement.name)]
        if not versions or not all(requirement.specifier.contains(version, prereleases=True) for version in versions):
            yield Finding(
                name, 0, "lock", f"pyproject.toml asks for {entry}; locked: {', '.join(versions) or 'nothing'} (run scripts/lock)"
            )


def _hashes(root: Path, name: str) -> Iterator[Finding]:
    lines = (root / name).read_text("utf-8").splitlines()
    for pin in pins(root / name):
        following = lines[pin.line] if pin.line < len(lines) else ""
        if not following.strip().startswith("--hash=sha256:"):
            yield Finding(name, pin.line, "lock", f"{pin.name} has no hash")
