// The head of a project's page: what it is, what I may do here, what it used and what happened in it.
import { fill } from "/console/dom.js";
import { eventLine } from "/console/events.js";
import { attempt } from "/console/frame.js";
import { youMay } from "/console/levels.js";
import { showPeople } from "/console/project-people.js";
import { ask } from "/console/session.js";
import { usageTable } from "/console/usage.js";

const SAYS = {
  noUsage: "Nothing has been used yet.",
};
const [WRITE, ADMINISTRATOR, LINES] = [2, 3, 20];

async function showUsage(page, guid) {
  const { usage } = await ask("GET", `/v1/appliance/projects/${guid}/usage`);
  fill(page.usage, usageTable(usage, SAYS.noUsage, { month: true, email: true, project: false }));
}

async function showActivity(page, guid) {
  const { events } = await ask("GET", `/v1/activity?${new URLSearchParams({ query: `project:${guid}`, limit: LINES })}`);
  page.events.replaceChildren(...events.map((event) => eventLine(event, true)));
  page["no-events"].hidden = events.length > 0;
}

let watched = false;

// What is folded is asked for when it is unfolded.
function watch(page, guid) {
  if (watched) return;
  watched = true;
  for (const [fold, show] of [[page["project-usage"], showUsage], [page["project-activity"], showActivity]]) {
    fold.addEventListener("toggle", () => fold.open && attempt(() => show(page, guid)));
  }
}

const quoted = (name) => (/^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`);

// The commands for a first job name this project, not the one that they would choose by themselves.
function showFirst(page, { name }) {
  const [shell, python] = [page["first-shell"], page["first-python"]];
  shell.textContent = shell.textContent.replace(/models create( --project .*?)? --config/, () => `models create --project ${quoted(name)} --config`);
  python.textContent = python.textContent.replace(/Gretel\(project_name=".*"\)/, () => `Gretel(project_name=${JSON.stringify(name)})`);
}

export async function showProject(page, guid) {
  const { project, level } = await ask("GET", `/projects/${encodeURIComponent(guid)}`).catch((error) => {
    page.jobs.hidden = error.status === 404;
    throw error;
  });
  document.title = `${project.display_name || project.name} · Appliance`;
  page["project-title"].textContent = project.display_name || project.name;
  page["project-about"].textContent = [project.display_name && project.name, project.description].filter(Boolean).join(" · ");
  page["my-level"].textContent = youMay(level);
  page["project-usage"].hidden = level < ADMINISTRATOR;
  page.project.hidden = false;
  watch(page, guid);
  showFirst(page, project);
  await showPeople(page, project, level);
  return level >= WRITE;
}
