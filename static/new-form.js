// The form of the draft, made from the fields that the server tells: each change becomes a change of the text.
import texts from "/console/words/new.json" with { type: "json" };
import { element, said } from "/console/dom.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);
const has = (part, key) => typeof key.split(".").reduce((found, name) => found?.[name], texts[part]) === "string";
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const shown = (value) => (Array.isArray(value) ? value.join("\n") : value === null || value === undefined ? "" : String(value));
const isList = ({ kind }) => kind === "columns" || kind === "list";
const isUnder = (loc, place) => place.every((key, at) => loc[at] === key);

// What a control stands for: nothing means that the key goes. A number that is none stays a text, for the server to say so.
function valueOf(field, control) {
  if (control.type === "checkbox") return control.checked;
  const text = control.value.trim();
  if (!text) return undefined;
  if (control.tagName === "SELECT") return JSON.parse(text);
  if (isList(field)) return text.split("\n").map((line) => line.trim()).filter(Boolean);
  return ["integer", "number"].includes(field.kind) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function select(field) {
  const told = (value) => (value === null ? say("draft.off") : value === true ? say("draft.yes") : value === false ? say("draft.no") : value);
  const values = [...(field.kind === "boolean" ? [true, false] : field.choices), ...(field.nullable ? [null] : [])];
  const options = values.map((value) => element("option", { value: JSON.stringify(value), textContent: told(value) }));
  return element("select", {}, element("option", { value: "", textContent: say("draft.default", { value: told(field.default) }) }), ...options);
}

function controlOf(field) {
  if (field.kind === "boolean" && !field.nullable) return element("input", { type: "checkbox" });
  if (["choice", "boolean"].includes(field.kind)) return select(field);
  if (isList(field)) return element("textarea", { rows: 2, spellcheck: false });
  const control = element("input", { autocomplete: "off", placeholder: shown(field.default), inputMode: field.kind === "integer" ? "numeric" : "text" });
  if (field.kind === "column") control.setAttribute("list", "column-names");
  return control;
}

function show(field, control) {
  if (control.type === "checkbox") return (control.checked = field.value === true);
  const text = !field.given ? "" : control.tagName === "SELECT" ? JSON.stringify(field.value) : shown(field.value);
  return control.value === text || (control === document.activeElement && same(valueOf(field, control), field.value)) || (control.value = text);
}

// The form calls `change(loc, value)` with what a person sets; undefined takes the key away.
export class DraftForm {
  constructor(page, change) {
    [this.page, this.change, this.made, this.key] = [page, change, [], ""];
    this.columns = element("datalist", { id: "column-names" });
    page.form.append(this.columns);
    page.form.addEventListener("submit", (event) => event.preventDefault());
  }

  fields(answer) {
    const name = answer.document?.name;
    const own = { loc: ["name"], key: "name", kind: "text", value: name, given: name !== undefined, default: null, first: true, takes: say("draft.nameHelp") };
    return answer.document ? [own, ...answer.fields] : [];
  }

  // Show what the text says, and each fault at its field.
  show(answer) {
    const fields = this.fields(answer);
    if (!fields.length) return this.rest(true);
    this.rest(false);
    const key = `${answer.model_type} ${fields.map((field) => field.key)}`;
    if (key !== this.key) this.make(fields.filter((field) => field.kind !== "object"));
    this.key = key;
    const values = new Map(fields.map((field) => [field.key, field]));
    for (const one of this.made) show(Object.assign(one.field, values.get(one.field.key)), one.control);
    this.page.objects.textContent = say("draft.objects", { names: fields.filter((field) => field.kind === "object").map((field) => field.key).join(", ") });
    this.page.objects.hidden = !fields.some((field) => field.kind === "object");
    for (const one of this.made) this.mark(one, answer.faults.filter((fault) => isUnder(fault.loc, one.field.loc)));
  }

  rest(on) {
    this.page.form.inert = on;
    this.page.form.classList.toggle("soft", on);
  }

  make(fields) {
    this.made = fields.map((field) => this.makeOne(field));
    const [first, rest] = [true, false].map((wanted) => this.made.filter(({ field }) => field.first === wanted).map((one) => one.label));
    this.page.first.replaceChildren(...first);
    this.page.rest.replaceChildren(...rest);
    this.page.more.hidden = !rest.length;
  }

  makeOne(field) {
    const control = controlOf(field);
    const title = field.key === "name" ? say("draft.name") : has("keys", field.key) ? say(`keys.${field.key}`) : field.key;
    const help = has("help", field.key) ? say(`help.${field.key}`) : isList(field) ? "" : `${field.takes[0].toUpperCase()}${field.takes.slice(1)}`;
    const [small, wrong] = [said("small", help), said("span", "", "wrong")];
    [small.id, wrong.id] = [`help-${field.key}`, `wrong-${field.key}`];
    if (isList(field)) small.append(` ${say("draft.lines")}`);
    control.setAttribute("aria-describedby", `${small.id} ${wrong.id}`);
    control.name = field.key;
    const told = () => this.change(field.loc, valueOf(field, control));
    control.addEventListener(["checkbox", "select-one"].includes(control.type) ? "change" : "input", told);
    const box = control.type === "checkbox";
    const label = element("label", { className: box ? "check" : "", title: field.key }, ...(box ? [control, title] : [title, control]));
    return { field, control, wrong, label: element("div", {}, label, small, " ", wrong) };
  }

  mark({ field, control, wrong }, faults) {
    wrong.textContent = faults.map((fault) => fault.msg).join(" ");
    control.setAttribute("aria-invalid", String(faults.length > 0));
    if (faults.length && !field.first) this.page.more.open = true;
  }

  // The first control with a fault.
  get faulty() {
    return this.made.find(({ wrong }) => wrong.textContent)?.control;
  }

  offer(columns) {
    this.columns.replaceChildren(...columns.map(({ name }) => element("option", { value: name })));
  }
}
