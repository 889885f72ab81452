// The first page: a table in, one button, a model; and what runs here.
import { openDialog } from "/console/dialogs.js";
import { bytes, element, elementsById, isolated, named, said, span } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { attempt, open, report } from "/console/frame.js";
import { showGauges } from "/console/gauges.js";
import { jobPath, showJobs } from "/console/jobs.js";
import { grid, inspected, peek } from "/console/preview.js";
import { sayElsewhere } from "/console/same.js";
import { ask, Refused } from "/console/session.js";
import { follow } from "/console/stream.js";
import { receive, upload } from "/console/upload.js";
import texts from "/console/words/home.json" with { type: "json" };
import { sayer, wordPage } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
const [TEMPLATE, SAMPLE] = ["synthetics/tabular-actgan", "customers.csv"];
const [WRITE, MANY, ROWS] = [2, 12, 8];
let [projects, taken] = [[], null];
const titleOf = (one) => one.display_name || one.name;

// The project that a table goes to: the chosen one, or the person's first, made now.
async function intoProject() {
  if (!page.into.value) {
    await ask("POST", "/projects", { display_name: say("first") });
    await showProjects();
  }
  return page.into.value;
}

function showSent(sent, total) {
  page.bar.value = total ? sent / total : 0;
  page.sent.textContent = sent < total ? say("sent", { sent: bytes(sent), total: bytes(total) }) : say("checking");
}

function showTrouble(error) {
  page.trouble.textContent = error?.message ?? "";
  page.trouble.hidden = !error;
  page.again.hidden = !error || Boolean(taken.profile);
  page.make.hidden = page.configure.hidden = Boolean(error);
  if (error) page.sent.textContent = say("stopped");
}

// What the model will be made from: the server's text, faults and estimate.
function draft({ project, key, file }) {
  const name = file.name.split(".")[0].match(/[A-Za-z0-9]+/g)?.join("-").slice(0, 32).replace(/-$/, "");
  const named = /^[A-Za-z]/.test(name ?? "") ? [{ loc: ["name"], value: name }] : [];
  const changes = [{ loc: ["models", 0, "*", "data_source"], value: key }, ...named];
  return ask("POST", `/v1/appliance/projects/${project}/draft`, { template: TEMPLATE, changes });
}

async function showFound({ project, key, file, profile, plan }) {
  const rows = say(profile.rows_estimated ? "rowsAbout" : "rows", { n: profile.rows });
  page.facts.textContent = say("found", { rows, columns: say("columns", { n: profile.column_count }), size: bytes(file.size) });
  page.sent.textContent = say("arrived");
  page.configure.href = `/${project}/models/new?${new URLSearchParams({ data: key })}`;
  const [least, most] = plan.estimate.seconds ?? [];
  page.plan.textContent = say("plan", { name: isolated(file.name), template: TEMPLATE, time: most ? say("about", { least: span(least), most: span(most) }) : "" });
  const preview = await ask("GET", `/v1/appliance/projects/${project}/artifacts/preview?${new URLSearchParams({ key })}`);
  const kinds = new Map(profile.columns.map((column) => [column.name, column.kind]));
  return grid(preview.columns.map((name) => ({ name, kind: kinds.get(name) })), preview.rows.slice(0, ROWS));
}

// Everything that happens to a file by itself: it goes up, is looked through, and shows what it is.
async function send(one) {
  one.project = await intoProject();
  one.key = await upload(one.project, one.file, { progress: (...sent) => one === taken && showSent(...sent), signal: one.cancel.signal });
  one.profile = await inspected(one.project, one.key, one.cancel.signal);
  if (one.profile.status === "failed") throw new Refused(one.profile.message);
  one.plan = await draft(one);
  if (one.plan.faults.length) throw new Refused(one.plan.faults[0].msg);
  const rows = one === taken && (await showFound(one));
  if (rows && one === taken) page.rows.replaceChildren(rows);
}

function begin(one) {
  showTrouble(null);
  showSent(0, one.file.size);
  one.cancel = new AbortController();
  one.sent = send(one);
  one.sent.catch((error) => one === taken && showTrouble(error));
}

