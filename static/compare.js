// Two to four models side by side: scores, facts, configurations, and each column drawn over one another. The first is what the rest are
// measured against.
import texts from "/console/words/compare.json" with { type: "json" };
import { columnFigure, columnsOf, finite, mark } from "/console/compare-columns.js";
import { bytes, element, elementsById, fill, figure, isolated, named, said, span, tableOf, when } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { actor, attempt, open } from "/console/frame.js";
import { linkTo } from "/console/job-table.js";
import { sameElsewhere } from "/console/same.js";
import { ask } from "/console/session.js";
import { sayer, wordPage } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
const [MOST, VERSION, SHOWN] = [4, 2, 12];
const LETTERS = "ABCD";
let models = [];
let all = [];
let shown = SHOWN;

const named4 = () => [...new Set((new URLSearchParams(location.search).get("jobs") ?? "").split(",").filter(Boolean))].slice(0, MOST);

// What is known of a model; `trouble` is why there is less than there could be.
async function load(uid) {
  const model = { uid, name: uid, trouble: "", report: null };
  try {
    Object.assign(model, await ask("GET", `/v1/appliance/jobs/${encodeURIComponent(uid)}`));
    model.name = model.job.name;
    if (model.job.kind !== "train") return { ...model, trouble: say("troubles.run") };
    const path = `/projects/${model.job.project_guid}/models/${model.uid}`;
    model.config = (await ask("GET", path)).model.config;
    model.report = await reportOf(path);
    const version = finite(model.report?.report_version) ?? 0;
    model.trouble = !model.report ? say("troubles.none") : version < VERSION ? say("troubles.older") : version > VERSION ? say("troubles.newer") : "";
  } catch (error) {
    model.trouble = error.status === 404 ? say("troubles.gone") : error.message;
  }
  return model;
}

async function reportOf(path) {
  const answer = await fetch(await linkTo({ place: path }, "report_json"));
  const report = answer.ok ? await answer.json().catch(() => null) : null;
  return typeof report === "object" ? report : null;
}

const heads = (first) => [[first, "wide"], ...models.map(({ name }, at) => [`${LETTERS[at]} ${isolated(name)}`])];

function showChosen() {
  const line = (model, at) => {
    const name = model.job ? element("a", { href: `/${model.job.project_guid}/models/${model.uid}` }, named(model.name)) : named(model.name);
    return element("li", {}, mark(at), ` ${LETTERS[at]} `, name, " ", ...(model.trouble ? [said("span", `${model.trouble} `, "warn")] : []),
      actor(say("remove"), model.name, () => choose(models.filter((one) => one !== model).map(({ uid }) => uid))));
  };
  fill(page.chosen, ...models.map(line));
  const free = all.filter(({ uid }) => models.every((model) => model.uid !== uid));
  const options = free.map((job) => element("option", { value: job.uid, textContent: `${job.name} · ${job.project_name} · ${new Date(job.status_history.created).toLocaleString()}` }));
  page.chooser.hidden = models.length >= MOST || !free.length;
  page.chooser.replaceChildren(element("label", {}, said("span", say("add")), element("select", { name: "model" }, ...options)), element("button", { textContent: say("put") }));
}

async function choose(uids) {
  history.replaceState(null, "", `${location.pathname}?jobs=${uids.map(encodeURIComponent).join(",")}`);
  const known = new Map(models.map((model) => [model.uid, model]));
  models = await Promise.all(uids.map((uid) => known.get(uid) ?? load(uid)));
  shown = SHOWN;
  show();
}

const wholeOf = (model, key) => {
  const raw = finite(model.report?.[key]?.raw_score);
  return raw === null ? null : Math.trunc(raw);
};

function scoreCell(model, at, key, scores) {
  const score = scores[at];
  if (score === null) return say("scores.none");
  const others = scores.filter((other, place) => place !== at && other !== null);
  const { low, high, reference } = model.report.intervals?.scores?.[key] ?? {};
  const parts = [said("b", figure(score))];
  if (at && scores[0] !== null) parts.push(` ${say(score === scores[0] ? "scores.same" : "scores.delta", { delta: `${score > scores[0] ? "+" : "−"}${Math.abs(score - scores[0])}` })}`);
  if (others.length && others.every((other) => other < score)) parts.push(" ", said("span", say("scores.best"), "ok"));
  if (finite(low) !== null && finite(high) !== null) parts.push(" ", said("span", say("scores.interval", { low: Math.trunc(low), high: Math.trunc(high) }), "soft"));
  if (finite(reference) !== null) parts.push(" ", said("span", say("scores.reference", { score: Math.trunc(reference) }), "soft"));
  return parts;
}

function scoreRows() {
  return Object.keys(texts.scores.names).flatMap((key) => {
    const scores = models.map((model) => wholeOf(model, key));
    return scores.every((score) => score === null) ? [] : [[say(`scores.names.${key}`), ...models.map((model, at) => scoreCell(model, at, key, scores))]];
  });
}

