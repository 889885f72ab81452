// One file of a project: its first rows, what its columns hold, what was made from it.
import { bytes, element, elementsById, figure, fill, headsOf, named, said, tableOf, when } from "/console/dom.js";
import { attempt, open } from "/console/frame.js";
import { jobPath, statusWord } from "/console/jobs.js";
import { grid, inspected, kindWord } from "/console/preview.js";
import { sayElsewhere } from "/console/same.js";
import { ask, Refused } from "/console/session.js";
import { deleteFile, downloadFile } from "/console/upload.js";
import texts from "/console/words/artifact.json" with { type: "json" };
import { sayer, wordPage } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
const [, guid, , encoded] = location.pathname.split("/");
const key = decodeURIComponent(encoded);
const query = new URLSearchParams({ key });
const MARKS = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space" };
const WRITE = 2;

function showFacts(file, { dialect = {}, ...profile }) {
  const told = profile.status === "ready";
  const facts = {
    rows: told && say(profile.rows_estimated ? "about" : "exactly", { n: profile.rows }), columns: told && figure(profile.column_count), size: bytes(file.size),
    format: [profile.format, profile.compression].filter(Boolean).join(" · "), encoding: dialect.encoding,
    delimiter: MARKS[dialect.delimiter] ? say(`marks.${MARKS[dialect.delimiter]}`) : dialect.delimiter, added: when(file.last_modified), sha256: said("code", file.sha256),
  };
  page.facts.replaceChildren(...Object.entries(facts).filter(([, value]) => value).flatMap(([name, value]) => [said("dt", say(`facts.${name}`)), element("dd", {}, value)]));
}

function columnCells({ name, kind, missing, distinct }, sampled) {
  const share = missing / sampled;
  const meter = element("meter", { min: 0, max: 1, value: share, ariaLabel: say("share", { percent: Math.round(100 * share), n: missing }) });
  const empty = missing ? [say("share", { percent: share < 0.005 ? "< 1" : Math.round(100 * share), n: missing }), meter] : say("none");
  return [named(name), kindWord(kind), empty, figure(distinct)];
}

async function showFound(profile) {
  const preview = await ask("GET", `/v1/appliance/projects/${guid}/artifacts/preview?${query}`);
  const kinds = new Map(profile.columns.map((column) => [column.name, column.kind]));
  page.rows.replaceChildren(grid(preview.columns.map((name) => ({ name, kind: kinds.get(name) })), preview.rows));
  page.sampled.textContent = profile.sampled_rows < profile.rows ? say("sampled", { n: profile.sampled_rows }) : "";
  const heads = headsOf(say.each("columnHeads"), "", "short", "wide", "short");
  page.columns.replaceChildren(tableOf(say("columns"), heads, profile.columns.map((column) => columnCells(column, profile.sampled_rows)), ""));
  page.found.hidden = false;
}

async function showUses() {
  const { uses, made_by: maker } = await ask("GET", `/v1/appliance/projects/${guid}/artifacts/uses?${query}`);
  const link = (job) => element("a", { href: jobPath({ ...job, project_guid: guid }) }, named(job.name));
  page.maker.hidden = !maker;
  if (maker) page.maker.replaceChildren(...say.nodes("maker", { job: link(maker) }));
  const rows = uses.map((job) => [link(job), say(`kinds.${job.kind}`), statusWord(job.status), when(job.created_at)]);
  fill(page.uses, tableOf(say("uses"), headsOf(say.each("useHeads"), "", "short", "short", "short"), rows, say("noUses")));
}

async function showProfile(file) {
  const profile = await inspected(guid, key);
  showFacts(file, profile);
  const failed = profile.status === "failed";
  page.state.classList.toggle("bad", failed);
  page.state.textContent = failed ? say("failed", { why: profile.message }) : "";
  page["new-model"].hidden ||= failed;
  if (!failed) await showFound(profile);
}

async function show() {
  page.back.href = page.project.href = `/${guid}#data`;
  const { project, level } = await ask("GET", `/projects/${guid}`);
  const file = (await ask("GET", `/projects/${guid}/artifacts?limit=10000`)).artifacts.find((one) => one.key === key);
  if (!file) throw new Refused(say("gone"), 404);
  document.title = `${file.name} · Appliance`;
  page.project.replaceChildren(named(project.display_name || project.name));
  page.name.replaceChildren(named(file.name));
  page["new-model"].href = `/${guid}/models/new?${new URLSearchParams({ data: key })}`;
  page["new-model"].hidden = page.remove.hidden = level < WRITE;
  page.download.onclick = () => attempt(() => downloadFile(guid, key), page.download);
  page.remove.onclick = () => attempt(async () => (await deleteFile(guid, file)) && location.assign(`/${guid}#data`), page.remove);
  showFacts(file, {});
  page.state.textContent = file.inspection === "pending" ? say("pending") : "";
  await Promise.all([showUses(), file.inspection === "pending" || showProfile(file)]);
  if (file.inspection === "pending") attempt(() => showProfile(file).catch(leave));
}

function leave(error) {
  if (error.status !== 404) throw error;
  page.gone.hidden = false;
  page.file.hidden = true;
}

wordPage(say);
sayElsewhere(texts);
await open(page.content, () => show().catch(leave));
