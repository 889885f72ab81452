// Run a model: how many records, from which seed rows, or which file to go through.
import { passes } from "/console/job-activity.js";
import { firstRows } from "/console/job-table.js";
import { actor, ask, choice, el, fill, get, gridOf, named, onSubmit, sayer } from "/console/kit.js";
import { upload } from "/console/upload.js";
import texts from "/console/words/job.json" with { type: "json" };

const say = sayer(texts);
const [MOST_COLUMNS, MOST_TIMES] = [200, 100_000];
const quoted = (text = "") => `"${text.replaceAll('"', '""')}"`;

// A small table of seed rows: chosen columns, a value in each, and how many records of it where that is another number. `text(count)` is it as CSV.
function seedTable({ names, rows }) {
  const [place, columns, seeds] = [el("div.seeds"), [], [{}]];
  const which = choice(names.slice(0, MOST_COLUMNS).map((name) => [name]), { ariaLabel: say("seeds.column") });
  const cell = (seed, key, label, more) => {
    const input = el("input", { value: seed[key] ?? "", ariaLabel: label, oninput: () => (seed[key] = input.value), ...more });
    if (!more) input.setAttribute("list", `values-${key}`);
    return el("td", input);
  };
  const row = (seed, at) => el("tr", columns.map((column) => cell(seed, column, say("seeds.value", { name: names[column], n: at + 1 }))),
    cell(seed, "times", say("seeds.times", { n: at + 1 }), { type: "number", min: 1, max: MOST_TIMES, placeholder: say("seeds.same") }));
  const values = (column) => el("datalist", { id: `values-${column}` }, [...new Set(rows.map((cells) => cells[column]))].sort().map((value) => el("option", { value })));
  const adder = (key, action) => actor(say(key), "", () => [action(), show()], "");
  const show = () => fill(place, el("div.row", which,
    adder("seeds.add", () => columns.includes(which.selectedIndex) || columns.push(which.selectedIndex)), adder("seeds.more", () => seeds.push({}))),
  columns.length && gridOf(say("seeds.title"), [...columns.map((column) => named(names[column])), say("seeds.records")], seeds.map(row)), columns.map(values));
  const lines = (count) => (seed) => Array(Math.min(MOST_TIMES, Math.max(1, Math.floor(seed.times || count)))).fill(columns.map((column) => quoted(seed[column])).join());
  show();
  return { place, columns, text: (count) => [columns.map((column) => quoted(names[column])).join(), ...seeds.flatMap(lines(count)), ""].join("\n") };
}

export async function showGenerate(job) {
  if (job.status !== "completed") return el("p.empty.soft", say("generate.later"));
  const passing = passes(job);
  const { artifacts } = await get(`/projects/${job.project_guid}/artifacts`);
  const preview = !passing && (await firstRows(job, "data_preview"));
  const seeds = preview && seedTable(preview);
  const field = (key, control) => el("label", say(key), control);
  const files = choice([["", say("generate.choose")], ...artifacts.map(({ key, name }) => [key, name])], { name: "file" });
  const [many, counts] = [el("span"), el("input", { name: "count", type: "number", min: 1, value: 1000 })];
  const count = el("label", many, counts);
  const parts = {
    none: count, typed: seeds?.place, file: field(passing ? "generate.file" : "seeds.file", files),
  };
  const show = () => {
    for (const [name, part] of Object.entries(parts)) if (part) part.hidden = way.value !== name;
    many.textContent = say(way.value === "typed" ? "seeds.count" : "generate.count");
    count.hidden = way.value === "file";
  };
  const ways = passing ? ["file"] : Object.keys(parts).filter((name) => parts[name]);
  const way = choice(ways.map((name) => [name, say(`seeds.${name}Way`)]), { name: "way", onchange: show });
  const form = el("form", { id: "generate" }, el("label", { hidden: passing }, say("seeds.way"), way), Object.values(parts), el("button", say(passing ? "generate.pass" : "generate.go")));
  show();
  const body = {
    none: ({ count }) => ({ params: { num_records: Number(count) } }),
    file: ({ file }) => ({ data_source: file }),
    typed: async ({ count }) => ({ data_source: await upload(job.project_guid, new File([seeds.text(count)], "seeds.csv", { type: "text/csv" }), () => {}) }),
  };
  const whole = ({ count }) => !/^[1-9]\d*$/.test(count) && { count: say("generate.whole") };
  const check = {
    none: whole,
    file: ({ file }) => !file && { file: say("generate.needsFile") },
    typed: (values) => (!seeds.columns.length ? { way: say("seeds.needsColumn") } : values.count > MOST_TIMES ? { count: say("seeds.most", { n: MOST_TIMES }) } : whole(values)),
  };
  onSubmit(form, async (values) => {
    const { handler } = await ask("POST", `${job.place}/record_handlers`, await body[way.value](values));
    location.assign(`${job.base}/runs/${handler.uid}`);
  }, (values) => check[way.value](values) || {});
  return form;
}
