// The page of a model or of a run: what it is, what can be done with it, and its tabs, each with an address of its own.
import { Activity, passes, showFailure, stepWord } from "/console/job-activity.js";
import { showGenerate } from "/console/job-generate.js";
import { showConfiguration, showData, showHistory, showReport } from "/console/job-views.js";
import { isFinal, statusWord } from "/console/jobs.js";
import {
  actor, ask, attempt, bytes, complain, confirmed, el, fill, get, isolated, named, nothing, open, page, Refused, report, sameElsewhere,
  sayer, tableFrom, titleOf, when, wordPage
} from "/console/kit.js";
import "/console/log.js";
import { follow } from "/console/stream.js";
import texts from "/console/words/job.json" with { type: "json" };

const say = sayer(texts);
const [, project, , model, word, run] = location.pathname.split("/");
const ofRun = word === "runs" && Boolean(run);
const uid = ofRun ? run : model;
const ofModel = `/${project}/models/${model}`;
const base = ofRun ? `${ofModel}/runs/${run}` : ofModel;
const place = `/projects/${project}/models/${model}${ofRun ? `/record_handlers/${run}` : ""}`;
const [WRITE, MOST_RUNS, GONE, NOTIFY] = [2, 100, 404, `notify ${uid}`];
const VIEWS = { report: showReport, data: showData, generate: showGenerate, configuration: showConfiguration, history: showHistory };

wordPage(say);
const activity = new Activity(page, titled);
let [job, known, shown, busy, again] = [null, "", "", false, false];

// A link that keeps the focus when its place is filled anew.
const link = (href, text, more = {}) => el("a", { href, "data-key": href, ...more }, text);

async function load() {
  const at = `/v1/appliance/jobs/${uid}`;
  const [{ job: told, details }, { project: home, level }, past, { handlers = [] }] = await Promise.all([
    get(at), get(`/projects/${project}`), get(`${at}/history`), ofRun ? {} : get(`${place}/record_handlers?limit=${MOST_RUNS}`)]);
  if (told.project_guid !== home.guid || told.model_id !== model) throw new Refused("", GONE);
  job = { ...told, ...details, ...past, place, base, level, runs: handlers, home: titleOf(home) };
  job.artifacts = past.artifacts.map(({ type, name, ...file }) => ({ ...file, name: type, file: name }));
}

const may = () => job.level >= WRITE;
const completed = () => job.status === "completed";
const mayRun = () => !ofRun && may() && job.model_type !== "evaluate" && (completed() || !isFinal(job.status));
const judged = () => !ofRun && job.model_type !== "noop";
const tabs = () => ["activity", ...(judged() ? ["report"] : []), "data", ...(mayRun() ? ["generate"] : []), "configuration", "history"];
const runWord = (name) => (name === "generate" && passes(job) ? "pass" : name);

// The tab that the address names. What somebody fills in stays; the rest is made anew when the job has moved.
async function showTab(anew = false) {
  const asked = location.pathname.slice(base.length + 1);
  const here = tabs().includes(asked) ? asked : "activity";
  fill(page.tabs, tabs().map((name) =>
    link(name === "activity" ? base : `${base}/${name}`, say(`tabs.${runWord(name)}`), { ariaCurrent: name === here ? "page" : null })));
  page.tabs.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "nearest" });
  page.activity.hidden = here !== "activity";
  page.view.hidden = here === "activity";
  if (here === shown && (!anew || here === "generate")) return;
  shown = here;
  const nodes = await VIEWS[here]?.(job);
  if (shown === here) fill(page.view, nodes);
}

