"""The docs say what the code says: nothing is missing, nothing is invented, every link leads somewhere, every configuration is accepted."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from appliance.cli.root import COMMANDS
from appliance.configurations import normalise
from appliance.configurations.catalogue import EXTRA_TYPES, LATER_TYPES, MODEL_TYPES
from appliance.configurations.section import Section
from appliance.configurations.template import templates
from appliance.console.docs.markdown import page_list, read_page
from appliance.console.table import ROUTES
from appliance.errors import ConfigurationRefused
from appliance.settings import Settings
from scripts.documented import commands, configuration, contract, report
from scripts.documented.blocks import DOCS, rewritten, table_of, tables_in, texts_in, without_meaning
from tests.docs_blocks import NOT_RUN, Block, blocks

PAGES = {path.stem: path.read_text("utf-8") for path in sorted(DOCS.glob("*.md"))}
READ = {name: read_page(DOCS, name) for name in PAGES}
BLOCKS = [block for name, text in PAGES.items() for block in blocks(name, text)]
TABLES = [what for text in PAGES.values() for what in tables_in(text)]
TEXTS = [what for text in PAGES.values() for what in texts_in(text)]


@pytest.mark.parametrize("name", PAGES)
def test_what_the_code_knows_stands_in_the_docs_as_it_is_now(name: str) -> None:
    assert rewritten(PAGES[name]) == PAGES[name], "run scripts/docs, and give what is new its meaning"
    assert list(without_meaning(PAGES[name])) == []


def test_no_table_stands_twice() -> None:
    assert len(TABLES) == len(set(TABLES))


@pytest.mark.parametrize(
    "kind",
    ["settings", "permissions", "errors", "top", "constraints", "predictors", "policy-transforms", "policy-attributes", "filters", "tasks"],
)
def test_what_there_is_one_table_of_has_it(kind: str) -> None:
    assert kind in TABLES
    assert table_of(kind).rows


def test_every_setting_has_an_entry_and_its_flag() -> None:
    rows = {row[0]: row for row in table_of("settings").rows}
    assert rows.keys() == set(Settings.__struct_fields__)
    (serve,) = [command for _, command in commands.commands("serve")]
    flags = {option.opts[0] for option in commands.options(serve) if option.name in rows}
    assert {row[2].strip("`") for row in rows.values()} - {"–"} == flags


def test_every_key_of_every_type_has_an_entry() -> None:
    told = [MODEL_TYPES[what.partition(" ")[2]] for what in TABLES if what.startswith("type ")]
    assert set(told) == set(MODEL_TYPES.values())
    assert {what.partition(" ")[2] for what in TABLES if what.startswith("section ")} == set(configuration.SECTIONS)


def test_every_section_of_the_language_is_in_some_table() -> None:
    """A section that no type and no table reaches has keys that nobody can look up."""
    idle = {kind for name in EXTRA_TYPES for kind in below(EXTRA_TYPES[name])}
    reached = {one for kind in (*MODEL_TYPES.values(), *configuration.SECTIONS.values()) for one in below(kind)}
    assert {kind for kind in subclasses(Section) if kind.__module__.startswith("appliance.")} - reached - idle == set()


def subclasses(kind: type[Section]) -> Iterator[type[Section]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def below(kind: type[Section]) -> Iterator[type[Section]]:
    """The section, what it narrows, and all sections inside it."""
    yield from (one for one in kind.__mro__ if issubclass(one, Section))
    for field in msgspec.structs.fields(kind):
        default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        if isinstance(default, Section):
            yield from below(type(default))


def test_every_kind_of_artifact_event_and_report_has_its_table() -> None:
    of = {kind: {what.partition(" ")[2] for what in TABLES if what.startswith(f"{kind} ")} for kind in ("artifacts", "events", "metrics")}
    assert of["artifacts"] == {"model", "run", "more", "inspection"}
    assert of["events"] == set(contract.event_types())
    assert of["metrics"] == {"scores", "facts", "field", "features", "measures", "transform", "classify", *report.SECTIONS}


def test_every_section_of_the_report_has_its_keys_told() -> None:
    properties = report.schema()["properties"]
    parts = {name for name, kind in properties.items() if report.inner(kind).get("properties")}
    assert parts - set(report.SECTIONS) <= set(SIMPLE)


SIMPLE = {"reference", "engine", "left_pca", "right_pca", "deep_structure", "sampling", "provenance", "synthetic_sample"}
"""Parts whose row says all that is in them."""


def test_every_error_code_of_the_code_is_found() -> None:
    codes = contract.error_codes()
    assert {"not_found", "worker_lost", "host_not_allowed", "job_ended", "internal_error"} <= codes.keys()
    assert codes["not_found"] == 404


def test_every_command_has_a_section() -> None:
    assert {what.partition(" ")[2] for what in TEXTS if what.startswith("command ")} == set(COMMANDS)
    headings = set(re.findall(r"^### appliance (.+)$", PAGES["commands"], re.MULTILINE))
    assert headings == {words for words, _ in commands.commands()}


def test_every_command_and_option_says_what_it_does() -> None:
    for words, command in commands.commands():
        assert command.help, words
        assert [option.opts[0] for option in commands.options(command) if not option.help] == [], words


def test_the_keys_of_the_console_are_told() -> None:
    assert "keys all" in texts_in(PAGES["console"])
    assert "`Ctrl K`" in PAGES["console"]


def test_every_documented_route_has_a_line() -> None:
    for route in ROUTES:
        path = re.sub(r":str", "", route.path)
        assert (f"| `{route.method} {path}` |" in PAGES["rest"]) is route.documented, path


def test_every_template_has_a_line() -> None:
    assert {what.partition(" ")[2] for what in TEXTS if what.startswith("templates ")} == set(configuration.families())
    for one in templates():
        assert f"| `{one.name}` |" in PAGES["templates"]


def test_types_that_are_not_there_are_named_so() -> None:
    assert set(re.findall(r"`(\w+)`", PAGES["synthetic"].partition("## Not in this version")[2])) - {"tabular_ft"} == LATER_TYPES


def test_the_list_of_pages_is_complete() -> None:
    listed = [name for _, entries in page_list(DOCS) for name, _ in entries]
    assert sorted(listed) == sorted(PAGES.keys() - {"index"})
    for _, entries in page_list(DOCS):
        for name, title in entries:
            assert READ[name].title == title


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_place(name: str) -> None:
    page = READ[name]
    ids = re.findall(r' id="([^"]+)"', page.html)
    assert len(ids) == len(set(ids)), "an anchor stands twice"
    assert "](" not in re.sub(r"<(pre|code).*?</\1>", "", page.html, flags=re.DOTALL), "a link was refused"
    for href in re.findall(r'<a href="([^"]+)"', page.html):
        path, _, anchor = href.partition("#")
        assert not anchor or f' id="{anchor}"' in (READ[path.rpartition("/")[2]] if path else page).html, href
        assert not path or leads(path), href


def leads(path: str) -> bool:
    """Whether an address of our own answers: a page of the docs, a file of the Console, or a route."""
    room, _, name = path.removeprefix("/").partition("/")
    if room == "docs":
        return not name or name in PAGES.keys() - {"index"}
    if room == "console":
        return (DOCS.parent / name).is_file()
    return ("GET", path) in {(route.method, route.path) for route in ROUTES}


def test_every_example_says_how_it_is_tried() -> None:
    known = {"runs", "not run", "elsewhere", "client", "configuration", "keys", "toml"}
    assert [f"{block.page}: {block.text[:60]}" for block in BLOCKS if block.note not in known] == []
    assert len(BLOCKS) > 40


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.note == "configuration"], ids=lambda block: block.text[:40])
def test_a_configuration_is_accepted_and_every_key_of_it_counts(block: Block) -> None:
    made = normalise(block.text.encode())
    assert (made.ignored, made.warnings) == ((), ())


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.note == "keys"], ids=lambda block: block.text[:40])
def test_keys_are_accepted_and_count(block: Block) -> None:
    section = {"data_source": "_", "appliance": yaml.safe_load(block.text)}
    assert normalise({"schema_version": "1.0", "models": [{block.of: section}]}).ignored == ()


def test_a_file_of_settings_is_accepted() -> None:
    (block,) = [block for block in BLOCKS if block.note == "toml"]
    msgspec.convert({"data_dir": ".", **tomllib.loads(block.text)}, Settings, strict=False, dec_hook=lambda _, value: Path(value))


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.note == "not run"], ids=lambda block: block.text[:40])
def test_what_is_not_run_has_a_reason_that_holds(block: Block) -> None:
    assert NOT_RUN[block.of](block.text)


def test_code_for_other_libraries_is_code_and_stands_where_people_come_from() -> None:
    for block in BLOCKS:
        if block.note == "elsewhere":
            ast.parse(block.text)
            assert block.page.startswith("from-")


def test_an_invented_key_would_be_found() -> None:
    with pytest.raises(ConfigurationRefused):
        normalise(b'{"schema_version": "1.0", "models": [{"actgan": {"data_source": "_", "apliance": {}}}]}')
    text = PAGES["settings"].replace("| `max_running` |", "| `max_walking` |")
    assert rewritten(text) != text
    assert list(without_meaning(rewritten(text))) == ["settings: max_running"]
