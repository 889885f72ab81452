"""Makes the project's own `.venv` out of the locks, with hashes; a second call that finds nothing to do takes milliseconds.

    python scripts/environment.py runtime [--offline BUNDLE]     what `appliance` needs
    python scripts/environment.py test                           that, the suite's libraries and the checkers

Standard library only: it runs before anything is installed. It writes nothing outside the checkout (`.venv/`, `.bootstrap/`).
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

LOCKS = {"runtime": "requirements.lock", "test": "requirements-test.lock"}
BUILD_LOCK = "requirements-build.lock"
STAMP = "appliance.stamp"
SUPPORTED = ((3, 11), (3, 14))


class Refused(Exception):
    """The environment cannot be made; the message says why and what to do."""


class Environment:
    """The checkout's virtual environment. Every method is repeatable, and one that was killed half-way is made good by the next call."""

    def __init__(self, root: Path, bundle: Path | None = None) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.bootstrap = root / ".bootstrap"
        self.tools_folder = self.bootstrap / "tools"
        self.python = self.venv / "bin" / "python"
        self.bundle = bundle

    def stamp(self, kind: str) -> dict[str, str]:
        """What decides whether an installed environment still fits: the folder, the locks and what is built from pyproject.toml."""
        names = (LOCKS[kind], BUILD_LOCK, "pyproject.toml")
        return {"root": str(self.root), **{name: _digest(self.root / name) for name in names}}

    def fits(self, kind: str) -> bool:
        """True when `.venv` holds what `kind` needs. The test lock contains the runtime lock."""
        try:
            found = json.loads((self.venv / STAMP).read_text("utf-8"))
        except (OSError, ValueError):
            return False
        return self.python.exists() and any(found == self.stamp(other) for other in {kind, "test"})

    def make(self, kind: str) -> None:
        """Bring `.venv` to the lock of `kind`. Raises Refused."""
        say("Installing into .venv from " + (self.bundle.name if self.bundle else LOCKS[kind]) + " (once; a minute or two) ...")
        with self._sources() as sources:
            (self.venv / STAMP).unlink(missing_ok=True)
            self._create(sources)
            self.tools(sources, self.python)
            self._install(kind, sources)
        _run([str(self.python), "-c", _COMPILE, str(self.root / "appliance")], "compile the libraries")
        (self.venv / STAMP).write_text(json.dumps(self.stamp(kind)), "utf-8")

    @contextlib.contextmanager
    def _sources(self) -> Iterator[list[str]]:
        """pip's options that say where packages come from: the configured index, or the wheels of the bundle."""
        if self.bundle is None:
            yield []
            return
        self.bootstrap.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.bootstrap, prefix="bundle-") as folder:
            unpack(self.bundle, Path(folder), self.root)
            yield ["--no-index", "--find-links", str(Path(folder, "wheels"))]

    def tools(self, sources: Sequence[str], python: Path) -> None:
        """virtualenv (for a Python without ensurepip) and the build backend, put into `.bootstrap/tools` by the pip of `python`."""
        marker = self.tools_folder / STAMP
        digest = _digest(self.root / BUILD_LOCK) + sys.version
        if marker.exists() and marker.read_text("utf-8") == digest:
            return
        shutil.rmtree(self.tools_folder, ignore_errors=True)
        pip = [str(python), "-m", "pip", "install", "--target", str(self.tools_folder)]
        _run([*pip, *_QUIET, *sources, "-r", str(self.root / BUILD_LOCK)], "install the build tools")
        marker.write_text(digest, "utf-8")

    def _create(self, sources: Sequence[str]) -> None:
        """`.venv` with pip, unless a working one is there."""
        if self.python.exists() and _succeeds([str(self.python), "-c", _WORKS]):
            return
        shutil.rmtree(self.venv, ignore_errors=True)
        if _succeeds([sys.executable, "-c", "import ensurepip, venv"]):
            _run([sys.executable, "-m", "venv", str(self.venv)], "make .venv")
            return
        self.tools(sources, Path(sys.executable))
        command = [sys.executable, "-m", "virtualenv", "--quiet", "--no-download", "--no-periodic-update", str(self.venv)]
        _run(command, "make .venv", PYTHONPATH=str(self.tools_folder))

    def _install(self, kind: str, sources: Sequence[str]) -> None:
        pip = [str(self.python), "-m", "pip", "install"]
        _run([*pip, *_QUIET, *sources, "-r", str(self.root / LOCKS[kind])], "install the locked packages")
        project = [
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--no-index",
            "--no-build-isolation",
            "--editable",
            str(self.root),
        ]
        _run([*pip, *project], "install the project", PYTHONPATH=str(self.tools_folder))


