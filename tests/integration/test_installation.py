"""The ways in: the wheel in an empty folder, and a bundle on a machine without a network."""

from __future__ import annotations

import re
import signal
import site
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.bundle import build_wheel
from scripts.environment import Environment, Refused
from tests.integration.readme_blocks import ROOT, block, copy_checkout, newcomer

ALONE = """
import fcntl, os, socket, struct, sys
flags = struct.pack("16sh22x", b"lo", 0x1 | 0x40)
with socket.socket() as probe:
    fcntl.ioctl(probe, 0x8914, flags)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Brings up the loopback interface (SIOCSIFFLAGS with IFF_UP and IFF_RUNNING) of a new namespace and becomes the command."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from the work tree."""
    folder = tmp_path_factory.mktemp("wheel")
    environment = Environment(ROOT)
    try:
        environment.tools([], Path(sys.executable))
    except Refused as error:
        pytest.skip(f"the build tools are not installed and cannot be: {error}")
    build_wheel(folder, environment.tools_folder)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_every_file_of_the_package_and_the_pages(wheel: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "appliance", "static"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    wanted = {name if name.startswith("appliance/") else f"appliance/{name}" for name in listed if (ROOT / name).is_file()}
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in wanted if not Path(name).name.startswith(".")} <= held
    assert "appliance/control_plane/store/schema.sql" in held
    assert {"LICENSE", "NOTICE"} <= {Path(name).name for name in held}


@pytest.fixture
def served(wheel: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server that runs from the wheel alone, in an empty folder."""
    packages, empty = tmp_path / "packages", tmp_path / "empty"
    empty.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(packages), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    # As a search path the folder of the libraries brings no editable install of this work tree with it.
    environment = newcomer(tmp_path / "home", PYTHONPATH=f"{packages}:{site.getsitepackages()[0]}")
    interpreter = str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))
    where = subprocess.run(
        [interpreter, "-c", "import appliance; print(appliance.__file__)"], cwd=empty, env=environment, capture_output=True, check=True
    )
    assert where.stdout.decode().startswith(str(packages))
    command = [interpreter, "-m", "appliance", "serve", "--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(command, cwd=empty, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = re.search(r"https?://[\w.:\[\]]+", server.stdout.readline())
        assert address is not None
        yield address[0]
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
    assert list(empty.iterdir()) == []


def test_the_wheel_serves_its_pages_from_an_empty_folder(served: str) -> None:
    with urllib.request.urlopen(served + "/", timeout=30) as answer:
        page = answer.read().decode()
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/html")
    linked = re.findall(r"""(?:src|href)="(/[^"#?]+\.(?:js|css))""", page)
    for name in linked:
        with urllib.request.urlopen(served + name, timeout=30) as answer:
            assert answer.status == 200


def namespaces_are_allowed() -> bool:
    """True when this process may make a network namespace."""
    try:
        return subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which the README's command has made a bundle."""
    folder = tmp_path_factory.mktemp("bundled")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder / "probe"), "sniffio"]
    if subprocess.run(pip, capture_output=True, check=False, timeout=120).returncode:
        pytest.skip("no package index can be reached from here")
    checkout = copy_checkout(folder / "checkout")
    run(block("bundle"), checkout, newcomer(folder / "home"))
    return checkout


def run(command: str, folder: Path, environment: dict[str, str], *before: str) -> str:
    """Run a block of README in a shell; its output. Fails with that output when the block fails."""
    done = subprocess.run(
        [*before, "bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=420
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.skipif(not namespaces_are_allowed(), reason="network namespaces need administrator rights here")
def test_a_machine_without_a_network_installs_runs_and_uninstalls(bundled: Path, tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "checkout")
    (bundled / "appliance.tar").rename(checkout / "appliance.tar")
    before = {path.name for path in checkout.iterdir()}
    environment = newcomer(tmp_path / "home")
    alone = ("unshare", "-n", sys.executable, "-c", ALONE)
    said = run(block("offline").strip() + " --once", checkout, environment, *alone)
    assert "report.html" in said
    assert size(checkout / ".venv") <= 650e6
    assert (tmp_path / "home" / ".local" / "share" / "appliance").is_dir()
    run(block("uninstall"), checkout, environment)
    assert {path.name for path in checkout.iterdir()} == before
    assert not (tmp_path / "home" / ".local" / "share" / "appliance").exists()
