"""The pages of the Console. No third-party byte, no inline script."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from appliance.control_plane.api.answers import page
from appliance.control_plane.api.routes import Action, Answer, Call, Route
from appliance.errors import NotFound

_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


def static_folder() -> Path:
    """Where the pages lie: beside the installed package, or at the top of a checkout."""
    package = Path(sys.modules["appliance"].__path__[0])
    installed = package / "static"
    return installed if installed.is_dir() else package.parent / "static"


async def show_console(call: Call) -> Answer:
    """The Console's page; it finds out by itself what its address means."""
    guid = call.path.get("project_guid")
    if guid is not None and not guid.startswith("proj_"):
        raise NotFound("There is nothing here by that name.")
    return await asyncio.to_thread(_document, "console.html")


async def show_asset(call: Call) -> Answer:
    """One file of the pages."""
    return await asyncio.to_thread(_document, call.path["name"])


def _document(name: str) -> Answer:
    path = static_folder() / name
    kind = _TYPES.get(path.suffix)
    if kind is None or "/" in name or name.startswith(".") or not path.is_file():
        raise NotFound("There is nothing here by that name.")
    return page(path.read_bytes(), kind, (b"content-security-policy", _POLICY))


def _console(path: str) -> Route:
    return Route("GET", path, Action.DOCUMENTS, show_console, "Console page", documented=False)


ROUTES = (
    _console("/"),
    _console("/{project_guid:str}"),
    _console("/{project_guid:str}/models/{model_uid:str}"),
    _console("/{project_guid:str}/models/{model_uid:str}/{tab:str}"),
    Route("GET", "/console/{name:str}", Action.DOCUMENTS, show_asset, "A file of the Console", documented=False),
)