# Wheels only: nothing is compiled on the user's machine, and nothing without a locked hash is installed.
_QUIET = (
    "--quiet",
    "--disable-pip-version-check",
    "--no-warn-script-location",
    "--require-hashes",
    "--only-binary",
    ":all:",
    "--no-compile",
)
_WORKS = f"import sys, pip; sys.exit(not {SUPPORTED[0]} <= sys.version_info[:2] < {SUPPORTED[1]})"
# pip would compile one file after the other; confined workers cannot write bytecode later. Suites of the libraries are left out.
_COMPILE = """
import compileall, re, sys, sysconfig
for folder in (sysconfig.get_path("purelib"), sys.argv[1]):
    compileall.compile_dir(folder, quiet=2, workers=0, rx=re.compile(r"[/\\\\]tests?[/\\\\]"))
"""


def unpack(bundle: Path, folder: Path, root: Path) -> None:
    """Unpack a bundle of `scripts/bundle` into `folder`. Raises Refused when it is damaged, of another version or for another Python."""
    try:
        with tarfile.open(bundle) as archive:
            _extract(archive, folder)
        about = json.loads((folder / "bundle.json").read_text("utf-8"))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise Refused(f"{bundle} cannot be read as a bundle of scripts/bundle: {error}") from None
    here = platform_name()
    if about["platform"] != here:
        raise Refused(f"{bundle.name} holds packages for {about['platform']}; this is {here}. Make one on such a machine, or set PYTHON.")
    for name in (LOCKS["runtime"], BUILD_LOCK):
        if about["files"].get(name) != _digest(root / name):
            raise Refused(f"{bundle.name} was made from another version of {name} than this checkout's.")
    for name, digest in about["files"].items():
        if _digest(folder / name) != digest:
            raise Refused(f"{bundle.name} is damaged: {name} is not what was packed.")


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Plain files only, and only below `folder`. (`extractall` has no filter before Python 3.11.4.)"""
    for member in archive:
        target = (folder / member.name).resolve()
        content = archive.extractfile(member) if member.isfile() else None
        if not target.is_relative_to(folder.resolve()) or (content is None and not member.isdir()):
            raise tarfile.TarError(f"{member.name} does not belong into a bundle")
        if content is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                shutil.copyfileobj(content, file)


def platform_name() -> str:
    """Which wheels fit this interpreter: `cpython-3.12 linux x86_64`."""
    system = os.uname()
    return f"{sys.implementation.name}-{sys.version_info[0]}.{sys.version_info[1]} {system.sysname.lower()} {system.machine}"


def say(text: str) -> None:
    """One line for the person who waits."""
    print(text, file=sys.stderr, flush=True)


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None


def _clean(**extra: str) -> dict[str, str]:
    """The caller's environment without what would send Python or pip elsewhere."""
    dropped = {
        "PYTHONHOME",
        "PYTHONPATH",
        "PIP_USER",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_REQUIRE_VIRTUALENV",
        "VIRTUAL_ENV",
        "__PYVENV_LAUNCHER__",
    }
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PIP_ROOT_USER_ACTION": "ignore", **extra}


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, env=_clean(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _run(command: Sequence[str], purpose: str, **extra: str) -> None:
    if subprocess.run(command, env=_clean(**extra), stdout=sys.stderr, check=False).returncode:
        raise Refused(f"Could not {purpose}; the lines above say why. (Without a network: scripts/run --offline FILE, see README.)")


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Only one call at a time makes the environment; a second one waits and finds it made."""
    folder = root / ".bootstrap"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str]) -> int:
    """Exit 0 when the environment is there, 1 with a sentence when it cannot be made."""
    parser = argparse.ArgumentParser(prog="environment", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=tuple(LOCKS))
    parser.add_argument("--offline", metavar="BUNDLE", type=Path, help="install from a file of scripts/bundle, without a network")
    given = parser.parse_args(arguments)
    environment = Environment(Path(__file__).resolve().parent.parent, given.offline)
    try:
        if not environment.fits(given.kind):
            with _alone(environment.root):
                if not environment.fits(given.kind):
                    environment.make(given.kind)
    except Refused as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
