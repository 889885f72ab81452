// Small charts as SVG, each with a title, a description and, for those who hear it, its table.
import { el, gridOf, named } from "/console/dom.js";

const [WIDE, HIGH, MOST_TOLD] = [300, 72, 60];

export function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// A picture as wide as its place, whatever its shapes are drawn on.
export const picture = (name, high, attributes, ...shapes) =>
  drawn("svg", { class: name, role: "img", viewBox: `0 0 ${WIDE} ${high}`, preserveAspectRatio: "none", ...attributes }, ...shapes);

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
  return el("figure", el("figcaption", el("b", title), " ", el("span.soft", about)), picture("chart", HIGH, {}, ...shapes),
    el("div.only-heard", el("table", el("caption", title), el("tr", heads.map((head) => el("th", head))), told.map((one) => el("tr", tell(one).map((cell) => el("td", cell)))))));
}

// Rows of [name, value, class] as a name, a bar and the value as `shown` tells it: the table is the chart.
export function barTable(caption, heads, rows, shown) {
  const max = Math.max(...rows.map(([, value]) => value)) || 1;
  return gridOf(caption, heads, rows.map(([name, value, className = ""]) => el("tr", { className }, el("th", { scope: "row" }, named(name)),
    el("td", el("progress", { max, value: Math.max(0, value), ariaHidden: "true" })), el("td.number", shown(value)))));
}
