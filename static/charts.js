// Small charts as SVG. Attributes and classes only; each has a title, a description and, for those who hear it, its table.
import { element, named, said } from "/console/dom.js";

const SPACE = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, MOST_TOLD] = [300, 72, 60];

export function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const row = (cells, name) => element("tr", {}, ...cells.map((text) => said(text ? name : "td", text)));

// A line through `points` ([x, y], x rising) under a dashed one at `limit`. `about` says it in a sentence; `heads` and `tell(point)` are the
// heads and cells of its table.
export function lineChart({ title, about, points, limit = 0, heads, tell }) {
  const [[first], [last]] = [points[0], points.at(-1)];
  const top = 1.05 * Math.max(limit, ...points.map(([, y]) => y)) || 1;
  const up = (y) => HIGH * (1 - y / top);
  const [from, wide] = last > first ? [first, last - first] : [first - 1, 1];
  const line = [[from, points[0][1]], ...points].map(([x, y]) => `${(WIDE * (x - from)) / wide},${up(y)}`);
  const shapes = [drawn("title", {}, title), drawn("desc", {}, about), drawn("polyline", { points: line.join(" ") })];
  if (limit) shapes.push(drawn("path", { class: "limit", d: `M0 ${up(limit)}H${WIDE}` }));
  const told = points.filter((_, at) => at % Math.ceil(points.length / MOST_TOLD) === 0);
  const table = element("table", {}, said("caption", title), row(heads, "th"), ...told.map((point) => row(tell(point), "td")));
  return element("figure", {}, element("figcaption", {}, said("b", title), " ", said("span", about, "soft")),
    drawn("svg", { class: "chart", role: "img", viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none" }, ...shapes), element("div", { className: "only-heard" }, table));
}

// Rows of [name, value, class] as a name, a bar and the value as `shown` tells it: the table is the chart.
export function barTable(caption, heads, rows, shown) {
  const most = Math.max(...rows.map(([, value]) => value)) || 1;
  const bar = (value) => drawn("svg", { class: "measure", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    drawn("path", { class: "limit", d: "M0 4H100" }), drawn("path", { d: `M0 4H${(100 * Math.max(0, value)) / most}` }));
  const body = rows.map(([name, value, className = ""]) => element("tr", { className },
    element("th", { scope: "row" }, named(name)), element("td", {}, bar(value)), said("td", shown(value), "number")));
  return element("table", { className: "grid" }, said("caption", caption), element("thead", {}, row(heads, "th")), element("tbody", {}, ...body));
}
