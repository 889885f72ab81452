// The page of a project: its data, models, members and settings, each a section that the address names.
import { ask, attempt, begin, does, el, fill, formDialog, get, isolated, named, nothing, onSubmit, page, report, sayer, titleOf } from "/console/kit.js";
import { showJobs } from "/console/jobs.js";
import { youMay } from "/console/levels.js";
import { showFiles } from "/console/project-files.js";
import { showPeople } from "/console/project-people.js";
import { eventLine } from "/console/sentences.js";
import { usageTable } from "/console/usage.js";
import texts from "/console/words/project.json" with { type: "json" };

const say = sayer(texts);
const guid = location.pathname.split("/")[1];
const place = `/projects/${guid}`;
const [WRITE, ADMINISTRATOR, OWNER] = [2, 3, 4];
const [LINES, LOOK_MS] = [20, 5000];
const SECTIONS = ["data", "models", "members", "settings"];
let [project, level, load, list] = [null, 0, null, null];

function showTexts() {
  document.title = `${titleOf(project)} · Appliance`;
  page.title.replaceChildren(named(titleOf(project)));
  page.about.replaceChildren(named(project.description));
  page.command.replaceChildren(...say.nodes("commandName", { name: el("code", project.name) }));
  for (const name of ["display_name", "description"]) page.texts.elements[name].defaultValue = project[name];
}

function showSection() {
  const wanted = SECTIONS.includes(location.hash.slice(1)) ? location.hash.slice(1) : SECTIONS[0];
  for (const section of document.querySelectorAll("[data-section]")) section.hidden = section.dataset.section !== wanted;
  fill(page.tabs, ...SECTIONS.map((name) => el("a", { href: `#${name}`, "data-key": name, ...(name === wanted && { "aria-current": "true" }) }, say(name))));
}

async function showUsage() {
  const { usage } = await get(`/v1/appliance${place}/usage`);
  fill(page.usage, usageTable(usage, say("noUsage"), { month: true, email: true, project: false }));
}

async function showActivity() {
  const { events } = await get("/v1/activity", { query: `project:${guid}`, limit: LINES });
  page.events.replaceChildren(...events.map((event) => eventLine(event, true)));
  page["no-events"].hidden = events.length > 0;
}

function noModels() {
  if (level < WRITE) return el("p.soft.empty", say("noModelsRead"));
  return nothing(say("noModels"), el("a.button", { href: `/${guid}/models/new` }, say("newModel")), texts.modelsSame.commands[1]);
}

// The project is deleted only by whoever can type its name.
function deleteProject() {
  const name = titleOf(project);
  const label = el("label", say("deleteType", { name: isolated(name) }), el("input", { name: "typed", required: true, autocomplete: "off" }));
  formDialog(say("deleteTitle", { name: isolated(name) }), [el("p", say("deleteText")), label, el("button.danger", say("delete"))], async () => {
    await ask("DELETE", place);
    location.assign("/");
  }, ({ typed }) => (typed.trim() && typed.trim() !== name.trim() ? { typed: say("deleteOther") } : {}));
}

// The project was deleted, or somebody took me out of it, while its page was open: nothing of it is shown any more.
function leavePage() {
  page.gone.hidden = false;
  page.project.hidden = true;
  list?.end();
}

async function look() {
  if (document.hidden || page.content.hidden || page.project.hidden) return;
  const found = await get(place).catch((error) => (error.status === 404 ? leavePage() : null));
  if (found && found.level !== level) location.reload();
}

onSubmit(page.texts, async (values) => {
  ({ project } = await ask("PATCH", place, values));
  showTexts();
  report(say("saved"));
});
does(page.delete, deleteProject);
for (const [fold, show] of [[page["usage-fold"], showUsage], [page["activity-fold"], showActivity]]) fold.ontoggle = () => fold.open && attempt(show);
addEventListener("hashchange", showSection);
document.addEventListener("visibilitychange", look);
setInterval(look, LOOK_MS);
await begin(say, texts, async () => {
  try {
    ({ project, level } = await get(place));
  } catch (error) {
    if (error.status === 404) return leavePage();
    throw error;
  }
  page.project.hidden = false;
  showTexts();
  page["my-level"].textContent = youMay(level);
  page["new-model"].hidden = level < WRITE;
  page["new-model"].href = `/${guid}/models/new`;
  page.texts.hidden = page["usage-fold"].hidden = level < ADMINISTRATOR;
  page.delete.hidden = level < OWNER;
  list?.end();
  list = showJobs(page.jobs, { project: guid, none: noModels() });
  load ??= showFiles(guid, level >= WRITE);
  showSection();
  await Promise.all([load(), list.ready, showPeople(project, level)]);
});
