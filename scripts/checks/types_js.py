"""Types of the Console's scripts, as `tsc --checkJs` infers them: where Node is there, with one release of TypeScript and no other.

    python -m scripts.checks.types_js

The scripts declare no types, so only what needs no declaration is asked: names that are not there, exports that nobody has, members
that a known kind lacks or that are misspelt, too many arguments, what is never used. What is inferred of lists of mixed things, of
dates in sums and of classes that fill themselves is left alone.

TypeScript is fetched once into `.bootstrap/`, by npm, and held against its digest; nothing of it is run before. Where that
cannot be, one line says why, and the check passes: no user ever needs Node."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from scripts.checks.source import Finding

RELEASE = "typescript-5.9.3"
DIGEST = "8e5d6f6733c38a72ebf5e52ddc9feded5e8580d130f508ef04f772b33f4a7d00c3e357d0ac2d98e2f290762694a454f86d795bd511e12e9a7cc2d9ba3394e04b"
"""SHA-512 of the release's package."""
OPTIONS = "scripts/checks/types_js.json"
PATIENCE_S = 90
_INFERRED = {"TS2322", "TS2345", "TS2349", "TS2362", "TS2363", "TS2365", "TS2538", "TS2769"}
"""Faults of assigning, adding and calling, which rest on types that nobody declared."""
_MEMBER = re.compile(r"Property '\w+' does not exist on type '(.+?)'\.( Did you mean .*)?")
_LINE = re.compile(r"(?P<path>[^(]+)\((?P<line>\d+),\d+\): error (?P<rule>TS\d+): (?P<message>.*)")


class Unavailable(Exception):
    """The scripts cannot be checked here; the message says why."""


def compiler(root: Path) -> Path:
    """TypeScript's program below `.bootstrap/`, fetched when it is not there. Raises Unavailable."""
    folder = root / ".bootstrap" / RELEASE
    program = folder / "package" / "lib" / "tsc.js"
    if program.exists():
        return program
    if shutil.which("npm") is None:
        raise Unavailable("npm is not here")
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        with tarfile.open(_fetched(Path(scratch))) as archive:
            archive.extractall(Path(scratch, "whole"), filter="data")
        if not folder.exists():
            Path(scratch, "whole").rename(folder)
    return program


def _fetched(folder: Path) -> Path:
    """The package as the registry gives it, known by its digest."""
    command = ["npm", "pack", "--silent", RELEASE.replace("-", "@")]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"the registry did not give {RELEASE} within {PATIENCE_S} s") from None
    package = folder / f"{RELEASE}.tgz"
    if done.returncode or not package.exists():
        raise Unavailable(f"npm could not fetch {RELEASE}")
    if hashlib.sha512(package.read_bytes()).hexdigest() != DIGEST:
        raise Unavailable(f"what npm fetched as {RELEASE} has another digest than the one that was noted")
    return package


def open_kinds(root: Path) -> set[str]:
    """Kinds of which nobody says what they have: empty defaults, and classes of modules where one takes over what it is given."""
    texts = [path.read_text("utf-8") for path in sorted(Path(root, "static").rglob("*.js"))]
    filled = (re.findall(r"class (\w+)", text) for text in texts if re.search(r"Object\.assign\(|\[this\.", text))
    return {"{}", *(name for names in filled for name in names)}


def asked(rule: str, message: str, kinds: set[str]) -> bool:
    """Whether a fault that the compiler tells is one here."""
    member = _MEMBER.fullmatch(message)
    return rule not in _INFERRED and not (member and (member[1] in kinds or " | " in member[1]))


def findings(printed: str, root: Path) -> list[Finding]:
    """What the compiler printed, with paths from the checkout. Lines that go on with a reason belong to the one before."""
    found = []
    kinds = open_kinds(root)
    for line in printed.splitlines():
        if (match := _LINE.fullmatch(line)) and asked(match["rule"], match["message"], kinds):
            path = Path(root, match["path"]).resolve()
            found.append(Finding(path.relative_to(root.resolve()).as_posix(), int(match["line"]), match["rule"], match["message"]))
    return found


def check(root: Path) -> list[Finding]:
    """Every fault of types in `static/`. Raises Unavailable."""
    node = shutil.which("node")
    if node is None:
        raise Unavailable("Node is not here")
    command = [node, str(compiler(root)), "--project", OPTIONS, "--pretty", "false"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    found = findings(done.stdout, root)
    if done.returncode not in (0, 2):  # 2: it told faults
        found.append(Finding(OPTIONS, 0, "tsc", (done.stdout or done.stderr).strip()[:500]))
    return found


def main(root: Path) -> int:
    """Exit 1 when there are findings; 0 with a sentence when they cannot be looked for."""
    try:
        found = check(root)
    except (Unavailable, OSError, subprocess.TimeoutExpired, tarfile.TarError) as error:
        print(f"types of the Console's scripts are not checked: {error}")
        return 0
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[2]))
