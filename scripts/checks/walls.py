"""Imports point one way. What a room may see, which libraries belong to one room only, and that no modules import in a circle."""

from __future__ import annotations

import ast
import functools
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.checks.source import Finding, Source, called, nodes, sources

_LEAVES = ("errors", "settings", "clock", "audit", "contract")

ROOMS: dict[str, tuple[str, ...]] = {
    "errors": (),
    "clock": ("errors",),
    "audit": (),
    "contract": ("errors", "clock"),
    "settings": ("errors", "clock", "contract"),
    "configurations": _LEAVES,
    "control_plane.store": (*_LEAVES, "configurations"),
    "control_plane.artifact_store": (*_LEAVES, "configurations", "control_plane.store"),
    "control_plane.launchers": _LEAVES,
    "control_plane.scheduler": (
        *_LEAVES,
        "configurations",
        "control_plane.store",
        "control_plane.artifact_store",
        "control_plane.launchers",
    ),
    "control_plane.workflows": (
        *_LEAVES,
        "configurations",
        "control_plane.store",
        "control_plane.artifact_store",
        "control_plane.scheduler",
    ),
    "control_plane.api": (
        *_LEAVES,
        "configurations",
        "control_plane.store",
        "control_plane.artifact_store",
        "control_plane.scheduler",
        "control_plane.workflows",
    ),
    "people": (*_LEAVES, "control_plane.store", "control_plane.api"),
    "console": (
        *_LEAVES,
        "configurations",
        "control_plane.store",
        "control_plane.artifact_store",
        "control_plane.scheduler",
        "control_plane.api",
        "people",
    ),
    "administration": (*_LEAVES, "control_plane.store", "control_plane.artifact_store", "control_plane.api", "people"),
    "control_plane.server": (*_LEAVES, "configurations", "control_plane", "people", "console", "administration"),
    "data_plane": ("errors", "clock", "contract", "configurations"),
    "cli": (*_LEAVES, "configurations", "control_plane.server"),
    "__main__": (*_LEAVES, "cli"),
}
"""Each room of the package and the rooms it may import, besides itself. A package's own `__init__` belongs to the room."""


class Library(NamedTuple):
    """Libraries that only some places may import, and why."""

    names: tuple[str, ...]
    places: tuple[str, ...]
    reason: str


LIBRARIES = (
    Library(("sqlite3", "aiosqlite"), ("control_plane.store",), "the store is the only door to SQLite"),
    Library(("litestar", "starlette"), ("control_plane.api", "control_plane.server"), "only the API knows the web framework"),
    Library(
        ("numpy", "scipy", "sklearn", "pyarrow", "pandas", "polars", "duckdb", "joblib"),
        ("data_plane",),
        "only workers can read a table",
    ),
    Library(("faker", "phonenumbers", "hyperscan"), ("data_plane",), "only workers look at values or make them up"),
    Library(("cryptography",), ("data_plane", "control_plane.store.transform_keys"), "a cipher serves FPE and the seal, nothing else"),
    Library(("re2",), ("data_plane", "configurations"), "patterns of users are checked where they come in and run where the data is"),
    Library(("markdown_it",), ("console.docs",), "the docs are the only text that becomes markup"),
    Library(("jinja2",), (), "a template engine can be broken out of; expressions have a parser and an evaluator of their own"),
    Library(
        ("httpx", "requests", "aiohttp", "urllib3", "urllib.request", "http.client"),
        ("cli", "data_plane.remote", "data_plane.remote_wire"),
        "nothing connects anywhere that the user did not name",
    ),
    Library(("pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"), (), "nothing is ever unpickled"),
    Library(
        ("asyncio", "trio"),
        (
            "control_plane.api",
            "control_plane.server",
            "control_plane.store",
            "control_plane.artifact_store",
            "control_plane.launchers",
            "people",
            "console",
            "administration",
            "cli",
        ),
        "the scheduler runs on anyio, so that tests own its clock",
    ),
    Library(
        ("subprocess", "multiprocessing", "pty", "concurrent.futures.process"),
        ("control_plane.launchers", "cli"),
        "in the control plane only launchers start processes",
    ),
)

_STARTS = (
    *(
        "asyncio.create_subprocess_exec",
        "asyncio.create_subprocess_shell",
        "anyio.run_process",
        "anyio.open_process",
        "anyio.to_process.run_sync",
    ),
    *(
        "os.system",
        "os.popen",
        "os.posix_spawn",
        "os.posix_spawnp",
        "os.startfile",
        "ProcessPoolExecutor",
        "concurrent.futures.ProcessPoolExecutor",
    ),
)
_START_PREFIXES = ("os.spawn", "os.exec")
_FORKS = ("os.fork", "os.forkpty", "fork", "forkpty")


class Import(NamedTuple):
    """One imported module name, as far as the text says: `from a import b` yields both `a` and `a.b`."""

    name: str
    line: int
    deferred: bool
    """Inside a function or under TYPE_CHECKING: not executed when the module is imported."""
    taken_from: str = ""
    """For `b` of `from a import b`: `a`."""


