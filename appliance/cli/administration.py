"""Requests that need no API key: through the running server's socket, or on the store itself when no server runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from appliance.cli.connection import data_folder
from appliance.errors import BadRequest, DataFolderRefused


def administer(data_dir: Path | None, command: str, **request: Any) -> Any:
    """The result of one command on the data folder. Raises DataFolderRefused when there is none, ApplianceError for a refusal."""
    from appliance.control_plane import server  # costs a fifth of a second, which `--help` need not wait for

    folder = data_folder(data_dir)
    if not folder.is_dir():
        raise DataFolderRefused(f"There is no data folder {folder}.", hint="`appliance serve` makes one; --data-dir names another.")
    given = {name: value for name, value in request.items() if value is not None}
    try:
        return server.administer(folder.resolve(), {"command": command, **given})
    except UnicodeEncodeError:
        raise BadRequest("The command holds bytes that are no UTF-8 text.") from None
