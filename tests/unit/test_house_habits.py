"""Every habit that the checks forbid is found where it is planted, and what they allow passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.checks import habits, pages, sizes

NAP = "time." + "sleep"
MARK = "TO" + "DO"
MARKUP = "inner" + "HTML"


def plant(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("appliance/cli/a.py", "try:\n    pass\nexcept Exception:\n    pass", "broad"),
        ("appliance/cli/a.py", "try:\n    pass\nexcept (OSError, BaseException):\n    pass", "broad"),
        ("appliance/cli/a.py", "try:\n    pass\nexcept:\n    pass", "broad"),
        ("appliance/cli/a.py", "import contextlib\nwith contextlib.suppress(Exception):\n    pass", "broad"),
        (
            "appliance/data_plane/worker.py",
            "try:\n    pass\nexcept Exception:\n    try:\n        pass\n    except Exception:\n        pass",
            "broad",
        ),
        ("appliance/cli/a.py", f"import time\n{NAP}(1)", "sleep"),
        ("appliance/cli/a.py", "import anyio\nasync def f():\n    while True:\n        await anyio.sleep(0.1)", "sleep"),
        ("appliance/cli/a.py", "import time\ntime.time()", "clock"),
        ("appliance/cli/a.py", "from time import time as now\nnow()", "clock"),
        ("appliance/cli/a.py", "import datetime\ndatetime.datetime.now()", "clock"),
        ("appliance/cli/a.py", "from datetime import datetime\ndatetime.now()", "clock"),
        ("appliance/cli/a.py", "import random\nrandom.random()", "chance"),
        ("appliance/cli/a.py", "import secrets\nsecrets.token_hex(4)", "chance"),
        ("appliance/cli/a.py", "import uuid\nuuid.uuid4()", "chance"),
        ("appliance/data_plane/a.py", "import numpy as np\nnp.random.default_rng()", "chance"),
        ("appliance/data_plane/a.py", "import numpy as np\nnp.random.choice([1])", "chance"),
        ("appliance/cli/a.py", f"x = 1  # {MARK} later", "unfinished"),
        ("appliance/cli/a.py", "def f():\n    raise NotImplementedError", "unfinished"),
        ("appliance/cli/utils.py", "", "name"),
        ("appliance/common/x.py", "", "name"),
        ("tests/unit/test_helpers.py", "", "name"),
        ("static/helpers.js", "", "name"),
        ("tests/unit/test_a.py", f"import time\n{NAP}(0.1)", "sleep"),
        ("tests/unit/test_a.py", "import asyncio\nasync def test_a():\n    await asyncio.sleep(1)", "sleep"),
        ("notes.md", "", "place"),
    ],
)
def test_a_planted_habit_is_found(tmp_path: Path, path: str, text: str, rule: str) -> None:
    plant(tmp_path, path, text)
    assert [finding.rule for finding in habits.check(tmp_path)] == [rule]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("appliance/cli/a.py", "import anyio\nasync def f():\n    while True:\n        await anyio.sleep(_FIRST_BACKOFF_S)"),
        ("appliance/cli/a.py", "def hook(value):\n    if value:\n        raise NotImplementedError\n    return 1"),
        ("appliance/data_plane/worker.py", "try:\n    pass\nexcept BaseException:\n    pass"),
        ("appliance/cli/a.py", "try:\n    pass\nexcept (OSError, ValueError):\n    pass"),
        ("appliance/data_plane/heartbeat.py", f"import time\n{NAP}(5)"),
        ("appliance/clock.py", "import time\nimport secrets\ntime.time()\nsecrets.token_bytes(8)"),
        ("appliance/cli/a.py", "import anyio\nasync def f():\n    while True:\n        await anyio.sleep(0)"),
        ("appliance/cli/a.py", "def f(random, clock):\n    random.token(8)\n    clock.now()"),
        ("appliance/data_plane/a.py", "import numpy as np\nimport random\nnp.random.default_rng(7)\nrandom.Random(7)"),
    ],
)
def test_what_is_allowed_passes(tmp_path: Path, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    assert habits.check(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("a.js", f"node.{MARKUP} = text", "markup"),
        ("a.js", "document.write(text)", "markup"),
        ("a.js", "new Function(text)", "eval"),
        ("a.js", "import x from 'https://example.org/x.js'", "elsewhere"),
        ("a.html", '<script src="//example.org/x.js"></script>', "elsewhere"),
        ("a.css", "@import 'http://example.org/x.css'", "elsewhere"),
        ("a.css", "body { background: url(https://example.org/x.png) }", "elsewhere"),
        ("a.js", "x".join(["y"] * 2000), "bytes"),
        ("a.woff2", "", "bytes"),
    ],
)
def test_a_fault_of_a_page_is_found(tmp_path: Path, name: str, text: str, rule: str) -> None:
    plant(tmp_path, f"static/{name}", text)
    assert [finding.rule for finding in pages.check(tmp_path)] == [rule]


def test_a_plain_page_passes(tmp_path: Path) -> None:
    plant(
        tmp_path,
        "static/a.html",
        '<link rel="stylesheet" href="a.css"><script type="module" src="a.js"></script><a href="https://example.org">x</a>',
    )
    plant(tmp_path, "static/a.js", "import { table } from './table.js'\nnode.textContent = text")
    assert pages.check(tmp_path) == []


def body(lines: int) -> str:
    """A function of so many lines."""
    return "def f():\n" + "    x = 1\n" * (lines - 1)


def test_long_functions_and_files_are_found(tmp_path: Path) -> None:
    plant(tmp_path, "appliance/cli/a.py", body(sizes.FUNCTION_LINES + 1))
    plant(tmp_path, "appliance/cli/b.py", body(sizes.FUNCTION_LINES))
    plant(tmp_path, "tests/unit/test_c.py", "x = 1\n" * (sizes.FILE_LINES + 1))
    plant(tmp_path, "tests/unit/test_d.py", "x = 1\n" * sizes.FILE_LINES)
    plant(tmp_path, "static/e.js", "x = 1\n" * (sizes.FILE_LINES + 1))
    assert {finding.path for finding in sizes.check(tmp_path)} == {"appliance/cli/a.py", "tests/unit/test_c.py", "static/e.js"}
    assert "test_d.py 500" in sizes.report(tmp_path)


def test_the_core_is_counted_without_blanks_comments_docstrings_and_far_parts(tmp_path: Path) -> None:
    text = '"""One.\n\nTwo."""\n\n# three\nx = (\n    1,\n)\n\n\ndef f():\n    """Four."""\n    return """a\n\nb"""\n'
    plant(tmp_path, "appliance/control_plane/a.py", text)
    plant(tmp_path, "appliance/control_plane/workflows/b.py", "x = 1\n" * 100)
    plant(tmp_path, "appliance/control_plane/launchers/slurm.py", "x = 1\n" * 100)
    assert sizes.core_lines(tmp_path) == 7


def test_a_core_that_grew_too_large_is_found(tmp_path: Path) -> None:
    for number in range(11):
        plant(tmp_path, f"appliance/control_plane/store/part_{number}.py", "x = 1\n" * 455)
    assert [finding.path for finding in sizes.check(tmp_path)] == ["appliance/control_plane"]
