// The record on the people page: its newest lines, search, whether it is whole, and its head to note down.
import { attempt, copyable, does, el, fill, get, isolated, named, onSubmit, page, sayer, tableFrom, when } from "/console/kit.js";
import { sentence } from "/console/sentences.js";
import texts from "/console/words/people.json" with { type: "json" };

const say = sayer(texts.record);
const STEP = 25;
let [shown, before, names] = [[], 0, {}];

function cells(entry) {
  const details = Object.entries(entry.detail ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")}: ${value}`).join(", ");
  const about = [say("number", { seq: entry.seq }), entry.kind && `${entry.kind} ${entry.id ?? ""}`, entry.project, details].filter(Boolean).join(" · ");
  const project = names[entry.project] ?? entry.detail?.project_name ?? ""; // as it is called now; one that is gone has its name in the line only
  const told = entry.at ? sentence({ ...entry, project }) : say("unreadable");
  return [[el("p", told), el("p.soft", named(about))], entry.at ? when(entry.at) : "", named([entry.via, entry.address].filter(Boolean).join(", ")),
    el(entry.result === "refused" ? "span.bad" : "span", texts.record.results[entry.result] ?? entry.result)];
}

async function load() {
  const query = page["record-form"].elements.query.value.trim();
  const { entries, next, projects } = await get("/v1/appliance/audit/lines", { query, limit: STEP, before });
  shown.push(...entries);
  names = { ...names, ...projects };
  before = next;
  const none = query ? say("none", { query: isolated(query) }) : say("empty");
  fill(page.lines, tableFrom({ ...texts.record, none }, shown.map(cells), "deed", "short", "", "short"));
  page["record-count"].textContent = shown.length ? say(next ? "newest" : "lines", { n: shown.length }) : "";
  page.older.hidden = !next;
}

export function showRecord() {
  [shown, before] = [[], 0];
  return load();
}

page["record-form"].addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(showRecord);
});
does(page.older, load);
// An old head, as SEQ:DIGEST, or nothing.
onSubmit(page["verify-form"], async ({ head: text }) => {
  const noted = text.trim();
  const { lines, head, sound, faults } = await get("/v1/appliance/audit/verify", noted && { head: noted });
  const verdict = !sound ? say("broken", { n: faults.length }) : lines ? say("sound", { lines }) : say("noLines");
  const proof = sound ? el("p.soft", noted ? say("proven", { seq: noted.split(":")[0] }) : say("unproven")) : el("ul", faults.map(({ reason }) => el("li", reason)));
  page.verdict.replaceChildren(el(sound ? "p.completed" : "p.error", verdict), proof, el("p.soft", say("head")), copyable(`${head.seq}:${head.digest}`, say("label")));
});
