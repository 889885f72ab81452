"""A client for one command: of a running server, or of one that lives as long as the command."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.cli.background import BackgroundServer
from appliance.cli.connection import connect

if TYPE_CHECKING:
    from appliance.cli.client import Client


def endpoint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--endpoint` and `--api-key`."""
    command = click.option("--api-key", envvar="GRETEL_API_KEY", help="The API key for --endpoint.")(command)
    return click.option("--endpoint", help="Use a running server instead of starting one for the occasion.")(command)


@contextlib.contextmanager
def momentary_client(endpoint: str | None, api_key: str | None, folder: Path | None = None) -> Iterator[Client]:
    """A client of the named server, or of one that lives as long as this command, on a scratch folder or on one that is kept."""
    if endpoint:
        client = connect(endpoint, api_key, None)
        try:
            yield client
        finally:
            client.close()
        return
    with _folder(folder) as scratch, BackgroundServer(scratch) as server:
        client = server.client()
        try:
            yield client
        finally:
            client.close()


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="appliance-", ignore_cleanup_errors=True) as scratch:
        yield Path(scratch)
