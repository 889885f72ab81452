// The Console: sign-in, and the list of jobs, kept fresh while the page is looked at. Text goes in by textContent only.
import { isFinal, jobRow, logText, showProgress } from "/console/rows.js";

const [LIVE_MS, CALM_MS] = [3000, 15000];
const [STEP, MOST] = [50, 200];
const page = Object.fromEntries([...document.querySelectorAll("[id]")].map((node) => [node.id, node]));
const project = location.pathname.split("/")[1];
const known = new Map();
let [csrf, timer, failed] = ["", 0, false];
let shown = project ? MOST : STEP;

async function ask(method, path, body) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  const sent = fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const response = await sent.catch(() => {
    throw new Error("The server does not answer. This page goes on trying.");
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status });
  return answer.data ?? answer;
}

function show(signedIn) {
  page["sign-in"].hidden = signedIn;
  page.jobs.hidden = page.account.hidden = !signedIn;
}

function complain(error) {
  page.trouble.textContent = error ? error.message : "";
  page.trouble.hidden = !error;
}

const place = (job) => `/projects/${job.project_guid}/models/${job.model_id}${job.kind === "run" ? `/record_handlers/${job.uid}` : ""}`;
const act = {
  open: (job, type, unpacked) => attempt(async () => {
    const { url } = await ask("GET", `${place(job)}/artifact?type=${type}${unpacked ? "&uncompressed=true" : ""}`);
    const link = new URL(url);
    window.open(new URL(link.pathname + link.search, location.origin), "_blank", "noopener");
  }),
  log: (job) => attempt(async () => {
    const answer = await ask("GET", `${place(job)}?expand=logs`);
    page["log-title"].textContent = `Log of ${job.name}`;
    page["log-text"].textContent = logText(answer.logs, answer.model ?? answer.handler);
    page.log.showModal();
  }),
};

async function attempt(action) {
  try {
    complain(null);
    await action();
  } catch (error) {
    complain(error);
  }
}

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
  let text = more ? `Showing the newest ${shown} jobs; there are older ones.` : jobs.length === 1 ? "1 job." : `${jobs.length || "No"} jobs${jobs.length ? "" : " yet"}.`;
  if (project) text = `${jobs.length} of this project among the newest ${MOST} jobs.`;
  if (running) text += ` ${running} not finished.`;
  if (page.count.textContent !== text) page.count.textContent = text;
  page.more.hidden = !more || shown >= MOST;
  page.table.hidden = !jobs.length;
  page.none.hidden = jobs.length > 0;
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

async function refresh() {
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
  if (document.hidden || page.jobs.hidden) return;
  let pause = LIVE_MS;
  try {
    pause = await refresh();
    if (failed) complain(null);
    failed = false;
  } catch (error) {
    failed = true;
    if (error.status === 401) show(false);
    complain(error);
  }
  clearTimeout(timer);
  timer = setTimeout(keepFresh, pause);
}

// Sign in, or find out who is. Returns why not.
async function enter(credentials, earlier = null) {
  try {
    const session = await ask(credentials ? "POST" : "GET", "/v1/appliance/session", credentials);
    csrf = session.csrf;
    page.who.textContent = session.email;
    show(true);
    complain(null);
  } catch (error) {
    show(false);
    complain(earlier ?? (credentials || error.status !== 401 ? error : null));
    return error;
  }
  await keepFresh();
}

// The printed address signs in; used up, it does no harm where somebody is signed in already.
async function enterByAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(null, "", location.pathname);
  const refused = token && (await enter({ token }));
  if (refused || !token) await enter(undefined, refused);
}

for (const id of ["by-key", "by-password"]) {
  page[id].addEventListener("submit", (event) => {
    event.preventDefault();
    enter(Object.fromEntries(new FormData(event.target)));
    event.target.reset();
  });
}
page["sign-out"].addEventListener("click", () => attempt(async () => {
  await ask("DELETE", "/v1/appliance/session");
  show(false);
}));
page.more.addEventListener("click", () => {
  shown = Math.min(shown + STEP, MOST);
  keepFresh();
});
page["log-close"].addEventListener("click", () => page.log.close());
document.addEventListener("visibilitychange", keepFresh);
addEventListener("hashchange", () => location.hash.startsWith("#token=") && enterByAddress());
page.all.hidden = !project;
await enterByAddress();
