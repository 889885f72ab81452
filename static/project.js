// The page of a project: its data, models, members and settings, each a section that the address names.
import { openDialog } from "/console/dialogs.js";
import { element, elementsById, fill, isolated, named, said } from "/console/dom.js";
import { eventLine } from "/console/sentences.js";
import { onSubmit } from "/console/forms.js";
import { attempt, open, report } from "/console/frame.js";
import { showJobs } from "/console/jobs.js";
import { youMay } from "/console/levels.js";
import { showFiles } from "/console/project-files.js";
import { showPeople } from "/console/project-people.js";
import { sayElsewhere } from "/console/same.js";
import { ask } from "/console/session.js";
import { usageTable } from "/console/usage.js";
import texts from "/console/words/project.json" with { type: "json" };
import { sayer, wordPage } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
const guid = location.pathname.split("/")[1];
const place = `/projects/${guid}`;
const [WRITE, ADMINISTRATOR, OWNER] = [2, 3, 4];
const [LINES, LOOK_MS] = [20, 5000];
const SECTIONS = ["data", "models", "members", "settings"];
let [project, level, load, list] = [null, 0, null, null];
const titleOf = () => project.display_name || project.name;

function showTexts() {
  document.title = `${titleOf()} · Appliance`;
  page.title.replaceChildren(named(titleOf()));
  page.about.replaceChildren(named(project.description));
  page.command.replaceChildren(...say.nodes("commandName", { name: said("code", project.name) }));
}

function showSection() {
  const wanted = SECTIONS.includes(location.hash.slice(1)) ? location.hash.slice(1) : SECTIONS[0];
  for (const section of document.querySelectorAll("[data-section]")) section.hidden = section.dataset.section !== wanted;
  const links = SECTIONS.map((name) => element("a", { href: `#${name}`, textContent: say(name) }));
  links[SECTIONS.indexOf(wanted)].setAttribute("aria-current", "true");
  for (const [at, link] of links.entries()) link.dataset.key = SECTIONS[at];
  fill(page.tabs, ...links);
}

async function showUsage() {
  const { usage } = await ask("GET", `/v1/appliance${place}/usage`);
  fill(page.usage, usageTable(usage, say("noUsage"), { month: true, email: true, project: false }));
}

async function showActivity() {
  const { events } = await ask("GET", `/v1/activity?${new URLSearchParams({ query: `project:${guid}`, limit: LINES })}`);
  page.events.replaceChildren(...events.map((event) => eventLine(event, true)));
  page["no-events"].hidden = events.length > 0;
}

function noModels() {
  if (level < WRITE) return said("p", say("noModelsRead"), "soft empty");
  const link = element("a", { className: "button", href: `/${guid}/models/new`, textContent: say("newModel") });
  return element("div", { className: "empty panel" }, said("p", say("noModels")), element("p", {}, link), said("code", texts.modelsSame.commands[1]));
}

// The project is deleted only by whoever can type its name.
function deleteProject() {
  const name = titleOf();
  const field = element("input", { name: "typed", required: true, autocomplete: "off" });
  const form = element("form", { className: "plain" }, said("p", say("deleteText")), element("label", {}, said("span", say("deleteType", { name: isolated(name) })), field),
    element("button", { className: "danger", textContent: say("delete") }));
  const check = ({ typed }) => (typed.trim() && typed.trim() !== name.trim() ? { typed: say("deleteOther") } : {});
  onSubmit(form, async () => {
    await ask("DELETE", place);
    location.assign("/");
  }, check);
  openDialog(say("deleteTitle", { name: isolated(name) }), form).classList.add("small");
  field.focus();
}

function prepare() {
  onSubmit(page.texts, async (values) => {
    project = (await ask("PATCH", place, values)).project;
    page.texts.elements.display_name.defaultValue = project.display_name;
    page.texts.elements.description.defaultValue = project.description;
    showTexts();
    report(say("saved"));
  });
  page.delete.addEventListener("click", deleteProject);
  for (const [fold, show] of [["usage-fold", showUsage], ["activity-fold", showActivity]]) {
    page[fold].addEventListener("toggle", () => page[fold].open && attempt(show));
  }
  addEventListener("hashchange", showSection);
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_MS);
}

// The project was deleted, or somebody took me out of it, while its page was open: nothing of it is shown any more.
function leavePage() {
  page.gone.hidden = false;
  page.project.hidden = true;
  list?.end();
}

async function look() {
  if (document.hidden || page.content.hidden || page.project.hidden) return;
  const found = await ask("GET", place).catch((error) => (error.status === 404 ? leavePage() : null));
  if (found && found.level !== level) location.reload();
}

async function show() {
  try {
    ({ project, level } = await ask("GET", place));
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
  page.texts.elements.display_name.defaultValue = project.display_name;
  page.texts.elements.description.defaultValue = project.description;
  page.delete.hidden = level < OWNER;
  list?.end();
  list = showJobs(page.jobs, { project: guid, none: noModels() });
  load ??= showFiles(page, guid, level >= WRITE);
  showSection();
  await Promise.all([load(), list.ready, showPeople(page, project, level)]);
}

wordPage(say);
sayElsewhere(texts);
prepare();
await open(page.content, show);
