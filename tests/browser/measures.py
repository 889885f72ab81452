"""What is measured of a page that is open: its violations of axe's rules, its width, its shifts, its speed, and what Tab reaches."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_SHIFT = """() => new Promise((done) => {
  const add = (list) => done(list.getEntries().filter((one) => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0));
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(0), 150); // nothing has shifted
})"""
_SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime < 1000).map((one) => one.finished))"""
_REST = """() => new Promise((done) => {
  const end = setTimeout(finish, 1200);
  let still = setTimeout(finish, 120);
  const seen = new MutationObserver(() => { clearTimeout(still); still = setTimeout(finish, 120); });
  seen.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  function finish() { clearTimeout(end); clearTimeout(still); seen.disconnect(); requestAnimationFrame(() => requestAnimationFrame(done)); }
})"""
_MARK = """() => {
  const groups = new Set();
  const controls = document.querySelectorAll("a[href], button, input, select, textarea, details > summary, iframe, [tabindex]");
  window.expected = [...controls].filter((one) => {
    if (one.tabIndex < 0 || one.disabled || one.closest("[inert]")) return false;
    if (!one.checkVisibility({ visibilityProperty: true })) return false;
    if (one.type !== "radio") return true;
    const group = [...document.getElementsByName(one.name)];
    return one.checked || (!group.some((other) => other.checked) && group[0] === one);
  });
  window.reached = new Set();
  document.body.tabIndex = -1; // Tab goes on from where the focus was, or the fragment of the address led
  document.body.focus();
  document.body.removeAttribute("tabindex");
  return window.expected.length;
}"""
_STEP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || window.reached.has(one) && one !== document.querySelector("iframe")) return "end";
  window.reached.add(one);
  if (one.tagName === "IFRAME") return "";
  const seen = [one, one.closest("label"), one.parentElement].filter(Boolean).map((node) => getComputedStyle(node));
  const ringed = seen.some((style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none");
  return ringed ? "" : "no ring: " + one.outerHTML.slice(0, 120);
}"""
_MISSED = """() => window.expected.filter((one) => one.isConnected && !window.reached.has(one))
  .filter((one) => one.checkVisibility({ visibilityProperty: true })).map((one) => one.outerHTML.slice(0, 160))"""
_LONG = """() => document.getAnimations().filter((one) => one.playState === "running"
  && one.effect.getComputedTiming().activeDuration > 200).map((one) => one.effect.target?.outerHTML.slice(0, 120))"""
_WIDE = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const scrolls = (node) => node && (getComputedStyle(node).overflowX !== "visible" || scrolls(node.parentElement));
  const wide = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1
    && !scrolls(one.parentElement));
  return [`${document.documentElement.scrollWidth} > ${innerWidth}`, ...wide.slice(0, 4).map((one) => one.outerHTML.slice(0, 140))];
}"""
MOST_STEPS = 400


def rest(page: Page) -> None:
    """Wait until the page has stopped changing; a page that always does, for a moment."""
    page.evaluate(_REST)


def put_on(page: Page, theme: str) -> None:
    """Show the page in the other colours, and wait until they have changed."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.evaluate(_SETTLED)


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds, in words; of all its rules or of some."""
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False, "iframes": False}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}" for one in found for node in one["nodes"]]


def too_wide(page: Page, width: int) -> list[str]:
    """What makes the page scroll sideways in a window of that width."""
    height = (page.viewport_size or {"height": 800})["height"]
    page.set_viewport_size({"width": width, "height": height})
    return list(page.evaluate(_WIDE))


def shift(page: Page) -> float:
    """How much the layout has jumped since the page came, but for what a person did."""
    return float(page.evaluate(_SHIFT))


def ready_ms(page: Page) -> float:
    """Milliseconds from the request to the whole document with its scripts."""
    return float(page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))


def long_motions(page: Page) -> list[str]:
    """Animations of more than 200 ms that run."""
    return list(page.evaluate(_LONG))


def walk_by_tab(page: Page) -> list[str]:
    """Press Tab until it comes round: the controls that it does not reach or that show no focus."""
    for frame in page.frames:
        frame.wait_for_load_state()
    expected = page.evaluate(_MARK)
    faults = []
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        found = page.evaluate(_STEP)
        if found == "end":  # or the focus is on its way into a frame of a process of its own
            page.evaluate("new Promise((done) => setTimeout(done, 80))")
            found = page.evaluate(_STEP)
        if found == "end":
            break
        faults += [found] if found else []
    else:
        faults.append(f"Tab does not come round in {MOST_STEPS} steps over {expected} controls")
    return faults + [f"not reached: {one}" for one in page.evaluate(_MISSED)]
