"""A confined process reaches no network and no file but its own, as root and as a normal user; its libraries do not notice."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.contract.run_directory import RunDirectory
from appliance.data_plane.confinement import APPLIED
from appliance.errors import ConfinementUnavailable
from tests.integration.launching import prepare

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="confinement is Linux's")

NOBODY = 65534
USERS = [0, pytest.param(NOBODY, marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"))]


@pytest.fixture
def data_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that every user may reach: refusals in it are the confinement's."""
    folder = Path("/var/tmp") / f"appliance-probe-{os.getpid()}"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def furnish(data_folder: Path, uid: int) -> RunDirectory:
    """A run directory as a worker has it when it encloses itself."""
    run = prepare(data_folder, "a.1")
    stored = data_folder / "stored.csv"
    stored.write_text("a,b\n1,2\n")
    os.link(stored, run.inputs / "table.csv")
    run.artifacts.mkdir()
    for file in (run.events, run.log, run.heartbeat, run.path / "outcome.tmp"):
        file.touch()
    if uid:
        for path in (data_folder / "runs", *data_folder.rglob("*")):
            os.chown(path, uid, uid)
    return run


def probe(run: RunDirectory, kind: str, uid: int, *others: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.integration.confined_probe", str(run.path), kind, str(uid), *map(str, others)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("uid", USERS)
def test_nothing_foreign_can_be_reached(data_folder: Path, uid: int) -> None:
    run = furnish(data_folder, uid)
    secret = data_folder / "owner.key"
    secret.write_text("grtu")
    secret.chmod(0o666)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as admin:
        admin.bind(str(data_folder / "admin.sock"))
        (data_folder / "admin.sock").chmod(0o777)
        admin.listen()
        answer = probe(run, "forbidden", uid, secret, server.getsockname()[1], data_folder / "admin.sock")
    assert {name for name, result in answer["found"].items() if result == "done"} == set()
    assert len(answer["found"]) == 21
    assert set(answer["steps"].values()) == {APPLIED}
    assert (data_folder / "stored.csv").read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize("uid", USERS)
def test_what_a_worker_needs_is_left_to_it(data_folder: Path, uid: int) -> None:
    answer = probe(furnish(data_folder, uid), "allowed", uid)
    assert {name: result for name, result in answer["found"].items() if result != "done"} == {}
    assert len(answer["found"]) == 12


def test_the_probe_would_tell_if_nothing_were_confined(data_folder: Path) -> None:
    """The same attempts outside succeed, so a refusal inside means something."""
    (data_folder / "owner.key").write_text("grtu")
    assert (data_folder / "owner.key").read_text() == "grtu"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as made:
        assert made.send(b"x") == 1


def test_the_libraries_do_not_notice(data_folder: Path) -> None:
    found = probe(furnish(data_folder, 0), "libraries", 0)["found"]
    assert found == {
        "numpy": "(4, 4)",
        "scipy": "500.0",
        "sklearn": "3",
        "boosting": "3",
        "parquet": "True",
        "csv_zstd": "500",
        "forks": "3",
    }


def test_without_a_network_cut_nothing_runs_unless_allowed(data_folder: Path) -> None:
    run = furnish(data_folder, 0)
    program = (
        "import sys; from pathlib import Path; from appliance.contract.run_directory import RunDirectory;"
        "from appliance.data_plane.confinement import Confinement; from appliance.errors import ConfinementUnavailable\n"
        "run = RunDirectory(Path(sys.argv[1])); limits = run.read_assignment().limits\n"
        "print(Confinement().enclose(run, limits, allow_unconfined=True)['limits'])\n"
        "try: Confinement().enclose(run, limits, allow_unconfined=False)\n"
        "except ConfinementUnavailable as error: print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(run.path)], stdout=subprocess.PIPE, timeout=60, check=True, text=True)
    assert done.stdout.split() == [APPLIED, ConfinementUnavailable.code]