const orDash = (value, write = String) => (value === null || value === undefined || value === "" ? "–" : write(value));
const FACTS = {
  type: ({ job }) => orDash(job?.model_type),
  made: ({ job }) => orDash(job?.status_history.created, when),
  trained: ({ report }) => orDash(finite(report?.left_rows), figure),
  held: ({ report }) => orDash(finite(report?.holdout_rows), figure),
  rows: ({ details }) => orDash(details?.usage?.rows_out, figure),
  time: ({ details }) => orDash(details?.usage?.wall_s, span),
  memory: ({ details }) => orDash(details?.usage?.rss_peak, bytes),
  engine: ({ report }) => (typeof report?.engine?.engine === "string" ? named(report.engine.engine) : "–"),
  seed: ({ details }) => orDash(details?.seed),
};

// Every key of a configuration with its value as JSON, without the place of the model in it.
function flat(value, path = "", into = new Map()) {
  const inner = value && typeof value === "object" ? Object.entries(value) : [];
  if (!inner.length) into.set(path, JSON.stringify(value) ?? "");
  for (const [key, part] of inner) flat(part, path ? `${path}.${key}` : key, into);
  return into;
}

function keyRows() {
  const sides = models.map(({ config }) => flat(Object.values(config?.models?.[0] ?? {})[0] ?? {}));
  const keys = [...new Set(sides.flatMap((side) => [...side.keys()]))].filter(Boolean).sort();
  const differs = (key) => new Set(sides.map((side) => side.get(key))).size > 1;
  return keys.filter((key) => page.every.checked || differs(key)).map((key) => [said("code", key), ...sides.map((side) => (side.has(key) ? said("code", side.get(key)) : "–"))]);
}

function showColumns() {
  const sides = models.map(({ report }) => columnsOf(report));
  const wanted = page.filter.value.trim().toLowerCase();
  const worst = (name) => Math.max(...sides.map((side) => finite(side.get(name)?.distribution_distance) ?? -1));
  const names = [...new Set(sides.flatMap((side) => [...side.keys()]))].filter((name) => name.toLowerCase().includes(wanted)).sort((a, b) => worst(b) - worst(a));
  page.columns.replaceChildren(...names.slice(0, shown).map((name) => columnFigure(name, sides.map((side) => side.get(name)))));
  if (!names.length) page.columns.append(said("p", say("columns.none"), "soft"));
  page.rest.hidden = names.length <= shown;
  page.rest.textContent = say("columns.rest", { n: names.length - shown });
}

// What makes the figures less comparable than they look.
function notes() {
  const reports = models.map(({ report }) => report).filter(Boolean);
  const tables = new Set(reports.map((report) => JSON.stringify([report.left_rows, [...columnsOf(report).keys()].sort()])));
  const types = new Set(models.map(({ job }) => job?.model_type));
  return [...(tables.size > 1 ? [say("notes.tables")] : []), ...(types.size > 1 ? [say("notes.types")] : [])].join(" ");
}

function show() {
  showChosen();
  page.none.hidden = models.length > 1;
  page.sides.hidden = models.length < 2;
  const path = (uid) => `"$GRETEL_ENDPOINT/v1/appliance/jobs/${uid}"`;
  const uids = models.map(({ uid }) => (/^\w+$/.test(uid) ? uid : "MODEL"));
  page.same.replaceChildren(sameElsewhere({
    rest: (uids.length ? uids : ["MODEL"]).map((uid) => `curl -H "Authorization: $GRETEL_API_KEY" ${path(uid)}`).join("\n"),
    python: `from gretel_client.projects import get_project\nproject = get_project(name="PROJECT")\nfor uid in ${JSON.stringify(uids)}:\n    print(project.get_model(uid).peek_report())`,
    cli: (uids.length ? uids : ["MODEL"]).map((uid) => `appliance models get ${uid} --project PROJECT --json`).join("\n"),
  }));
  if (models.length < 2) return;
  page.notes.textContent = notes();
  page.notes.hidden = !page.notes.textContent;
  fill(page.scores, tableOf(say("scores.title"), heads(say("scores.head")), scoreRows(), say("scores.nothing")));
  fill(page.facts, tableOf(say("facts.title"), heads(say("facts.head")), Object.entries(FACTS).map(([name, tell]) => [say(`facts.${name}`), ...models.map(tell)]), ""));
  fill(page.keys, tableOf(say("keys.title"), heads(say("keys.head")), keyRows(), say("keys.none")));
  showColumns();
}

page.every.addEventListener("change", show);
page.filter.addEventListener("input", showColumns);
page.rest.addEventListener("click", () => attempt(async () => {
  shown = Infinity;
  showColumns();
}));
onSubmit(page.chooser, ({ model }) => choose([...models.map(({ uid }) => uid), model]));
wordPage(say);
document.title = say("title");
await open(page.content, async () => {
  all = (await ask("GET", "/v1/appliance/jobs?limit=200")).jobs.filter(({ kind, status }) => kind === "train" && status === "completed");
  models = [];
  await choose(named4());
});
