"""The pages of the Console and what they load. No third-party byte, no inline script."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sys
from pathlib import Path

from appliance.control_plane.api.routes import Action, Answer, Call, Route
from appliance.errors import NotFound

POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".json": b"application/json",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
}
SHELL = "shell.html"
"""What all pages have around their content."""
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_HEADERS = (
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)


def static_folder() -> Path:
    """Where the pages lie: beside the installed package, or at the top of a checkout."""
    package = Path(sys.modules["appliance"].__path__[0])
    installed = package / "static"
    return installed if installed.is_dir() else package.parent / "static"


async def document(call: Call, *place: str) -> Answer:
    """A file of the static folder with its tag, so that a browser asks again and is told that it has it. Raises NotFound."""
    path = static_folder().joinpath(*place)
    kind = _TYPES.get(path.suffix)
    if kind is None or not all(_NAME.fullmatch(name) for name in place):
        raise NotFound("There is nothing here by that name.")
    try:
        content = await asyncio.to_thread(_read, path)
    except OSError:
        raise NotFound("There is nothing here by that name.") from None
    return tagged(call, content, kind)


def _read(path: Path) -> bytes:
    """A file; of a page what is its own (title, styles, script, content), within what all pages have in common."""
    content = path.read_bytes()
    if path.suffix != ".html" or content.startswith(b"<!doctype"):
        return content
    head, mark, body = content.partition(b"<div")
    return path.with_name(SHELL).read_bytes().replace(b"{head}", head.rstrip()).replace(b"{content}", mark + body.rstrip())


def tagged(call: Call, content: bytes, kind: bytes) -> Answer:
    """A document under the Console's policy, or 304 where the browser has these very bytes."""
    tag = b'"' + hashlib.blake2b(content, digest_size=12).hexdigest().encode() + b'"'
    headers = (*_HEADERS, (b"content-type", kind), (b"etag", tag))
    if call.header(b"if-none-match") == tag.decode():
        return Answer(b"", 304, headers)
    return Answer(content, 200, headers)


async def show_asset(call: Call) -> Answer:
    """One file of the pages."""
    return await document(call, call.path["name"])


async def show_words(call: Call) -> Answer:
    """The texts of one page, from the catalogue."""
    return await document(call, "words", call.path["name"])


def _page(path: str, name: str) -> Route:
    """A page that finds out by itself what its address means."""

    async def show_page(call: Call) -> Answer:
        """The page's document; of a project only where the address has the shape of one."""
        guid = call.path.get("project_guid")
        if guid is not None and not guid.startswith("proj_"):
            raise NotFound("There is nothing here by that name.")
        return await document(call, name)

    return Route("GET", path, Action.DOCUMENTS, show_page, "Console page", documented=False)


ROUTES = (
    _page("/", "home.html"),
    _page("/{project_guid:str}", "project.html"),
    _page("/{project_guid:str}/data/{key:str}", "artifact.html"),
    _page("/{project_guid:str}/models/new", "new.html"),
    _page("/{project_guid:str}/models/{model_uid:str}", "job.html"),
    _page("/{project_guid:str}/models/{model_uid:str}/{tab:str}", "job.html"),
    _page("/{project_guid:str}/models/{model_uid:str}/runs/{run_uid:str}", "job.html"),
    _page("/{project_guid:str}/models/{model_uid:str}/runs/{run_uid:str}/{tab:str}", "job.html"),
    Route("GET", "/console/{name:str}", Action.DOCUMENTS, show_asset, "A file of the Console", documented=False),
    Route("GET", "/console/words/{name:str}", Action.DOCUMENTS, show_words, "Texts of the Console", documented=False),
)
