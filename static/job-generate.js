// Run a model: how many records, from which seed rows, or which file to go through.
import { element, fill, named, said } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { actor } from "/console/frame.js";
import { passes } from "/console/job-activity.js";
import { firstRows, linkTo } from "/console/job-table.js";
import { option } from "/console/job-views.js";
import { ask } from "/console/session.js";
import { upload } from "/console/upload.js";
import texts from "/console/words/job.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const [MOST_COLUMNS, MOST_TIMES] = [200, 100_000];
const quoted = (text = "") => `"${text.replaceAll('"', '""')}"`;

// A small table of seed rows: chosen columns, a value in each, and how many records of each row. `text()` is it as CSV.
function seedTable({ names, rows }) {
  const [place, columns, seeds] = [element("div", { className: "seeds" }), [], [{}]];
  const choice = element("select", { ariaLabel: say("seeds.column") }, ...names.slice(0, MOST_COLUMNS).map((name) => option(name, name)));
  const cell = (seed, key, label, more) => {
    const input = element("input", { value: seed[key] ?? "", ariaLabel: label, oninput: () => (seed[key] = input.value), ...more });
    if (!more) input.setAttribute("list", `values-${key}`);
    return element("td", {}, input);
  };
  const row = (seed, at) => element("tr", {}, ...columns.map((column) => cell(seed, column, say("seeds.value", { name: names[column], n: at + 1 }))),
    cell(seed, "times", say("seeds.times", { n: at + 1 }), { type: "number", min: 1, max: MOST_TIMES, placeholder: "1" }));
  const values = (column) => element("datalist", { id: `values-${column}` }, ...[...new Set(rows.map((cells) => cells[column]))].sort().map((value) => option(value)));
  const show = () => {
    const heads = [...columns.map((column) => named(names[column])), say("seeds.records")].map((head) => element("th", { scope: "col" }, head));
    const table = element("table", { className: "grid" }, said("caption", say("seeds.title")), element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...seeds.map(row)));
    const add = (key, action) => actor(say(key), "", () => [action(), show()], "");
    fill(place, element("div", { className: "row" }, choice, add("seeds.add", () => columns.includes(choice.selectedIndex) || columns.push(choice.selectedIndex)),
      add("seeds.more", () => seeds.push({}))), element("div", { className: "scroll", hidden: !columns.length }, table), ...columns.map(values));
  };
  const lines = (seed) => Array(Math.min(MOST_TIMES, Math.max(1, Math.floor(seed.times || 1)))).fill(columns.map((column) => quoted(seed[column])).join());
  show();
  return { place, columns, text: () => [columns.map((column) => quoted(names[column])).join(), ...seeds.flatMap(lines), ""].join("\n") };
}

export async function showGenerate(job) {
  if (job.status !== "completed") return [said("p", say("generate.later"), "empty soft")];
  const passing = passes(job);
  const { artifacts } = await ask("GET", `/projects/${job.project_guid}/artifacts`);
  const preview = passing ? null : await linkTo(job, "data_preview").then(firstRows).catch(() => null);
  const seeds = preview && seedTable(preview);
  const field = (key, control) => element("label", {}, say(key), control);
  const files = field(passing ? "generate.file" : "seeds.file", element("select", { name: "file" }, option("", say("generate.choose")), ...artifacts.map(({ key, name }) => option(key, name))));
  const count = field("generate.count", element("input", { name: "count", type: "number", min: 1, value: 1000 }));
  const ways = passing ? ["file"] : ["none", ...(seeds ? ["typed"] : []), "file"];
  const way = element("select", { name: "way" }, ...ways.map((one) => option(one, say(`seeds.${one}Way`))));
  const form = element("form", { id: "generate" }, element("label", { hidden: passing }, say("seeds.way"), way), count, files, ...(seeds ? [seeds.place] : []),
    element("button", { textContent: say(passing ? "generate.pass" : "generate.go") }));
  const show = () => {
    for (const [name, part] of [["none", count], ["file", files], ["typed", seeds?.place]]) if (part) part.hidden = way.value !== name;
  };
  way.addEventListener("change", show);
  show();
  const body = {
    none: ({ count: number }) => ({ params: { num_records: Number(number) } }),
    file: ({ file }) => ({ data_source: file }),
    typed: async () => ({ data_source: await upload(job.project_guid, new File([seeds.text()], "seeds.csv", { type: "text/csv" })) }),
  };
  const check = {
    none: ({ count: number }) => !/^[1-9]\d*$/.test(number) && { count: say("generate.whole") },
    file: ({ file }) => !file && { file: say("generate.needsFile") },
    typed: () => !seeds.columns.length && { way: say("seeds.needsColumn") },
  };
  onSubmit(form, async (values) => {
    const { handler } = await ask("POST", `${job.place}/record_handlers`, await body[way.value](values));
    location.assign(`${job.base}/runs/${handler.uid}`);
  }, (values) => check[way.value](values) || {});
  return [form];
}
