// Rows of the list of jobs. Text goes in by textContent only.
import { element, named } from "/console/dom.js";

const SIGNS = { created: "·", pending: "…", active: "▸", completed: "✓", error: "!", cancelled: "–", lost: "?" };
const STAGES = { pre: "reading the data", train: "training", pre_run: "loading the model", run: "generating", post: "judging" };
const FILES = {
  train: [
    ["report", "Report", true], ["report_json", "Report data", true],
    ["classification_report", "Classification report", true], ["classification_report_json", "Classification data", true],
    ["regression_report", "Regression report", true], ["regression_report_json", "Regression data", true],
    ["text_metrics_report", "Text report", true], ["text_metrics_report_json", "Text data", true],
    ["data_preview", "Preview", false], ["model", "Model", false],
  ],
  run: [["data", "Data", false], ["run_report_json", "Run report", true]],
};
const COLUMNS = [["Job", "job"], ["Status", "status-cell"], ["Created", "when"], ["Project", "project"], ["Files", "files"]];

export const isFinal = (job) => ["completed", "error", "cancelled", "lost"].includes(job.status);

function lasted(job) {
  const { active, [job.status]: end } = job.status_history;
  if (!active || !isFinal(job)) return "";
  const seconds = (new Date(end) - new Date(active)) / 1000;
  if (seconds < 60) return seconds < 1 ? "ran under 1 s" : `ran ${Math.round(seconds)} s`;
  return seconds < 3600 ? `ran ${Math.round(seconds / 60)} min` : `ran ${(seconds / 3600).toFixed(1)} h`;
}

function status(job, details) {
  const sign = element("i", { textContent: SIGNS[job.status] ?? "·", ariaHidden: "true" });
  const parts = [element("span", { className: `status-word ${job.status}` }, sign, job.status)];
  if (job.error_msg) parts.push(element("p", { className: "reason", textContent: job.error_msg }));
  if (details?.error_hint) parts.push(element("p", { className: "soft", textContent: details.error_hint }));
  if (job.status === "created" && job.runner_mode === "manual") parts.push(element("p", { className: "soft" }, "waits for ", element("code", { textContent: "appliance worker" })));
  if (job.status === "active") parts.push(element("p", { className: "soft progress", hidden: true }));
  return parts;
}

function files(job, details, act) {
  const left = new Set(details?.artifacts.map((artifact) => artifact.name));
  const choices = FILES[job.kind].filter(([type]) => left.has(type)).map(([type, label, unpacked]) => [label, () => act.open(job, type, unpacked)]);
  if (job.status_history.pending || isFinal(job)) choices.push(["Log", () => act.log(job)]);
  return choices.map(([label, onclick]) => element("button", { type: "button", className: "link", onclick, textContent: label, ariaLabel: `${label} of ${job.name}` }));
}

// One row. `details` is what /v1/appliance/jobs/{uid} tells of a final job; `act` opens its files and its log.
export function jobRow(job, details, act) {
  const kind = job.kind === "run" ? `run of a model (${job.model_type})` : `model (${job.model_type})`;
  const created = element("time", { dateTime: job.status_history.created, textContent: new Date(job.status_history.created).toLocaleString() });
  const cells = [
    [element("b", {}, named(job.name)), element("p", { className: "soft", textContent: kind })],
    status(job, details),
    [created, element("p", { className: "soft", textContent: lasted(job) })],
    [element("a", { href: `/${job.project_guid}` }, named(job.project_name))],
    files(job, details, act),
  ];
  const row = element("tr", { role: "row" });
  for (const [at, [head, className]] of COLUMNS.entries()) {
    const cell = element(at ? "td" : "th", { role: at ? "cell" : "rowheader", className }, element("div", {}, ...cells[at]));
    cell.dataset.head = head;
    row.append(cell);
  }
  return row;
}

// What a running job last told of its progress, put under its status.
export function showProgress(row, event) {
  const place = row.querySelector(".progress");
  if (!place || !event?.total) return;
  const label = STAGES[event.stage] ?? event.stage;
  place.replaceChildren(element("progress", { max: event.total, value: event.done, ariaLabel: label }), ` ${label}, ${Math.floor((100 * event.done) / event.total)} %`);
  place.hidden = false;
}

// The log of a model or run as lines of text: time, level where it matters, sentence, values; then why and where it failed.
export function logText(entries, { error_msg: reason, traceback }) {
  const lines = entries.map(({ ts, level, msg, ctx }) => {
    const values = Object.entries(ctx).map(([name, value]) => `${name}=${value}`).join(" ");
    return `${new Date(ts).toLocaleTimeString()} ${level === "info" ? "" : `[${level}] `}${msg}${values && `  (${values})`}`;
  });
  const bytes = Uint8Array.from(atob(traceback ?? ""), (letter) => letter.charCodeAt(0));
  return [...lines, reason ?? "", new TextDecoder().decode(bytes)].join("\n").trim() || "The log is empty.";
}
