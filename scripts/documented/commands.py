"""The command line, in the words of its own help; and the keys of the Console, in those of its catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from appliance.cli.root import COMMANDS, appliance
from scripts.documented.table import cell

_KEYS = Path(__file__).resolve().parents[2] / "static" / "words" / "keys.json"
SHARED = {
    "--endpoint": "the server",
    "--api-key": "the server",
    "--data-dir": "the data folder",
    "--json": "the form of what is printed",
}
"""Options that many commands have, and what they say; the page explains them once."""


def commands(name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its words behind `appliance`; of one group where it is named."""
    for top in [name] if name else list(COMMANDS):
        found = appliance.get_command(click.Context(appliance), top)
        assert found is not None, top
        yield from _below(top, found)


def _below(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, name
            yield from _below(f"{words} {name}", found)
    else:
        yield words, command


def options(command: click.Command) -> list[click.Option]:
    """The options of a command that are no secret."""
    return [parameter for parameter in command.params if isinstance(parameter, click.Option) and not parameter.hidden]


def command_text(name: str) -> str:
    """The section of a command or of a group of them."""
    return "\n".join(_section(words, command) for words, command in commands(name))


def _section(words: str, command: click.Command) -> str:
    arguments = " ".join(_argument(one) for one in command.params if isinstance(one, click.Argument))
    lines = [f"### appliance {words}", "", f"`{' '.join(part for part in ('appliance', words, arguments, '[OPTIONS]') if part)}`", ""]
    lines += [" ".join(paragraph.split()) + "\n" for paragraph in (command.help or "").replace("\b", "").split("\n\n")]
    own = [option for option in options(command) if option.opts[0] not in SHARED]
    if own:
        lines += ["| option | takes | default | meaning |", "| --- | --- | --- | --- |", *map(_option, own), ""]
    shared = [f"`{option.opts[0]}`" for option in options(command) if option.opts[0] in SHARED]
    if shared:
        lines += [f"And {', '.join(shared)}: see [options of many commands](#options-of-many-commands).", ""]
    return "\n".join(lines)


def _argument(argument: click.Argument) -> str:
    name = argument.human_readable_name.upper()
    return name if argument.required else f"[{name}]"


def _option(option: click.Option) -> str:
    takes = "–" if option.is_flag else cell(_takes(option))
    help_text, _, default = (option.help or "").partition(" [default: ")
    if not default and not option.is_flag and isinstance(option.default, int | float | str) and option.default != "":
        default = str(option.default)
    default = default.rstrip("]") if default else "required" if option.required else "–"
    return f"| `{', '.join((*option.opts, *option.secondary_opts))}` | {takes} | {cell(default)} | {cell(help_text)} |"


def _takes(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{choice}`" for choice in option.type.choices)
    return {"integer range": "number", "float range": "number", "integer": "number", "float": "number", "directory": "folder"}.get(
        option.type.name, option.type.name
    )


def key_text(_: str) -> str:
    """The keys of the Console with what they do, from its catalogue."""
    does = json.loads(_KEYS.read_text("utf-8"))["does"]
    return "\n".join(["| key | does |", "| --- | --- |", *(f"| `{key}` | {cell(said)} |" for key, said in does.items())]) + "\n"


TEXTS: dict[str, Callable[[str], str]] = {"command": command_text, "keys": key_text}
