"""Markdown becomes markup in one place, and nothing but Markdown does; pages are made once for the files as they are."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import msgspec
import pytest

from appliance.console.docs import shelf
from appliance.console.docs.markdown import page_list, read_page, render, slug
from appliance.console.pages import static_folder
from appliance.errors import NotFound

DOCS = static_folder() / "docs"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=x>word</b>",
        "<!-- a -->b<!-- -->",
        "| a |\n| --- |\n| <iframe src=x> |",
        "```\n</code></pre><script>x</script>\n```",
        "`<script>x</script>`",
        "# <svg onload=x>",
    ],
)
def test_markup_in_a_text_stays_text(text: str) -> None:
    page = render(text).html
    assert not any(word in page for word in ("<script", "<img", "<b ", "<iframe", "<svg", "<!--"))
    assert "&lt;" in page


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "https://example.org", "//example.org/a", "data:text/html,x", "other.html", "mailto:a@b.example"],
)
def test_a_link_to_elsewhere_is_no_link(target: str) -> None:
    page = render(f"[a]({target}) ![b]({target})\n\n<{target}>").html
    assert "href" not in page
    assert "<img" not in page


def test_links_to_our_own_addresses_are_links() -> None:
    page = render("[a](/docs/start#install) [b](#part) [c](/openapi.json)").html
    assert [part.partition('"')[0] for part in page.split('href="')[1:]] == ["/docs/start#install", "#part", "/openapi.json"]


def test_notes_for_the_tests_leave_no_trace() -> None:
    assert render("<!-- runs: a.csv -->\n```sh\nls\n```\n").html == '<pre tabindex="0"><code>ls\n</code></pre>\n'


def test_headings_and_rows_have_anchors_of_their_own() -> None:
    page = render(
        "# Title\n\n## Über *uns*\n\n## Über uns\n\n| key |\n| --- |\n| `a.b_c` |\n| plain |\n\n## More\n\n| key |\n| --- |\n| `a.b_c` |\n"
    )
    assert page.title == "Title"
    assert page.parts == (("uber-uns", "Über uns"), ("uber-uns-uber-uns", "Über uns"), ("more", "More"))
    assert [place[0] for place in page.places] == ["title", "uber-uns", "a.b_c", "uber-uns-uber-uns", "more-a.b_c", "more"]
    assert '<h2 id="title"' in page.html
    assert 'href="#uber-uns" aria-label="# Über uns"' in page.html


def test_a_table_is_read_aloud_and_stands_in_cards() -> None:
    page = render("| key | meaning |\n| --- | --- |\n| `a_b` | what `it` is |\n").html
    assert '<th role="rowheader" data-head="key" scope="row"><div><code>a_<wbr>b</code></div></th>' in page
    assert '<td role="cell" data-head="meaning"><div>what <code>it</code> is</div></td>' in page


def test_a_slug_is_what_an_address_may_hold() -> None:
    assert [slug(text) for text in ("A b", "x.y_z", "–", "é & ü", "<a>")] == ["a-b", "x.y_z", "part", "e-u", "a"]


@pytest.mark.parametrize("name", ["../words/docs", "page.html", "Start", "", "start.md", "nothing", "%2e%2e", "a/b"])
def test_a_page_has_a_plain_name(name: str) -> None:
    with pytest.raises(NotFound):
        read_page(DOCS, name)


def test_the_first_page_lists_the_others_in_groups() -> None:
    groups = page_list(DOCS)
    assert [group for group, _ in groups] == ["Begin", "Do", "Look up", "Run it", "Come from elsewhere"]
    assert groups[0][1][0] == ("start", "Start")


def test_a_page_marks_its_place_in_the_list_and_lists_its_parts() -> None:
    page = shelf.made_page(DOCS, "settings").decode()
    assert page.count('aria-current="page"') == 1
    assert '<a href="/docs/settings" aria-current="page">Settings</a><ul><li><a href="#the-file">The file</a></li></ul>' in page
    assert "{" not in page.partition("<article>")[0]
    assert "style=" not in page
    assert page.count("<script") == len(re.findall(r"<script[^>]* src=\"/[a-z]", page))


def test_the_search_finds_every_entry_by_its_name() -> None:
    places = {(page, title): (anchor, text) for page, anchor, title, text in shelf.places(DOCS)}
    assert places["settings", "max_running"][0] == "max_running"
    assert places["settings", "max_running"][1].startswith("jobs of one user that run")
    assert places["errors", "worker_lost"][0] == "worker_lost"
    assert len(places) > 800


def test_a_page_is_made_anew_when_a_file_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(static_folder(), tmp_path / "static")
    monkeypatch.setattr(shelf, "static_folder", lambda: tmp_path / "static")
    kept = shelf.Shelf()
    before, places = kept.page("settings"), kept.search_index()
    assert kept.page("settings") is before
    assert kept.search_index() is places
    file = tmp_path / "static" / "docs" / "settings.md"
    file.write_text("# Settings\n\n`anew`\n", "utf-8")
    os.utime(file, ns=(1, 1))
    assert b"<code>anew</code>" in kept.page("settings")
    assert len(msgspec.json.decode(kept.search_index())) < len(msgspec.json.decode(places))
    with pytest.raises(NotFound):
        kept.page("nothing")
