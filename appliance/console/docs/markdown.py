"""A file of the docs as markup: headings and rows of tables with anchors, links to our own addresses only, nothing else than Markdown.

Lines such as `<!-- runs -->` are notes for the tests and leave no trace."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from pathlib import Path

import msgspec
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from appliance.errors import NotFound

_PAGE = re.compile(r"[a-z][a-z-]*")
_NOTE = re.compile(r"^<!-- .* -->\n", re.MULTILINE)
_OWN = re.compile(r"(/(?!/)|#)[^\\\s]*")
_BREAK = re.compile(r"(?<=[_.])(?=\w)")
_LONGEST_TEXT = 1500
INDEX = "index"


class Page(msgspec.Struct, frozen=True):
    """`parts`: anchor and title of what the page is divided into. `places`: anchor, title and text of all that a search may find."""

    title: str
    html: str
    parts: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str, str], ...]


def read_page(folder: Path, name: str) -> Page:
    """The page of that name. Raises NotFound."""
    if _PAGE.fullmatch(name) is None:
        raise NotFound("There is nothing here by that name.")
    try:
        text = (folder / f"{name}.md").read_text("utf-8")
    except OSError:
        raise NotFound("There is nothing here by that name.") from None
    return render(text)


def page_list(folder: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of pages as the first page lists them: `[(heading, [(name, title), …]), …]`."""
    text = (folder / f"{INDEX}.md").read_text("utf-8")
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for heading, title, name in re.findall(r"^## (.+)$|^- \[(.+?)\]\(/docs/([a-z-]+)\)", text, re.MULTILINE):
        if heading:
            groups.append((heading, []))
        elif groups:
            groups[-1][1].append((name, title))
    return groups


def render(text: str) -> Page:
    """A Markdown text as a page; its first heading is the title. The same text gives the same anchors."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    markdown.validateLink = lambda url: _OWN.fullmatch(url) is not None  # type: ignore[method-assign]
    tokens = markdown.parse(_NOTE.sub("", text))
    _Anchors(tokens).set()
    places = tuple(_places(tokens))
    parts = tuple((str(token.attrs["id"]), _plain(tokens[at + 1])) for at, token in _headings(tokens, "h2"))
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("heading_close", _heading_close)
    markdown.add_render_rule("code_inline", _code)
    markdown.add_render_rule("td_open", _cell_open)
    markdown.add_render_rule("td_close", _cell_close)
    title = next((_plain(tokens[at + 1]) for at, _ in _headings(tokens, "h1")), "")
    return Page(title, markdown.renderer.render(tokens, markdown.options, {}), parts, places)


def slug(text: str) -> str:
    """The anchor of a heading or an entry: its letters, digits, dots and underscores, in lower case."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-.") or "part"


