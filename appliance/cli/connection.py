"""Where the appliance is and with which key it is spoken to."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from appliance.cli.failure import NoAnswer
from appliance.errors import Conflict, NotFound, NotSignedIn
from appliance.settings import default_data_dir

if TYPE_CHECKING:
    from appliance.cli.client import Client

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_PROJECT = "appliance-cli"
"""What the default project of a user is called, or begins with."""


def data_dir_option(command: F) -> F:
    """Adds `--data-dir` as the parameter `data_dir`."""
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="APPLIANCE_DATA_DIR",
        help="The data folder. [default: $XDG_DATA_HOME/appliance]",
    )(command)


def with_client(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--endpoint`, `--api-key` and `--data-dir`; the command is called with `client`, which is closed behind it, and where
    `project_option` added `--project`, with the name of the project that is meant."""

    @functools.wraps(command)
    def connected(*, endpoint: str | None, api_key: str | None, data_dir: Path | None, **options: Any) -> Any:
        if _typed("data_dir") and not _typed("endpoint"):
            endpoint = None
        client = connect(endpoint, api_key if endpoint or _typed("api_key") else None, data_dir)
        try:
            if options.get("project") == "" and not _typed("project"):  # an argument may be empty by mistake: `delete "$NOTHING"`
                options["project"] = default_project(client)
            return command(client=client, **options)
        finally:
            client.close()

    return connection_options(connected)


def connection_options(command: F) -> F:
    """Adds `--endpoint`, `--api-key` and `--data-dir`."""
    command = data_dir_option(command)
    command = click.option("--api-key", envvar="GRETEL_API_KEY", help="An API key. [default: $GRETEL_API_KEY, or the owner's]")(command)
    return click.option("--endpoint", envvar="GRETEL_ENDPOINT", help="Its URL. [default: $GRETEL_ENDPOINT, or the server of --data-dir]")(
        command
    )


def project_option(command: F) -> F:
    """Adds `--project` as the parameter `project`; where nobody names one it is empty, which stands for `default_project`."""
    words = f"Name or id. [default: your own {DEFAULT_PROJECT}-…]"
    return click.option("--project", envvar=["GRETEL_PROJECT", "GRETEL_DEFAULT_PROJECT"], default="", callback=_not_empty, help=words)(
        command
    )


def _not_empty(context: click.Context, option: click.Parameter, value: str) -> str:
    if not value and _typed("project"):
        raise click.BadParameter("it is empty; leave --project out for your own default project.", context, option)
    return value


def default_project(client: Client) -> str:
    """The name of the user's own default project, whether it exists or not; nobody's data goes to a project of somebody else unasked.

    Raises Conflict when another user has that name, which shows only to members."""
    user = client.me()["_id"]
    names = (DEFAULT_PROJECT, f"{DEFAULT_PROJECT}-{user[:8]}")
    owners = {name: owner for name in names if (owner := _owner(client, name))}
    mine = next((name for name, owner in owners.items() if owner == user), names[1])
    if owners.get(mine, user) != user:
        raise Conflict(f"{mine} is a project of another user.", hint="Name one of your own with --project NAME.")
    return mine


def _owner(client: Client, project: str) -> str:
    try:
        return str(client.project(project)["owner"])
    except NotFound:
        return ""


def data_folder(data_dir: Path | None) -> Path:
    """The data folder that is meant."""
    return data_dir or default_data_dir(os.environ)


def connect(endpoint: str | None, api_key: str | None, data_dir: Path | None) -> Client:
    """A client for the given endpoint, or for the server of the data folder.

    Without a key the owner's is used, and only with the server of that data folder. Raises NoAnswer, NotSignedIn."""
    from appliance.cli.client import Client

    folder = data_folder(data_dir)
    if not endpoint:
        return Client(running_url(folder), api_key or owner_key(folder))
    endpoint = endpoint.rstrip("/")
    if not api_key and not _is_own(endpoint, folder):
        raise NotSignedIn(f"No API key was given for {endpoint}.", hint="Set GRETEL_API_KEY or give --api-key.")
    return Client(endpoint, api_key or owner_key(folder))


def _is_own(endpoint: str, folder: Path) -> bool:
    try:
        return running_url(folder) == endpoint
    except NoAnswer:
        return False


def _typed(name: str) -> bool:
    """Whether an option stood on the command line, and not in the environment."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def running_url(folder: Path) -> str:
    """The URL in `server.json`. Raises NoAnswer when no server says that it runs there."""
    try:
        found = json.loads((folder / "server.json").read_text("utf-8"))
        url = found["url"]
    except (OSError, ValueError, KeyError, TypeError):
        raise NoAnswer(f"No appliance runs on {folder}.", hint="Start one with `appliance serve`, or name one with --endpoint.") from None
    return str(url)


def owner_key(folder: Path) -> str:
    """The owner's API key of that data folder. Raises NotSignedIn."""
    try:
        return (folder / "owner.key").read_text("utf-8").strip()
    except OSError:
        raise NotSignedIn(
            f"There is no API key: {folder / 'owner.key'} cannot be read.", hint="Set GRETEL_API_KEY or give --api-key."
        ) from None
