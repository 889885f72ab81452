"""The style sheet: readable in light and dark, nothing from elsewhere, whole in print."""

from __future__ import annotations

import re
from importlib import resources

import pytest

TEXT = ("ink", "mut", "accent", "ok", "warn", "bad")
MARKS = ("accent", "okbar", "warnbar", "badbar", "rim", "held")


def style() -> str:
    return resources.files("appliance.data_plane.quality.report").joinpath("style.css").read_text(encoding="utf-8")


def tokens(theme: str) -> dict[str, str]:
    """The colours of a theme: light is the first block, dark and print change some of it."""
    blocks = {
        "light": r"^:root\{(.*?)\}",
        "dark": r"prefers-color-scheme:dark\)\{:root\{(.*?)\}",
        "print": r"@media print\{:root\{(.*?)\}",
    }
    found = dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", re.search(blocks["light"], style(), re.S).group(1)))
    if theme != "light":
        found |= dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", re.search(blocks[theme], style(), re.S).group(1)))
    return found


def luminance(colour: str) -> float:
    """WCAG's relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("ground", ["bg", "panel"])
def test_text_stands_out(theme, ground):
    found = tokens(theme)
    faint = {name: round(contrast(found[name], found[ground]), 2) for name in TEXT if contrast(found[name], found[ground]) < 4.5}
    assert faint == {}


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_marks_of_figures_stand_out(theme):
    found = tokens(theme)
    faint = {name: round(contrast(found[name], found["panel"]), 2) for name in MARKS if contrast(found[name], found["panel"]) < 3}
    assert faint == {}


def test_nothing_is_fetched_and_every_colour_is_a_token():
    assert not re.search(r"url\(|@import|@font-face|expression\(", style())
    rules = re.sub(r":root\{.*?\}", "", style(), flags=re.S)
    assert re.findall(r"#[0-9a-f]{3,6}\b", rules) == []


def test_focus_is_seen_and_print_keeps_figures_whole():
    assert ":focus-visible{outline:2px" in style()
    printed = style()[style().index("@media print") :]
    assert re.search(r"\.card,figure[^{]*\{break-inside:avoid\}", printed)
    assert "details::details-content" in printed
