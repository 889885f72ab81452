"""The Console's files hold together: what they name exists, every control has a label, and no recorded act lacks its words."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

from appliance.cli.root import appliance
from appliance.console.table import ROUTES
from appliance.control_plane.api.permissions import Action
from scripts.checks import pages
from tests.unit.catalogue import catalogue, entries, names, texts

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
SHELL = (STATIC / "shell.html").read_text("utf-8")
DOCUMENTS = sorted(path.name for path in STATIC.glob("*.html") if path.name != "shell.html")
MODULES = sorted(path.name for path in STATIC.glob("*.js"))
ENDS = {"model_end", "run_end", "server_start"}
"""Lines of the record that no route makes."""


def text(name: str) -> str:
    own = (STATIC / name).read_text("utf-8")
    return SHELL.replace("{content}", own) if name.endswith(".html") else own


def modules(document: str) -> set[str]:
    """Scripts of a page: its own and what they import."""
    found: set[str] = set()
    waiting = re.findall(r'<script (?:type="module" )?src="/console/([^"]+)"', text(document))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(r'\b(?:import|export \*)\b[^;]*?"/console/([^"]+\.js)"', text(name))
    return found


def exports(module: str) -> set[str]:
    """Names that a script gives to others, its own and those of the scripts that it passes on."""
    own = set(re.findall(r"export (?:async )?(?:const|function|class) (\w+)", text(module)))
    return own.union(*(exports(name) for name in re.findall(r'export \* from "/console/([^"]+)"', text(module))))


class Outline(HTMLParser):
    """Ids, controls without a label, and what a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.unlabelled: list[str] = []
        self.refused: list[str] = []
        self._labels = 0
        self._named: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        self.ids += [facts["id"] or ""] if "id" in facts else []
        self._labels += tag == "label"
        self._named |= {facts["for"]} if "for" in facts else set()
        if (
            tag in ("input", "select", "textarea")
            and not self._labels
            and not (facts.get("aria-label") or "data-say-aria-label" in facts or facts.get("id") in self._named)
        ):
            self.unlabelled.append(str(attrs))
        self.refused += [f"{tag} {name}" for name in facts if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in facts):
            self.refused.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._labels -= tag == "label"


def outline(document: str) -> Outline:
    made = Outline()
    made.feed(text(document))
    return made


def advised(kind: str) -> list[tuple[str, str]]:
    """Requests or commands that pages say do the same, with the file of the catalogue where they stand."""
    found = [(name, key, text) for name in names() for key, entry in entries(catalogue(name)) for text in texts(entry)]
    return [(name, line) for name, key, text in found if key.endswith(f".{kind}") for line in text.splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_page_names_only_elements_that_it_has(document: str) -> None:
    found = outline(document)
    assert len(found.ids) == len(set(found.ids))
    used = {
        name
        for module in modules(document)
        for pair in re.findall(r'\bpage\.(\w+)|\bpage\["([\w-]+)"\]|getElementById\("([\w-]+)"\)', text(module))
        for name in pair
        if name
    }
    assert used
    assert used <= set(found.ids)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_control_of_a_page_has_a_label_and_nothing_is_inline(document: str) -> None:
    found = outline(document)
    assert not found.unlabelled
    assert not found.refused
    assert 'rel="icon"' in text(document)
    for path in re.findall(r'"/console/([^"#]+)"', text(document)):
        assert (STATIC / path).is_file(), path


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_is_exported(module: str) -> None:
    for listed, source in re.findall(r'import \{([^}]+)\} from "/console/([^"]+)"', text(module)):
        exported = exports(source)
        wanted = {name.strip() for name in listed.split(",")}
        assert wanted <= exported, source
        body = text(module).replace(f"{{{listed}}}", "")
        assert all(re.search(rf"\b{name}\b", body) for name in wanted), "imported and not used"


def test_every_module_belongs_to_a_page() -> None:
    assert set().union(*(modules(name) for name in DOCUMENTS)) == set(MODULES)


def test_no_text_becomes_markup() -> None:
    assert pages.check(ROOT) == []


def test_every_act_that_is_recorded_has_its_words() -> None:
    told = set(json.loads(text("words/sentences.json"))["deeds"])
    assert told == {action.word for action in Action if action.recorded} | ENDS


def test_commands_that_pages_advise_exist() -> None:
    lines = advised("commands")
    assert len(lines) > 20
    for name, line in lines:
        command: click.Command = appliance
        words = line.split()[1:]
        while words and isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0))
            assert found is not None, f"{name}: {line}"
            command = found
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, f"{name}: {line}"


def test_requests_that_pages_advise_exist() -> None:
    routes = {(route.method, re.sub(r"\{[^}]+\}", "*", route.path)) for route in ROUTES}
    lines = advised("requests")
    assert len(lines) > 10
    for name, line in lines:
        method, _, rest = line.partition(" ")
        path, _, body = rest.partition(" ")
        assert (method, re.sub(r"/[A-Z_]{3,}", "/*", path.partition("?")[0])) in routes, f"{name}: {line}"
        assert not body or isinstance(json.loads(body), dict), f"{name}: {line}"
