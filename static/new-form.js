// The form of the draft, made from the fields that the server tells: each change becomes a change of the text.
import { choice, el, page, sayer, tell } from "/console/kit.js";
import texts from "/console/words/new.json" with { type: "json" };

const say = sayer(texts);
const has = (part, key) => typeof key.split(".").reduce((found, name) => found?.[name], texts[part]) === "string";
const shown = (value) => (Array.isArray(value) ? value.join("\n") : String(value ?? ""));
const isList = ({ kind }) => kind === "columns" || kind === "list";
let [made, key] = [[], ""];

// What a control stands for: nothing means that the key goes. A number that is none stays a text, for the server to say so.
function valueOf(field, control) {
  if (control.type === "checkbox") return control.checked;
  const text = control.value.trim();
  if (!text) return undefined;
  if (control.tagName === "SELECT") return JSON.parse(text);
  if (isList(field)) return text.split("\n").map((line) => line.trim()).filter(Boolean);
  return ["integer", "number"].includes(field.kind) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function controlOf({ key: name, kind, nullable, choices, default: usual }) {
  const about = { name, "aria-describedby": `help-${name} wrong-${name}` };
  if (kind === "boolean" && !nullable) return el("input", { type: "checkbox", ...about });
  if (["choice", "boolean"].includes(kind)) {
    const told = (value) => (value === null ? say("draft.off") : value === true ? say("draft.yes") : value === false ? say("draft.no") : value);
    const values = [...(kind === "boolean" ? [true, false] : choices), ...(nullable ? [null] : [])];
    return choice([["", say("draft.default", { value: told(usual) })], ...values.map((value) => [JSON.stringify(value), told(value)])], about);
  }
  if (isList({ kind })) return el("textarea", { rows: 2, spellcheck: false, ...about });
  const control = el("input", { autocomplete: "off", placeholder: shown(usual), inputMode: kind === "integer" ? "numeric" : "text", ...about });
  if (kind === "column") control.setAttribute("list", "column-names");
  return control;
}

function show(field, control) {
  if (control.type === "checkbox") return (control.checked = field.value === true);
  const text = !field.given ? "" : control.tagName === "SELECT" ? JSON.stringify(field.value) : shown(field.value);
  const typing = control === document.activeElement && JSON.stringify(valueOf(field, control)) === JSON.stringify(field.value);
  if (!typing && control.value !== text) control.value = text;
}

function make(field, change) {
  const [control, list] = [controlOf(field), isList(field)];
  const title = field.key === "name" ? say("draft.name") : has("keys", field.key) ? say(`keys.${field.key}`) : field.key;
  const help = has("help", field.key) ? say(`help.${field.key}`) : list ? "" : field.takes[0].toUpperCase() + field.takes.slice(1);
  const wrong = el("span.wrong", { id: `wrong-${field.key}` });
  const box = control.type === "checkbox";
  control.addEventListener(box || control.tagName === "SELECT" ? "change" : "input", () => change(field.loc, valueOf(field, control)));
  const label = el(box ? "label.check" : "label", { title: field.key }, box ? [control, title] : [title, control]);
  return { field, control, wrong, label: el("div", label, el("small", { id: `help-${field.key}` }, help, list && ` ${say("draft.lines")}`), " ", wrong) };
}

// Show what the text says, and each fault at its field. A person's change calls `change(loc, value)`; undefined takes the key away.
export function showForm({ document: draft, model_type: type, fields: others, faults }, change) {
  page.form.inert = !draft;
  page.form.classList.toggle("soft", !draft);
  if (!draft) return;
  const { name } = draft;
  const own = { loc: ["name"], key: "name", kind: "text", value: name, given: name !== undefined, default: null, first: true, takes: say("draft.nameHelp") };
  const fields = [own, ...others];
  const [objects, plain] = [true, false].map((wanted) => fields.filter((field) => (field.kind === "object") === wanted));
  const before = key;
  key = `${type} ${fields.map((field) => field.key)}`;
  if (key !== before) {
    made = plain.map((field) => make(field, change));
    const [first, rest] = [true, false].map((wanted) => made.filter(({ field }) => field.first === wanted).map(({ label }) => label));
    page.first.replaceChildren(...first);
    page.rest.replaceChildren(...rest);
    page.more.hidden = !rest.length;
  }
  tell(page.objects, objects.length && say("draft.objects", { names: objects.map((field) => field.key).join(", ") }));
  for (const { field, control, wrong } of made) {
    show(Object.assign(field, plain.find((one) => one.key === field.key)), control);
    const found = faults.filter(({ loc }) => field.loc.every((step, at) => loc[at] === step));
    wrong.textContent = found.map(({ msg }) => msg).join(" ");
    control.setAttribute("aria-invalid", String(found.length > 0));
    if (found.length && !field.first) page.more.open = true;
  }
}

// The first control with a fault.
export const faulty = () => made.find(({ wrong }) => wrong.textContent)?.control;

page.form.addEventListener("submit", (event) => event.preventDefault());
