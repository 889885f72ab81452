// The Console's first page and the page of a project: the list of jobs, kept fresh while the page is looked at.
import { element, elementsById, named } from "/console/dom.js";
import { attempt, complain, open } from "/console/frame.js";
import { showProject } from "/console/project.js";
import { isFinal, jobRow, logText, showProgress } from "/console/rows.js";
import { ask, session } from "/console/session.js";

const SAYS = {
  older: (shown) => `Showing the newest ${shown} jobs; there are older ones.`,
  jobs: (number) => (number === 1 ? "1 job." : number ? `${number} jobs.` : "No jobs yet."),
  ofProject: (number, most) => `${number} of this project among the newest ${most} jobs.`,
  unfinished: (number) => ` ${number} not finished.`,
  log: (name) => `Log of ${name}`,
};
const [LIVE_MS, CALM_MS] = [3000, 15000];
const [STEP, MOST] = [50, 200];
const page = elementsById();
const project = location.pathname.split("/")[1];
const known = new Map();
let [timer, failed, mayTrain] = [0, false, true];
let shown = project ? MOST : STEP;

const place = (job) => `/projects/${job.project_guid}/models/${job.model_id}${job.kind === "run" ? `/record_handlers/${job.uid}` : ""}`;
const act = {
  open: (job, type, unpacked) => attempt(async () => {
    const { url } = await ask("GET", `${place(job)}/artifact?type=${type}${unpacked ? "&uncompressed=true" : ""}`);
    const link = new URL(url);
    window.open(new URL(link.pathname + link.search, location.origin), "_blank", "noopener");
  }),
  log: (job) => attempt(async () => {
    const answer = await ask("GET", `${place(job)}?expand=logs`);
    page["log-title"].textContent = SAYS.log(job.name);
    page["log-text"].textContent = logText(answer.logs, answer.model ?? answer.handler);
    page.log.showModal();
  }),
};

// The row of a job, made anew only when something of it changed: focus and selection stay where they are.
function rowOf(job) {
  const entry = known.get(job.uid) ?? { after: 0 };
  const text = JSON.stringify([job, entry.details]);
  if (entry.text !== text) Object.assign(entry, { text, row: jobRow(job, entry.details, act) });
  known.set(job.uid, entry);
  return entry.row;
}

function render(jobs) {
  const rows = jobs.map(rowOf);
  if (rows.some((row, at) => row !== page.rows.children[at]) || rows.length !== page.rows.children.length) page.rows.replaceChildren(...rows);
}

function count(jobs, more) {
  const running = jobs.filter((job) => !isFinal(job)).length;
  let text = project ? SAYS.ofProject(jobs.length, MOST) : more ? SAYS.older(shown) : SAYS.jobs(jobs.length);
  if (running) text += SAYS.unfinished(running);
  if (page.count.textContent !== text) page.count.textContent = text;
  page.more.hidden = !more || shown >= MOST;
  page.table.hidden = !jobs.length;
  page.none.hidden = jobs.length > 0 || !mayTrain;
  page["first-of-reader"].hidden = jobs.length > 0 || mayTrain;
}

// What the list leaves out: files and hint of a job that has ended (asked once), progress of one that runs.
async function complete(job) {
  const entry = known.get(job.uid);
  if (job.status === "active") {
    const { events, next } = await ask("GET", `/v1/appliance/jobs/${job.uid}/events?after=${entry.after}&level=error`);
    entry.after = next;
    showProgress(entry.row, events.findLast((event) => event.type === "progress"));
  } else if (["completed", "error", "lost"].includes(job.status) && !entry.details) {
    entry.details = (await ask("GET", `/v1/appliance/jobs/${job.uid}`)).details;
  }
}

// The project was deleted, or somebody took me out of it, while its page was open: nothing of it is shown any more.
function leavePage() {
  page.gone.hidden = false;
  page.project.hidden = page.jobs.hidden = true;
}

async function refresh() {
  if (project) await ask("GET", `/projects/${project}`);
  const found = (await ask("GET", `/v1/appliance/jobs?limit=${Math.min(shown + 1, MOST)}`)).jobs;
  const jobs = found.slice(0, shown).filter((job) => !project || job.project_guid === project);
  count(jobs, found.length > shown || found.length === MOST);
  render(jobs);
  await Promise.allSettled(jobs.map(complete));
  render(jobs);
  return jobs.every(isFinal) ? CALM_MS : LIVE_MS;
}

async function keepFresh() {
  clearTimeout(timer);
  if (document.hidden || page.content.hidden || page.jobs.hidden) return;
  let pause = LIVE_MS;
  try {
    pause = await refresh();
    if (failed) complain(null);
    failed = false;
  } catch (error) {
    if (project && error.status === 404) return leavePage();
    failed = true;
    if (error.status !== 401) complain(error);
  }
  clearTimeout(timer);
  timer = setTimeout(keepFresh, pause);
}

const titleOf = (one) => one.display_name || one.name;

async function showProjects() {
  const { projects } = await ask("GET", "/projects?limit=1000");
  const times = new Map();
  for (const one of projects) times.set(titleOf(one), (times.get(titleOf(one)) ?? 0) + 1);
  const links = projects.map((one) => {
    const same = times.get(titleOf(one)) > 1 && one.display_name ? [" (", named(one.name), ")"] : [];
    return element("li", {}, element("a", { href: `/${one.guid}`, title: one.name }, named(titleOf(one)), ...same));
  });
  page["project-list"].replaceChildren(...links);
  page.projects.hidden = !links.length;
}

page.more.addEventListener("click", () => {
  shown = Math.min(shown + STEP, MOST);
  keepFresh();
});
page["log-close"].addEventListener("click", () => page.log.close());
document.addEventListener("visibilitychange", keepFresh);
page.all.hidden = !project;
await open(page.content, async () => {
  page.jobs.hidden = false;
  page["first-of-owner"].hidden = !session.me.is_owner;
  page["first-of-user"].hidden = session.me.is_owner;
  if (project) mayTrain = await showProject(page, project);
  else await showProjects();
  await keepFresh();
});
