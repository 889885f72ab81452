// One file of a project: its first rows, what its columns hold, what was made from it.
import { bytes, element, elementsById, figure, fill, headsOf, named, said, tableOf, when } from "/console/dom.js";
import { attempt, open } from "/console/frame.js";
import { jobPath, statusWord } from "/console/jobs.js";
import { grid, inspected, kindWord } from "/console/preview.js";
import { sayElsewhere } from "/console/same.js";
import { ask } from "/console/session.js";
import { deleteFile, downloadFile } from "/console/upload.js";
import texts from "/console/words/artifact.json" with { type: "json" };
import { sayer, wordPage } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
const [, guid, , encoded] = location.pathname.split("/");
const key = decodeURIComponent(encoded);
const name = key.split("_").slice(2).join("_");
const query = new URLSearchParams({ key });
const WRITE = 2;
const mark = (text) => (texts.marks[text] ? say(`marks.${text}`) : text);

const facts = (...pairs) => page.facts.replaceChildren(...pairs.filter(([, value]) => value).flatMap(([label, value]) => [said("dt", say(`facts.${label}`)), element("dd", {}, value)]));

function showFacts({ size, last_modified: added, sha256 }, profile) {
  const { delimiter, encoding, line_end: end, quote_all: quoted } = profile.dialect ?? {};
  const rows = profile.status === "ready" && say(profile.rows_estimated ? "about" : "exactly", { n: profile.rows });
  facts(["rows", rows], ["columns", rows && figure(profile.column_count)], ["size", bytes(size)], ["format", profile.format], ["compression", profile.compression],
    ["delimiter", delimiter && mark(delimiter)], ["encoding", encoding], ["end", end && mark(end)], ["quotes", quoted && say("all")], ["added", when(added)],
    ["sha256", said("code", sha256)]);
}

function columnCells(column, sampled) {
  const share = sampled ? column.missing / sampled : 0;
  const meter = element("meter", { min: 0, max: 1, value: share, ariaLabel: `${say("missing")}: ${column.name}`, hidden: !column.missing });
  const percent = share && share < 0.01 ? "< 1" : figure(Math.round(100 * share));
  return [named(column.name), kindWord(column.kind), [column.missing ? say("share", { percent, n: column.missing }) : say("none"), meter], figure(column.distinct)];
}

async function showFound(profile) {
  const preview = await ask("GET", `/v1/appliance/projects/${guid}/artifacts/preview?${query}`);
  const kinds = new Map(profile.columns.map((column) => [column.name, column.kind]));
  page.rows.replaceChildren(grid(preview.columns.map((one) => ({ name: one, kind: kinds.get(one) })), preview.rows));
  page.sampled.textContent = profile.sampled_rows < profile.rows ? say("sampled", { n: profile.sampled_rows }) : "";
  const heads = headsOf(say.each("columnHeads"), "", "short", "wide", "short");
  page.columns.replaceChildren(tableOf(say("columns"), heads, profile.columns.map((column) => columnCells(column, profile.sampled_rows)), say("noColumns")));
  page.found.hidden = false;
}

async function showUses() {
  const { uses } = await ask("GET", `/v1/appliance/projects/${guid}/artifacts/uses?${query}`);
  const rows = uses.map((job) => [element("a", { href: jobPath({ ...job, project_guid: guid }) }, named(job.name)), say(job.kind), statusWord(job.status), when(job.created_at)]);
  fill(page.uses, tableOf(say("uses"), headsOf(say.each("useHeads"), "", "short", "short", "short"), rows, say("noUses")));
}

async function show() {
  const { project, level } = await ask("GET", `/projects/${guid}`);
  const file = (await ask("GET", `/projects/${guid}/artifacts?limit=10000`)).artifacts.find((one) => one.key === key);
  if (!file) throw Object.assign(new Error(say("gone")), { status: 404 });
  document.title = `${file.name} · Appliance`;
  page.project.replaceChildren(named(project.display_name || project.name));
  page.project.href = page.back.href = `/${guid}#data`;
  page.name.replaceChildren(named(file.name));
  page["new-model"].href = `/${guid}/models/new?data=${encodeURIComponent(key)}`;
  page["new-model"].hidden = page.remove.hidden = level < WRITE;
  showFacts(file, {});
  page.state.textContent = file.inspection === "pending" ? say("pending") : "";
  await showUses();
  if (file.inspection === "pending") inspected(guid, key).then((profile) => told(file, profile)).catch(leave);
  else await told(file, await inspected(guid, key));
}

async function told(file, profile) {
  showFacts(file, profile);
  page.state.className = profile.status === "failed" ? "bad" : "";
  page.state.textContent = profile.status === "failed" ? say("failed", { why: profile.message }) : "";
  page["new-model"].hidden ||= profile.status === "failed";
  if (profile.status === "ready") await showFound(profile);
}

function leave(error) {
  if (error.status !== 404) throw error;
  page.gone.hidden = false;
  page.file.hidden = true;
  page.back.href = `/${guid}#data`;
}

page.download.addEventListener("click", () => attempt(() => downloadFile(guid, key), page.download));
page.remove.addEventListener("click", () => attempt(async () => (await deleteFile(guid, { key, name })) && location.assign(`/${guid}#data`), page.remove));
wordPage(say);
sayElsewhere(texts);
await open(page.content, () => show().catch(leave));
