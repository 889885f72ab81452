// What people want to do with a table, and why: said from its profile, and no more than that says.
import texts from "/console/words/new.json" with { type: "json" };
import { isolated } from "/console/dom.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);
const SOUNDS = /(^|[^a-z])(e?mail|phone|mobile|fax|ssn|iban|passport|birth|dob|street|address|postcode|zip|^name|(first|last|full|sur|user|maiden|middle)_?name|ip)([^a-z]|$)/i;
const MOST = 4;
export const USUAL = "synthetics/tabular-actgan";

function names(columns) {
  const listed = columns.slice(0, MOST).map(({ name }) => isolated(name)).join(", ");
  return columns.length > MOST ? say("why.more", { names: listed, n: columns.length - MOST }) : listed;
}

// A column whose values come back, beside one of dates.
function sequence(profile) {
  const order = profile.columns.find(({ kind }) => kind === "datetime");
  const repeats = ({ name, kind, distinct }) => /(^|_|[a-z])(id|key|no|number)s?$/i.test(name) && kind !== "datetime" && distinct > 10 && distinct < profile.sampled_rows * 0.8;
  const key = order && profile.columns.find(repeats);
  return key && { key: key.name, order: order.name, n: key.distinct, rows: profile.sampled_rows };
}

const change = (key, value) => ({ loc: ["models", 0, "*", key], value });

// Cards: { id, template, changes, why }. `profile` is null before there is a table; `others`: tables of the project with the same columns.
export function cards(profile, others) {
  const columns = profile?.columns ?? [];
  const [written, sounding, identifiers] = [columns.filter(({ kind }) => kind === "text"), columns.filter(({ name }) => SOUNDS.test(name)), columns.filter(({ kind }) => kind === "identifier")];
  const row = profile && sequence(profile);
  const personal = sounding.length ? say("why.named", { names: names(sounding) }) : identifiers.length ? say("why.identifiers", { names: names(identifiers) }) : say("why.unnamed");
  const reason = (text) => (profile ? text : "");
  const found = [
    { id: "synthesize", template: USUAL, why: written.length ? say("why.text", { names: names(written) }) : say("why.plain") },
    { id: "private", template: "synthetics/tabular-differential-privacy", why: say("why.private") },
    { id: "classify", template: "classify/default", why: reason(personal) },
    { id: "transform", template: "transform/default", why: reason(sounding.length || identifiers.length ? personal : say("why.transform")) },
    { id: "evaluate", template: "evaluate/default", why: reason(others.length ? say("why.pair", { name: isolated(others[0].name) }) : say("why.alone")) },
  ];
  if (row) {
    const changes = [change("group_training_examples_by", row.key), change("order_training_examples_by", row.order)];
    found.splice(1, 0, { id: "sequences", template: "navigator_ft/time-series", changes, why: say("why.sequences", { ...row, key: isolated(row.key), order: isolated(row.order) }) });
  }
  return found;
}
