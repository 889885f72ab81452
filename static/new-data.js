// The tables of a draft: chosen among the project's files or sent now; what the inspection says of the one that is read.
import texts from "/console/words/new.json" with { type: "json" };
import { bytes, element, isolated, named, said, tableOf } from "/console/dom.js";
import { inspected, kindWord, peek } from "/console/preview.js";
import { ask } from "/console/session.js";
import { upload } from "/console/upload.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);
const MOST = 50;
const SOURCE = ["data_source"];
const rolesOf = (type) => (type === "evaluate" ? [["synthetic", SOURCE], ["0", ["ref_data", "0"]], ["1", ["ref_data", "1"]]] : [["data_source", SOURCE]]);

// `choose(path, key)`: a person has set what stands at that path of the model. `found(profile)`: what is known of the table that is read.
export class DraftData {
  constructor(page, project, { choose, found, attempt }) {
    Object.assign(this, { page, project, choose, found, attempt, files: [], section: {}, type: "", source: null, profile: null });
    const input = element("input", { type: "file" });
    page.choose.addEventListener("click", () => input.click());
    input.addEventListener("change", () => input.files[0] && this.take(input.files[0]));
    const over = (event, on) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      page.drop.classList.toggle("over", on);
    };
    addEventListener("dragover", (event) => over(event, true));
    addEventListener("dragleave", (event) => over(event, false));
    addEventListener("drop", (event) => {
      over(event, false);
      if (event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
    });
  }

  async load() {
    this.files = (await ask("GET", `/projects/${this.project}/artifacts`)).artifacts;
    this.shown = "";
  }

  // Tables with the very columns of the one that is read.
  get others() {
    const columns = this.files.find(({ key }) => key === this.source)?.columns.join("\n");
    return columns ? this.files.filter((file) => file.key !== this.source && file.columns.join("\n") === columns) : [];
  }

  take(file) {
    return this.attempt(async () => {
      const { refused } = await peek(file);
      if (refused) throw new Error(refused);
      this.page.sending.hidden = false;
      const progress = (sent, total) => {
        this.page.bar.value = total ? sent / total : 0;
        this.page.sent.textContent = say("data.sent", { sent: bytes(sent), total: bytes(total) });
      };
      try {
        const key = await upload(this.project, file, { progress });
        await this.load();
        this.choose(SOURCE, key);
      } finally {
        this.page.sending.hidden = true;
      }
    }, this.page.choose);
  }

  show(type, section) {
    [this.type, this.section] = [type, section ?? {}];
    const roles = rolesOf(type);
    if (this.shown !== `${roles} ${this.files.length}`) this.page.tables.replaceChildren(...roles.map((role) => this.makeChoice(role)));
    this.shown = `${roles} ${this.files.length}`;
    for (const [role, path] of roles) this.showChoice(this.page.tables.querySelector(`[name="${role}"]`), this.given(path));
    const source = this.given(SOURCE);
    if (source !== this.source) this.looked = this.look(source);
  }

  given([key, inner]) {
    const value = this.section[key];
    const found = inner === undefined ? (Array.isArray(value) ? value[0] : value) : typeof value === "string" ? (inner === "0" ? value : null) : value?.[inner];
    return typeof found === "string" && !/^(_|__te?mp__)?$/.test(found) ? found : null;
  }

  makeChoice([role, path]) {
    const words = ({ key, name, rows }) => element("option", { value: key, textContent: `${isolated(name)}${rows === null ? "" : `, ${say("data.rows", { n: rows })}`}` });
    const none = element("option", { value: "", textContent: say(this.files.length ? "data.choice" : "data.none") });
    const select = element("select", { name: role }, none, ...this.files.map(words));
    select.addEventListener("change", () => this.choose(Array.isArray(this.section[path[0]]) && path[1] ? [path[0], Number(path[1])] : path, select.value || undefined));
    return element("label", {}, say(`data.roles.${role}`), select);
  }

  showChoice(select, key) {
    if (key && ![...select.options].some(({ value }) => value === key)) {
      select.append(element("option", { value: key, textContent: say("data.elsewhere", { source: isolated(key) }) }));
    }
    select.value = key ?? "";
  }

  async look(source) {
    [this.source, this.profile] = [source, null];
    const known = this.files.find(({ key }) => key === source);
    this.page.facts.textContent = known ? say("data.looking") : "";
    this.page.kinds.hidden = true;
    const profile = known ? await inspected(this.project, source).catch(() => null) : null;
    if (profile?.status === "ready" && !known.columns.length) await this.load();
    if (source !== this.source) return;
    if (profile?.status === "ready") this.tell(profile);
    else this.page.facts.textContent = profile?.message ?? "";
    this.page.facts.classList.toggle("bad", profile?.status === "failed");
    this.found(this.profile);
  }

  tell(profile) {
    this.profile = profile;
    const kinds = Map.groupBy(profile.columns, ({ kind }) => kind);
    const listed = [...kinds].map(([kind, columns]) => say(`kinds.${kind}`, { n: columns.length }));
    const warning = profile.rows < 20 ? "data.tooShort" : profile.rows < 200 ? "data.short" : "";
    const rows = say(profile.rows_estimated ? "data.rowsAbout" : "data.rows", { n: profile.rows });
    const found = say("data.found", { rows, columns: say("data.count", { n: profile.column_count }), kinds: listed.join(", ") });
    this.page.facts.textContent = warning ? `${found} ${say(warning)}` : found;
    const cells = ({ name, kind, missing, distinct }) => [named(name), kindWord(kind), say("figure", { n: missing }), say("figure", { n: distinct })];
    const heads = [[say("data.column")], [say("data.kind")], [say("data.missing"), "number"], [say("data.distinct"), "number"]];
    const beyond = profile.columns.length - MOST;
    const more = beyond > 0 ? [said("p", say("data.beyond", { n: beyond }), "soft")] : [];
    this.page["kinds-table"].replaceChildren(tableOf(say("data.columns"), heads, profile.columns.slice(0, MOST).map(cells), ""), ...more);
    this.page.kinds.hidden = false;
  }
}
