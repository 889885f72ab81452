// Building blocks of pages. Text goes in by textContent only; text of strangers is isolated, so that its direction stays its own.
import texts from "/console/words/frame.json" with { type: "json" };
import { lang, sayer } from "/console/words.js";

const say = sayer(texts);

const nodesOf = (parts) => parts.flat(Infinity).filter((part) => part || part === 0);

// An element: `name` and its classes as in "p.soft.empty"; its properties, where there are any (attributes, where their names have a hyphen);
// its children, in lists or not, without those that are null, false or empty. A listener that is a property must not return false.
export function el(name, ...parts) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  const properties = parts[0]?.constructor === Object ? parts.shift() : {};
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-")) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...nodesOf(parts));
  return made;
}

export const press = (text, onclick, className = "") => el("button", { type: "button", onclick, className }, text);
export const named = (text) => el("bdi", text);
// A choice among [value, text]; without a text the value is shown.
export const choice = (options, properties = {}) => el("select", properties, options.map(([value, text = value]) => el("option", { value }, text)));
// Text of strangers inside a sentence that is no node.
export const isolated = (text) => `\u2068${text}\u2069`;
export const elementsById = () => Object.fromEntries([...document.querySelectorAll("[id]")].map((node) => [node.id, node]));

const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30.4], ["month", 12], ["year", Infinity]];
const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
const figures = new Intl.NumberFormat(lang);

// "3 days ago" or "in 2 hours".
export function distance(from, to = Date.now()) {
  let span = (from - to) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(span) < size) return unit === "second" ? say("now") : relative.format(Math.round(span), unit);
    span /= size;
  }
  return "";
}

// A time as a distance from now; the exact time is its title.
export function when(iso) {
  const at = new Date(iso);
  return el("time", { dateTime: iso, title: at.toLocaleString() }, distance(at));
}

// The time of a use, which is noted once an hour: what was noted in this hour tells no more than that.
export const lately = (iso) => (Date.now() - new Date(iso) < 3600 * 1000 ? say("lately") : when(iso));

export const figure = (number) => figures.format(number);

export function bytes(size) {
  for (const unit of ["B", "KiB", "MiB", "GiB", "TiB"]) {
    if (size < 1024 || unit === "TiB") return `${size < 10 && unit !== "B" ? size.toFixed(1) : Math.round(size)}\u00a0${unit}`;
    size /= 1024;
  }
  return "";
}

export function span(seconds) {
  if (seconds < 60) return `${seconds && seconds < 1 ? "< 1" : Math.round(seconds)}\u00a0s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)}\u00a0min`;
  const hours = seconds / 3600;
  return `${hours < 10 && hours % 1 ? hours.toFixed(1) : Math.round(hours)}\u00a0h`;
}

// Heads of a table: their words, and the class of each.
export const headsOf = (texts, ...classes) => texts.map((text, at) => [text, classes[at] ?? ""]);

// Put new children in; focus stays on the control that has the same data-key.
export function fill(place, ...children) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...nodesOf(children));
  if (!key) return;
  const again = [...place.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key);
  const near = again ?? place.closest("section")?.querySelector("h2, h3");
  if (!again) near?.setAttribute("tabindex", "-1");
  near?.focus({ preventScroll: true });
}

// A table that becomes a list of cards on a narrow screen. `heads` are [words, class]; `rows` are arrays of cells, each a text, a node or
// an array of those; the first names the row. Without rows there is the sentence `none`.
export function tableOf(caption, heads, rows, none) {
  if (!rows.length) return el("p.soft.empty", none);
  const head = ([text, className = ""]) => (text ? el("th", { scope: "col", role: "columnheader", className }, text) : el("td", { role: "cell", className }));
  const cell = ([text, className = ""], at, inner) =>
    el(at ? "td" : "th", { className, "data-head": text, ...(at ? { role: "cell" } : { role: "rowheader", scope: "row" }) }, el("div", inner));
  const body = rows.map((cells) => el("tr", { role: "row" }, heads.map((one, at) => cell(one, at, cells[at]))));
  return el("table", { role: "table" }, el("caption", caption),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads.map(head))), el("tbody", { role: "rowgroup" }, body));
}

// A wide table in a box that it scrolls in. `heads` are texts or nodes, `rows` rows.
export function gridOf(caption, heads, rows) {
  const head = heads.map((one) => (one ? el("th", { scope: "col" }, one) : el("td")));
  return el("div.scroll", { tabIndex: 0, role: "region", ariaLabel: caption },
    el("table.grid", el("caption", caption), el("thead", el("tr", head)), el("tbody", rows)));
}
