// Two to four models side by side: scores, facts, configurations, and each column drawn over one another. The oldest is what the
// rest are measured against.
import { columnFigure, columnsOf, finite, letter, mark } from "/console/compare-columns.js";
import { linkTo } from "/console/job-table.js";
import { actor, begin, bytes, el, figure, fill, get, isolated, named, onSubmit, page, sayer, span, tableOf, tell, titleOf, when } from "/console/kit.js";
import texts from "/console/words/compare.json" with { type: "json" };

const say = sayer(texts);
const [MOST, VERSION, FEW] = [4, 2, 12];
let [models, all, titles, shown] = [[], [], new Map(), FEW];

// A job in manual mode tells no scores, and may have left a report.
const comparable = ({ kind, status, scores, runner_mode: mode }) => kind === "train" && status === "completed" && (Object.keys(scores ?? {}).length > 0 || mode === "manual");

// What is known of a model; `trouble` is why there is less than there could be.
async function load(uid) {
  const model = { uid, name: uid };
  try {
    Object.assign(model, await get(`/v1/appliance/jobs/${encodeURIComponent(uid)}`));
    const place = `/projects/${model.job.project_guid}/models/${uid}`;
    Object.assign(model, { name: model.job.name, config: (await get(place)).model.config });
    const answer = await fetch(await linkTo({ place }, "report_json"));
    const report = answer.ok ? await answer.json().catch(() => null) : null;
    const version = finite(report?.report_version) ?? 0;
    const trouble = version === VERSION ? "" : say(`troubles.${!report ? "none" : version > VERSION ? "newer" : "older"}`);
    return Object.assign(model, { report, trouble });
  } catch ({ status, message }) {
    return { ...model, trouble: status === 404 ? say("troubles.gone") : message };
  }
}

async function choose(uids) {
  const known = new Map(models.map((model) => [model.uid, model]));
  const made = ({ job }) => Date.parse(job?.status_history.created) || Infinity;
  models = (await Promise.all(uids.map((uid) => known.get(uid) ?? load(uid)))).sort((a, b) => (made(a) < made(b) ? -1 : made(a) > made(b)));
  history.replaceState(null, "", `?jobs=${models.map(({ uid }) => encodeURIComponent(uid)).join()}`);
  shown = FEW;
  show();
}

function chosen(model, at) {
  const name = named(model.name);
  const remove = () => choose(models.filter((one) => one !== model).map(({ uid }) => uid));
  return el("li", mark(at), ` ${letter(at)} `, model.config ? el("a", { href: `/${model.job.project_guid}/models/${model.uid}` }, name) : name,
    " ", el("span.warn", model.trouble), " ", actor(say("remove"), model.name, remove));
}

const boundsOf = (at, key) => models[at].report?.intervals?.scores?.[key] ?? {};
const within = (score, { low, high }) => finite(low) !== null && score >= Math.trunc(low) && score <= finite(high);

function scoreCell(at, scores, key) {
  const score = scores[at];
  if (score === null) return say("scores.none");
  const { low, high, reference } = boundsOf(at, key);
  const aside = (name, values, kind = "span.soft") => [" ", el(kind, say(`scores.${name}`, values))];
  const others = scores.filter((other, place) => place !== at && other !== null);
  const near = (other, place) => place !== at && other !== null && (within(other, boundsOf(at, key)) || within(score, boundsOf(place, key)));
  const delta = score - scores[0];
  return [el("b", figure(score)),
    at && scores[0] !== null && aside(delta ? "delta" : "same", { delta: `${delta > 0 ? "+" : "−"}${Math.abs(delta)}` }, "span"),
    others.length && score > Math.max(...others) && (scores.some(near) ? aside("unclear") : aside("best", {}, "span.ok")),
    finite(low) !== null && finite(high) !== null && aside("interval", { low: Math.trunc(low), high: Math.trunc(high) }),
    finite(reference) !== null && aside("reference", { score: Math.trunc(reference) })].filter(Boolean);
}

function scoreRow(key) {
  const scores = models.map(({ report }) => finite(Math.trunc(finite(report?.[key]?.raw_score) ?? NaN)));
  return [say(`scores.names.${key}`), ...models.map((_, at) => scoreCell(at, scores, key))];
}

