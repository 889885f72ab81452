"""Packs everything that an installation without a network needs into one tar: wheels with hashes, the project's wheel, a note.

    scripts/bundle FILE        for this kind of machine and this Python (set PYTHON for another one that is installed)

Two bundles of the same commit and the same index hold the same wheels; `scripts/run --offline FILE` checks every file before it installs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.environment import BUILD_LOCK, LOCKS, Environment, Refused, platform_name, say  # noqa: E402  (the folder is on the path only now)

NOTE = """\
The appliance, for a machine without a network ({platform}).

With a checkout of the same commit:

    scripts/run --offline {name}

Without one, in this unpacked folder, with a Python of the version above:

    python3 -m venv appliance-venv
    appliance-venv/bin/pip install --no-index --find-links wheels --require-hashes -r requirements.lock
    appliance-venv/bin/pip install --no-index --no-deps wheels/appliance-*.whl
    appliance-venv/bin/appliance demo

Where `python3 -m venv` is missing, first:

    python3 -m pip install --no-index --find-links wheels --target tools virtualenv
    PYTHONPATH=tools python3 -m virtualenv --no-download appliance-venv

bundle.json lists the SHA-256 of every file.
"""


def pack(target: Path) -> int:
    """Write the bundle to `target`, which appears only when it is whole. Returns its size in bytes. Raises Refused."""
    environment = Environment(ROOT)
    environment.tools([], Path(sys.executable))
    with tempfile.TemporaryDirectory(prefix="appliance-bundle-") as scratch:
        folder = Path(scratch, "bundle")
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        for lock in (LOCKS["runtime"], BUILD_LOCK):
            shutil.copyfile(ROOT / lock, folder / lock)
            _download(ROOT / lock, wheels)
        build_wheel(wheels, environment.tools_folder)
        (folder / "README.txt").write_text(NOTE.format(platform=platform_name(), name=target.name), "utf-8")
        _describe(folder)
        _archive(folder, target)
    return target.stat().st_size


def build_wheel(folder: Path, tools: Path) -> None:
    """Build the project's wheel into `folder` with the locked build backend in `tools`. Raises Refused."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tools)}, stdout=sys.stderr, check=False)
    if done.returncode:
        raise Refused("The project's wheel could not be built; the lines above say why.")


def _download(lock: Path, wheels: Path) -> None:
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
    ]
    if subprocess.run([*pip, "--dest", str(wheels), "-r", str(lock)], stdout=sys.stderr, check=False).returncode:
        raise Refused("The locked packages could not be downloaded; the lines above say why.")


def _describe(folder: Path) -> None:
    """`bundle.json`: what the bundle is for, and the digest of every other file in it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    about = {"platform": platform_name(), "files": digests}
    (folder / "bundle.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")


def _archive(folder: Path, target: Path) -> None:
    partial = target.with_name(target.name + ".partial")
    try:
        with tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted(folder.rglob("*")):
                archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_plain)
        partial.replace(target)
    except OSError as error:
        raise Refused(f"{target} cannot be written: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The same bytes for the same files, whoever packs them and when."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def main(arguments: Sequence[str]) -> int:
    """Exit 0 when the file is there, 1 with a sentence when it cannot be made."""
    parser = argparse.ArgumentParser(prog="scripts/bundle", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, metavar="FILE")
    target = parser.parse_args(arguments).file
    try:
        size = pack(target)
    except Refused as error:
        say(str(error))
        return 1
    print(f"{target}: {size / 1e6:.0f} MB for {platform_name()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
