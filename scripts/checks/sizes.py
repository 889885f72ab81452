"""Short functions, short files, a core that can be read in an hour."""

from __future__ import annotations

import ast
import io
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.checks.source import Finding, Source, files, nodes, sources

FUNCTION_LINES = 60
FILE_LINES = 500
LONG_FILE_LINES = 300
CORE_LINES = 5000
CORE = "appliance/control_plane"
FAR = ("appliance/control_plane/workflows/", "appliance/control_plane/launchers/slurm", "appliance/control_plane/launchers/ray")
"""Parts of the control plane that the core's size leaves out: workflows and launchers for other machines."""

_IDLE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER)


class Spread(NamedTuple):
    """Median, ninetieth percentile and maximum of some sizes."""

    median: float
    p90: float
    largest: int

    def __str__(self) -> str:
        return f"{self.median:.0f} / {self.p90:.0f} / {self.largest}"


def spread(sizes: list[int]) -> Spread:
    """The spread of a list of sizes; zeros for an empty one."""
    if not sizes:
        return Spread(0, 0, 0)
    ordered = sorted(sizes)
    return Spread(statistics.median(ordered), ordered[int(0.9 * (len(ordered) - 1))], ordered[-1])


def functions(source: Source) -> Iterator[tuple[str, int, int]]:
    """Name, first line and number of lines of every function, decorators left out."""
    for node in nodes(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1


def code_lines(text: str, tree: ast.Module) -> int:
    """Lines that hold code: no blanks, no comments, no docstrings."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _IDLE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def core_lines(root: Path) -> int:
    """Code lines of the control plane without its far parts."""
    return sum(code_lines(source.text, source.tree) for source in sources(root, CORE) if not source.path.startswith(FAR))


def check(root: Path) -> list[Finding]:
    """Every function, file or core that is too long."""
    found = []
    for source in sources(root, "appliance", "scripts", "tests"):
        for name, line, size in functions(source):
            if size > FUNCTION_LINES:
                found.append(Finding(source.path, line, "size", f"{name} has {size} lines; {FUNCTION_LINES} are allowed"))
    for path, size in file_sizes(root):
        if size > FILE_LINES:
            found.append(Finding(path, 0, "size", f"{size} lines; {FILE_LINES} are allowed"))
    core = core_lines(root)
    if core > CORE_LINES:
        found.append(Finding(CORE, 0, "size", f"{core} lines of code; {CORE_LINES} are allowed"))
    return found


def file_sizes(root: Path) -> list[tuple[str, int]]:
    """Lines of every file that people write by hand: Python, SQL, scripts, pages."""
    paths = [*files(root, "*.py", "appliance", "scripts", "tests"), *files(root, "*.sql", "appliance")]
    paths += [path for path in files(root, "*", "static") if path.suffix in (".js", ".css", ".html")]
    paths += [path for path in files(root, "*", "scripts", ".ci") if not path.suffix]
    return [(path.relative_to(root).as_posix(), len(path.read_text("utf-8").splitlines())) for path in paths]


def report(root: Path) -> str:
    """The table of sizes, and the files that are longer than they should be."""
    package = sources(root, "appliance")
    lines = spread([len(source.text.splitlines()) for source in package if source.text.strip()])
    bodies = spread([size for source in package for _, _, size in functions(source)])
    tests = sum(len(source.text.splitlines()) for source in sources(root, "tests"))
    total = sum(len(source.text.splitlines()) for source in package)
    text = f"sizes: {len(package)} files, {total} lines; file median / p90 / max {lines}; function {bodies}; "
    text += f"core {core_lines(root)} of {CORE_LINES} code lines; tests : package {tests / max(total, 1):.1f}"
    long = [f"{path} {size}" for path, size in file_sizes(root) if LONG_FILE_LINES < size <= FILE_LINES]
    return text + ("\nlong files: " + ", ".join(long) if long else "")
