// Why a job failed, in words, and what to try next, filled in.
import { bytes, element, fill, named, said, span } from "/console/dom.js";
import { stepWord } from "/console/job-activity.js";
import { passes } from "/console/job-steps.js";
import texts from "/console/words/failures.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const [GIB, HOUR_S] = [2 ** 30, 3600];

// The change of the configuration that may mend it, as the address of a new model takes it: [words, place, value].
const MENDED = {
  out_of_memory(job) {
    const gib = Math.max(1, Math.ceil((2 * job.memory_bytes) / GIB));
    return [say("again.memory", { size: bytes(gib * GIB) }), "appliance.memory", `${gib}GiB`];
  },
  max_duration_exceeded(job) {
    const hours = Math.max(1, Math.ceil((2 * job.max_duration_seconds) / HOUR_S));
    return [say("again.duration", { time: span(hours * HOUR_S) }), "appliance.max_duration", `${hours}h`];
  },
};
const OTHER_DATA = ["data_refused", "input_missing", "input_unreadable"];

function links(job) {
  const made = `/${job.project}/models/new?like=${job.model_id}`;
  const link = (text, href, className = "button") => element("a", { className, href, textContent: text });
  if (job.kind === "run") return [link(say(OTHER_DATA.includes(job.error_id) || passes(job) ? "again.data" : "again.run"), `/${job.project}/models/${job.model_id}/generate`, "button main")];
  const [text, place, value] = MENDED[job.error_id]?.(job) ?? [];
  if (text) return [link(text, `${made}&change=${encodeURIComponent(`${place}=${value}`)}`, "button main"), link(say("again.changed"), made)];
  if (OTHER_DATA.includes(job.error_id)) return [link(say("again.data"), `${made}&change=data_source=null`, "button main")];
  return [link(say("again.changed"), made, "button main")];
}

const line = ({ ts, level, msg, ctx }) => {
  const values = Object.entries(ctx).map(([name, value]) => `${name}=${value}`).join(" ");
  return `${new Date(ts).toLocaleTimeString()} ${level === "info" ? "" : `[${level}] `}${msg}${values && `  (${values})`}`;
};

// The failure of a job in `place`, with the end of its log; nothing where it did not fail.
export function showFailure(place, job, log, write) {
  place.hidden = !["error", "lost"].includes(job.status);
  if (place.hidden) return;
  const known = texts.causes[job.error_id] ? job.error_id : "unknown";
  const tail = log.length ? [element("details", { open: true }, said("summary", say("log", { n: log.length })), element("pre", { tabIndex: 0, textContent: log.map(line).join("\n"), ariaLabel: say("log", { n: log.length }) }))] : [];
  fill(place,
    element("h3", { id: "failure-title", textContent: job.error_stage ? say("failedIn", { step: stepWord(job, job.error_stage) }) : say("failed") }),
    element("p", { className: "bad" }, named(job.error_msg ?? "")),
    ...(job.error_hint ? [said("p", job.error_hint)] : []),
    element("p", {}, element("b", { textContent: say("cause") }), " ", say(`causes.${known}`)),
    ...(write ? [element("div", { className: "row" }, ...links(job))] : []), ...tail);
}
