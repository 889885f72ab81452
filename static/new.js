// A new model on one page: its data, what to do with it, and its configuration as a form and as text, which are two views of one draft.
import texts from "/console/words/new.json" with { type: "json" };
import { bytes, element, elementsById, isolated, named, said, span } from "/console/dom.js";
import { attempt, complain, open } from "/console/frame.js";
import { DraftData } from "/console/new-data.js";
import { DraftForm } from "/console/new-form.js";
import { DraftText } from "/console/new-text.js";
import { cards, USUAL } from "/console/new-why.js";
import { sameElsewhere } from "/console/same.js";
import { ask } from "/console/session.js";
import { sayer, wordPage } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
const project = location.pathname.split("/")[1];
const asked = new URLSearchParams(location.search);
const PLACE = `/v1/appliance/projects/${project}/draft`;
const [PATIENCE_MS, LOOK_MS] = [200, 800];
const MADE = new Set(["evaluate", "classify", "transforms", "transform_v2"]);
const inModel = (path) => ["models", 0, "*", ...path];

let [answer, pending, running, timer, chosen, unsent] = [null, [], null, 0, "", false];
const text = new DraftText(page.text, page.lines);
const form = new DraftForm(page, (loc, value) => set(loc, value));
const data = new DraftData(page, project, { choose: (path, key) => set(inModel(path), key), found, attempt });

// More is known of the table that is read.
function found() {
  form.offer(data.profile?.columns ?? []);
  showCards();
  sync(0);
}

const warn = (event) => event.preventDefault();
function touched(on) {
  if (on !== unsent) (on ? addEventListener : removeEventListener)("beforeunload", warn);
  unsent = on;
}

// A person has set a key; undefined takes it away. A later change of the same key stands for both.
function set(loc, value) {
  const place = JSON.stringify(loc);
  pending = [...pending.filter((one) => JSON.stringify(one.loc) !== place), value === undefined ? { loc, remove: true } : { loc, value }];
  touched(true);
  sync();
}

// Ask the server soon what is to be said of the text; one question at a time, and no answer to a text that is there no more.
function sync(wait = PATIENCE_MS) {
  page.text.ariaBusy = "true";
  clearTimeout(timer);
  timer = setTimeout(settled, wait);
}

// The draft once nothing is on its way: whether all of it has been looked at.
async function settled() {
  clearTimeout(timer);
  await (running ??= settle().finally(() => (running = null)));
  return !pending.length && answer?.text === text.value;
}

async function settle() {
  for (;;) {
    const [sent, changes] = [text.value, pending];
    pending = [];
    try {
      const found = await ask("POST", PLACE, { text: sent, changes });
      complain(null);
      if (text.value !== sent) pending = [...changes, ...pending];
      else if (pending.length) text.value = found.text;
      else return show(found);
    } catch (error) {
      if (!error.status) pending = [...changes, ...pending];
      page.text.ariaBusy = "false";
      return complain(error);
    }
  }
}

function show(found) {
  answer = found;
  text.value = found.text;
  text.mark(found.faults.map(({ line }) => line));
  form.show(found);
  data.show(found.model_type, sectionOf(found));
  const { length } = found.faults;
  page.state.textContent = length ? say("draft.faults", { n: length }) : say("draft.fine");
  if (!found.document) page.state.textContent += ` ${say("draft.unread")}`;
  page.state.className = length ? "bad" : "ok";
  page.faults.replaceChildren(...found.faults.map(faultLine));
  page.notes.hidden = !found.notes.length;
  page["notes-title"].textContent = say("draft.notes", { n: found.notes.length });
  page["notes-list"].replaceChildren(...found.notes.map(faultLine));
  showPlan(found);
  page.same.replaceChildren(sameElsewhere(ways(found.text)));
  page.text.ariaBusy = "false";
}

function sectionOf({ document }) {
  const model = document?.models?.[0];
  return (model && typeof model === "object" && Object.values(model)[0]) || document?.task?.config || {};
}

function faultLine({ line, msg }) {
  const place = line && element("button", { type: "button", className: "link", textContent: say("draft.line", { line: String(line) }), onclick: () => text.goTo(line) });
  return element("li", {}, ...(place ? [place, ": "] : []), named(msg));
}

function showPlan({ model_type: type, estimate, fields, document, faults }) {
  page.train.textContent = say(MADE.has(type) ? "go.start" : "go.train");
  if (faults.length && data.source) return (page.plan.textContent = say("go.mend"));
  const { profile } = data;
  const made = fields.find(({ key }) => key.endsWith(".num_records"));
  const told = (n) => say("data.rows", { n });
  const reads = profile && document && (MADE.has(type) || !made ? say("go.reads", { rows: told(profile.rows) }) : say("go.synthesis", { rows: told(profile.rows), made: told(made.value ?? profile.rows) }));
  const why = estimate.basis === "earlier" ? say("go.earlier", { n: estimate.jobs }) : say("go.typical");
  const time = estimate.seconds ? say("go.time", { low: span(estimate.seconds[0]), high: span(estimate.seconds[1]), why }) : say("go.later");
  const memory = estimate.memory_bytes && estimate.seconds && say("go.memory", { memory: bytes(estimate.memory_bytes) });
  return (page.plan.textContent = [reads, time, memory].filter(Boolean).join(" "));
}

