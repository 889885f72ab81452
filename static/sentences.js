// What people did, in sentences: each recorded act has one in the catalogue. In it {name|a file} is the name or, where it is not told, the
// words behind the bar, and what stands in [] is left out where its value is not known.
import { el, named, sayer, when } from "/console/kit.js";
import { levelName } from "/console/levels.js";
import texts from "/console/words/sentences.json" with { type: "json" };

const say = sayer(texts);
const { deeds, ends, sentence: frames, told, who } = texts;
const PART = /\[([^\]]*\{(\w+)\}[^\]]*)\]/g;
const HOLE = /\{(\w+)(?:\|([^}]*))?\}/;
const LIMITS = ["created", "running", "max_duration_seconds", "storage_bytes"];

// The pieces of a text, with values that may be nodes or lists of pieces.
function filled(text, values) {
  const whole = text.replace(PART, (_, part, name) => (values[name] ? part : ""));
  return whole.split(HOLE).flatMap((piece, at, all) => (at % 3 === 0 ? piece : at % 3 === 1 ? values[piece] || all[at + 1] || "" : []));
}

const strong = (text) => el("b", named(text));

// What was changed of a user, each as it was done: "disabled X and set the limits of X".
function changes({ disabled, administrator, ...rest }, name) {
  const parts = [];
  if (disabled !== undefined) parts.push(disabled ? told.disabled : told.enabled);
  if (administrator !== undefined) parts.push(administrator ? told.promoted : told.demoted);
  if (LIMITS.some((field) => field in rest)) parts.push(told.limited);
  return parts.flatMap((part, at) => [at ? frames.and : "", ...filled(part, { name: strong(name) })]);
}

// The text of an act that its details tell better than its word does; nothing where they are not known.
function better(action, { actor, name, detail }, values) {
  if (action === "password_change" && name && name !== actor) return told.password;
  if (action === "user_change" && name) {
    values.changes = changes(detail, name);
    return values.changes.length ? told.changed : "";
  }
  const { count: n, to } = detail;
  if (action !== "user_hand_over" || !name || !to || n === undefined) return "";
  values.to = strong(to);
  return n ? say("told.handOver", { who: "{who}", name: "{name}", to: "{to}", n }) : told.handOverNone;
}

// The pieces of a sentence. `deed`: actor, action, name (of what it was done to), project (its name, if it is to be told), result, detail;
// `here` is true on the page of the project, which need not be named there.
export function sentence({ actor, action, name = "", project = "", result = "", detail = {}, here = false }) {
  const title = action.startsWith("project_") ? name || project : project;
  const words = action.replaceAll("_", " ");
  const [done, todo] = deeds[action] ?? [frames.unknown, words];
  const values = { who: who[actor || "somebody"] ?? named(actor), actor: actor && named(actor), action: words, project: project && named(project), end: ends[result] ?? result,
    theProject: title || here ? filled(frames.theProject, { name: title && strong(title) }) : frames.aProject };
  if (result === "refused") {
    values.todo = filled(todo, values);
    return filled(action === "sign_in" ? frames.stranger : frames.refused, values);
  }
  const { user, level, from_level: from } = detail;
  Object.assign(values, { name: name && strong(name), user: user && user !== actor && strong(user), level: level && levelName(level), from: from && levelName(from) });
  return filled(better(action, { actor, name, detail }, values) || done, values);
}

// One event of /v1/activity as an item of a list; `here` as above.
export function eventLine({ subject, action, object, status: result, occurred_at: at }, here) {
  const { project_name: project, detail } = object.meta ?? {};
  return el("li", { tabIndex: -1 }, el("p", sentence({ actor: subject.name, action, name: object.name, project: here ? "" : project, result, detail, here })), when(at));
}
