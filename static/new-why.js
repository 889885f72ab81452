// What people want to do with a table, and why: said from its profile, and no more than that says.
import { isolated, sayer } from "/console/kit.js";
import texts from "/console/words/new.json" with { type: "json" };

const say = sayer(texts);
const SOUNDS = /(^|[^a-z])(e?mail|phone|mobile|fax|ssn|iban|passport|birth|dob|street|address|postcode|zip|^name|(first|last|full|sur|user|maiden|middle)_?name|ip)([^a-z]|$)/i;
const MOST = 4;
export const USUAL = "synthetics/tabular-actgan";
// The template of the card that a model's type fits best.
export const templateOf = (type) => ({
  actgan: USUAL, navigator_ft: "navigator_ft/time-series", tabular_dp: "synthetics/tabular-differential-privacy",
  classify: "classify/default", transforms: "transform/default", transform_v2: "transform/default", evaluate: "evaluate/default",
})[type];
export const inModel = (path) => ["models", 0, "*", ...path];

function names(columns) {
  const listed = columns.slice(0, MOST).map(({ name }) => isolated(name)).join(", ");
  return columns.length > MOST ? say("why.more", { names: listed, n: columns.length - MOST }) : listed;
}

// A column whose values come back, beside one of dates.
function sequence({ columns, sampled_rows: rows }) {
  const order = columns.find(({ kind }) => kind === "datetime")?.name;
  const repeats = ({ name, kind, distinct }) => /(^|_|[a-z])(id|key|no|number)s?$/i.test(name) && kind !== "datetime" && distinct > 10 && distinct < rows * 0.8;
  const key = order && columns.find(repeats);
  return key && { key: key.name, order, n: key.distinct, rows };
}

// Cards: { id, template, changes, why }. `profile` is null before there is a table; `others`: tables of the project with the same columns.
export function cards(profile, others) {
  const columns = profile?.columns ?? [];
  const [written, identifiers] = ["text", "identifier"].map((wanted) => columns.filter(({ kind }) => kind === wanted));
  const sounding = columns.filter(({ name }) => SOUNDS.test(name));
  const row = profile && sequence(profile);
  const personal = sounding.length ? say("why.named", { names: names(sounding) }) : identifiers.length ? say("why.identifiers", { names: names(identifiers) }) : "";
  const reason = (text) => (profile ? text : "");
  const found = [
    ["synthesize", USUAL, written.length ? say("why.text", { names: names(written) }) : say("why.plain")],
    row && ["sequences", "navigator_ft/time-series", say("why.sequences", { ...row, key: isolated(row.key), order: isolated(row.order) }),
      ["group", "order"].map((role) => ({ loc: inModel([`${role}_training_examples_by`]), value: role === "group" ? row.key : row.order }))],
    ["private", "synthetics/tabular-differential-privacy", say("why.private")],
    ["classify", "classify/default", reason(personal || say("why.unnamed"))],
    ["transform", "transform/default", reason(personal || say("why.transform"))],
    ["evaluate", "evaluate/default", reason(others.length ? say("why.pair", { name: isolated(others[0].name) }) : say("why.alone"))],
  ];
  return found.filter(Boolean).map(([id, template, why, changes]) => ({ id, template, why, changes }));
}
