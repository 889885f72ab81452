"""The docs at `/docs`: Markdown of `static/docs/` as pages that need no sign-in and, to be read, no script.

Here alone does text become markup: with raw HTML off, images off, and links to our own addresses only. A page is made when it is first
asked for, and again when a file of the docs has changed."""

from __future__ import annotations

import asyncio
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from appliance.console.pages import document, static_folder, tagged
from appliance.control_plane.api.routes import Action, Answer, Call, Route
from appliance.errors import NotFound

HTML, JSON = b"text/html; charset=utf-8", b"application/json"
INDEX, SHELL, FOLDER = "index", "page.html", "docs"


class Shelf:
    """The pages made so far, for the files as they were then."""

    def __init__(self) -> None:
        self._stamp: tuple[tuple[str, int], ...] = ()
        self._made: dict[str, bytes] = {}

    def page(self, name: str) -> bytes:
        """One page. Raises NotFound."""
        folder = self._look()
        if name not in self._made:
            self._made[name] = made_page(folder, name)
        return self._made[name]

    def search_index(self) -> bytes:
        """Every place of every page: `[page, anchor, title, text]`."""
        folder = self._look()
        if FOLDER not in self._made:
            self._made[FOLDER] = msgspec.json.encode(places(folder))
        return self._made[FOLDER]

    def _look(self) -> Path:
        folder = static_folder() / FOLDER
        stamp = tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()))
        if stamp != self._stamp:
            self._stamp, self._made = stamp, {}
        return folder


def made_page(folder: Path, name: str) -> bytes:
    """The document of one page: the shell with its content, the list of pages, and under its own name the list of its parts."""
    from appliance.console.docs.markdown import read_page  # the library is loaded for who reads the docs

    page = read_page(folder, name)
    words = msgspec.json.decode((folder.parent / "words" / "docs.json").read_bytes(), type=dict[str, Any])
    said = {key: escape(text) for key, text in words.items() if isinstance(text, str)}
    filled = said | {
        "title": escape(page.title),
        "pages": _navigation(folder, name, page.parts),
        "content": page.html,
    }
    shell = (folder / SHELL).read_text("utf-8")
    for key, text in filled.items():  # the content comes last, for it may hold braces
        shell = shell.replace(f"{{{key}}}", text)
    return shell.encode()


def _navigation(folder: Path, current: str, parts: tuple[tuple[str, str], ...]) -> str:
    from appliance.console.docs.markdown import page_list

    lines = []
    for group, entries in page_list(folder):
        lines.append(f"<h2>{escape(group)}</h2><ul>")
        for name, title in entries:
            here = ' aria-current="page"' if name == current else ""
            lines.append(f'<li><a href="/docs/{name}"{here}>{escape(title)}</a>')
            inner = "".join(f'<li><a href="#{anchor}">{escape(title)}</a></li>' for anchor, title in parts)
            lines.append(f"<ul>{inner}</ul></li>" if here and inner else "</li>")
        lines.append("</ul>")
    return "".join(lines)


def places(folder: Path) -> list[tuple[str, str, str, str]]:
    """What the search looks through, in the order of the pages."""
    from appliance.console.docs.markdown import page_list, read_page

    names = [name for _, entries in page_list(folder) for name, _ in entries]
    return [(name, *place) for name in names for place in read_page(folder, name).places]


def docs_routes() -> tuple[Route, ...]:
    """The routes, around a shelf of their own."""
    shelf = Shelf()

    async def show_contents(call: Call) -> Answer:
        """The first page: what there is."""
        return tagged(call, await asyncio.to_thread(shelf.page, INDEX), HTML)

    async def show_page(call: Call) -> Answer:
        """One page, the index of the search, or what the pages load."""
        name = call.path["name"]
        if name == "search.json":
            return tagged(call, await asyncio.to_thread(shelf.search_index), JSON)
        if name in ("docs.js", "docs.css"):
            return await document(call, FOLDER, name)
        if name == INDEX:
            raise NotFound("There is nothing here by that name.")
        return tagged(call, await asyncio.to_thread(shelf.page, name), HTML)

    return (
        Route("GET", "/docs", Action.DOCUMENTS, show_contents, "The docs", documented=False),
        Route("GET", "/docs/{name:str}", Action.DOCUMENTS, show_page, "A page of the docs", documented=False),
    )


ROUTES = docs_routes()
