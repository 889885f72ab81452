// A new model on one page: its data, what to do with it, and its configuration as a form and as text, which are two views of one draft.
import {
  ask, attempt, begin, bytes, complain, el, fill, get, isolated, named, page, press, sameElsewhere, sayer, span, tell, titleOf
} from "/console/kit.js";
import { data, loadFiles, project, showTables, twins } from "/console/new-data.js";
import { faulty, showForm } from "/console/new-form.js";
import { goTo, mark, write } from "/console/new-text.js";
import { cards, inModel, templateOf, USUAL } from "/console/new-why.js";
import { rowsWord } from "/console/preview.js";
import texts from "/console/words/new.json" with { type: "json" };

const say = sayer(texts);
const asked = new URLSearchParams(location.search);
const PLACE = `/v1/appliance/projects/${project}/draft`;
const [PATIENCE_MS, LOOK_MS] = [200, 800];
const MADE = new Set(["evaluate", "classify", "transforms", "transform_v2"]);

let [answer, pending, running, timer, chosen, unsent] = [null, [], null, 0, "", false];

const warn = (event) => event.preventDefault();
function touched(on) {
  if (on !== unsent) (on ? addEventListener : removeEventListener)("beforeunload", warn);
  unsent = on;
}

// A person has set a key; undefined takes it away. A later change of the same key stands for both.
function set(loc, value) {
  pending = [...pending.filter((one) => String(one.loc) !== String(loc)), value === undefined ? { loc, remove: true } : { loc, value }];
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
  return !pending.length && answer?.text === page.text.value;
}

async function settle() {
  for (;;) {
    const [text, changes] = [page.text.value, pending];
    pending = [];
    try {
      const found = await ask("POST", PLACE, { text, changes });
      complain(null);
      if (page.text.value !== text) pending = [...changes, ...pending];
      else if (pending.length) write(found.text);
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
  const { document: draft, faults, notes, text } = found;
  write(text);
  mark(faults.map(({ line }) => line));
  showForm(found, set);
  const model = draft?.models?.[0];
  showTables(found.model_type, (model && typeof model === "object" && Object.values(model)[0]) || draft?.task?.config || {});
  const state = faults.length ? say("draft.faults", { n: faults.length }) : say("draft.fine");
  page.state.textContent = draft ? state : `${state} ${say("draft.unread")}`;
  page.state.className = faults.length ? "bad" : "ok";
  page.faults.replaceChildren(...faults.map(faultLine));
  tell(page.notes, notes.length && [el("summary", say("draft.notes", { n: notes.length })), el("ul", notes.map(faultLine))]);
  showPlan(found);
  page.same.replaceChildren(sameElsewhere(ways(text)));
  page.text.ariaBusy = "false";
}

const faultLine = ({ line, msg }) => el("li", line && [press(say("draft.line", { line: String(line) }), () => goTo(line), "link"), ": "], named(msg));

function showPlan({ model_type: type, estimate: { seconds, memory_bytes: memory, basis, jobs }, fields, document: draft, faults }) {
  page.train.textContent = say(MADE.has(type) ? "go.start" : "go.train");
  if (faults.length && data.source) return tell(page.plan, say("go.mend"));
  const made = fields.find(({ key }) => key.endsWith(".num_records"));
  const rows = data.profile && rowsWord(data.profile);
  const reads = rows && draft && (MADE.has(type) || !made ? say("go.reads", { rows }) : say("go.synthesis", { rows, made: rowsWord({ rows: made.value ?? data.profile.rows }) }));
  const why = basis === "earlier" ? say("go.earlier", { n: jobs }) : say("go.typical");
  const time = seconds ? say("go.time", { low: span(seconds[0]), high: span(seconds[1]), why }) : say("go.later");
  return tell(page.plan, [reads, time, memory && seconds && say("go.memory", { memory: bytes(memory) })].filter(Boolean).join(" "));
}

// The draft as others would send it. No line of the text can end the quotation; what is pasted has a line break at every kind of it.
function ways(text) {
  const yaml = text.replace(/\r\n?/g, "\n");
  let end = "END";
  while (yaml.split("\n").includes(end)) end += "_";
  const file = `cat > draft.yml <<'${end}'\n${yaml.replace(/\n?$/, "\n")}${end}\n`;
  return {
    rest: `${file}curl -H "Authorization: $GRETEL_API_KEY" --data-binary @draft.yml "$GRETEL_ENDPOINT/projects/${project}/models"`,
    python: `from gretel_client.projects import get_project\n\nmodel = get_project(name="${project}").create_model_obj(model_config="draft.yml")\nmodel.submit_cloud()`,
    cli: `${file}appliance models create --project ${project} --config draft.yml`,
  };
}

const choose = (template, changes = []) => attempt(async () => {
  clearTimeout(timer);
  chosen = template;
  showCards();
  const source = data.source ? [{ loc: inModel(["data_source"]), value: data.source }] : [];
  const found = await ask("POST", PLACE, { template, changes: [...source, ...changes] });
  if (chosen === template) {
    pending = [];
    show(found);
  }
  touched(true);
});

function showCards() {
  fill(page.cards, ...cards(data.profile, twins()).map(({ id, template, changes, why }) =>
    el("button.card", { type: "button", onclick: () => choose(template, changes), "aria-pressed": String(chosen === template), "data-key": id },
      el("b", say(`cards.${id}.title`)), el("span", say(`cards.${id}.what`)), el("small", why))));
}

// The list is loaded when somebody looks for one.
async function showTemplates() {
  if (page.templates.children.length) return;
  const { templates } = await get("/v1/appliance/templates");
  page.templates.replaceChildren(...templates.filter(({ runs }) => runs).map(({ name, title }) => el("option", { value: name, label: `${name}: ${title}` })));
}

function refuse(words, place) {
  tell(page.refused, words);
  place?.focus();
}

async function train() {
  if (page.train.disabled) return;
  refuse("");
  page.train.disabled = true;
  const ready = await settled();
  page.train.disabled = ready && !answer.faults.length;
  if (!page.train.disabled) return ready && refuse(say("go.mend"), faulty() ?? page.text);
  try {
    const { model } = await ask("POST", `/projects/${project}/models`, { config: page.text.value });
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
  if (!like) chosen = template ?? USUAL;
  const sent = [...(key ? [{ loc: inModel(["data_source"]), value: key }] : []), ...changes.map(({ loc, value }) => ({ loc, value }))];
  const [{ project: found }, draft] = await Promise.all([get(`/projects/${project}`), opened(like, sent), loadFiles()]);
  document.title = `${say("title")} · ${titleOf(found)}`;
  page.project.href = `/${project}`;
  page.project.replaceChildren(...say.nodes("leave", { name: named(titleOf(found)) }));
  show(draft);
  chosen ||= templateOf(draft.model_type);
  showCards();
  await Promise.race([data.looked, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
  const told = changes.map(({ words }) => isolated(words)).join(", ");
  const origin = [like && say("like", { name: isolated(answer.document?.name ?? like) }), told && say("changed", { changes: told })];
  page.origin.textContent ||= origin.filter(Boolean).join(" ");
}

data.choose = (path, key) => set(inModel(path), key);
data.found = () => {
  page["column-names"].replaceChildren(...(data.profile?.columns ?? []).map(({ name }) => el("option", { value: name })));
  showCards();
  sync(0);
};
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
begin(say, texts, start);
