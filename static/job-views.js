// The tabs of a job that are made when they are opened: report, data, configuration, history.
import { firstRows, linkTo, rowsTable } from "/console/job-table.js";
import { isFinal, statusWord } from "/console/jobs.js";
import { actor, bytes, choice, copyable, el, figure, get, headsOf, named, nothing, sayer, span, tableOf } from "/console/kit.js";
import { outputActions } from "/console/share.js";
import texts from "/console/words/job.json" with { type: "json" };

const say = sayer(texts);
const [BAND, MOST_LINES] = [20, 3000];
const TABLES = ["data", "data_preview"];
const FORMS = ["sent", "normalised", "resolved"];

const empty = (job, key) => nothing(say(`${key}.${isFinal(job.status) ? "none" : "later"}`), el("a.button", { href: job.base }, say("tabs.activity")),
  `appliance models get ${job.uid} --project ${job.project_guid}`);

// Takes a file as it lies, or unpacked under the name `saved`.
const taker = (job, type, label, of, saved = "", className = "") => actor(label, of, async () =>
  el("a", { href: `${await linkTo(job, type, Boolean(saved))}&save_as=${encodeURIComponent(saved)}`, download: "" }).click(), className);
const plainTaker = (job, type, label, of, className) => taker(job, type, label, of, job.artifacts.find(({ name }) => name === type)?.save_as, className);

// A score in five bands as figure, word and bar; a count as a figure.
function gauge(value, label, grades) {
  const text = value === undefined ? say("scores.missing") : `${figure(value)} ${grades?.[Math.min(grades.length - 1, Math.floor(value / BAND))] ?? ""}`;
  return el("div", el("dt", label), el("dd", el("span", text), grades && value !== undefined && el("meter", { min: 0, max: 100, value, ariaLabel: label })));
}

function gauges(job) {
  const [scores, { graded, counted }] = [job.scores ?? {}, texts.scores];
  const told = (name) => name in scores || (name === "data_privacy_score" && "synthetic_data_quality_score" in scores);
  const grades = (name) => (name in graded ? texts.grades[/privacy|attack|protection/.test(name) ? "privacy" : "quality"] : null);
  return Object.entries({ ...graded, ...counted }).filter(([name]) => told(name)).map(([name, label]) => gauge(scores[name], label, grades(name)));
}

export async function showReport(job) {
  const types = job.artifacts.map(({ name }) => name).filter((name) => name.endsWith("report"));
  if (!types.length) return empty(job, "report");
  const frame = el("iframe.report", { title: say("report.title"), sandbox: "" });
  const whole = el("a.button", { target: "_blank", rel: "noopener" }, say("report.whole"));
  const acts = el("div.choices");
  const choose = async () => {
    frame.src = whole.href = await linkTo(job, which.value);
    acts.replaceChildren(which, whole, plainTaker(job, which.value, "HTML"), plainTaker(job, `${which.value}_json`, "JSON"));
  };
  const which = choice(types.map((type) => [type, say(`files.${type}`)]), { ariaLabel: say("report.title"), hidden: types.length < 2, onchange: choose });
  await choose();
  return [el("dl.gauges", gauges(job)), acts, frame];
}

const titleOf = (job, type) => say(`files.${job.model_type === "classify" && type === "data" ? "findings" : type}`);

async function table(job, type) {
  const found = await firstRows(job, type);
  return [el("h3", titleOf(job, type)), el("p.soft", found ? say("data.first", { n: found.rows.length }) : say("data.unreadable")), found && rowsTable(found)];
}

export async function showData(job) {
  const files = job.artifacts;
  if (!files.length) return empty(job, "data");
  const rows = files.map(({ name, file, size, sha256 }) => [
    [el("b", titleOf(job, name)), el("p.soft", named(file))], bytes(size), el("code", { title: sha256 }, sha256.slice(0, 12)),
    taker(job, name, say("download"), file, "", "link")]);
  const found = TABLES.map((type) => files.find(({ name }) => name === type)).filter(Boolean);
  const [acts, tables] = [outputActions(job), await Promise.all(found.map(({ name }) => table(job, name)))];
  acts.prepend(...found.map(({ name, save_as: saved }, at) =>
    taker(job, name, say("take", { format: texts.formats[saved.split(".").pop()] }), saved, saved, at ? "" : "main")));
  return [acts, tables, el("h3", say("data.files")), tableOf(say("data.files"), headsOf(texts.data.heads, "", "short", "short"), rows)];
}

