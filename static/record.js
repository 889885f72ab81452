// The record on the people page: its newest lines, search, whether it is whole, and its head to note down.
import { copyable } from "/console/dialogs.js";
import { count, element, fill, figure, named, said, tableOf, when } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { attempt } from "/console/frame.js";
import { sentence } from "/console/sentences.js";
import { ask } from "/console/session.js";

const SAYS = {
  caption: "The record, the newest line first",
  heads: [["What", "deed"], ["When", "short"], ["From"], ["Result", "short"]],
  none: (query) => (query ? `Nothing is found for “${query}”.` : "The record is empty."),
  some: (shown, more) => (more ? `The newest ${count(shown, "line")}; there are older ones.` : `${count(shown, "line")}.`),
  unreadable: "This line cannot be read; verify the record.",
  number: (seq) => `line ${figure(seq)}`,
  sound: (lines) => `${lines ? `Lines 1–${figure(lines)}` : "No lines: they"} fit together.`,
  unproven: "Whether later lines are missing, or all was written anew, only a head that was noted elsewhere tells.",
  proven: (seq) => `The head of line ${seq} is the one that you noted: up to there nothing was changed. Whether later lines are missing, only a later head tells.`,
  broken: (number) => `The record is not what was written: ${count(number, "fault")}.`,
  head: "Its head. Note it elsewhere; whoever rewrote the whole record could not make the same again:",
  label: "the head of the record",
};
const STEP = 25;
let ready = false;
let [page, shown, before, names] = [null, [], 0, {}];

const details = (entry) => Object.entries(entry.detail ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")}: ${value}`).join(", ");

// The name of the project that a line is about, as it is now; of one that is gone it is not known any more.
const projectOf = (entry) => names[entry.project] ?? entry.detail?.project_name ?? "";

function cells(entry) {
  const about = [SAYS.number(entry.seq), entry.kind && `${entry.kind} ${entry.id ?? ""}`, entry.project, details(entry)].filter(Boolean).join(" · ");
  const from = [entry.via, entry.address].filter(Boolean).join(", ");
  return [
    [element("p", {}, ...(entry.at ? sentence({ ...entry, project: projectOf(entry) }) : [SAYS.unreadable])), element("p", { className: "soft" }, named(about))],
    entry.at ? when(entry.at) : "", named(from), said("span", entry.result, entry.result === "refused" ? "bad" : ""),
  ];
}

async function load() {
  const query = page["record-form"].elements.query.value.trim();
  const { entries, next, projects } = await ask("GET", `/v1/appliance/audit/lines?${new URLSearchParams({ query, limit: STEP, before })}`);
  shown.push(...entries);
  names = { ...names, ...projects };
  before = next;
  fill(page.lines, tableOf(SAYS.caption, SAYS.heads, shown.map(cells), SAYS.none(query)));
  page["record-count"].textContent = shown.length ? SAYS.some(shown.length, next) : "";
  page.older.hidden = !next;
}

function search() {
  [shown, before] = [[], 0];
  return load();
}

// `noted` is an old head as SEQ:DIGEST, or empty.
async function verify({ head: text }) {
  const noted = text.trim();
  const { lines, head, sound, faults } = await ask("GET", `/v1/appliance/audit/verify${noted ? `?${new URLSearchParams({ head: noted })}` : ""}`);
  const told = faults.map(({ reason }) => said("li", reason));
  page.verdict.replaceChildren(said("p", sound ? SAYS.sound(lines) : SAYS.broken(faults.length), sound ? "completed" : "error"),
    ...(sound ? [said("p", noted ? SAYS.proven(noted.split(":")[0]) : SAYS.unproven, "soft")] : []), ...(told.length ? [element("ul", {}, ...told)] : []), said("p", SAYS.head, "soft"), copyable(`${head.seq}:${head.digest}`, SAYS.label));
}

export async function showRecord(found) {
  page = found;
  page["record-form"].onsubmit = (event) => {
    event.preventDefault();
    attempt(search);
  };
  page.older.onclick = () => attempt(load, page.older);
  if (!ready) onSubmit(page["verify-form"], verify);
  ready = true;
  await search();
}
