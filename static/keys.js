// The keyboard: what one key, or g and another, does on every page. Never while somebody types; single keys can be turned off.
import texts from "/console/words/keys.json" with { type: "json" };
import { openDialog } from "/console/dialogs.js";
import { element, said } from "/console/dom.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);
const PATIENCE_MS = 1500;
const WRITING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=listbox]";
const ROWS = "#content :is(tbody tr, .events li, .chips li, .cards > .card)";
const own = new Map();

const visible = (selector) => [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility());
const going = (address) => () => location.assign(address);
const palette = () => import("/console/palette.js").then(({ openPalette }) => openPalette());

const KEYS = {
  "Ctrl K": palette,
  "?": help,
  "/": () => visible("#content :is([type=search], [role=search] input)")[0]?.focus(),
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

// A key of this page: `keys` as KEYS has them, what it does in `words`, and `act`. Returns the function that takes it back.
export function onKey(keys, words, act) {
  own.set(keys, { words, act });
  return () => own.delete(keys);
}

export const pageKeys = () => [...own.values()];

const here = () => document.activeElement?.closest(ROWS);

// To the next line of the lists, or the one before: its first control has the focus then, so that Enter opens it.
function step(by) {
  const rows = visible(ROWS);
  const row = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(here()) + by))];
  const control = row?.matches("a") ? row : row?.querySelector("a, button") ?? row?.querySelector("input");
  if (row && !control) row.tabIndex = -1;
  (control ?? row)?.focus();
}

// What is kept of the choice to have no single keys; without a place to keep it, it is as it was.
function single(wanted) {
  try {
    if (wanted !== undefined) localStorage.setItem("keys", wanted ? "" : "off");
    return localStorage.getItem("keys") !== "off";
  } catch {
    return true;
  }
}

export function help() {
  if (document.querySelector("dialog[open]")) return;
  const shown = (keys) => keys.split(" ").flatMap((key) => [said("kbd", key), " "]);
  const line = ([keys, words]) => [element("dt", {}, ...shown(keys)), said("dd", words)];
  const common = Object.keys(texts.does).map((keys) => [keys, say(`does.${keys}`)]);
  const box = element("input", { type: "checkbox", checked: single(), onchange: () => single(box.checked) });
  openDialog(say("title"), element("dl", { className: "facts" }, ...[...common, ...[...own].map(([keys, { words }]) => [keys, words])].flatMap(line)),
    element("label", { className: "check" }, box, ` ${say("single")}`));
}

let begun = "";
let waiting = 0;

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey || event.key === "Shift") return;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "k") return done(event, KEYS["Ctrl K"]);
  if (control || !single() || event.target.closest?.(WRITING) || document.querySelector("dialog[open]")) return;
  const keys = begun + event.key;
  clearTimeout(waiting);
  begun = event.key === "g" && !begun ? "g " : "";
  waiting = setTimeout(() => (begun = ""), PATIENCE_MS);
  const act = own.get(keys)?.act ?? (Object.hasOwn(KEYS, keys) ? KEYS[keys] : null);
  if (act) done(event, act);
}

function done(event, act) {
  event.preventDefault();
  act();
}

document.addEventListener("keydown", pressed);