const section = (config) => Object.values(config?.models?.[0] ?? {})[0];
// What was asked for, or else was drawn.
const seedOf = ({ details }) => details?.seed ?? section(details?.resolved)?.appliance?.seed;
const given = (value, write = String) => (value ?? "" ? write(value) : "–");
const FACTS = {
  type: ({ job }) => given(job?.model_type),
  made: ({ job }) => given(job?.status_history.created, when),
  trained: ({ report }) => given(finite(report?.left_rows), figure),
  held: ({ report }) => given(finite(report?.holdout_rows), figure),
  rows: ({ details }) => given(details?.usage?.rows_out, figure),
  time: ({ details }) => given(details?.usage?.wall_s, span),
  memory: ({ details }) => given(details?.usage?.rss_peak, bytes),
  engine: ({ report }) => named(given(report?.engine?.engine)),
  seed: (model) => String(seedOf(model) ?? "–"),
};

// Every key below a value, with what it holds as JSON.
function flat(value, path = "", into = new Map()) {
  const inner = Object.entries(Object(value) === value ? value : {});
  if (!inner.length) into.set(path, JSON.stringify(value));
  for (const [key, part] of inner) flat(part, path ? `${path}.${key}` : key, into);
  return into;
}

function keyRows() {
  const sides = models.map(({ config }) => flat(section(config)));
  const keys = [...new Set(sides.flatMap((side) => [...side.keys()]))].filter(Boolean).sort();
  const wanted = keys.filter((key) => page.every.checked || new Set(sides.map((side) => side.get(key))).size > 1);
  return wanted.map((key) => [el("code", key), ...sides.map((side) => el("code", side.get(key) ?? "–"))]);
}

// Why a difference of scores may come from something else than the models.
function notes(sides, names) {
  const differ = (of) => new Set(models.map(of).filter((value) => value !== undefined && value !== null)).size > 1;
  if (differ(({ config }) => config && JSON.stringify(section(config)?.data_source ?? ""))) return say("notes.tables");
  const [some, more] = [names.filter((name) => sides.some((side) => side.size && !side.has(name))), differ(seedOf)];
  const rows = ["left_rows", "holdout_rows"].some((key) => differ(({ report }) => finite(report?.[key])));
  const listed = some.slice(0, FEW).map(isolated).join(", ");
  return [some.length && say("notes.columns", { n: some.length, names: listed }), more ? say("notes.seeds") : rows && say("notes.rows")].filter(Boolean).join(" ");
}

function showColumns() {
  const sides = models.map(({ report }) => columnsOf(report));
  const far = (name) => Math.max(...sides.map((side) => finite(side.get(name)?.distribution_distance) ?? -1));
  const all = [...new Set(sides.flatMap((side) => [...side.keys()]))].sort((a, b) => far(b) - far(a));
  const names = all.filter((name) => name.toLowerCase().includes(page.filter.value.trim().toLowerCase()));
  const figures = names.slice(0, shown).map((name) => columnFigure(name, sides.map((side) => side.get(name))));
  fill(page.columns, names.length ? figures : el("p.soft", say("columns.none")));
  page.rest.hidden = names.length <= shown;
  page.rest.textContent = say("columns.rest", { n: names.length - shown });
  tell(page.notes, notes(sides, all));
}

function show() {
  const free = all.filter(({ uid }) => models.every((model) => model.uid !== uid));
  const heads = models.map((model, at) => [`${letter(at)} ${isolated(model.name)}`]);
  const table = (name, rows) => fill(page[name], tableOf(say(`${name}.title`), [[say(`${name}.head`), "wide"], ...heads], rows, say("keys.none")));
  fill(page.chosen, models.map(chosen));
  fill(page.free, free.map((job) => el("option", { value: job.uid }, `${job.name} · ${titles.get(job.project_guid) ?? job.project_name} · ${new Date(job.status_history.created).toLocaleString()}`)));
  page.chooser.hidden = models.length >= MOST || !free.length;
  page.few.hidden = models.length > 1;
  page.sides.hidden = models.length < 2;
  if (models.length < 2) return;
  table("scores", Object.keys(texts.scores.names).map(scoreRow));
  table("facts", Object.entries(FACTS).map(([name, fact]) => [say(`facts.${name}`), ...models.map(fact)]));
  table("keys", keyRows());
  showColumns();
}

page.every.onchange = show;
page.filter.oninput = showColumns;
page.rest.onclick = () => {
  shown = Infinity;
  showColumns();
};
onSubmit(page.chooser, ({ uid }) => choose([...models.map((model) => model.uid), uid]));
document.title = say("title");
await begin(say, texts, async () => {
  const [{ jobs }, { projects }] = await Promise.all(["/v1/appliance/jobs?limit=200", "/v1/appliance/projects?limit=1000"].map((path) => get(path)));
  titles = new Map(projects.map((one) => [one.guid, titleOf(one)]));
  all = jobs.filter(comparable);
  models = [];
  await choose([...new Set((new URLSearchParams(location.search).get("jobs") ?? "").split(",").filter(Boolean))].slice(0, MOST));
});
