"""Habits of the code: narrow excepts, no sleeping, time and chance as parameters, names of the field, nothing unfinished."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.checks.source import Finding, Source, called, dotted, files, nodes, sources

BROAD_BORDERS = ("appliance/control_plane/api/", "appliance/control_plane/store/", "appliance/data_plane/worker.py")
"""The request, the intent and the worker's main: one broad except each."""
HEARTBEAT = "appliance/data_plane/heartbeat.py"
CLOCK = "appliance/clock.py"
FORBIDDEN_NAMES = frozenset({"util", "utils", "helper", "helpers", "manager", "managers", "base", "common", "misc", "stuff"})

TOP_LEVEL = frozenset(
    {
        *("appliance", "static", "scripts", "tests", "pyproject.toml", "README.md", "LICENSE", "NOTICE", "CHANGELOG.md"),
        *("requirements.lock", "requirements-test.lock", "requirements-build.lock"),
        *("build", "dist"),  # made by tools, ignored by git
    }
)

_BROAD = ("Exception", "BaseException", "builtins.Exception", "builtins.BaseException")
_CHANCE = re.compile(r"(random|secrets|uuid)\.\w+|os\.urandom|numpy\.random\.(seed|rand|randn|randint|random|choice|shuffle|permutation)")
_WALL_CLOCK = re.compile(r"time\.(time|time_ns|localtime|gmtime|ctime)|(datetime\.)?(datetime|date)\.(now|utcnow|today)")
_SEEDED = ("random.Random", "uuid.UUID", "uuid.uuid5", "uuid.uuid3", "secrets.compare_digest")
_UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def check(root: Path) -> list[Finding]:
    """Every bad habit of the package; forbidden file names everywhere."""
    found: list[Finding] = []
    package = sources(root, "appliance")
    for source in sources(root, "tests"):
        found += _waits(source)
    for source in package:
        found += _sleeps(source)
        found += _time_and_chance(source)
        found += _unfinished(source)
    return [*found, *_broad(package), *_names(root), *_top_level(root)]


def _broad(package: list[Source]) -> Iterator[Finding]:
    seen: set[str] = set()
    for source in package:
        border = next((place for place in BROAD_BORDERS if source.path.startswith(place)), None)
        for line in sorted(_broad_lines(source)):
            if border is None:
                yield Finding(source.path, line, "broad", "a broad except outside the three borders (request, intent, worker main)")
            elif border in seen:
                yield Finding(source.path, line, "broad", f"a second broad except at the border {border}")
            else:
                seen.add(border)


def _broad_lines(source: Source) -> Iterator[int]:
    for node in nodes(source.tree):
        if isinstance(node, ast.ExceptHandler):
            types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or dotted(kind) in _BROAD for kind in types):
                yield node.lineno
        elif isinstance(node, ast.Call) and called(node).endswith("suppress") and any(dotted(kind) in _BROAD for kind in node.args):
            yield node.lineno


def _sleeps(source: Source) -> Iterator[Finding]:
    if source.path == HEARTBEAT:
        return
    for node in nodes(source.tree):
        if isinstance(node, ast.Call) and called(node) in ("time.sleep", "sleep"):
            yield Finding(source.path, node.lineno, "sleep", "nothing sleeps in a thread")
        elif isinstance(node, ast.While):
            for call in (inner for inner in ast.walk(node) if isinstance(inner, ast.Call)):
                if called(call) in ("asyncio.sleep", "anyio.sleep") and not _is_zero(call) and not _backs_off(call):
                    yield Finding(source.path, call.lineno, "sleep", "nothing polls: wait for the event itself")


def _waits(source: Source) -> Iterator[Finding]:
    """Tests wait on signals: a pipe, an event. (`anyio.sleep` is let through: under a test's own clock it takes no time.)"""
    for node in nodes(source.tree):
        if isinstance(node, ast.Call) and called(node) in ("time.sleep", "sleep", "asyncio.sleep") and not _is_zero(node):
            yield Finding(source.path, node.lineno, "sleep", "a test waits on a signal, never on the clock")


def _is_zero(call: ast.Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def _backs_off(call: ast.Call) -> bool:
    """A pause after a failure, before the next try: its length is a constant that is named so."""
    return any(isinstance(node, ast.Name) and re.search(r"BACKOFF|RETRY", node.id) for node in ast.walk(call))


def _time_and_chance(source: Source) -> Iterator[Finding]:
    if source.path == CLOCK:
        return
    imported = _imported(source)
    for node in nodes(source.tree):
        name = called(node) if isinstance(node, ast.Call) else ""
        if name.partition(".")[0] not in imported or not isinstance(node, ast.Call):
            continue
        name = imported[name.partition(".")[0]] + "".join(name.partition(".")[1:])
        if _WALL_CLOCK.fullmatch(name):
            yield Finding(source.path, node.lineno, "clock", f"{name}: the time comes from a Clock parameter")
        elif _CHANCE.fullmatch(name) and name not in _SEEDED:
            yield Finding(source.path, node.lineno, "chance", f"{name}: chance comes from a Random parameter or a seed")
        elif name.endswith("default_rng") and not (node.args or node.keywords):
            yield Finding(source.path, node.lineno, "chance", f"{name} without a seed")


def _imported(source: Source) -> dict[str, str]:
    """Local names of what the file imports, and what they stand for: `from time import time as t` is t: time.time."""
    found: dict[str, str] = {}
    for node in nodes(source.tree):
        if isinstance(node, ast.Import):
            found |= {
                alias.asname or alias.name.partition(".")[0]: alias.name if alias.asname else alias.name.partition(".")[0]
                for alias in node.names
            }
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _unfinished(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if _UNFINISHED.search(line):
            yield Finding(source.path, number, "unfinished", "an unfinished mark")
    for node in nodes(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_stub(node):
            yield Finding(source.path, node.lineno, "unfinished", "a stub: the room is not built")


def _is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Nothing but a docstring and `raise NotImplementedError`."""
    last = function.body[-1]
    raises = isinstance(last, ast.Raise) and last.exc is not None and "NotImplementedError" in ast.unparse(last.exc)
    return raises and len(function.body) == (1 if ast.get_docstring(function) is None else 2)


def _names(root: Path) -> Iterator[Finding]:
    for path in files(root, "*", "appliance", "scripts", "tests", "static"):
        names = {path.stem.removeprefix("test_"), *path.relative_to(root).parts[:-1]}
        if names & FORBIDDEN_NAMES:
            yield Finding(path.relative_to(root).as_posix(), 0, "name", "a file is named after what it holds: a noun of the field")


def _top_level(root: Path) -> Iterator[Finding]:
    for path in sorted(root.iterdir()):
        if not path.name.startswith(".") and path.name not in TOP_LEVEL:
            yield Finding(path.name, 0, "place", "the top level of the checkout is fixed; this belongs into one of its folders")
