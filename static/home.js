// The first page: a table in, one button, a model; and what runs here.
import { bytes, element, elementsById, isolated, named, said, span } from "/console/dom.js";
import { openDialog } from "/console/dialogs.js";
import { onSubmit } from "/console/forms.js";
import { attempt, open, report } from "/console/frame.js";
import { showGauges } from "/console/gauges.js";
import { jobPath, showJobs } from "/console/jobs.js";
import { grid, inspected, peek } from "/console/preview.js";
import { sayElsewhere } from "/console/same.js";
import { ask, session } from "/console/session.js";
import { follow } from "/console/stream.js";
import { upload } from "/console/upload.js";
import texts from "/console/words/home.json" with { type: "json" };
import { sayer, wordPage } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
const TEMPLATE = "synthetics/tabular-actgan";
const [WRITE, FEW] = [2, 12];
const SAMPLE = "customers.csv";
const LAST = "project";
let [projects, taken, room] = [[], null, Infinity];

const titleOf = (one) => one.display_name || one.name;
const query = (values) => new URLSearchParams(values);

// The project that a table goes to: the chosen one, or the person's first, made now.
async function intoProject() {
  if (page.into.value) return page.into.value;
  const { guid } = await ask("POST", "/projects", { display_name: say("first") });
  await showProjects();
  page.into.value = guid;
  return guid;
}

function showSent(sent, total) {
  page.bar.value = total ? sent / total : 0;
  page.sent.textContent = sent < total ? say("sent", { sent: bytes(sent), total: bytes(total) }) : say("checking");
}

function showTrouble(error) {
  page.trouble.textContent = error ? error.message : "";
  page.trouble.hidden = !error;
  page.again.hidden = !error || Boolean(taken.key);
  page.make.hidden = page.configure.hidden = Boolean(error);
  page.cancel.hidden = Boolean(error) || Boolean(taken.key);
  if (error) page.sent.textContent = say("stopped");
}

function showFound(profile) {
  const rows = say(profile.rows_estimated ? "rowsAbout" : "rows", { n: profile.rows });
  page.facts.textContent = say("found", { rows, columns: say("columns", { n: profile.column_count }), size: bytes(taken.file.size) });
  page.sent.textContent = say("arrived");
  page.configure.href = `/${taken.project}/models/new?${query({ data: taken.key })}`;
}

async function showRows(one) {
  const { columns, rows } = await ask("GET", `/v1/appliance/projects/${one.project}/artifacts/preview?${query({ key: one.key })}`);
  const kinds = new Map(one.profile.columns.map(({ name, kind }) => [name, kind]));
  if (one === taken) page.rows.replaceChildren(grid(columns.map((name) => ({ name, kind: kinds.get(name) })), rows.slice(0, 8)));
}

function showPlan(estimate) {
  const time = estimate?.seconds ? say("about", { least: span(estimate.seconds[0]), most: span(estimate.seconds[1]) }) : "";
  page.plan.textContent = say("plan", { name: isolated(taken.file.name), template: TEMPLATE, time });
}

const nameOf = (file) => file.name.split(".")[0].match(/[A-Za-z0-9]+/g)?.join("-").slice(0, 32).replace(/-$/, "") ?? "";

// What the model will be made from, with the server's faults and estimate.
function draft(one) {
  const changes = [{ loc: ["models", 0, "*", "data_source"], value: one.key }];
  const name = nameOf(one.file);
  if (/^[A-Za-z]/.test(name)) changes.push({ loc: ["name"], value: name });
  return ask("POST", `/v1/appliance/projects/${one.project}/draft`, { template: TEMPLATE, changes });
}

// Everything that happens to a file by itself: it goes up, is looked through, and shows what it is.
async function send(one) {
  const signal = one.cancel.signal;
  one.project = await intoProject();
  one.key = await upload(one.project, one.file, { progress: (...sent) => one === taken && showSent(...sent), signal });
  page.cancel.hidden = true;
  one.profile = await inspected(one.project, one.key, signal);
  if (one.profile.status === "failed") throw new Error(one.profile.message);
  one.draft = await draft(one);
  if (one.draft.faults.length) throw new Error(one.draft.faults[0].message);
  if (one !== taken) return;
  showFound(one.profile);
  showPlan(one.draft.estimate);
  showRows(one).catch(() => {}); // the rows that were guessed stay
}

function begin(one) {
  showTrouble(null);
  showSent(0, one.file.size);
  one.cancel = new AbortController();
  one.sent = send(one);
  one.sent.catch((error) => one === taken && error !== one.cancel.signal.reason && showTrouble(error));
}

function reset() {
  taken?.cancel?.abort();
  taken = null;
  page.taken.hidden = true;
  page.drop.hidden = false;
}