@functools.cache
def imports(source: Source) -> tuple[Import, ...]:
    """Every import of a file: statements anywhere in it, and `import_module` with a literal."""
    return tuple(_imports(source))


def _imports(source: Source) -> Iterator[Import]:
    deferred = {id(node) for scope in nodes(source.tree) if _defers(scope) for node in ast.walk(scope)}
    for node in nodes(source.tree):
        late = id(node) in deferred
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(source, node)
            yield Import(origin, node.lineno, late)
            yield from (Import(f"{origin}.{alias.name}", node.lineno, late, origin) for alias in node.names)
        elif isinstance(node, ast.Call) and called(node).rpartition(".")[2] in ("import_module", "__import__"):
            literal = node.args[0] if node.args else None
            if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
                yield Import(literal.value, node.lineno, late)


def _defers(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def _origin(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.module.split(".")
    kept = len(package) - node.level + (1 if source.is_package else 0)
    return ".".join([*package[:kept], *([node.module] if node.module else [])])


def _inside(name: str, places: Iterable[str]) -> bool:
    return any(name == place or name.startswith(place + ".") for place in places)


def room_of(name: str) -> str | None:
    """The room of a name below `appliance.` (without that prefix); None for the package itself or a name that is no room."""
    return next((room for room in ROOMS if _inside(name, (room,))), None)


def check(root: Path) -> list[Finding]:
    """Every import or call of the package that crosses a wall."""
    found: list[Finding] = []
    tree = sources(root, "appliance")
    for source in tree:
        name = source.module.removeprefix("appliance").removeprefix(".")
        found += _rooms(source, name)
        found += _libraries(source, name)
        found += _processes(source, name)
    return [*found, *_cycles(tree)]


def _rooms(source: Source, name: str) -> Iterator[Finding]:
    room = room_of(name)
    if room is None and not source.is_package:
        yield Finding(source.path, 0, "room", "this file is in no room of the design")
        return
    allowed = (*ROOMS[room], room) if room else ()
    for line, target in sorted({(found.line, found.name) for found in imports(source)}):
        if target.startswith("appliance.") and not _permitted(target.removeprefix("appliance."), allowed):
            yield Finding(source.path, line, "wall", f"{room or 'a package of rooms'} must not import {target}")


def _permitted(target: str, allowed: tuple[str, ...]) -> bool:
    """Inside an allowed room, or a package that leads to one (`from appliance.control_plane import server` names both)."""
    return _inside(target, allowed) or any(_inside(place, (target,)) for place in allowed) or target in ("__version__",)


def _libraries(source: Source, name: str) -> Iterator[Finding]:
    for found in imports(source):
        for library in LIBRARIES:
            if found.name in library.names or any(found.name.startswith(known + ".") for known in library.names):
                if not _inside(name, library.places):
                    yield Finding(source.path, found.line, "library", f"{found.name} does not belong here: {library.reason}")
                break


def _processes(source: Source, name: str) -> Iterator[Finding]:
    forks = _inside(name, ("data_plane.zygote", "data_plane.synthesis.processes"))
    starts = _inside(name, ("control_plane.launchers", "cli"))
    for node in nodes(source.tree):
        call = called(node) if isinstance(node, ast.Call) else ""
        if call in _FORKS and not forks:
            yield Finding(source.path, node.lineno, "process", f"{call}: only the zygote and sampling fork")  # type: ignore[attr-defined]
        if (call in _STARTS or call.startswith(_START_PREFIXES)) and not starts:
            yield Finding(source.path, node.lineno, "process", f"{call}: in the control plane only launchers start processes")  # type: ignore[attr-defined]


def _cycles(tree: list[Source]) -> Iterator[Finding]:
    """Modules that import each other while they are being imported; deferred imports do not count."""
    modules = {source.module: source for source in tree}
    edges = {name: _needs(source, modules) for name, source in modules.items()}
    done: set[str] = set()
    for start in edges:
        circle = _circle(start, edges, done)
        if circle:
            yield Finding(modules[start].path, 0, "cycle", " imports ".join(circle))
            done.update(circle)


def _needs(source: Source, modules: Container[str]) -> list[str]:
    """The modules that must be complete, or at least begun, before this one: `from package import module` needs the module only."""
    found = [entry for entry in imports(source) if not entry.deferred]
    packages = {entry.taken_from for entry in found if entry.taken_from and entry.name in modules}
    named = {entry.taken_from for entry in found if entry.taken_from and entry.name not in modules}
    needed = {entry.name for entry in found if entry.name in modules}
    return sorted(needed - (packages - named) - {source.module})


def _circle(start: str, edges: dict[str, list[str]], done: set[str]) -> list[str]:
    """The first circle reached from `start` by depth-first search; fully explored modules go to `done`."""
    trail: list[str] = []
    todo = [(start, False)]
    while todo:
        name, leaving = todo.pop()
        if leaving:
            trail.remove(name)
            done.add(name)
        elif name in trail:
            return [*trail[trail.index(name) :], name]
        elif name not in done:
            trail.append(name)
            todo.append((name, True))
            todo += [(target, False) for target in edges[name] if target not in done]
    return []
