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
const [BAND, MOST_LINES] = [20, 3000];
const TABLES = ["data", "data_preview"];
const FORMS = ["sent", "normalised", "resolved"];

export const option = (value, textContent) => element("option", { value, textContent });

const empty = (job, key) => [element("div", { className: "empty panel" }, said("p", say(isFinal(job.status) ? `${key}.none` : `${key}.later`)),
  element("p", {}, element("a", { className: "button", href: job.base, textContent: say("tabs.activity") })), said("code", `appliance models get ${job.uid} --project ${job.project_guid}`))];

const taker = (job, type, label, of = "", unpacked = true, className = "link") => actor(label, of, async () =>
  element("a", { href: await linkTo(job, type, unpacked), download: "" }).click(), className);

// A score in five bands as figure, word and bar; a count as a figure.
function gauge(job, name, label, grades) {
  const value = job.scores?.[name];
  const known = value !== undefined;
  const text = known ? `${figure(value)} ${grades?.[Math.min(grades.length - 1, Math.floor(value / BAND))] ?? ""}` : say("scores.missing");
  return element("div", {}, said("dt", label), element("dd", {}, said("span", text), element("meter", { min: 0, max: 100, value: value ?? 0, ariaLabel: label, hidden: !grades || !known })));
}

function gauges(job) {
  const { graded, counted } = texts.scores;
  const told = (name) => job.scores?.[name] !== undefined || (name === "data_privacy_score" && job.scores?.synthetic_data_quality_score !== undefined);
  const grades = (name) => texts.grades[/privacy|attack|protection/.test(name) ? "privacy" : "quality"];
  return [...Object.entries(graded).map((one) => [...one, grades(one[0])]), ...Object.entries(counted)].filter(([name]) => told(name)).map((one) => gauge(job, ...one));
}

export async function showReport(job) {
  const types = job.artifacts.map(({ name }) => name).filter((name) => name.endsWith("report"));
  if (!types.length) return empty(job, "report");
  const frame = element("iframe", { title: say("report.title"), className: "report" });
  frame.setAttribute("sandbox", "");
  const whole = element("a", { className: "button", target: "_blank", rel: "noopener", textContent: say("report.whole") });
  const choice = element("select", { ariaLabel: say("report.title"), hidden: types.length < 2 }, ...types.map((type) => option(type, say(`files.${type}`))));
  const acts = element("div", { className: "choices" });
  const choose = async () => {
    frame.src = whole.href = await linkTo(job, choice.value);
    acts.replaceChildren(choice, whole, taker(job, choice.value, "HTML", "", true, ""), taker(job, `${choice.value}_json`, "JSON", "", true, ""));
  };
  choice.addEventListener("change", choose);
  await choose();
  return [element("dl", { className: "gauges" }, ...gauges(job)), acts, frame];
}

const titleOf = (job, type) => say(`files.${job.model_type === "classify" && type === "data" ? "findings" : type}`);

async function table(job, type) {
  const found = await linkTo(job, type).then(firstRows).catch(() => null);
  return [said("h3", titleOf(job, type)), said("p", found ? say("data.first", { n: found.rows.length }) : say("data.unreadable"), "soft"), ...(found ? [rowsTable(found)] : [])];
}

export async function showData(job) {
  const files = job.artifacts;
  if (!files.length) return empty(job, "data");
  const rows = files.map(({ name, file, size, sha256 }) => [
    [said("b", titleOf(job, name)), element("p", { className: "soft" }, named(file))], bytes(size), element("code", { textContent: sha256.slice(0, 12), title: sha256 }),
    element("div", { className: "acts" }, taker(job, name, say("download"), file, false), ...(TABLES.includes(name) ? [taker(job, name, say("unpacked"), file)] : []))]);
  const tables = await Promise.all(TABLES.filter((type) => files.some(({ name }) => name === type)).map((type) => table(job, type)));
  return [outputActions(job), ...tables.flat(), said("h3", say("data.files")), tableOf(say("data.files"), headsOf(say.each("data.heads"), "", "short", "short"), rows, "")];
}

