"""A page of a report read back: nesting, identities, headings, figures and tables, with what is wrong."""

from __future__ import annotations

import itertools
from html.parser import HTMLParser

from appliance.data_plane.quality import render_report

HEADINGS = ("h1", "h2", "h3", "h4")
VOID = {"meta", "br", "wbr", "link", "img", "hr", "input"}


class Element:
    """One element with its children and all words inside it."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element] = []
        self.words: list[str] = []
        if parent is not None:
            parent.children.append(self)

    def inside(self, *tags: str) -> bool:
        """Whether the element stands somewhere within one of these."""
        above = self.parent
        while above is not None and above.tag not in tags:
            above = above.parent
        return above is not None


class Page(HTMLParser):
    """Reads a page and notes what is wrong with its nesting, its identities, its figures, its links."""

    def __init__(self, written: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.elements: list[Element] = []
        self.within: list[Element] = []
        self.feed(written)
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, key, value or "") for key, value in attrs]
        made = Element(tag, {key: value or "" for key, value in attrs}, self.within[-1] if self.within else None)
        self.elements.append(made)
        if tag not in VOID:
            self.open.append(tag)
            self.within.append(made)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, key, value or "") for key, value in attrs]
        self.elements.append(Element(tag, {key: value or "" for key, value in attrs}, self.within[-1] if self.within else None))

    def handle_endtag(self, tag):
        if self.within:
            self.within.pop()
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"badly nested: {tag}")

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)
            for element in self.within:
                element.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def values(self, key: str) -> list[str]:
        return [value for _, name, value in self.attributes if name == key]


def checked(report: dict) -> tuple[str, Page]:
    """The page of a report on synthetic data, with everything that must always hold."""
    written = render_report(report)
    return written, checked_page(written)


def checked_page(written: str) -> Page:
    """A written page, with everything that must always hold of any."""
    page = Page(written)
    assert page.faults == []
    identities = page.values("id")
    assert len(identities) == len(set(identities))
    for labels in page.values("aria-labelledby"):
        assert set(labels.split()) <= set(identities)
    assert {link[1:] for link in page.values("href")} <= set(identities)
    assert not {"script", "iframe", "object", "embed", "link", "img", "form"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("style", "src")]
    assert "http://" not in written
    assert "https://" not in written
    assert "url(" not in written
    assert barriers(page) == []
    return page


def barriers(page: Page) -> list[str]:
    """What would stop a reader with a keyboard or a screen reader: the checks that accessibility tools make on structure."""
    found = [f"{tag}: {page.tags.count(tag)} of them" for tag in ("h1", "main", "nav", "header") if page.tags.count(tag) != 1]
    levels = [int(element.tag[1]) for element in page.elements if element.tag in HEADINGS]
    found += [f"heading {b} after {a}" for a, b in itertools.pairwise(levels) if b > a + 1]
    found += [f"empty {e.tag}" for e in page.elements if e.tag in (*HEADINGS, "summary", "caption", "a") and not "".join(e.words).strip()]
    for element in page.elements:
        check = CHECKS.get(element.tag)
        if check is not None:
            found += [f"{element.tag} {element.attributes.get('id', '')}: {said}" for said in check(element)]
    return found


def _figure(element: Element) -> list[str]:
    if element.attributes.get("aria-hidden") == "true":
        return []
    tags = [child.tag for child in element.children[:2]]
    return [] if tags == ["title", "desc"] and element.attributes.get("role") == "img" else ["no title and description"]


def _table(element: Element) -> list[str]:
    tags = [child.tag for child in element.children]
    region = element.parent
    named = region is not None and region.attributes.get("role") == "region" and region.attributes.get("aria-label")
    reached = region is not None and region.attributes.get("tabindex") == "0"
    return [] if tags[0] == "caption" and named and reached else ["no caption, or no frame that a keyboard scrolls"]


def _row(element: Element) -> list[str]:
    return [] if element.children[0].tag == "th" else ["a row without a head"]


def _details(element: Element) -> list[str]:
    return [] if element.children[0].tag == "summary" else ["no summary"]


CHECKS = {
    "svg": _figure,
    "table": _table,
    "th": lambda element: [] if element.attributes.get("scope") in ("row", "col") else ["no scope"],
    "tr": _row,
    "details": _details,
    "section": lambda element: [] if element.attributes.get("aria-labelledby") else ["no name"],
    "nav": lambda element: [] if element.attributes.get("aria-label") else ["no name"],
    "html": lambda element: [] if element.attributes.get("lang") else ["no language"],
}
