// The page of a model or of a run: what it is, what can be done with it, and its tabs, each with an address of its own.
import { confirmed } from "/console/dialogs.js";
import { bytes, element, elementsById, fill, headsOf, isolated, named, tableOf, when } from "/console/dom.js";
import { actor, attempt, complain, open, report } from "/console/frame.js";
import { Activity, stepWord } from "/console/job-activity.js";
import { showFailure } from "/console/job-failure.js";
import { showGenerate } from "/console/job-generate.js";
import { judged, passes } from "/console/job-steps.js";
import { showConfiguration, showData, showHistory, showReport } from "/console/job-views.js";
import { isFinal, statusWord } from "/console/jobs.js";
import "/console/log.js";
import { sameElsewhere } from "/console/same.js";
import { ask } from "/console/session.js";
import { follow } from "/console/stream.js";
import texts from "/console/words/job.json" with { type: "json" };
import { sayer, wordPage } from "/console/words.js";

const say = sayer(texts);
const [, project, , model, word, run] = location.pathname.split("/");
const ofRun = word === "runs" && Boolean(run);
const uid = ofRun ? run : model;
const base = `/${project}/models/${model}${ofRun ? `/runs/${run}` : ""}`;
const place = `/projects/${project}/models/${model}${ofRun ? `/record_handlers/${run}` : ""}`;
const [WRITE, MOST_RUNS] = [2, 100];
const VIEWS = { report: showReport, data: showData, generate: showGenerate, configuration: showConfiguration, history: showHistory };

wordPage(say);
const page = elementsById();
const activity = new Activity(page, titled);
let job = null;

async function load() {
  const [{ job: told, details }, { project: home, level }, past] = await Promise.all([
    ask("GET", `/v1/appliance/jobs/${uid}`), ask("GET", `/projects/${project}`), ask("GET", `/v1/appliance/jobs/${uid}/history`)]);
  if (told.project_guid !== home.guid || told.model_id !== model) throw new Error(say("elsewhere"));
  const { runs } = ofRun ? {} : await ask("GET", `${place}/record_handlers?limit=${MOST_RUNS}`).then(({ handlers }) => ({ runs: handlers }));
  job = { ...told, ...details, ...past, place, base, runs: runs ?? [], level, project, home: home.display_name || home.name };
  job.artifacts = past.artifacts.map((file) => ({ ...file, name: file.type, file: file.name }));
  job.passes = passes(job);
  job.mayRun = !ofRun && level >= WRITE && job.model_type !== "evaluate" && (job.status === "completed" || !isFinal(job.status));
}

const tabs = () => ["activity", ...(judged(job) ? ["report"] : []), "data", ...(job.mayRun ? ["generate"] : []), "configuration", "history"];

function tabHere() {
  const named = location.pathname.slice(base.length + 1);
  return tabs().includes(named) ? named : "activity";
}

function showTabs() {
  const here = tabHere();
  page.tabs.replaceChildren(...tabs().map((name) => {
    const link = element("a", { href: name === "activity" ? base : `${base}/${name}`, textContent: say(`tabs.${name === "generate" && job.passes ? "pass" : name}`) });
    if (name === here) link.setAttribute("aria-current", "page");
    return link;
  }));
}

let shown = "";

// The tab that the address names. What somebody fills in stays; the rest is made anew when the job has moved.
async function showTab(again = false) {
  const here = tabHere();
  showTabs();
  page.activity.hidden = here !== "activity";
  page.view.hidden = here === "activity";
  if (here === shown && (!again || here === "generate")) return;
  shown = here;
  if (here === "activity") return page.view.replaceChildren();
  const nodes = await VIEWS[here](job);
  if (shown === here) fill(page.view, ...nodes);
}

function go(event) {
  const link = event.target.closest("a");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  attempt(showTab);
  page.tabs.querySelector("[aria-current]").focus();
}

async function cancel() {
  if (!(await confirmed(...say.each("cancel", { name: isolated(job.name) })))) return;
  await ask("PATCH", place, { status: "cancelled" });
  await refresh();
}

async function remove() {
  const busy = job.runs.filter((one) => ["pending", "active"].includes(one.status)).length;
  if (busy) return complain(new Error(say("busy", { n: busy })));
  if (!(await confirmed(...say.each(ofRun ? "deleteRun" : "delete", { name: isolated(job.name), n: job.runs.length })))) return;
  await ask("DELETE", place);
  location.assign(ofRun ? base.replace(/\/runs.*/, "") : `/${project}#models`);
}

const button = (key, href) => element("a", { className: "button", href, textContent: say(`acts.${key}`) });

