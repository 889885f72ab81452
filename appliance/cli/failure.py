"""Failures as sentences on stderr and exit codes."""

from __future__ import annotations

import click

from appliance.cli.output import remark
from appliance.errors import ApplianceError, BadRequest, ConfigurationRefused, SettingsRefused

FAILED = 1
WRONG_USAGE = 2

_USAGE = (BadRequest, ConfigurationRefused, SettingsRefused)


class JobEnded(ApplianceError):
    """The job did not complete."""

    code = "job_ended"


class NoAnswer(ApplianceError):
    """The appliance does not answer."""

    code = "no_answer"


def explain(error: ApplianceError | OSError) -> int:
    """Say what went wrong on stderr, every fault on a line of its own, and answer the exit code."""
    if isinstance(error, BrokenPipeError):
        return FAILED
    if isinstance(error, OSError):
        click.echo(f"Error: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", err=True)
        return FAILED
    if isinstance(error, ConfigurationRefused):
        click.echo("Error: the configuration is not valid.", err=True)
        for fault in error.faults:
            remark(f"  {'.'.join(map(str, fault.loc)) or 'document'}: {fault.msg}")
    else:
        remark(f"Error: {error.message}")
    if error.hint:
        remark(error.hint)
    return WRONG_USAGE if isinstance(error, _USAGE) else FAILED