function go(event) {
  const { href } = event.target.closest("a") ?? {};
  if (!href || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", href);
  attempt(showTab);
  page.tabs.querySelector("[aria-current]").focus();
}

async function cancel() {
  if (!(await confirmed(...say.each("cancel", { name: isolated(job.name) })))) return;
  await ask("PATCH", place, { status: "cancelled" });
  await refresh();
}

async function remove() {
  const { length } = job.runs.filter(({ status }) => ["pending", "active"].includes(status));
  if (length) return complain(new Error(say("busy", { n: length })));
  if (!(await confirmed(...say.each(ofRun ? "deleteRun" : "delete", { name: isolated(job.name), n: job.runs.length })))) return;
  await ask("DELETE", place);
  location.assign(ofRun ? ofModel : `/${project}#models`);
}

const notifying = () => sessionStorage.getItem(NOTIFY) === "on" && Notification.permission === "granted";

async function notify() {
  const on = !notifying() && (await Notification.requestPermission()) === "granted";
  sessionStorage.setItem(NOTIFY, on ? "on" : "off");
  report(say(on ? "notify.on" : Notification.permission === "denied" ? "notify.denied" : "notify.off"));
  showHead();
}

function showHead() {
  const over = isFinal(job.status);
  const acts = [
    [completed() && job.artifacts.some(({ name }) => name.startsWith("data")), "data", `${base}/data`],
    [mayRun() && completed(), runWord("generate"), `${base}/generate`],
    [job.scores?.synthetic_data_quality_score !== undefined, "compare", `/console/compare.html?jobs=${uid}`],
    [may(), "clone", `/${project}/models/new?like=${uid}`],
    [!over && "Notification" in window, !over && notifying() ? "quiet" : "notify", notify],
    [may() && !over, "cancel", cancel],
    [may(), "delete", remove, "danger"],
  ].filter(([offered]) => offered);
  fill(page.place, link(`/${project}`, named(job.home)), ofRun && [" › ", link(ofModel, named(job.name))]);
  fill(page.name, ofRun ? say.nodes("runOf", { name: named(job.name) }) : named(job.name));
  fill(page.about, statusWord(job.status), " ", say.nodes("about", { type: job.model_type, by: named(job.owner_email), when: when(job.status_history.created) }));
  fill(page.acts, acts.map(([, key, act, className = ""]) => (typeof act === "string"
    ? link(act, say(`acts.${key}`), { className: "button" }) : actor(say(`acts.${key}`), job.name, act, className))));
}

function titled() {
  const { word: step, percent } = activity.now;
  document.title = say(percent === null ? "title" : "titlePercent", { word: step, percent, name: job.name });
}

function showWait({ reason, ahead, needed, free }) {
  const amount = reason === "memory" ? bytes : (number) => number;
  page.wait.textContent = say(`wait.${reason}`, { n: needed, needed: amount(needed), free: amount(free) });
  if (ahead) page.wait.append(` ${say("wait.ahead", { n: ahead })}`);
}

// That it is done, how well, and the ways to what came of it.
function showDone() {
  const { scores, usage, artifacts } = job;
  const { synthetic_data_quality_score: quality, data_privacy_score: privacy } = scores ?? {};
  const rows = (ofRun || passes(job)) && usage?.rows_out;
  const facts = Object.entries({ quality, privacy, rows }).filter(([, n]) => Number.isFinite(n)).map(([key, n]) => say(`done.${key}`, { n }));
  const ways = ["report", "data"].filter((tab) => tabs().includes(tab) && artifacts.some(({ name }) => name.includes(tab)));
  page.done.hidden = !completed();
  if (completed()) fill(page.done, el("b", facts.length ? say("done.with", { facts: facts.join(", ") }) : say("done.plain")), " ",
    ways.map((tab) => [link(`${base}/${tab}`, say(`done.${tab}`), { className: "button" }), " "]));
}

function showRuns() {
  page.runs.hidden = !mayRun() && !job.runs.length;
  const rows = job.runs.map((one) => [
    link(`${base}/runs/${one.uid}`, one.uid.slice(0, 8)), statusWord(one.status), named(one.owner_email), when(one.status_history.created)]);
  fill(page.runs.lastElementChild, tableFrom({ caption: say("runs.title"), ...texts.runs }, rows));
}

function showSame() {
  const curl = (path) => `curl -H "Authorization: $GRETEL_API_KEY" "$GRETEL_ENDPOINT${path}"`;
  const commands = ofRun ? `records get --model-id ${model} ${run}` : `models get ${model} --project ${project}\nappliance models logs ${model}`;
  page.same.replaceChildren(sameElsewhere({
    rest: `${curl(`${place}?expand=logs,artifacts`)}\n${curl(`/v1/appliance/jobs/${uid}/history`)}`,
    python: `from gretel_client.projects import get_project\n\nmodel = get_project(name="${project}").get_model("${model}")\nprint(${ofRun ? `[run.status for run in model.get_record_handlers() if run.record_id == "${run}"]` : "model.status"})`,
    cli: `appliance ${commands} --project ${project}`,
  }));
}

// It was deleted, it is another project's, or nobody here may know: nothing of it is shown any more.
function leave(error) {
  if (error.status !== GONE) throw error;
  fill(page.content, nothing(say("gone"), el("a.button", { href: `/${project}` }, say("toProject")), `appliance models list --project ${project}`));
  return true;
}

async function refresh() {
  const before = job?.status;
  if (await load().catch(leave)) return;
  const told = JSON.stringify(job);
  if (told === known) return;
  known = told;
  showHead();
  page.wait.hidden = !job.waiting;
  if (job.waiting) showWait(job.waiting);
  showDone();
  showRuns();
  await activity.show(job);
  showFailure(page.failure, job, activity.state.log, may());
  await showTab(before !== job.status);
  if (before && before !== job.status && isFinal(job.status) && notifying()) new Notification(`${job.name}: ${stepWord(job, job.status)}`, { icon: "/console/icon.svg" });
}

// Moves of this job or of its runs, one at a time.
async function moved({ reset, jobs = [] }) {
  if (!reset && !jobs.some((one) => one.uid === uid || one.model_id === model)) return;
  again = busy;
  if (busy) return;
  busy = true;
  do {
    again = false;
    await attempt(refresh);
  } while (again);
  busy = false;
}

showSame();
page.tabs.onclick = page.done.onclick = go;
addEventListener("popstate", () => attempt(showTab));
await open(page.content, async () => {
  const first = !job;
  await refresh();
  if (!first || !job) return;
  page.log.append(el("job-log", { uid }));
  follow("jobs", null, moved);
});
