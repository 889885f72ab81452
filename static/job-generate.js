// Run a model: how many records, from which seed rows, or which file to go through.
import { element, fill, named, said } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { actor } from "/console/frame.js";
import { passes } from "/console/job-steps.js";
import { firstRows, linkTo } from "/console/job-table.js";
import { ask } from "/console/session.js";
import { upload } from "/console/upload.js";
import texts from "/console/words/job.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const [MOST_COLUMNS, MOST_TIMES] = [200, 100_000];
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

// A small table of seed rows: chosen columns, a value in each, and how many records of each row. `text()` is it as CSV.
class SeedTable {
  constructor({ names, rows }) {
    Object.assign(this, { names, rows, columns: [], seeds: [{}] });
    this.place = element("div", { className: "seeds" });
    this.lists = element("div", { hidden: true });
    this.choice = element("select", { ariaLabel: say("seeds.column") }, ...names.slice(0, MOST_COLUMNS).map((name) => element("option", { value: name, textContent: name })));
    this.show();
  }

  add() {
    const name = this.choice.value;
    if (!name || this.columns.includes(name)) return;
    const values = [...new Set(this.rows.map((row) => row[this.names.indexOf(name)]))].filter(Boolean).sort();
    this.lists.append(element("datalist", { id: `values-${this.columns.length}-${this.names.indexOf(name)}` }, ...values.map((value) => element("option", { value }))));
    this.columns.push(name);
    this.show();
  }

  cell(seed, name, at) {
    const input = element("input", { value: seed[name] ?? "", ariaLabel: say("seeds.value", { name, n: at + 1 }), oninput: () => (seed[name] = input.value) });
    input.setAttribute("list", [...this.lists.children].find((list) => list.id.endsWith(`-${this.names.indexOf(name)}`)).id);
    return element("td", {}, input);
  }

  row(seed, at) {
    const times = element("input", { type: "number", min: 1, max: MOST_TIMES, value: seed.times ?? 1, ariaLabel: say("seeds.times", { n: at + 1 }), oninput: () => (seed.times = times.value) });
    return element("tr", {}, ...this.columns.map((name) => this.cell(seed, name, at)), element("td", {}, times));
  }

  show() {
    const heads = [...this.columns.map((name) => element("th", { scope: "col" }, named(name))), element("th", { scope: "col", textContent: say("seeds.records") })];
    const table = element("table", { className: "grid" }, said("caption", say("seeds.title")), element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...this.seeds.map((seed, at) => this.row(seed, at))));
    fill(this.place, element("div", { className: "row" }, this.choice, actor(say("seeds.add"), "", () => this.add(), ""),
      actor(say("seeds.more"), "", () => (this.seeds.push({}), this.show()), "")), ...(this.columns.length ? [element("div", { className: "scroll" }, table)] : []), this.lists);
  }

  text() {
    const lines = this.seeds.flatMap((seed) => Array(Math.min(MOST_TIMES, Math.max(1, Math.floor(Number(seed.times ?? 1))))).fill(this.columns.map((name) => quoted(seed[name] ?? "")).join(",")));
    return [this.columns.map(quoted).join(","), ...lines, ""].join("\n");
  }
}

export async function showGenerate(job) {
  if (job.status !== "completed") return [said("p", say("generate.later"), "empty soft")];
  const { artifacts } = await ask("GET", `/projects/${job.project}/artifacts`);
  const files = element("select", { name: "file" }, element("option", { value: "", textContent: say("generate.choose") }), ...artifacts.map((one) => element("option", { value: one.key, textContent: one.name })));
  const from = element("label", {}, say(passes(job) ? "generate.file" : "seeds.file"), files);
  const send = element("button", { textContent: say(passes(job) ? "generate.pass" : "generate.go") });
  if (passes(job)) return [formOf(job, [from], send, async () => ({ data_source: files.value }), () => (files.value ? {} : { file: say("generate.needsFile") }))];
  const wanted = element("input", { name: "count", type: "number", min: 1, step: 1, value: 1000, required: true });
  const count = element("label", {}, say("generate.count"), wanted);
  const preview = await linkTo(job.place, "data_preview").then(firstRows).catch(() => null);
  const seeds = preview && new SeedTable(preview);
  const ways = ["none", ...(seeds ? ["typed"] : []), "file"];
  const way = element("select", { name: "way" }, ...ways.map((one) => element("option", { value: one, textContent: say(`seeds.${one}Way`) })));
  const show = () => {
    count.hidden = wanted.hidden = way.value !== "none";
    from.hidden = files.hidden = way.value !== "file";
    if (seeds) seeds.place.hidden = way.value !== "typed";
  };
  way.addEventListener("change", show);
  show();
  const body = async ({ count: number, file }) => {
    if (way.value === "none") return { params: { num_records: Number(number) } };
    if (way.value === "file") return { params: {}, data_source: file };
    return { params: {}, data_source: await upload(job.project, new File([seeds.text()], "seeds.csv", { type: "text/csv" })) };
  };
  const check = ({ count: number, file }) => ({
    ...(way.value === "none" && !/^[1-9]\d*$/.test(number) ? { count: say("generate.whole") } : {}),
    ...(way.value === "file" && !file ? { file: say("generate.needsFile") } : {}),
    ...(way.value === "typed" && !seeds.columns.length ? { way: say("seeds.needsColumn") } : {}),
  });
  return [formOf(job, [element("label", {}, say("seeds.way"), way), count, from, ...(seeds ? [seeds.place] : [])], send, body, check)];
}

function formOf(job, fields, send, body, check) {
  const form = element("form", { className: "generate", id: "generate" }, ...fields, send);
  onSubmit(form, async (values) => {
    const { handler } = await ask("POST", `${job.place}/record_handlers`, await body(values));
    location.assign(`${job.base}/runs/${handler.uid}`);
  }, check);
  return form;
}
