// The first page: a table in, one button, a model; and what runs here.
import {
  ask, attempt, begin, bytes, does, el, formDialog, get, isolated, named, nothing, page, press, Refused, report, sayer, span, tell, titleOf
} from "/console/kit.js";
import { showGauges } from "/console/gauges.js";
import { jobPath, showJobs } from "/console/jobs.js";
import { columnsWord, grid, inspected, peek, previewOf, rowsWord, wishes } from "/console/preview.js";
import { follow } from "/console/stream.js";
import { progressIn, receive, upload } from "/console/upload.js";
import texts from "/console/words/home.json" with { type: "json" };

const say = sayer(texts);
const [TEMPLATE, SAMPLE] = ["synthetics/tabular-actgan", "customers.csv"];
const [WRITE, MANY, ROWS] = [2, 12, 8];
let [projects, taken, ends, reading] = [[], null, [], null];
const showSent = progressIn(page.bar, page.sent);
const showPlan = (name, time) => (page.plan.textContent = say("plan", { name: isolated(name), template: TEMPLATE, time }));

function showTrouble(error) {
  tell(page.trouble, error?.message);
  page.again.hidden = !error || Boolean(taken.profile);
  page.make.hidden = page.configure.hidden = page.wishes.hidden = Boolean(error);
  if (error) page.sent.textContent = say("stopped");
}

// What the model will be made from: the server's text, faults and estimate.
function draft({ project, key, file }) {
  const name = file.name.split(".")[0].match(/[A-Za-z0-9]+/g)?.join("-").slice(0, 32).replace(/-$/, "");
  const changes = [{ loc: ["models", 0, "*", "data_source"], value: key }];
  if (/^[A-Za-z]/.test(name ?? "")) changes.push({ loc: ["name"], value: name });
  return ask("POST", `/v1/appliance/projects/${project}/draft`, { template: TEMPLATE, changes });
}

// Everything that happens to a file by itself: it goes up, is looked through, and shows what it is.
async function send(one) {
  if (!page.into.value) {
    await ask("POST", "/projects", { display_name: say("first") });
    await showProjects();
  }
  one.project = page.into.value;
  one.key = await upload(one.project, one.file, (...sent) => one === taken && showSent(...sent), one.cancel.signal);
  one.profile = await inspected(one.project, one.key, one.cancel.signal);
  if (one.profile.status === "failed") throw new Refused(one.profile.message);
  one.plan = await draft(one);
  if (one.plan.faults.length) throw new Refused(one.plan.faults[0].msg);
  if (one !== taken) return;
  const { project, key, file, profile } = one;
  page.facts.textContent = say("found", { rows: rowsWord(profile), columns: columnsWord(profile.column_count), size: bytes(file.size) });
  page.sent.textContent = say("arrived");
  page.configure.href = `/${project}/models/new?${new URLSearchParams({ data: key })}`;
  page.wishes.replaceChildren(...wishes(project, key));
  const [least, most] = one.plan.estimate.seconds ?? [];
  showPlan(file.name, most ? say("about", { least: span(least), most: span(most) }) : "");
  const rows = await previewOf(project, key, profile, ROWS);
  if (one === taken) page.rows.replaceChildren(rows);
}

function start(one) {
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
  const { refused, columns, rows } = await peek(file);
  tell(page.refused, refused);
  if (refused) return;
  taken = { file };
  page["taken-name"].replaceChildren(named(file.name));
  page.facts.textContent = columns ? say("guessed", { columns: columnsWord(columns.length) }) : "";
  page.rows.replaceChildren(...(columns ? [grid(columns, rows)] : []));
  page.configure.removeAttribute("href");
  page.wishes.replaceChildren(...wishes());
  showPlan(file.name, "");
  page.drop.hidden = true;
  page.taken.hidden = false;
  page["taken-name"].focus();
  start(taken);
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

function listProjects() {
  const text = page.find.value.trim().toLowerCase();
  const shown = projects.filter((one) => `${one.name} ${one.display_name}`.toLowerCase().includes(text));
  const twin = (one) => projects.some((other) => other !== one && titleOf(other) === titleOf(one));
  page["project-list"].replaceChildren(...shown.map((one) =>
    el("li", el("a", { href: `/${one.guid}`, title: one.name }, named(titleOf(one)), twin(one) && [" (", named(one.name), ")"]))));
}

async function showProjects() {
  ({ projects } = await get("/v1/appliance/projects?limit=1000"));
  const mine = projects.filter((one) => one.level >= WRITE);
  const before = page.into.value || sessionStorage.getItem("project");
  page.into.replaceChildren(...mine.map((one) => el("option", { value: one.guid, selected: one.guid === before }, titleOf(one))));
  page["into-label"].hidden = mine.length < 2;
  page.find.hidden = projects.length < MANY;
  page["no-project"].hidden = projects.length > 0;
  listProjects();
}

function newProject() {
  const name = el("label", say("projectName"), el("input", { name: "name", required: true, maxLength: 200, autocomplete: "off" }));
  formDialog(say("newProject"), [name, el("button", say("create"))], async (given) =>
    location.assign(`/${(await ask("POST", "/projects", { display_name: given.name.trim() })).guid}`));
}

const choose = receive(page.drop, (files) => attempt(() => take(files)));
const acts = { choose, sample: takeSample, other: reset, again: () => start(taken), make, "new-project": newProject };
for (const [name, act] of Object.entries(acts)) does(page[name], act);
page.into.onchange = () => sessionStorage.setItem("project", page.into.value);
page.find.oninput = listProjects;
await begin(say, texts, async () => {
  for (const end of ends) end();
  await showProjects();
  const sample = press(say("sample"), () => attempt(takeSample, sample));
  const list = showJobs(page.jobs, { projects: projects.map((one) => [one.guid, titleOf(one)]), none: nothing(say("noJobs"), sample, texts.same.commands[0]) });
  ends = [list.end, follow("machine", null, (state) => (reading = showGauges(page.gauges, state, reading)))];
  await list.ready;
});
