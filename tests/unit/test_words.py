"""The Console's words: every text that is asked for is in the catalogue, every text there is asked for, and none stands in the code."""

from __future__ import annotations

import re

import pytest

from tests.unit.catalogue import KEY, STATIC, Words, catalogue, code, entries, holes, imports, literals, names, sayers, stray, texts, uses

DOCUMENTS = sorted(path.name for path in STATIC.glob("*.html") if path.name != "shell.html")
MODULES = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js"))
SCRIPT = re.compile(r'<script type="module" src="/console/([^"]+)"')
COMMANDS = re.compile(
    r"^\n?(curl |appliance |(models|records|projects|artifacts) (\w+ ?|$)|import |print\(|gretel|project|requests\.|eval |-X |-H |--\w)"
)
"""Strings that are programs, to be copied."""
SELECTING = re.compile(r"(querySelector(All)?|closest|matches|className[:=]?|classList\.\w+|toggle|getPropertyValue)\W*$")
PROPER = {"Appliance", "· Appliance", "Python", "SEQ:DIGEST"}
BROWSER = {"Chrome", "Edge", "Firefox", "Safari", "Opera", "Android", "Windows", "Linux", "mac os", "Notification", "Files"}
"""Names that are the same in every language, and those of browsers."""
KEYBOARD = {"Enter", "Escape", "Tab", "Home", "End", "Delete", "Backspace", "Space", "Shift", "Control", "Alt", "Meta"}
MESSAGES = {"The catalogue has no text for "}
"""Said to those who write pages, never to those who read them."""


def classes() -> set[str]:
    """Names that style sheets know, which stand in scripts with spaces between them."""
    sheets = "".join(path.read_text("utf-8") for path in STATIC.glob("*.css"))
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", sheets))


def spoken(text: str, before: str) -> bool:
    """Whether a string of a script reads like something that is said to a person."""
    plain = text.replace("\\n", "\n").strip()
    if COMMANDS.match(plain) or SELECTING.search(before) or plain in PROPER | BROWSER | KEYBOARD or text in MESSAGES:
        return False
    if re.search(r"\b(textContent|ariaLabel|placeholder|title|alt)\s*[:=]\s*$", before) and re.search(r"[^\W\d_]{2}", plain):
        return True
    two_words = re.search(r"[^\W\d_]{2,},? [^\W\d_]{2,}", plain)
    if two_words and re.search(r"[#>\[\]=<;]", plain) is None:
        return not set(plain.split()) <= classes()
    return before != KEY and re.fullmatch(r"[A-Z][a-z]{2,}[.!?:…]?", plain) is not None


@pytest.mark.parametrize("module", MODULES)
def test_every_text_that_a_script_asks_for_is_in_the_catalogue(module: str) -> None:
    for use in uses(module):
        known = dict(entries(catalogue(use.file)))
        found = [key for key in known if re.fullmatch(use.pattern, key)]
        assert found, f"{use.file}.json has no {use.pattern}"
        for key in found if use.exact and use.given is not None else []:
            needed = set().union(*(holes(text) for text in texts(known[key])))
            assert needed <= (use.given or set()), f"{key} of {use.file}.json is said without its values"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_text_that_a_document_asks_for_is_in_the_catalogue(document: str) -> None:
    said = Words(document)
    entry = SCRIPT.search((STATIC / document).read_text("utf-8"))
    assert entry is not None
    [(file, prefix)] = set(sayers(code(entry[1])).values())
    known = {key.removeprefix(f"{prefix}.") for key, _ in entries(catalogue(file))}
    assert said.keys <= known, f"{file}.json lacks them"
    assert all(any(f".{key}." in f".{one}." for one in known) for key in said.same), f"{file}.json lacks them"
    assert set(said.own) <= PROPER, "a document says words of its own"


@pytest.mark.parametrize("name", names())
def test_every_text_of_the_catalogue_is_asked_for(name: str) -> None:
    patterns = [use.pattern for module in MODULES for use in uses(module) if use.file == name]
    for module in MODULES:
        source = code(module)
        variables = [variable for variable, file in imports(source).items() if file == name]
        for variable in variables:
            for path in re.findall(rf"\b{variable}((?:\.\w+)+)", source):
                patterns += [re.escape(path.lstrip(".")) + r"(\..*)?", re.escape(path.lstrip(".").rpartition(".")[0])]
            whole = re.findall(rf"\{{([^{{}}]*)\}} = {variable}\b", source)
            patterns += [rf"{part}(\..*)?" for names_of in whole for part in re.findall(r"(\w+)(?::| ?[,}]|\s*$)", names_of)]
        if variables:
            patterns += [re.escape(text) for text, _ in literals(source) if re.fullmatch(r"[\w.-]+", text)]
    if name == "docs":
        patterns += map(re.escape, re.findall(r"\{([\w-]+)\}", (STATIC / "docs" / "page.html").read_text("utf-8")))
    for document in DOCUMENTS:
        entry = SCRIPT.search((STATIC / document).read_text("utf-8"))
        if entry and name in imports(code(entry[1])).values():
            said = Words(document)
            patterns += [re.escape(key) for key in said.keys] + [rf"(.*\.)?{re.escape(key)}(\..*)?" for key in said.same]
    every = re.compile("|".join(patterns) or "(?!)")
    assert [key for key, _ in entries(catalogue(name)) if not every.fullmatch(key)] == [], "nobody says them"


@pytest.mark.parametrize("name", names())
def test_every_text_is_whole(name: str) -> None:
    for key, entry in entries(catalogue(name)):
        found = texts(entry)
        assert key.endswith("heads") or all(text.strip() for text in found), key
        if re.search(r"(requests|commands|rest|cli|python)$", key):
            continue
        assert [text for text in found if stray(text)] == [], key
        if isinstance(entry, dict):
            assert "other" in entry, key
            assert len({frozenset(holes(text) - {"n"}) for text in found}) == 1, f"{key}: its forms need other values"


@pytest.mark.parametrize("module", MODULES)
def test_no_words_stand_in_a_script(module: str) -> None:
    assert [text for text, before in literals(code(module)) if spoken(text, before)] == []


@pytest.mark.parametrize("text", ["Nothing yet this month.", "Delete it?", "Save", "no limit", "The job {n} ended"])
def test_words_in_a_script_would_be_found(text: str) -> None:
    assert spoken(text, "said(")
    assert not spoken(f"appliance {text}", "said(")