// Lines that were taken away (del), put in (ins) or stay (span): the longest common subsequence.
function difference(before, after) {
  const most = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  const same = (i, j) => i < before.length && before[i] === after[j];
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) most[i][j] = same(i, j) ? most[i + 1][j + 1] + 1 : Math.max(most[i + 1][j], most[i][j + 1]);
  }
  const lines = [];
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    if (same(i, j) && ++j) lines.push(el("span", `  ${before[i++]}\n`));
    else if (i < before.length && (j === after.length || most[i + 1][j] >= most[i][j + 1])) lines.push(el("del", `- ${before[i++]}\n`));
    else lines.push(el("ins", `+ ${after[j++]}\n`));
  }
  return lines;
}

export async function showConfiguration(job) {
  const known = await get(`/v1/appliance/jobs/${job.uid}/configuration`);
  const { templates } = job.kind === "train" ? await get(`/v1/appliance/templates?type=${job.model_type}`) : { templates: [] };
  const all = { "": "", ...known, ...Object.fromEntries(templates.map(({ name, text }) => [name, text])) };
  const forms = FORMS.filter((form) => all[form]).map((form) => [form, say(`forms.${form}`)]);
  const place = el("div");
  const show = () => {
    const [before, after] = [other, shown].map(({ value }) => (all[value] ?? "").trimEnd().split("\n").slice(0, MOST_LINES));
    place.replaceChildren(other.value ? el("pre.difference", { tabIndex: 0, ariaLabel: say("forms.difference") }, difference(before, after))
      : copyable(all[shown.value] ?? "", say("tabs.configuration")));
  };
  const shown = choice(forms, { onchange: show });
  const other = choice([["", say("forms.nothing")], ...forms, ...templates.map(({ name }) => [name, say("forms.template", { name })])], { onchange: show });
  show();
  return [el("div.fields", el("label", say("forms.show"), shown), el("label", say("forms.compared"), other)), place];
}

const FACTS = {
  seed: ({ seed, resolved, model_type: type }) => String(seed ?? resolved?.models?.[0]?.[type]?.appliance?.seed ?? ""),
  attempt: ({ attempt }) => String(attempt),
  limits: ({ memory_bytes, max_duration_seconds }) => say("facts.limitsOf", { memory: bytes(memory_bytes), time: span(max_duration_seconds) }),
  wall: ({ usage }) => usage && span(usage.wall_s),
  cpu: ({ usage }) => usage && span(usage.cpu_s),
  memory: ({ usage }) => usage && bytes(usage.rss_peak),
  rows: ({ usage }) => usage && say("facts.rowsOf", { read: usage.rows_in, made: usage.rows_out }),
  confinement: ({ confinement }) => confinement && el("code", Object.entries(confinement).map((step) => step.join(": ")).join(" · ")),
};

export function showHistory(job) {
  const by = ({ actor: word, by: who }) => (who ? named(who) : texts.actors[word] ?? word);
  const rows = job.transitions.map((move) => [statusWord(move.to), new Date(move.at).toLocaleString(), by(move), String(move.attempt || ""), el("code", move.error_id)]);
  const facts = Object.entries(FACTS).map(([name, tell]) => [say(`facts.${name}`), tell(job)]).filter(([, text]) => text);
  const sources = Object.entries(job.sources).map(([role, key]) => [el("code", role), el("a", { href: `/${job.project_guid}/data/${encodeURIComponent(key)}` }, named(key))]);
  return [
    tableOf(say("tabs.history"), headsOf(texts.history, "", "", "", "number", "short"), rows),
    el("dl.facts", [...facts, ...sources].map(([name, text]) => [el("dt", name), el("dd", text)])),
    el("p.choices", el("a.button", { href: `/v1/appliance/jobs/${job.uid}/history`, download: `${job.uid}.json` }, say("export"))),
  ];
}