function showActs() {
  const [writes, over] = [job.level >= WRITE, isFinal(job.status)];
  const fruit = job.status === "completed" && job.artifacts.some((file) => file.name.startsWith("data"));
  fill(page.acts,
    ...(fruit ? [button("data", `${base}/data`)] : []),
    ...(job.mayRun && job.status === "completed" ? [button(job.passes ? "pass" : "generate", `${base}/generate`)] : []),
    ...(judged(job) && job.status === "completed" ? [button("compare", `/console/compare.html?jobs=${uid}`)] : []),
    ...(writes ? [button("clone", `/${project}/models/new?like=${uid}`)] : []),
    ...(!over && "Notification" in window ? [actor(say(notifying() ? "acts.quiet" : "acts.notify"), "", notify, "")] : []),
    ...(writes && !over ? [actor(say("acts.cancel"), job.name, cancel, "")] : []),
    ...(writes ? [actor(say("acts.delete"), job.name, remove, "danger")] : []));
}

const NOTIFY = `notify ${uid}`;
const notifying = () => sessionStorage.getItem(NOTIFY) === "on" && Notification.permission === "granted";

async function notify() {
  const on = !notifying() && (await Notification.requestPermission()) === "granted";
  sessionStorage.setItem(NOTIFY, on ? "on" : "off");
  report(say(on ? "notify.on" : Notification.permission === "denied" ? "notify.denied" : "notify.off"));
  showActs();
}

function showHead() {
  const home = element("a", { href: `/${project}` }, named(job.home));
  const parent = ofRun ? [" › ", element("a", { href: base.replace(/\/runs.*/, "") }, named(job.name))] : [];
  page.place.replaceChildren(home, ...parent);
  page.name.replaceChildren(...(ofRun ? say.nodes("runOf", { name: named(job.name) }) : [named(job.name)]));
  page.about.replaceChildren(statusWord(job.status), " ", ...say.nodes("about", { type: job.model_type, by: named(job.owner_email), when: when(job.status_history.created) }));
  showActs();
}

function titled() {
  const { word, percent } = activity.now;
  document.title = say(percent === null ? "title" : "titlePercent", { word, percent, name: job.name });
}

function showWait() {
  const { waiting } = job;
  page.wait.hidden = !waiting;
  if (!waiting) return;
  const shown = waiting.reason === "memory" ? bytes : (number) => number;
  page.wait.textContent = say(`wait.${waiting.reason}`, { n: waiting.needed, needed: shown(waiting.needed), free: shown(waiting.free) });
  if (waiting.ahead) page.wait.append(` ${say("wait.ahead", { n: waiting.ahead })}`);
}

function showRuns() {
  page.runs.hidden = ofRun || job.model_type === "evaluate" || job.status !== "completed";
  const rows = job.runs.map((one) => [element("a", { href: `${base}/runs/${one.uid}`, textContent: one.uid.slice(0, 8) }), statusWord(one.status), named(one.owner_email), when(one.status_history.created)]);
  fill(page.runs.lastElementChild, tableOf(say("runs.title"), headsOf(say.each("runs.heads")), rows, say("runs.none")));
}

function showSame() {
  const of = ofRun ? `run = model.get_record_handler("${run}")\nprint(run.status)` : "print(model.status)";
  const noun = ofRun ? "records" : "models";
  const also = ofRun ? ` --model-id ${model}` : "";
  page.same.replaceChildren(sameElsewhere({
    rest: `curl -H "Authorization: $GRETEL_API_KEY" "$GRETEL_ENDPOINT${place}?expand=logs,artifacts"\ncurl -H "Authorization: $GRETEL_API_KEY" "$GRETEL_ENDPOINT/v1/appliance/jobs/${uid}/history"`,
    python: `from gretel_client.projects import get_project\n\nmodel = get_project(name="${project}").get_model("${model}")\n${of}`,
    cli: `appliance ${noun} get${ofRun ? also : ""} ${uid} --project ${project}${ofRun ? "" : `\nappliance models logs ${uid} --project ${project}`}`,
  }));
}

async function refresh() {
  const before = job?.status;
  await load();
  showHead();
  showWait();
  showRuns();
  showSame();
  await activity.show(job);
  showFailure(page.failure, job, activity.state.log, job.level >= WRITE);
  titled();
  await showTab(before !== job.status);
  if (before && before !== job.status && isFinal(job.status) && notifying()) new Notification(`${job.name}: ${stepWord(job, job.status)}`, { icon: "/console/icon.svg" });
}

let [busy, again] = [false, false];

// Moves of this job or of its runs, one at a time.
async function moved({ reset, jobs = [] }) {
  if (!reset && !jobs.some((one) => one.uid === uid || one.model_id === model)) return;
  if (busy) return (again = true);
  busy = true;
  do {
    again = false;
    await attempt(refresh);
  } while (again);
  busy = false;
}

page.tabs.addEventListener("click", go);
addEventListener("popstate", () => attempt(showTab));
let followed = false;
await open(page.content, async () => {
  await refresh();
  if (!followed) page.log.append(element("job-log", { uid }));
  if (!followed) follow("jobs", null, moved);
  followed = true;
});