// The draft as others would send it. No line of the text can end the quotation.
function ways(yaml) {
  let end = "END";
  while (yaml.split("\n").includes(end)) end += "_";
  const file = `cat > draft.yml <<'${end}'\n${yaml.replace(/\n?$/, "\n")}${end}\n`;
  return {
    rest: `${file}curl -H "Authorization: $GRETEL_API_KEY" --data-binary @draft.yml "$GRETEL_ENDPOINT/projects/${project}/models"`,
    python: `from gretel_client.projects import get_project\n\nmodel = get_project(name="${project}").create_model_obj(model_config="draft.yml")\nmodel.submit_cloud()`,
    cli: `${file}appliance models create --project ${project} --config draft.yml`,
  };
}

async function begin(template, changes = []) {
  const source = data.source && { loc: inModel(["data_source"]), value: data.source };
  chosen = template;
  showCards();
  const found = await ask("POST", PLACE, { template, changes: [...(source ? [source] : []), ...changes] });
  if (chosen !== template) return;
  pending = [];
  show(found);
}

const choose = (template, changes) => attempt(async () => {
  clearTimeout(timer);
  await begin(template, changes);
  touched(true);
});

function showCards() {
  const made = cards(data.profile, data.others).map(({ id, template, changes, why }) => {
    const card = element("button", { type: "button", className: "card" }, said("b", say(`cards.${id}.title`)), said("span", say(`cards.${id}.what`)), said("small", why));
    card.setAttribute("aria-pressed", String(chosen === template));
    card.addEventListener("click", () => choose(template, changes));
    card.dataset.key = id;
    return card;
  });
  const { key } = document.activeElement?.dataset ?? {};
  page.cards.replaceChildren(...made);
  if (key) made.find((card) => card.dataset.key === key)?.focus();
}

// The list is loaded when somebody looks for one.
async function showTemplates() {
  if (page.templates.children.length) return;
  const { templates } = await ask("GET", "/v1/appliance/templates");
  page.templates.replaceChildren(...templates.filter(({ runs }) => runs).map(({ name, title }) => element("option", { value: name, label: `${name}: ${title}` })));
}

function refuse(words, place) {
  page.refused.textContent = words;
  page.refused.hidden = !words;
  place?.focus();
}

async function train() {
  if (page.train.disabled) return;
  refuse("");
  page.train.disabled = true;
  const ready = await settled();
  page.train.disabled = ready && !answer.faults.length;
  if (!page.train.disabled) return ready && refuse(say("go.mend"), form.faulty ?? page.text);
  try {
    const { model } = await ask("POST", `/projects/${project}/models`, { config: text.value });
    touched(false);
    location.assign(`/${project}/models/${model.uid}`);
  } catch (error) {
    page.train.disabled = false;
    refuse(error.message, page.train);
  }
}

// Changes that the address asks for, LOC=VALUE with dots in LOC. They are shown and told, and do nothing by themselves.
function wanted() {
  const found = asked.getAll("change").slice(0, 20).map((one) => /^([\w.-]{1,200})=(.{0,2000})$/s.exec(one)).filter(Boolean);
  return found.map(([words, loc, value]) => ({ loc: inModel(loc.split(".")), value: /^(-?\d{1,15}(\.\d+)?|true|false|null)$/.test(value) ? JSON.parse(value) : value, words }));
}

// Where the address asks for what there is not, that is told, and the draft is the usual one.
async function opened(like, changes) {
  try {
    return await ask("POST", PLACE, { ...(like ? { like } : { template: chosen }), changes });
  } catch (error) {
    if (![400, 404].includes(error.status)) throw error;
    chosen = USUAL;
    page.origin.textContent = error.message;
    return ask("POST", PLACE, { template: USUAL });
  }
}

async function start() {
  if (answer) return;
  const [like, template, key] = ["like", "template", "data"].map((name) => asked.get(name));
  const changes = wanted();
  if (key) changes.unshift({ loc: inModel(["data_source"]), value: key });
  if (!like) chosen = template ?? USUAL;
  const opening = opened(like, changes.map(({ loc, value }) => ({ loc, value })));
  const [{ project: found }, draft] = await Promise.all([ask("GET", `/projects/${project}`), opening, data.load()]);
  document.title = `${say("title")} · ${found.display_name || found.name}`;
  page.project.href = `/${project}`;
  page.project.replaceChildren(...say.nodes("leave", { name: named(found.display_name || found.name) }));
  show(draft);
  showCards();
  await Promise.race([data.looked, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
  const told = changes.filter(({ words }) => words).map(({ words }) => isolated(words));
  const origin = [like && say("like", { name: isolated(answer.document?.name ?? like) }), told.length && say("changed", { changes: told.join(", ") })];
  page.origin.textContent ||= origin.filter(Boolean).join(" ");
}

page.text.addEventListener("input", () => {
  touched(true);
  sync();
});
page.find.addEventListener("focus", () => attempt(showTemplates));
page.find.addEventListener("input", () => [...page.templates.options].some(({ value }) => value === page.find.value) && choose(page.find.value));
page.train.addEventListener("click", train);
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]")) train();
});

wordPage(say);
open(page.content, start);
