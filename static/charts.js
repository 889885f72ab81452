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

const picture = (title, about, attributes, ...shapes) =>
  drawn("svg", { class: "chart", role: "img", "aria-label": `${title}: ${about}`, ...attributes }, drawn("title", {}, title), drawn("desc", {}, about), ...shapes);

function thinned(points) {
  const step = Math.ceil(points.length / MOST_TOLD);
  return points.filter((_, at) => at % step === 0 || at === points.length - 1);
}

function heard(caption, heads, rows) {
  const row = (cells, name) => element("tr", {}, ...cells.map((text) => said(name, text)));
  return element("div", { className: "only-heard" }, element("table", {}, said("caption", caption), row(heads, "th"), ...rows.map((cells) => row(cells, "td"))));
}

// A line through `points` ([x, y], x rising), with a dashed line at `limit` and a band ([x, low, high]) where they are given. `about` says
// it in a sentence; `heads` and `tell(point)` are the heads and cells of its table.
export function lineChart({ title, about, points: given, limit, band = [], heads, tell }) {
  const points = given.length > 1 ? given : [...given, [given[0][0] + 1, given[0][1]]];
  const [first, last] = [points[0][0], points.at(-1)[0]];
  const top = Math.max(limit ?? 0, ...points.map(([, y]) => y), ...band.map(([, , high]) => high)) * 1.05 || 1;
  const across = (x) => ((x - first) / (last - first || 1)) * WIDE;
  const up = (y) => HIGH - (y / top) * HIGH;
  const path = (pairs) => pairs.map(([x, y]) => `${across(x).toFixed(1)},${up(y).toFixed(1)}`).join(" ");
  const around = [...band.map(([x, low]) => [x, low]), ...band.map(([x, , high]) => [x, high]).reverse()];
  const shapes = [
    ...(band.length ? [drawn("polygon", { class: "band", points: path(around) })] : []),
    ...(limit ? [drawn("line", { class: "limit", x1: 0, x2: WIDE, y1: up(limit), y2: up(limit) })] : []),
    drawn("polyline", { class: "line", points: path(points) }),
  ];
  const chart = picture(title, about, { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none" }, ...shapes);
  return element("figure", {}, element("figcaption", {}, element("b", { textContent: title }), " ", said("span", about, "soft")), chart, heard(title, heads, thinned(given).map(tell)));
}

// Rows of a name, a bar and a figure: the table is the chart. `rows` are [name, value, class]; a bar is as long as the largest value says.
export function barTable(caption, heads, rows, shown) {
  const most = Math.max(...rows.map(([, value]) => value), 0) || 1;
  const bar = (value) => drawn("svg", { class: "measure", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    drawn("rect", { class: "ground", width: 100, height: 8 }), drawn("rect", { class: "value", width: Math.max(0, (100 * value) / most), height: 8 }));
  const body = rows.map(([name, value, className]) => element("tr", { className: className ?? "" },
    element("th", { scope: "row" }, named(name)), element("td", {}, bar(value)), said("td", shown(value), "number")));
  const head = element("tr", {}, ...heads.map((text, at) => element("th", { scope: "col", textContent: text, className: at > 1 ? "number" : "" })));
  return element("table", { className: "grid" }, said("caption", caption), element("thead", {}, head), element("tbody", {}, ...body));
}
