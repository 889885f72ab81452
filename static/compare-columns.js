// One column of several models drawn over one another. What a report holds is taken for a report only where it has the shape of one.
import texts from "/console/words/compare.json" with { type: "json" };
import { drawn } from "/console/charts.js";
import { element, named, said } from "/console/dom.js";
import { lang, sayer } from "/console/words.js";

const say = sayer(texts);
const [WIDE, HIGH, MOST_BINS, MOST_NAMES] = [300, 96, 200, 10];

export const finite = (value) => (Number.isFinite(value) ? value : null);
export const mark = (at) => drawn("svg", { class: "mark", viewBox: "0 0 30 10", "aria-hidden": "true" }, drawn("path", { class: `s${at}`, d: "M0 5H30" }));
const list = (value) => (Array.isArray(value) ? value.slice(0, MOST_BINS) : []);
const short = (value) => new Intl.NumberFormat(lang, { maximumSignificantDigits: 3 }).format(value);
const edge = (value, moment) => (moment && Math.abs(value) < 8e12 ? new Date(value * 1000).toLocaleDateString(lang) : short(value));

// Every column that a report tells of: name → what it says of it.
export function columnsOf(report) {
  const known = list(report?.fields).filter((field) => typeof field?.name === "string");
  return new Map(known.map((field) => [field.name, field]));
}

// `fields` are what each model's report says of the column, undefined where it says nothing.
export function columnFigure(name, fields) {
  const told = fields.flatMap((field, at) => (field ? [say("columns.distance", { model: "ABCD"[at], distance: figureOf(field.distribution_distance) })] : []));
  const unseen = fields.map((field) => finite(field?.holdout_distance)).find((value) => value !== null);
  if (unseen !== undefined) told.push(say("columns.unseen", { distance: short(unseen) }));
  const about = told.join(" · ");
  return element("figure", {}, element("h4", {}, named(name)), said("p", about, "soft"), ...picture(about, fields.map((field) => field?.drawing)));
}

const figureOf = (value) => (finite(value) === null ? "–" : short(value));

function picture(about, drawings) {
  const bins = drawings.flatMap((drawing, at) => stepsOf(drawing, at));
  if (bins.length) return overlay(about, bins);
  const parts = drawings.flatMap((drawing, at) => (drawing?.form === "categories" ? [{ at, drawing }] : []));
  return parts.length ? [names(parts)] : [said("p", say("columns.undrawn"), "soft")];
}

// The densities of a drawing of bins, so that bins of different widths can lie over one another.
function stepsOf(drawing, at) {
  const [edges, left, right] = [drawing?.edges, drawing?.left, drawing?.right].map(list);
  const sound = drawing?.form === "bins" && edges.length > 1 && [...edges, ...left, ...right].every(Number.isFinite) && edges.every((x, i) => !i || x > edges[i - 1]);
  const dense = (shares) => edges.slice(1).map((x, i) => Math.max(0, shares[i] ?? 0) / (x - edges[i]));
  return sound ? [{ at, edges, moment: drawing.moment === true, trained: dense(left), made: dense(right) }] : [];
}

function overlay(about, bins) {
  const low = Math.min(...bins.map(({ edges }) => edges[0]));
  const wide = Math.max(...bins.map(({ edges }) => edges.at(-1))) - low;
  const top = Math.max(...bins.flatMap(({ made }) => made), ...bins[0].trained) || 1;
  const path = (edges, dense) => dense.map((y, i) => `V${(HIGH * (1 - y / top)).toFixed(1)}H${((WIDE * (edges[i + 1] - low)) / wide).toFixed(1)}`).join("");
  const begun = (edges, dense) => `M${((WIDE * (edges[0] - low)) / wide).toFixed(1)} ${HIGH}${path(edges, dense)}V${HIGH}`;
  const shapes = [drawn("path", { class: "ground", d: begun(bins[0].edges, bins[0].trained) }), ...bins.map(({ at, edges, made }) => drawn("path", { class: `s${at}`, d: begun(edges, made) }))];
  const chart = drawn("svg", { class: "overlay", role: "img", "aria-label": about, viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none" }, ...shapes);
  return [chart, element("p", { className: "ends soft" }, said("span", edge(low, bins[0].moment)), said("span", edge(low + wide, bins[0].moment)))];
}

// For each name the shares of the models as lines, in figures for those who hear them, on the ground of the training data's.
function names(parts) {
  const labels = [...new Set(parts.flatMap(({ drawing }) => list(drawing.labels).filter((label) => typeof label === "string")))].slice(0, MOST_NAMES);
  const share = ({ drawing }, side, label) => finite(list(drawing[side])[list(drawing.labels).indexOf(label)]) ?? 0;
  const most = Math.max(...labels.flatMap((label) => parts.flatMap((part) => [share(part, "left", label), share(part, "right", label)]))) || 1;
  const across = (value) => Math.max(0, (WIDE * value) / most).toFixed(1);
  const row = (label) => {
    const about = parts.map((part) => `${"ABCD"[part.at]} ${short(share(part, "right", label))}`).join(", ");
    const lines = parts.map((part, i) => drawn("path", { class: `s${part.at}`, d: `M0 ${3 + i * 5}H${across(share(part, "right", label))}` }));
    const ground = drawn("rect", { class: "ground", width: across(share(parts[0], "left", label)), height: 22 });
    return [named(label), drawn("svg", { class: "overlay parts", role: "img", "aria-label": about, viewBox: `0 0 ${WIDE} 22`, preserveAspectRatio: "none" }, ground, ...lines)];
  };
  return element("div", { className: "parted" }, ...labels.flatMap(row));
}
