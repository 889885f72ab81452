"""The catalogue of the Console's words, and where scripts and documents use it: read from their text, without running them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

STATIC = Path(__file__).parents[2] / "static"
WORDS = STATIC / "words"
FORMS = {"zero", "one", "two", "few", "many", "other"}
"""What a text's form may hang on: the plural categories of Unicode."""
KEY = "`${"
"""What stands before the strings in a template without spaces, which makes a key or an address."""
_COMMENT = re.compile(r"(?<![:\"'`\\/])//[^\n]*|/\*.*?\*/", re.DOTALL)
_HOLE = re.compile(r"\{(\w+)(?:\|[^{}]*)?\}")


def names() -> list[str]:
    """The files of the catalogue that hold texts."""
    return sorted(path.stem for path in WORDS.glob("*.json") if path.stem != "language")


def catalogue(name: str) -> object:
    """One file of it."""
    found: object = json.loads((WORDS / f"{name}.json").read_text("utf-8"))
    return found


def entries(part: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every text with its key: a sentence, a list of them, or an object of plural forms."""
    if isinstance(part, dict) and not part.keys() <= FORMS:
        for name, inner in part.items():
            yield from entries(inner, f"{path}.{name}" if path else name)
    else:
        yield path, part


def texts(entry: object) -> list[str]:
    """The sentences of an entry."""
    if isinstance(entry, str):
        return [entry]
    return [text for inner in (entry.values() if isinstance(entry, dict) else entry) for text in texts(inner)]  # type: ignore[attr-defined]


def holes(text: str) -> set[str]:
    """Names of the values that a text needs."""
    return set(_HOLE.findall(re.sub(r"`[^`]*`", "", text)))


def stray(text: str) -> str:
    """What is left of a text's braces, brackets and backticks when every pair is taken out: nothing, when it is sound."""
    rest = re.sub(r"`[^`]*`", "", text)
    rest = re.sub(r"\[[^\[\]]*\]", "", _HOLE.sub("", rest))
    return re.sub(r"[^{}`]", "", rest)


class Use(NamedTuple):
    """One place that asks for a text. `pattern` matches its key, which is `exact` or made by a template; `given`: its values, if known."""

    module: str
    file: str
    pattern: str
    exact: bool
    given: set[str] | None


def code(module: str) -> str:
    """A script without its comments."""
    return _COMMENT.sub("", (STATIC / module).read_text("utf-8"))


def literals(source: str) -> list[tuple[str, str]]:
    """Every string of a script and the fixed parts of every template, with what stands just before it."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(source):
        if source[at] not in "\"'`":
            at += 1
            continue
        end = _after_string(source, at)
        before, inner = source[max(0, at - 40) : at], source[at + 1 : end - 1]
        if source[at] == "`":
            key = " " not in "".join(_fixed(inner))
            found += [(part, KEY if key else before) for part in _fixed(inner)]
            found += [(text, KEY if key else near) for hole in _holes(inner) for text, near in literals(hole)]
        else:
            found.append((inner, before))
        at = end
    return found


def _spans(template: str) -> list[tuple[int, int]]:
    """Where the holes of a template stand."""
    found, at = [], template.find("${")
    while at >= 0:
        end = _until(template, at + 2, "}") + 1
        found.append((at, end))
        at = template.find("${", end)
    return found


def _holes(template: str) -> list[str]:
    return [template[start + 2 : end - 1] for start, end in _spans(template)]


def _fixed(template: str) -> list[str]:
    edges = [0, *(edge for span in _spans(template) for edge in span), len(template)]
    return [template[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _until(source: str, start: int, ends: str) -> int:
    """Where the expression that begins at `start` ends: at one of `ends` outside of every bracket and string."""
    depth, at = 0, start
    while at < len(source):
        letter = source[at]
        if letter in "\"'`":
            at = _after_string(source, at)
            continue
        if depth == 0 and letter in ends:
            return at
        depth += (letter in "([{") - (letter in ")]}")
        at += 1
    return at


def _after_string(source: str, at: int) -> int:
    quote, at = source[at], at + 1
    while at < len(source) and source[at] != quote:
        if source[at] == "\\":
            at += 1
        elif quote == "`" and source.startswith("${", at):
            at = _until(source, at + 2, "}")
        at += 1
    return at + 1


def imports(source: str) -> dict[str, str]:
    """Files of the catalogue that a script imports, by the name that it gives them."""
    return dict(re.findall(r'import (\w+) from "(?:/console|\.)/words/([\w-]+)\.json"', source))


def sayers(source: str) -> dict[str, tuple[str, str]]:
    """Functions of a script that say texts: the file of each and the key in it under which its texts are."""
    files = imports(source)
    made = re.findall(r"\b(\w+) = sayer\((\w+)((?:\.\w+)*)\)", source)
    return {name: (files[variable], path.lstrip(".")) for name, variable, path in made if variable in files}


def _keys(argument: str) -> list[tuple[str, bool]]:
    """Patterns of the keys that an argument may be: its strings, and its templates with anything in their holes."""
    choice = argument.partition("?")[2] if re.match(r"[^\"'`]*\?", argument) else argument
    choice = re.sub(r'[!=]== "[^"]*"', "", choice)
    found = [(re.escape(text), True) for text in re.findall(r'"([\w.-]+)"', re.sub(r"`[^`]*`", "", choice))]
    for template in re.findall(r"`([^`]*)`", choice):
        parts = _fixed(template)
        found.append((r"[\w.-]+".join(map(re.escape, parts)), len(parts) == 1))
    return found


def _given(argument: str) -> set[str] | None:
    """Names of an object that is written out; None where it cannot be read so."""
    text = argument.strip()
    if not text:
        return set()
    if not text.startswith("{") or "..." in text:
        return None
    found, at = set(), text.index("{") + 1
    while at < len(text) - 1:
        end = _until(text, at, ",}")
        match = re.match(r"\s*(\w+)", text[at:end])
        found |= {match[1]} if match else set()
        at = end + 1
    return found


def uses(module: str) -> Iterator[Use]:
    """Every text that a script asks for."""
    source = code(module)
    for name, (file, prefix) in sayers(source).items():
        lead = re.escape(f"{prefix}.") if prefix else ""
        for call in re.finditer(rf"\b{name}(?:\.nodes|\.each)?\(", source):
            end = _until(source, call.end(), ",)")
            rest = source[end + 1 : _until(source, end + 1, ")")] if source[end : end + 1] == "," else ""
            for pattern, exact in _keys(source[call.end() : end]):
                yield Use(module, file, lead + pattern, exact, _given(rest))


class Words(HTMLParser):
    """What a document says by the catalogue (`keys`, `same`), and what it says by itself (`own`)."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.keys: set[str] = set()
        self.same: set[str] = set()
        self.own: list[str] = []
        self._inside: list[str] = []
        self.feed((STATIC / document).read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside += [tag] if tag in ("noscript", "code", "pre", "kbd", "title") else []
        for name, value in attrs:
            if name == "data-same":
                self.same.add(value or "")
            elif name.startswith("data-say"):
                self.keys.add(value or "")
            elif name in ("aria-label", "title", "placeholder", "alt") and re.search(r"[^\W\d_]{2}", value or ""):
                self.own.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and re.search(r"[^\W\d_]", data):
            self.own.append(data.strip())
