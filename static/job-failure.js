// Why a job failed, in words, and what to try next, filled in.
import { bytes, element, fill, named, said, span } from "/console/dom.js";
import { passes, stepWord } from "/console/job-activity.js";
import texts from "/console/words/failures.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const [GIB, HOUR_S] = [2 ** 30, 3600];
const doubled = (value, unit) => Math.max(1, Math.ceil((2 * value) / unit));

// What may mend it: words, and the change of the configuration as the address of a new model takes it.
const MENDED = {
  out_of_memory: ({ memory_bytes: size }) => [say("again.memory", { size: bytes(doubled(size, GIB) * GIB) }), `appliance.memory=${doubled(size, GIB)}GiB`],
  max_duration_exceeded: ({ max_duration_seconds: time }) => [say("again.duration", { time: span(doubled(time, HOUR_S) * HOUR_S) }), `appliance.max_duration=${doubled(time, HOUR_S)}h`],
};
for (const id of ["data_refused", "input_missing", "input_unreadable"]) MENDED[id] = () => [say("again.data"), "data_source=null"];

function links(job) {
  const model = `/${job.project_guid}/models/`;
  const link = (text, href, more = "") => element("a", { className: `button${more}`, href, textContent: text });
  const [text, change] = MENDED[job.error_id]?.(job) ?? [];
  if (job.kind === "run") return [link(say(passes(job) ? "again.data" : "again.run"), `${model}${job.model_id}/generate`, " main")];
  const changed = `${model}new?like=${job.uid}`;
  return [...(text ? [link(text, `${changed}&change=${encodeURIComponent(change)}`, " main")] : []), link(say("again.changed"), changed, text ? "" : " main")];
}

const line = ({ ts, level, msg }) => `${new Date(ts * 1000).toLocaleTimeString()} ${level === "info" ? "" : `[${level}] `}${msg}`;

// The failure of a job in `place`, with the end of its log; nothing where it did not fail.
export function showFailure(place, job, log, mayWrite) {
  place.hidden = !["error", "lost"].includes(job.status);
  if (place.hidden) return;
  const title = say("log", { n: log.length });
  const tail = element("details", { open: true, hidden: !log.length }, said("summary", title), element("pre", { tabIndex: 0, textContent: log.map(line).join("\n"), ariaLabel: title }));
  fill(place,
    element("h3", { id: "failure-title", textContent: job.error_stage ? say("failedIn", { step: stepWord(job, job.error_stage) }) : say("failed") }),
    element("p", { className: "bad" }, named(job.error_msg ?? "")), said("p", job.error_hint ?? ""),
    element("p", {}, said("b", say("cause")), " ", say(`causes.${texts.causes[job.error_id] ? job.error_id : "unknown"}`)),
    element("div", { className: "row" }, ...(mayWrite ? links(job) : [])), tail);
}
