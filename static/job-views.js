// The tabs of a job that are made when they are opened: report, data, configuration, history.
import { copyable } from "/console/dialogs.js";
import { bytes, element, figure, headsOf, named, said, span, tableOf } from "/console/dom.js";
import { actor } from "/console/frame.js";
import { firstRows, linkTo, rowsTable } from "/console/job-table.js";
import { isFinal, statusWord } from "/console/jobs.js";
import { outputActions } from "/console/share.js";
import { ask } from "/console/session.js";
import texts from "/console/words/job.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const BANDS = 5;
const TABLES = ["data", "data_preview"];

async function fetched(job, type, unpacked) {
  const link = element("a", { href: await linkTo(job.place, type, unpacked), download: "" });
  link.click();
}

const taker = (job, file, unpacked) => actor(say("download"), file, () => fetched(job, file, unpacked));
const command = (text) => element("p", {}, said("code", text));

function empty(job, key, cli) {
  return [element("div", { className: "empty panel" }, said("p", say(isFinal(job.status) ? `${key}.none` : `${key}.later`)),
    element("p", {}, element("a", { className: "button", href: job.base, textContent: say("tabs.activity") })), command(cli))];
}

// A score as figure and word: quality and protection have five bands, other figures none.
function score(name, value) {
  const words = texts.grades[/privacy|attack|protection/.test(name) ? "privacy" : "quality"];
  const graded = texts.scores.graded[name];
  const word = graded ? words[Math.min(BANDS - 1, Math.floor(value / 20))] : "";
  const label = say(`scores.${graded ? "graded" : "counted"}.${name}`);
  const meter = graded ? [element("meter", { min: 0, max: 100, value, ariaLabel: label })] : [];
  return element("div", {}, said("dt", label), element("dd", {}, said("span", `${figure(value)} ${word}`), ...meter));
}

export function scoresOf(job) {
  const known = [...Object.keys(texts.scores.graded), ...Object.keys(texts.scores.counted)].filter((name) => job.scores?.[name] !== undefined);
  return element("dl", { className: "gauges" }, ...known.map((name) => score(name, job.scores[name])));
}

export async function showReport(job) {
  const reports = job.artifacts.filter((file) => file.name.endsWith("report"));
  if (!reports.length) return empty(job, "report", `appliance models get ${job.uid} --project ${job.project}`);
  const frame = element("iframe", { title: say("report.title"), className: "report", loading: "eager" });
  frame.setAttribute("sandbox", "");
  const whole = element("a", { className: "button", target: "_blank", rel: "noopener", textContent: say("report.whole") });
  const choose = async (type) => {
    frame.src = whole.href = await linkTo(job.place, type);
  };
  const names = reports.map((file) => element("option", { value: file.name, textContent: say(`files.${file.name}`) }));
  const choice = element("select", { ariaLabel: say("report.title"), hidden: names.length < 2 }, ...names);
  choice.addEventListener("change", () => choose(choice.value));
  await choose(reports[0].name);
  const get = (text, suffix) => actor(text, "", () => fetched(job, choice.value + suffix, true), "");
  return [scoresOf(job), element("div", { className: "choices" }, choice, whole, get("HTML", ""), get("JSON", "_json")), frame];
}

async function table(job, type) {
  const found = await firstRows(await linkTo(job.place, type)).catch(() => null);
  const title = job.model_type === "classify" && type === "data" ? "findings" : type;
  return [said("h3", say(`data.${title}`)), ...(found ? [said("p", say("data.first", { n: found.rows.length }), "soft"), rowsTable(found)] : [said("p", say("data.unreadable"), "soft")])];
}

export async function showData(job) {
  const files = job.artifacts;
  if (!files.length) return empty(job, "data", `appliance models get ${job.uid} --project ${job.project}`);
  const rows = files.map((file) => [
    element("div", {}, said("b", texts.files[file.name] ? say(`files.${file.name}`) : file.name), element("p", { className: "soft" }, named(file.file))),
    bytes(file.size), element("code", { textContent: file.sha256.slice(0, 12), title: file.sha256 }),
    element("div", { className: "acts" }, taker(job, file.name, false), ...(TABLES.includes(file.name) ? [actor(say("unpacked"), file.name, () => fetched(job, file.name, true))] : [])),
  ]);
  const tables = await Promise.all(TABLES.filter((type) => files.some((file) => file.name === type)).map((type) => table(job, type)));
  return [outputActions(job), ...tables.flat(), said("h3", say("data.files")), tableOf(say("data.files"), headsOf(say.each("data.heads"), "", "short", "short"), rows, "")];
}

