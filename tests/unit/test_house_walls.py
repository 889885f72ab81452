"""Every wall of the design is one that a planted import runs into."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.checks import walls


def plant(root: Path, path: str, text: str) -> None:
    """One file of a small tree."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")


def rules(root: Path) -> set[str]:
    return {finding.rule for finding in walls.check(root)}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("appliance/contract/job.py", "from appliance.configurations import configuration"),
        ("appliance/configurations/rules.py", "import appliance.control_plane.store"),
        ("appliance/control_plane/store/jobs.py", "from appliance.control_plane.scheduler import policy"),
        ("appliance/control_plane/launchers/local.py", "from ..store import jobs"),
        ("appliance/control_plane/artifact_store/local.py", "def keep():\n    from appliance.control_plane.api import auth"),
        ("appliance/control_plane/api/jobs.py", "from appliance.data_plane.tables import schema"),
        ("appliance/control_plane/scheduler/policy.py", "import importlib\nimportlib.import_module('appliance.control_plane.server')"),
        ("appliance/data_plane/worker.py", "from appliance.settings import Settings"),
        ("appliance/data_plane/worker.py", "from appliance import control_plane"),
        ("appliance/cli/serve.py", "from appliance.control_plane.store import Store"),
        ("appliance/errors.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from appliance.contract import job"),
    ],
)
def test_an_import_against_the_order_is_found(tmp_path: Path, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    assert "wall" in rules(tmp_path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("appliance/control_plane/scheduler/policy.py", "import sqlite3"),
        ("appliance/control_plane/scheduler/policy.py", "import asyncio"),
        ("appliance/control_plane/store/jobs.py", "from litestar import get"),
        ("appliance/cli/serve.py", "import litestar.config"),
        ("appliance/control_plane/api/jobs.py", "import numpy as np"),
        ("appliance/control_plane/api/jobs.py", "def preview():\n    import pyarrow.csv"),
        ("appliance/configurations/rules.py", "from sklearn.tree import DecisionTreeRegressor"),
        ("appliance/control_plane/artifact_store/local.py", "from scipy import stats"),
        ("appliance/control_plane/server.py", "import httpx"),
        ("appliance/control_plane/server.py", "from urllib import request"),
        ("appliance/data_plane/models/archive.py", "import pickle"),
        ("appliance/control_plane/scheduler/capacity.py", "import subprocess"),
    ],
)
def test_a_library_outside_its_room_is_found(tmp_path: Path, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    assert rules(tmp_path) == {"library"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("appliance/control_plane/server.py", "import os\nos.fork()"),
        ("appliance/data_plane/worker.py", "from os import fork\nfork()"),
        ("appliance/data_plane/zygote.py", "import os\nos.posix_spawn('x', [], {})"),
        ("appliance/control_plane/scheduler/capacity.py", "import anyio\nasync def f():\n    await anyio.run_process('x')"),
        ("appliance/configurations/rules.py", "import os\nos.execv('x', [])"),
    ],
)
def test_a_process_started_elsewhere_is_found(tmp_path: Path, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    assert rules(tmp_path) == {"process"}


def test_a_file_outside_the_rooms_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "appliance/extras.py", "")
    assert rules(tmp_path) == {"room"}


def test_a_circle_of_imports_is_found_and_named(tmp_path: Path) -> None:
    plant(tmp_path, "appliance/data_plane/one.py", "from appliance.data_plane import two")
    plant(tmp_path, "appliance/data_plane/two.py", "from appliance.data_plane.three import x")
    plant(tmp_path, "appliance/data_plane/three.py", "import appliance.data_plane.one")
    (finding,) = walls.check(tmp_path)
    assert finding.rule == "cycle"
    assert finding.message.count("imports") == 3


def test_a_deferred_import_and_a_package_that_shows_its_modules_make_no_circle(tmp_path: Path) -> None:
    plant(tmp_path, "appliance/data_plane/__init__.py", "from appliance.data_plane.one import x")
    plant(tmp_path, "appliance/data_plane/one.py", "from appliance.data_plane import two\nx = 1")
    plant(tmp_path, "appliance/data_plane/two.py", "def later():\n    from appliance.data_plane.one import x")
    assert walls.check(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("appliance/control_plane/store/jobs.py", "import sqlite3\nfrom appliance.contract.job import Kind"),
        ("appliance/control_plane/server.py", "import litestar\nfrom appliance.control_plane.launchers.local import LocalLauncher"),
        ("appliance/control_plane/launchers/local.py", "import subprocess, os\nos.posix_spawn('x', [], {})"),
        ("appliance/data_plane/zygote.py", "import os\nos.fork()\nimport numpy"),
        (
            "appliance/cli/serve.py",
            "from appliance.control_plane import server\nfrom appliance.control_plane.server import serve\nimport httpx",
        ),
        ("appliance/cli/worker.py", "import os\nos.execv('x', [])"),
        ("appliance/__init__.py", "__version__ = '1'"),
    ],
)
def test_what_the_design_allows_passes(tmp_path: Path, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    assert walls.check(tmp_path) == []


def test_every_package_of_the_tree_is_a_room() -> None:
    root = Path(__file__).resolve().parents[2]
    packages = {path.parent.relative_to(root / "appliance").as_posix().replace("/", ".") for path in root.glob("appliance/*/__init__.py")}
    assert packages <= set(walls.ROOMS) | {"control_plane"}
