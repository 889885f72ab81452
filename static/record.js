// The record on the people page: its newest lines, search, whether it is whole, and its head to note down.
import { ask, attempt, copyable, element, fill, headsOf, isolated, named, onSubmit, said, sayer, tableOf, when } from "/console/kit.js";
import { sentence } from "/console/sentences.js";
import texts from "/console/words/people.json" with { type: "json" };

const say = sayer(texts.record);
const HEADS = headsOf(say.each("heads"), "deed", "short", "", "short");
const STEP = 25;
let ready = false;
let [page, shown, before, names] = [null, [], 0, {}];

const details = (entry) => Object.entries(entry.detail ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")}: ${value}`).join(", ");

// The name of the project that a line is about, as it is now; of one that is gone it is not known any more.
const projectOf = (entry) => names[entry.project] ?? entry.detail?.project_name ?? "";

function cells(entry) {
  const about = [say("number", { seq: entry.seq }), entry.kind && `${entry.kind} ${entry.id ?? ""}`, entry.project, details(entry)].filter(Boolean).join(" · ");
  const told = entry.at ? sentence({ ...entry, project: projectOf(entry) }) : [say("unreadable")];
  return [[element("p", {}, ...told), element("p", { className: "soft" }, named(about))],
    entry.at ? when(entry.at) : "", named([entry.via, entry.address].filter(Boolean).join(", ")),
    said("span", texts.record.results[entry.result] ?? entry.result, entry.result === "refused" ? "bad" : "")];
}

async function load() {
  const query = page["record-form"].elements.query.value.trim();
  const { entries, next, projects } = await ask("GET", `/v1/appliance/audit/lines?${new URLSearchParams({ query, limit: STEP, before })}`);
  shown.push(...entries);
  names = { ...names, ...projects };
  before = next;
  fill(page.lines, tableOf(say("caption"), HEADS, shown.map(cells), query ? say("none", { query: isolated(query) }) : say("empty")));
  page["record-count"].textContent = shown.length ? say(next ? "newest" : "lines", { n: shown.length }) : "";
  page.older.hidden = !next;
}

function search() {
  [shown, before] = [[], 0];
  return load();
}

// `noted` is an old head as SEQ:DIGEST, or empty.
async function verify({ head: text }) {
  const noted = text.trim();
  const { lines, head, sound, faults } = await ask("GET", `/v1/appliance/audit/verify${noted && `?${new URLSearchParams({ head: noted })}`}`);
  const verdict = !sound ? say("broken", { n: faults.length }) : lines ? say("sound", { lines }) : say("noLines");
  const proof = sound ? said("p", noted ? say("proven", { seq: noted.split(":")[0] }) : say("unproven"), "soft") : element("ul", {}, ...faults.map(({ reason }) => said("li", reason)));
  page.verdict.replaceChildren(said("p", verdict, sound ? "completed" : "error"), proof, said("p", say("head"), "soft"), copyable(`${head.seq}:${head.digest}`, say("label")));
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
