"""The root of the command line. Commands are imported when they are used, so that `--help` answers at once."""

from __future__ import annotations

import importlib
import sys

import click

from appliance.cli.failure import explain
from appliance.errors import ApplianceError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("appliance.cli.demo:demo", "Train on a sample table, generate records, and go on serving."),
    "serve": ("appliance.cli.serve:serve", "Run the appliance on this machine."),
    "synthesize": ("appliance.cli.synthesize:synthesize", "One table in; synthetic table, report and model out."),
    "classify": ("appliance.cli.classify:classify", "A table or text in; where its personal data lies out."),
    "transform": ("appliance.cli.transform:transform", "A table in; the same table with personal data changed out."),
    "evaluate": ("appliance.cli.evaluate:evaluate", "A synthetic and a real table in; a report on quality and privacy out."),
    "env": ("appliance.cli.env:env", "Print the two settings that clients need."),
    "projects": ("appliance.cli.projects:projects", "Make, list and delete projects; members and invites."),
    "artifacts": ("appliance.cli.artifacts:artifacts", "Upload, list, download and delete files of a project."),
    "models": ("appliance.cli.models:models", "Train, list, read, cancel and delete models."),
    "records": ("appliance.cli.records:records", "Run a model: generate, transform or classify records."),
    "templates": ("appliance.cli.templates:templates", "Ready-made configurations."),
    "worker": ("appliance.cli.worker:worker", "Do one manual job on this machine."),
    "keys": ("appliance.cli.keys:keys", "API keys."),
    "users": ("appliance.cli.users:users", "Users of this installation."),
    "audit": ("appliance.cli.audit:audit", "The record of who did what: list, export, verify."),
    "backup": ("appliance.cli.backup:backup", "Copy the data folder, also while it is in use."),
    "restore": ("appliance.cli.backup:restore", "Make a data folder from a backup."),
    "doctor": ("appliance.cli.doctor:doctor", "Say what this machine can do and what is amiss."),
}


class Commands(click.Group):
    """A group whose members are named in COMMANDS and imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from appliance import __version__

        click.echo(f"appliance {__version__}")
        ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version and leave.")
def appliance() -> None:
    """Synthetic data on one machine, spoken to by gretel-client scripts or by these commands.

    Answers are tables on a terminal and JSON elsewhere (--json). Exit code: 0 done, 1 failed, 2 wrong usage."""


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and answer its exit code; every foreseen failure becomes a sentence on stderr."""
    try:
        code = appliance.main(sys.argv[1:] if arguments is None else arguments, "appliance", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except (ApplianceError, OSError) as error:
        return explain(error)
    except KeyboardInterrupt:
        return 130
    return code if isinstance(code, int) else 0