// Lines that were taken away (del), put in (ins) or stay (span): the longest common subsequence.
function difference(before, after) {
  const most = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  const same = (i, j) => i < before.length && before[i] === after[j];
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) most[i][j] = same(i, j) ? most[i + 1][j + 1] + 1 : Math.max(most[i + 1][j], most[i][j + 1]);
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (same(i, j)) {
      lines.push(said("span", `  ${before[i++]}\n`));
      j++;
    } else if (i < before.length && (j === after.length || most[i + 1][j] >= most[i][j + 1])) lines.push(said("del", `- ${before[i++]}\n`));
    else lines.push(said("ins", `+ ${after[j++]}\n`));
  }
  return lines;
}

export async function showConfiguration(job) {
  const known = await ask("GET", `/v1/appliance/jobs/${job.uid}/configuration`);
  const { templates } = job.kind === "train" ? await ask("GET", `/v1/appliance/templates?type=${job.model_type}`) : { templates: [] };
  const all = Object.fromEntries([...FORMS.map((form) => [form, known[form]]), ...templates.map(({ name, text }) => [name, text])].filter(([, text]) => text));
  const forms = FORMS.filter((form) => all[form]).map((form) => [form, say(`forms.${form}`)]);
  const others = [["", say("forms.nothing")], ...forms, ...templates.map(({ name }) => [name, say("forms.template", { name })])];
  const [shown, other] = [forms, others].map((options) => element("select", {}, ...options.map((one) => option(...one))));
  const place = element("div");
  const show = () => {
    const [before, after] = [other, shown].map(({ value }) => (all[value] ?? "").trimEnd().split("\n").slice(0, MOST_LINES));
    const compared = () => element("pre", { className: "difference", tabIndex: 0, ariaLabel: say("forms.difference") }, ...difference(before, after));
    place.replaceChildren(other.value ? compared() : copyable(all[shown.value] ?? "", say("tabs.configuration")));
  };
  for (const select of [shown, other]) select.addEventListener("change", show);
  show();
  return [element("div", { className: "fields" }, element("label", {}, say("forms.show"), shown), element("label", {}, say("forms.compared"), other)), place];
}

const FACTS = {
  seed: ({ seed, resolved, model_type: type }) => String(seed ?? resolved?.models?.[0]?.[type]?.appliance?.seed ?? ""),
  attempt: ({ attempt }) => String(attempt),
  limits: ({ memory_bytes, max_duration_seconds }) => say("facts.limitsOf", { memory: bytes(memory_bytes), time: span(max_duration_seconds) }),
  wall: ({ usage }) => usage && span(usage.wall_s),
  cpu: ({ usage }) => usage && span(usage.cpu_s),
  memory: ({ usage }) => usage && bytes(usage.rss_peak),
  rows: ({ usage }) => usage && say("facts.rowsOf", { read: usage.rows_in, made: usage.rows_out }),
  confinement: ({ confinement }) => confinement && said("code", Object.entries(confinement).map((step) => step.join(": ")).join(" · ")),
};

export async function showHistory(job) {
  const by = ({ actor: word, by: who }) => (who ? named(who) : texts.actors[word] ? say(`actors.${word}`) : word);
  const rows = job.transitions.map((move) => [statusWord(move.to), new Date(move.at).toLocaleString(), by(move), String(move.attempt || ""), said("code", move.error_id ?? "")]);
  const facts = Object.entries(FACTS).map(([name, tell]) => [say(`facts.${name}`), tell(job)]).filter(([, text]) => text);
  const sources = Object.entries(job.sources).map(([role, key]) => [said("code", role), element("a", { href: `/${job.project_guid}/data/${encodeURIComponent(key)}` }, named(key))]);
  return [
    tableOf(say("tabs.history"), headsOf(say.each("history"), "", "", "", "number", "short"), rows, ""),
    element("dl", { className: "facts" }, ...[...facts, ...sources].flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)])),
    element("p", { className: "choices" }, element("a", { className: "button", href: `/v1/appliance/jobs/${job.uid}/history`, download: `${job.uid}.json`, textContent: say("export") })),
  ];
}