function reset() {
  const before = taken;
  taken = null;
  before?.cancel.abort();
  page.taken.hidden = true;
  page.drop.hidden = false;
}

async function take([file, ...others]) {
  reset();
  if (others.length) report(say("several", { n: others.length + 1 }));
  const found = await peek(file);
  page.refused.textContent = found.refused ?? "";
  page.refused.hidden = !found.refused;
  if (found.refused) return;
  taken = { file };
  page["taken-name"].replaceChildren(named(file.name));
  page.facts.textContent = found.columns ? say("guessed", { n: found.columns.length }) : "";
  page.rows.replaceChildren(...(found.columns ? [grid(found.columns, found.rows)] : []));
  page.configure.removeAttribute("href");
  page.plan.textContent = say("plan", { name: isolated(file.name), template: TEMPLATE, time: "" });
  page.drop.hidden = true;
  page.taken.hidden = false;
  page["taken-name"].focus();
  begin(taken);
}

async function make() {
  const one = taken;
  if (!(await one.sent.then(() => true, () => false))) return; // told where it happened
  const { model } = await ask("POST", `/projects/${one.project}/models`, { config: one.plan.text });
  location.assign(jobPath({ project_guid: one.project, model_id: model.uid }));
}

async function takeSample() {
  const answer = await fetch("/v1/appliance/sample");
  if (!answer.ok) throw new Refused((await answer.json()).message, answer.status);
  await take([new File([await answer.blob()], SAMPLE, { type: "text/csv" })]);
}

function projectLink(one) {
  const link = element("a", { href: `/${one.guid}`, title: one.name }, named(titleOf(one)));
  if (projects.some((other) => other !== one && titleOf(other) === titleOf(one))) link.append(" (", named(one.name), ")");
  return element("li", {}, link);
}

function listProjects() {
  const text = page.find.value.trim().toLowerCase();
  page["project-list"].replaceChildren(...projects.filter((one) => `${one.name} ${one.display_name}`.toLowerCase().includes(text)).map(projectLink));
}

async function showProjects() {
  ({ projects } = await ask("GET", "/v1/appliance/projects?limit=1000"));
  const mine = projects.filter((one) => one.level >= WRITE);
  const before = page.into.value || sessionStorage.getItem("project");
  page.into.replaceChildren(...mine.map((one) => element("option", { value: one.guid, textContent: titleOf(one), selected: one.guid === before })));
  page["into-label"].hidden = mine.length < 2;
  page.find.hidden = projects.length < MANY;
  page["no-project"].hidden = projects.length > 0;
  listProjects();
}

function newProject() {
  const name = element("input", { name: "name", required: true, maxLength: 200, autocomplete: "off" });
  const form = element("form", { className: "plain" }, element("label", {}, said("span", say("projectName")), name), element("button", { textContent: say("create") }));
  onSubmit(form, async ({ name: given }) => location.assign(`/${(await ask("POST", "/projects", { display_name: given.trim() })).guid}`));
  openDialog(say("newProject"), form).classList.add("small");
  name.focus();
}

function noJobs() {
  const button = element("button", { type: "button", textContent: say("sample"), onclick: () => attempt(takeSample, button) });
  return element("div", { className: "empty panel" }, said("p", say("noJobs")), element("p", {}, button), said("code", texts.same.commands[0]));
}

wordPage(say);
sayElsewhere(texts);
const choose = receive(page.drop, (files) => attempt(() => take(files)));
for (const [name, act] of Object.entries({ choose, sample: takeSample, other: reset, again: () => begin(taken), make, "new-project": newProject })) {
  page[name].addEventListener("click", () => attempt(act, page[name]));
}
page.into.addEventListener("change", () => sessionStorage.setItem("project", page.into.value));
page.find.addEventListener("input", listProjects);
let [ends, reading] = [[], null];
await open(page.content, async () => {
  for (const end of ends) end();
  await showProjects();
  const list = showJobs(page.jobs, { projects: projects.map((one) => [one.guid, titleOf(one)]), none: noJobs() });
  ends = [list.end, follow("machine", null, (state) => (reading = showGauges(page.gauges, state, reading)))];
  await list.ready;
});
