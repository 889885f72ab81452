"""What every check reads and says: the parsed files of a tree, and findings."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Finding(NamedTuple):
    """One fault of the tree. `path` is relative to the checkout; `line` is 0 where a whole file is meant."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


class Source(NamedTuple):
    """One Python file: where it is, what it is called and what it says."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The dotted name: `appliance/cli/serve.py` is `appliance.cli.serve`, a package is its folder."""
        parts = self.path.removesuffix(".py").split("/")
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def is_package(self) -> bool:
        """True for an `__init__.py`."""
        return self.path.endswith("__init__.py")


@functools.cache
def _parse(path: Path, name: str) -> Source:
    text = path.read_text("utf-8")
    return Source(name, text, ast.parse(text, name))


def sources(root: Path, *folders: str) -> list[Source]:
    """Every Python file below the folders of `root`, in order. Raises SyntaxError for a file that cannot be parsed."""
    return [_parse(path, path.relative_to(root).as_posix()) for path in files(root, "*.py", *folders)]


@functools.cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Every node of a file, walked once for all checks."""
    return tuple(ast.walk(tree))


def files(root: Path, pattern: str, *folders: str) -> Iterator[Path]:
    """Every file below the folders of `root` that matches, in order, without caches."""
    for folder in folders:
        found = sorted((root / folder).rglob(pattern))
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def called(node: ast.Call) -> str:
    """The dotted name that a call is written with: `os.path.join`, or the empty string for anything else than names."""
    return dotted(node.func)


def dotted(node: ast.expr) -> str:
    """A chain of names as text: `a.b.c`, or the empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