// Lines that were taken away (-), put in (+) or stay: the longest common subsequence.
function difference(before, after) {
  const length = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) for (let j = after.length - 1; j >= 0; j--) length[i][j] = before[i] === after[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
  const lines = [];
  for (let [i, j] = [0, 0]; i < before.length || j < after.length;) {
    if (before[i] === after[j] && i < before.length) lines.push([" ", before[i++], j++]);
    else if (j === after.length || (i < before.length && length[i + 1][j] >= length[i][j + 1])) lines.push(["-", before[i++]]);
    else lines.push(["+", after[j++]]);
  }
  return lines;
}

const FORMS = ["sent", "normalised", "resolved"];
const MOST_LINES = 3000;

export async function showConfiguration(job) {
  const known = await ask("GET", `/v1/appliance/jobs/${job.uid}/configuration`);
  const { templates } = job.kind === "train" ? await ask("GET", `/v1/appliance/templates?type=${job.model_type}`) : { templates: [] };
  const forms = FORMS.filter((form) => known[form] !== null);
  const options = () => forms.map((form) => element("option", { value: form, textContent: say(`forms.${form}`) }));
  const choice = element("select", {}, ...options());
  const other = element("select", {}, element("option", { value: "", textContent: say("forms.nothing") }), ...options(),
    ...templates.map((one) => element("option", { value: one.name, textContent: say("forms.template", { name: one.name }) })));
  const text = (name) => known[name] ?? templates.find((one) => one.name === name).text;
  const place = element("div");
  const show = () => {
    const shown = text(choice.value ?? "");
    if (!other.value) return place.replaceChildren(copyable(shown, say("tabs.configuration")));
    const [before, after] = [text(other.value), shown].map((one) => one.trimEnd().split("\n").slice(0, MOST_LINES));
    const lines = difference(before, after).map(([sign, line]) => said({ "-": "del", "+": "ins", " ": "span" }[sign], `${sign} ${line}\n`));
    place.replaceChildren(element("pre", { className: "difference", tabIndex: 0, ariaLabel: say("forms.difference") }, ...lines));
  };
  for (const select of [choice, other]) select.addEventListener("change", show);
  if (forms.length) show();
  const label = (key, field) => element("label", {}, say(`forms.${key}`), field);
  return [element("div", { className: "fields" }, label("show", choice), label("compared", other)), place];
}

const FACTS = {
  seed: ({ seed, resolved, model_type: type }) => String(seed ?? resolved?.models?.[0]?.[type]?.appliance?.seed ?? ""),
  attempt: ({ attempt }) => String(attempt),
  limits: ({ memory_bytes, max_duration_seconds }) => say("facts.limitsOf", { memory: bytes(memory_bytes), time: span(max_duration_seconds) }),
  wall: ({ usage }) => usage && span(usage.wall_s),
  cpu: ({ usage }) => usage && span(usage.cpu_s),
  memory: ({ usage }) => usage && bytes(usage.rss_peak),
  rows: ({ usage }) => usage && say("facts.rowsOf", { read: usage.rows_in, made: usage.rows_out }),
  confinement: ({ confinement }) => confinement && said("code", Object.entries(confinement).map(([step, what]) => `${step}: ${what}`).join(" · ")),
};

const cause = ({ actor: by, by: who }) => (who ? [named(who)] : [texts.actors[by] ? say(`actors.${by}`) : by]);

export async function showHistory(job) {
  const rows = job.transitions.map((move) => [statusWord(move.to), new Date(move.at).toLocaleString(), cause(move), move.attempt ? String(move.attempt) : "", move.error_id ? [said("code", move.error_id)] : ""]);
  const facts = Object.entries(FACTS).map(([name, tell]) => [name, tell(job)]).filter(([, text]) => text);
  const told = Object.fromEntries(["uid", "name", "model_type", "seed", "usage", "confinement", "transitions", "attempts", "artifacts", "sources", "resolved"].map((key) => [key, job[key]]));
  const file = URL.createObjectURL(new Blob([JSON.stringify(told, null, 2)], { type: "application/json" }));
  return [
    tableOf(say("tabs.history"), headsOf(say.each("history"), "", "", "", "number", "short"), rows, ""),
    element("dl", { className: "facts" }, ...facts.flatMap(([name, text]) => [said("dt", say(`facts.${name}`)), element("dd", {}, text)])),
    ...Object.entries(job.sources).map(([role, key]) => element("p", {}, said("code", `${role}: `), element("a", { href: `/${job.project}/data/${encodeURIComponent(key)}` }, named(key)))),
    element("p", { className: "choices" }, element("a", { className: "button", href: file, download: `${job.uid}.json`, textContent: say("export") })),
  ];
}
