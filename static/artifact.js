// One file of a project: its first rows, what its columns hold, what was made from it.
import { attempt, begin, bytes, does, el, figure, fill, get, named, page, Refused, sayer, tableFrom, tell, titleOf, when } from "/console/kit.js";
import { jobPath, statusWord } from "/console/jobs.js";
import { inspected, kindWord, previewOf, rowsWord, wishes } from "/console/preview.js";
import { deleteFile, downloadFile } from "/console/upload.js";
import texts from "/console/words/artifact.json" with { type: "json" };

const say = sayer(texts);
const [, guid, , encoded] = location.pathname.split("/");
const key = decodeURIComponent(encoded);
const MARKS = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space" };
const WRITE = 2;

function showFacts(file, { dialect = {}, ...profile }) {
  const told = profile.status === "ready";
  const facts = {
    rows: told && rowsWord(profile), columns: told && figure(profile.column_count), size: bytes(file.size),
    format: [profile.format, profile.compression].filter(Boolean).join(" · "), encoding: dialect.encoding,
    delimiter: MARKS[dialect.delimiter] ? say(`marks.${MARKS[dialect.delimiter]}`) : dialect.delimiter, added: when(file.last_modified), sha256: el("code", file.sha256),
  };
  page.facts.replaceChildren(...Object.entries(facts).filter(([, value]) => value).flatMap(([name, value]) => [el("dt", say(`facts.${name}`)), el("dd", value)]));
}

function columnCells({ name, kind, missing: n, distinct }, sampled) {
  const share = n / sampled;
  const percent = share < 0.005 ? "< 1" : Math.round(100 * share);
  const empty = n ? [say("share", { percent, n }), el("meter", { value: share, ariaLabel: say("share", { percent, n }) })] : say("none");
  return [named(name), kindWord(kind), empty, figure(distinct)];
}

async function showUses() {
  const { uses, made_by: maker } = await get(`/v1/appliance/projects/${guid}/artifacts/uses`, { key });
  const link = (job) => el("a", { href: jobPath({ ...job, project_guid: guid }) }, named(job.name));
  tell(page.maker, maker && say.nodes("maker", { job: link(maker) }));
  const rows = uses.map((job) => [link(job), say(`kinds.${job.kind}`), statusWord(job.status), when(job.created_at)]);
  fill(page.uses, tableFrom(texts.uses, rows, "", "short", "short", "short"));
}

async function showProfile(file) {
  const profile = await inspected(guid, key);
  showFacts(file, profile);
  const failed = profile.status === "failed";
  page.state.className = failed ? "bad" : "";
  page.state.textContent = failed ? say("failed", { why: profile.message }) : "";
  page["new-model"].hidden ||= failed;
  page.wishes.hidden = page["new-model"].hidden;
  if (failed) return;
  page.rows.replaceChildren(await previewOf(guid, key, profile));
  page.sampled.textContent = profile.sampled_rows < profile.rows ? say("sampled", { n: profile.sampled_rows }) : "";
  page.columns.replaceChildren(tableFrom(texts.columns, profile.columns.map((column) => columnCells(column, profile.sampled_rows)), "", "short", "wide", "short"));
  page.found.hidden = false;
}

async function show() {
  page.back.href = page.project.href = `/${guid}#data`;
  const { project, level } = await get(`/projects/${guid}`);
  const file = (await get(`/projects/${guid}/artifacts?limit=10000`)).artifacts.find((one) => one.key === key);
  if (!file) throw new Refused(say("gone"), 404);
  document.title = `${file.name} · Appliance`;
  page.project.replaceChildren(named(titleOf(project)));
  page.name.replaceChildren(named(file.name));
  page["new-model"].href = `/${guid}/models/new?${new URLSearchParams({ data: key })}`;
  page["new-model"].hidden = page.wishes.hidden = page.remove.hidden = level < WRITE;
  page.wishes.replaceChildren(...wishes(guid, key));
  does(page.download, () => downloadFile(guid, key));
  does(page.remove, async () => (await deleteFile(guid, file)) && location.assign(`/${guid}#data`));
  showFacts(file, {});
  const pending = file.inspection === "pending";
  page.state.textContent = pending ? say("pending") : "";
  await Promise.all([showUses(), pending || showProfile(file)]);
  if (pending) attempt(() => showProfile(file).catch(leave));
}

function leave(error) {
  if (error.status !== 404) throw error;
  page.gone.hidden = false;
  page.file.hidden = true;
}

await begin(say, texts, () => show().catch(leave));
