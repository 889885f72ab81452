// One column of several models drawn over one another. What a report holds is taken for a report only where it has the shape of one.
import { drawn, picture } from "/console/charts.js";
import { el, lang, named, sayer } from "/console/kit.js";
import texts from "/console/words/compare.json" with { type: "json" };

const say = sayer(texts);
const [WIDE, HIGH, THIN, MOST_BINS, MOST_NAMES] = [300, 96, 22, 200, 10];
const figures = new Intl.NumberFormat(lang, { maximumSignificantDigits: 3 });

export const finite = (value) => (Number.isFinite(value) ? value : null);
export const mark = (at) => drawn("svg", { class: "mark", viewBox: "0 0 30 10", "aria-hidden": "true" }, drawn("path", { class: `s${at}`, d: "M0 5H30" }));
export const letter = (at) => "ABCD"[at];
const list = (value) => (Array.isArray(value) ? value.slice(0, MOST_BINS) : []);
const short = (value) => (finite(value) === null ? "–" : figures.format(value));

// Every column that a report tells of: name → what it says of it.
export const columnsOf = (report) => new Map(list(report?.fields).filter((field) => typeof field?.name === "string").map((field) => [field.name, field]));

// `fields` are what each model's report says of the column, undefined where it says nothing.
export function columnFigure(name, fields) {
  const told = fields.flatMap((field, at) => (field ? [say("columns.distance", { model: letter(at), distance: short(field.distribution_distance) })] : []));
  const unseen = fields.find((field) => finite(field?.holdout_distance) !== null);
  if (unseen) told.push(say("columns.unseen", { distance: short(unseen.holdout_distance) }));
  const about = told.join(" · ");
  const drawings = fields.flatMap((field, at) => (field?.drawing ? [{ at, ...field.drawing }] : []));
  const bins = drawings.filter(isBins);
  const parts = drawings.filter(({ form }) => form === "categories");
  return el("figure", el("h4", named(name)), el("p.soft", about),
    bins.length ? overlay(about, bins) : parts.length ? names(parts) : el("p.soft", say("columns.undrawn")));
}

const isBins = ({ form, edges, left, right }) => form === "bins" && list(edges).length > 1 && [edges, left, right].every((one) => list(one).every(Number.isFinite))
  && list(edges).every((x, at) => !at || x > edges[at - 1]);
const overlaid = (about, high, shapes) => picture("overlay", high, { "aria-label": about }, ...shapes);

// Densities, so that bins of different widths can lie over one another.
function overlay(about, bins) {
  const [low, high] = [Math.min(...bins.map(({ edges }) => edges[0])), Math.max(...bins.map(({ edges }) => list(edges).at(-1)))];
  const dense = ({ edges }, shares) => list(edges).slice(1).map((x, at) => Math.max(0, list(shares)[at] ?? 0) / (x - edges[at]));
  const lines = [["ground", bins[0], bins[0].left], ...bins.map((one) => [`s${one.at}`, one, one.right])].map(([name, one, shares]) => [name, one.edges, dense(one, shares)]);
  const top = Math.max(...lines.flatMap(([, , heights]) => heights)) || 1;
  const across = (x) => ((WIDE * (x - low)) / (high - low)).toFixed(1);
  const path = (edges, heights) => heights.map((y, at) => `V${(HIGH * (1 - y / top)).toFixed(1)}H${across(edges[at + 1])}`).join("");
  const shapes = lines.map(([name, edges, heights]) => drawn("path", { class: name, d: `M${across(edges[0])} ${HIGH}${path(edges, heights)}V${HIGH}` }));
  const end = (x) => el("span", bins[0].moment === true && Math.abs(x) < 8e12 ? new Date(x * 1000).toLocaleDateString(lang) : short(x));
  return [overlaid(about, HIGH, shapes), el("p.ends.soft", end(low), end(high))];
}

// For each name the shares of the models as lines, on the ground of the training data's.
function names(parts) {
  const labels = [...new Set(parts.flatMap((part) => list(part.labels)))].filter((label) => typeof label === "string").slice(0, MOST_NAMES);
  const share = (part, side, label) => Math.max(0, finite(list(part[side])[list(part.labels).indexOf(label)]) ?? 0);
  const most = Math.max(...labels.flatMap((label) => parts.flatMap((part) => [share(part, "left", label), share(part, "right", label)]))) || 1;
  const across = (value) => ((WIDE * value) / most).toFixed(1);
  const row = (label) => {
    const shares = parts.map((part) => share(part, "right", label));
    const lines = parts.map(({ at }, place) => drawn("path", { class: `s${at}`, d: `M0 ${3 + place * 5}H${across(shares[place])}` }));
    const ground = drawn("rect", { class: "ground", width: across(share(parts[0], "left", label)), height: THIN });
    return [named(label), overlaid(parts.map(({ at }, place) => `${letter(at)} ${short(shares[place])}`).join(", "), THIN, [ground, ...lines])];
  };
  return el("div.parted", labels.map(row));
}