class _Anchors:
    """Gives every heading, and every row of a table that begins with code, an id; and tables what a narrow screen and a reader need."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._taken: set[str] = set()
        self._section = ""
        self._heads: list[str] = []
        self._column = -1

    def set(self) -> None:
        """Set all of them, in place."""
        for at, token in enumerate(self._tokens):
            if token.type == "heading_open":
                self._section = self._free(slug(_plain(self._tokens[at + 1])))
                token.attrSet("id", self._section)
                _one_deeper(token, self._tokens[at + 2])
            elif token.type in _ROLES:
                token.attrSet("role", _ROLES[token.type])
                self._row(at, token)

    def _row(self, at: int, token: Token) -> None:
        if token.type == "thead_open":
            self._heads = []
        if token.type == "tr_open":
            self._column = -1
            entry = _entry(self._tokens[at + 2])
            if self._tokens[at + 1].type == "td_open" and entry:
                token.attrSet("id", self._free(slug(entry)))
        if token.type == "th_open":
            self._heads.append(_plain(self._tokens[at + 1]))
            token.attrSet("scope", "col")
        if token.type == "td_open":
            self._column += 1
            token.attrSet("data-head", self._heads[self._column])
            if self._column == 0:
                token.tag = self._tokens[at + 2].tag = "th"
                token.attrSet("scope", "row")
                token.attrSet("role", "rowheader")

    def _free(self, wanted: str) -> str:
        """The anchor itself, or with its section before it where a row above has it."""
        name = wanted if wanted not in self._taken else f"{self._section}-{wanted}"
        count = 2
        while name in self._taken:
            name, count = f"{self._section}-{wanted}-{count}", count + 1
        self._taken.add(name)
        return name


_ROLES = {
    "table_open": "table",
    "thead_open": "rowgroup",
    "tbody_open": "rowgroup",
    "tr_open": "row",
    "th_open": "columnheader",
    "td_open": "cell",
}


def _one_deeper(*tokens: Token) -> None:
    """The page's first heading is the Console's h1; what the text calls first is second."""
    for token in tokens:
        token.meta = {"level": token.tag}
        token.tag = f"h{int(token.tag[1]) + 1}"


def _headings(tokens: list[Token], level: str) -> list[tuple[int, Token]]:
    return [(at, token) for at, token in enumerate(tokens) if token.type == "heading_open" and token.meta["level"] == level]


def _entry(inline: Token) -> str:
    """What a row is about: the code that its first cell begins with."""
    first = inline.children[0] if inline.children else inline
    return first.content if first.type == "code_inline" else ""


def _plain(inline: Token) -> str:
    return "".join(" " if part.type == "softbreak" else part.content for part in inline.children or ())


def _places(tokens: list[Token]) -> Iterator[tuple[str, str, str]]:
    """Every heading with the text below it, and every row that has an anchor."""
    anchor, title, row = "", "", 0
    texts: list[str] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            if anchor:
                yield anchor, title, _cut(texts)
            anchor, title, texts = str(token.attrs["id"]), _plain(tokens[at + 1]), []
        elif token.type == "tr_open" and "id" in token.attrs:
            cells = _cells(tokens, at)
            yield str(token.attrs["id"]), cells[0], _cut(cells[:0:-1])
            row = at + 3 * len(cells)
        elif token.type in ("inline", "fence") and at > row and tokens[at - 1].type != "heading_open":
            texts.append(token.content if token.type == "fence" else _plain(token))
    if anchor:
        yield anchor, title, _cut(texts)


def _cells(tokens: list[Token], at: int) -> list[str]:
    end = next(place for place in range(at, len(tokens)) if tokens[place].type == "tr_close")
    return [_plain(token) for token in tokens[at:end] if token.type == "inline"]


def _cut(texts: list[str]) -> str:
    return " ".join(" ".join(texts).split())[:_LONGEST_TEXT]


def _fence(_: object, tokens: list[Token], at: int, *_more: object) -> str:
    """A block of code, which the keyboard can reach, for it may scroll."""
    return f'<pre tabindex="0"><code>{escape(tokens[at].content)}</code></pre>\n'


def _code(_: object, tokens: list[Token], at: int, *_more: object) -> str:
    """A name, which a narrow cell may break behind an underscore or a dot."""
    return f"<code>{_BREAK.sub('<wbr>', escape(tokens[at].content))}</code>"


def _heading_close(_: object, tokens: list[Token], at: int, *_more: object) -> str:
    """With the link to itself, behind its words."""
    opened = tokens[at - 2]
    anchor, words = escape(str(opened.attrs["id"])), escape(_plain(tokens[at - 1]))
    return f' <a class="here" href="#{anchor}" aria-label="# {words}">#</a></{opened.tag}>\n'


def _cell_open(renderer: RendererHTML, tokens: list[Token], at: int, *_more: object) -> str:
    """A cell keeps its content together, for on a narrow screen it stands beside its head."""
    return f"<{tokens[at].tag}{renderer.renderAttrs(tokens[at])}><div>"


def _cell_close(_: object, tokens: list[Token], at: int, *_more: object) -> str:
    return f"</div></{tokens[at].tag}>\n"
