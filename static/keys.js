// The keyboard: what one key, or g and another, does on every page. Never while somebody types; single keys can be turned off.
import { openDialog } from "/console/dialogs.js";
import { el, press } from "/console/dom.js";
import texts from "/console/words/keys.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const PATIENCE_MS = 1500;
const WRITING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const ROWS = "#content :is(tbody tr, .events li, .chips li, .card)";
const own = new Map();
let [begun, waiting] = ["", 0];

const visible = (selector) => [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility());
const here = () => document.activeElement?.closest(ROWS);
const going = (address) => () => location.assign(address);

const KEYS = {
  "?": help,
  "/": () => visible("#content [type=search]")[0]?.focus(),
  "g h": going("/"),
  "g p": going("/#projects-title"),
  "g a": going("/console/activity.html"),
  "g m": going("/console/machine.html"),
  "g d": going("/docs"),
  j: () => step(1),
  k: () => step(-1),
  x: () => here()?.querySelector("[type=checkbox]")?.click(),
  c: () => visible('#content a[href^="/console/compare.html"]')[0]?.click(),
};

// A key of this page: `keys` as in KEYS, what it does in `words`, and `act`. Returns the function that takes it back.
export function onKey(keys, words, act) {
  own.set(keys, { words, act });
  return () => own.delete(keys);
}

export const pageKeys = () => [...own.values()];

// To the next line of the lists, or the one before: its first control has the focus then, so that Enter opens it.
function step(by) {
  const rows = visible(ROWS);
  const row = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(here()) + by))];
  const control = row?.matches("a") ? row : row?.querySelector("a") ?? row?.querySelector("button, input") ?? row;
  if (control === row && row) row.tabIndex = -1;
  control?.focus();
}

// Whether single keys work, as it was chosen in this browser.
function single(wanted) {
  try {
    if (wanted !== undefined) localStorage.setItem("keys", wanted ? "" : "off");
    return localStorage.getItem("keys") !== "off";
  } catch {
    return true;
  }
}

export function help() {
  const all = [...Object.keys(texts.does).map((keys) => [keys, say(`does.${keys}`)]), ...[...own].map(([keys, { words }]) => [keys, words])];
  const line = ([keys, words]) => [el("dt", keys.split(" ").map((key) => el("kbd", key))), el("dd", words)];
  const box = el("input", { type: "checkbox", checked: single(), onchange: () => single(box.checked) });
  openDialog(say("title"), el("dl.facts", all.map(line)), el("label.check", box, say("single")));
}

// The visible way to the keys: what it says is the key itself.
export const helpButton = () => Object.assign(press("?", help, "theme"), { title: say("title"), ariaLabel: say("title") });

const palette = async () => (await import("/console/palette.js")).openPalette();

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.defaultPrevented || event.isComposing || event.altKey || key === "Shift") return;
  const control = event.ctrlKey || event.metaKey;
  if (control && key.toLowerCase() === "k") {
    event.preventDefault();
    return palette();
  }
  if (control || target.closest(WRITING) || document.querySelector("dialog[open]") || !single()) return;
  const keys = begun + key;
  clearTimeout(waiting);
  begun = keys === "g" ? "g " : "";
  waiting = setTimeout(() => (begun = ""), PATIENCE_MS);
  const act = own.get(keys)?.act ?? (Object.hasOwn(KEYS, keys) ? KEYS[keys] : null);
  if (act) event.preventDefault();
  act?.();
});
