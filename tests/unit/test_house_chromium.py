"""Where the Chromium of the browser tests comes from: one that is there, apt-get for root on Debian, else a sentence and no error."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "chromium"
INSTALLS = 'echo "$@" >> "$LOG"; [ "$1" = install ] && { printf "#!/bin/sh\\n" > "$BIN/chromium"; chmod +x "$BIN/chromium"; }; exit 0'


class Machine:
    """A machine whose programs are those that a test names, and what its apt-get was told."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.log = folder / "bin", folder / "log"
        self.bin.mkdir()
        for name in ("bash", "sh", "timeout", "tail", "env", "sleep", "chmod"):
            found = shutil.which(name)
            assert found is not None
            (self.bin / name).symlink_to(found)

    def program(self, name: str, script: str = "exit 0") -> None:
        """Put a program into its PATH."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def debian(self, uid: int, apt: str = INSTALLS) -> None:
        """Make it one of Debian's, used by that user."""
        self.program("dpkg")
        self.program("id", f"echo {uid}")
        self.program("apt-get", apt)

    def ask(self, *arguments: str) -> str:
        """What the script says; it never fails and prints nothing to standard output."""
        environment = {"PATH": str(self.bin), "LOG": str(self.log), "BIN": str(self.bin), "LC_ALL": os.environ.get("LC_ALL", "C")}
        done = subprocess.run([SCRIPT, *arguments], env=environment, capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stdout) == (0, "")
        return done.stderr

    def told(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_that_is_there_is_used(machine: Machine, name: str) -> None:
    machine.debian(0)
    machine.program(name)
    assert machine.ask() == ""
    assert machine.told() == []


def test_root_on_debian_gets_one_quietly(machine: Machine) -> None:
    machine.debian(0)
    assert machine.ask() == "Installing Debian's chromium for the browser tests (once) ...\n"
    assert machine.told() == ["update -qq", "install -y -qq --no-install-recommends chromium fonts-dejavu-core"]
    assert machine.ask() == "", "and only once"


def test_nobody_else_has_packages_installed(machine: Machine) -> None:
    machine.debian(1000)
    assert "installing it takes root; run `sudo apt-get install chromium` once" in machine.ask()
    assert machine.told() == []


def test_other_systems_are_told_to_install_one(machine: Machine) -> None:
    machine.program("id", "echo 0")
    assert "no Debian-like system" in machine.ask()


def test_a_refusal_of_apt_is_its_last_sentence_and_no_error(machine: Machine) -> None:
    machine.debian(0, 'echo "Reading lists" >&2; echo "E: Unable to fetch some archives" >&2; exit 100')
    assert "apt-get could not install it: E: Unable to fetch some archives" in machine.ask()


def test_a_network_that_hangs_is_given_up(machine: Machine) -> None:
    machine.debian(0, "sleep 60")
    begun = time.monotonic()
    assert "apt-get was not done within 1 s" in machine.ask("1")
    assert time.monotonic() - begun < 15