async function take(file) {
  reset();
  const found = await peek(file, room);
  page.refused.textContent = found.refused ?? "";
  page.refused.hidden = !found.refused;
  if (found.refused) return;
  taken = { file };
  page["taken-name"].replaceChildren(named(file.name));
  page.facts.textContent = found.columns ? say("guessed", { n: found.columns.length }) : "";
  page.rows.replaceChildren(...(found.columns ? [grid(found.columns, found.rows)] : []));
  page.configure.removeAttribute("href");
  page.drop.hidden = true;
  page.taken.hidden = false;
  page["taken-name"].focus();
  showPlan();
  begin(taken);
}

async function make() {
  const one = taken;
  if (!one.profile) page.sent.textContent = `${page.sent.textContent} ${say("making")}`;
  try {
    await one.sent;
  } catch {
    return; // told where it happened
  }
  const { model } = await ask("POST", `/projects/${one.project}/models`, { config: one.draft.text });
  location.assign(jobPath({ project_guid: one.project, model_id: model.uid }));
}

function dropping() {
  const over = (event, on) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    page.drop.classList.toggle("over", on);
  };
  addEventListener("dragover", (event) => over(event, true));
  addEventListener("dragleave", (event) => over(event, false));
  addEventListener("drop", (event) => {
    over(event, false);
    const files = event.dataTransfer.files;
    if (files.length > 1) report(say("several", { n: files.length }));
    if (files.length) attempt(() => take(files[0]));
  });
}

async function takeSample() {
  const answer = await fetch("/v1/appliance/sample", { cache: "force-cache" });
  if (!answer.ok) throw new Error((await answer.json()).message);
  await take(new File([await answer.blob()], SAMPLE, { type: "text/csv" }));
}

function projectLink(one) {
  const link = element("a", { href: `/${one.guid}`, title: one.name }, named(titleOf(one)));
  const same = projects.some((other) => other !== one && titleOf(other) === titleOf(one));
  if (same) link.append(" (", named(one.name), ")");
  return element("li", {}, link);
}

function listProjects() {
  const text = page.find.value.trim().toLowerCase();
  const found = projects.filter((one) => `${one.name} ${one.display_name}`.toLowerCase().includes(text));
  page["project-list"].replaceChildren(...found.map(projectLink));
  page.find.hidden = projects.length < FEW;
  page["no-project"].hidden = projects.length > 0;
}

async function showProjects() {
  projects = (await ask("GET", "/v1/appliance/projects?limit=1000")).projects;
  const [mine, before] = [projects.filter((one) => one.level >= WRITE), page.into.value || localStorage.getItem(LAST)];
  page.into.replaceChildren(...mine.map((one) => element("option", { value: one.guid, textContent: titleOf(one), selected: one.guid === before })));
  page["into-label"].hidden = mine.length < 2;
  listProjects();
}

function newProject() {
  const name = element("input", { name: "name", required: true, maxLength: 200, autocomplete: "off" });
  const form = element("form", { className: "plain" }, element("label", {}, said("span", say("projectName")), name), element("button", { textContent: say("create") }));
  onSubmit(form, async ({ name: given }) => location.assign(`/${(await ask("POST", "/projects", { display_name: given.trim() })).guid}`));
  openDialog(say("newProject"), form);
  name.focus();
}

function noJobs() {
  const button = element("button", { type: "button", textContent: say("sample"), onclick: () => attempt(takeSample, button) });
  return element("div", { className: "empty panel" }, said("p", say("noJobs")), element("p", {}, button), said("code", "appliance models create --config synthetics/tabular-actgan --in-data people.csv"));
}

async function readRoom() {
  const { machine, limits } = await ask("GET", "/v1/appliance/status");
  const { storage_bytes: used } = (await ask("GET", "/users/me/billing").catch(() => ({}))).billing?.usage ?? {};
  room = Math.min(machine.free_disk_bytes, limits.storage_bytes ? limits.storage_bytes - (used ?? 0) : Infinity);
}

const file = element("input", { type: "file", hidden: true });
file.addEventListener("change", () => {
  const [chosen] = file.files;
  file.value = "";
  if (chosen) attempt(() => take(chosen));
});
page.choose.addEventListener("click", () => file.click());
page.sample.addEventListener("click", () => attempt(takeSample, page.sample));
page.other.addEventListener("click", reset);
page.cancel.addEventListener("click", reset);
page.again.addEventListener("click", () => begin(taken));
page.make.addEventListener("click", () => attempt(make, page.make));
page.into.addEventListener("change", () => localStorage.setItem(LAST, page.into.value));
page["new-project"].addEventListener("click", newProject);
page.find.addEventListener("input", listProjects);
page.content.append(file);
wordPage(say);
sayElsewhere(texts);
dropping();
let ends = [];
let reading = null;
await open(page.content, async () => {
  for (const end of ends) end();
  await Promise.all([showProjects(), readRoom()]);
  const list = showJobs(page.jobs, { projects: projects.map((one) => [one.guid, titleOf(one)]), none: noJobs() });
  ends = [list.end, follow("machine", null, (state) => (reading = showGauges(page.gauges, state, reading)))];
  await list.ready;
});
