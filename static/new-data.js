// The tables of a draft: chosen among the project's files or sent now; what the inspection says of the one that is read.
import texts from "/console/words/new.json" with { type: "json" };
import { bytes, element, isolated, named } from "/console/dom.js";
import { inspected, kindWord, peek } from "/console/preview.js";
import { ask, Refused } from "/console/session.js";
import { receive, upload } from "/console/upload.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);
const MOST = 40;
const PLACEHOLDER = /^(_|__te?mp__)?$/;
const SOURCE = ["data_source"];
const rolesOf = (type) => (type === "evaluate" ? [["synthetic", SOURCE], ["0", ["ref_data", "0"]], ["1", ["ref_data", "1"]]] : [["data_source", SOURCE]]);

// `choose(path, key)`: a person has set what stands at that path of the model; `found()`: more is known of the table that is read.
export class DraftData {
  constructor(page, project, { choose, found, attempt }) {
    Object.assign(this, { page, project, choose, found, files: [], section: {}, source: null, profile: null });
    const take = ([file]) => attempt(() => this.take(file), page.choose);
    page.choose.addEventListener("click", receive(page.drop, take));
  }

  async load() {
    this.files = (await ask("GET", `/projects/${this.project}/artifacts`)).artifacts;
    this.shown = "";
  }

  // Tables with the very columns of the one that is read.
  get others() {
    const columns = String(this.files.find(({ key }) => key === this.source)?.columns ?? "");
    return this.files.filter((file) => columns && file.key !== this.source && String(file.columns) === columns);
  }

  async take(file) {
    const { refused } = await peek(file);
    if (refused) throw new Refused(refused);
    const progress = (sent, total) => {
      this.page.bar.value = total ? sent / total : 0;
      this.page.sent.textContent = say("data.sent", { sent: bytes(sent), total: bytes(total) });
    };
    this.page.sending.hidden = false;
    try {
      const key = await upload(this.project, file, progress);
      await this.load();
      this.choose(SOURCE, key);
    } finally {
      this.page.sending.hidden = true;
    }
  }

  show(type, section) {
    this.section = section;
    const roles = rolesOf(type);
    if (this.shown !== String(roles)) this.page.tables.replaceChildren(...roles.map((role) => this.choiceOf(role)));
    this.shown = String(roles);
    for (const [role, path] of roles) this.showChoice(this.page.tables.querySelector(`[name="${role}"]`), this.given(path));
    const source = this.given(SOURCE);
    if (source !== this.source) this.looked = this.look(source);
  }

  given([key, inner]) {
    const value = this.section[key];
    const found = typeof value === "object" && inner ? value?.[inner] : inner !== "1" && [value].flat()[0];
    return typeof found === "string" && !PLACEHOLDER.test(found) ? found : "";
  }

  choiceOf([role, path]) {
    const words = ({ name, rows }) => `${isolated(name)}${rows === null ? "" : `, ${say("data.rows", { n: rows })}`}`;
    const none = element("option", { value: "", textContent: say(this.files.length ? "data.choice" : "data.none") });
    const select = element("select", { name: role }, none, ...this.files.map((file) => element("option", { value: file.key, textContent: words(file) })));
    select.addEventListener("change", () => this.choose(path, select.value || undefined));
    return element("label", {}, say(`data.roles.${role}`), select);
  }

  showChoice(select, key) {
    if (![...select.options].some(({ value }) => value === key)) select.append(element("option", { value: key, textContent: say("data.elsewhere", { source: isolated(key) }) }));
    select.value = key;
  }

  async look(source) {
    [this.source, this.profile] = [source, null];
    const { facts, columns } = this.page;
    const known = this.files.find(({ key }) => key === source);
    facts.textContent = known ? say("data.looking") : "";
    columns.replaceChildren();
    const profile = known && (await inspected(this.project, source).catch(() => null));
    if (profile?.status === "ready" && !known.columns.length) await this.load();
    if (source !== this.source) return;
    if (profile?.status === "ready") this.tell(profile);
    else facts.textContent = profile?.message ?? "";
    facts.classList.toggle("bad", profile?.status === "failed");
    this.found();
  }

  tell(profile) {
    this.profile = profile;
    const rows = say(profile.rows_estimated ? "data.rowsAbout" : "data.rows", { n: profile.rows });
    const warning = profile.rows < 20 ? "data.tooShort" : profile.rows < 200 ? "data.short" : "";
    this.page.facts.textContent = `${say("data.found", { rows, columns: say("data.count", { n: profile.column_count }) })} ${warning && say(warning)}`;
    const shown = profile.columns.slice(0, MOST).flatMap(({ name, kind }) => [named(name), ` (${kindWord(kind)}) · `]);
    const more = element("a", { href: `/${this.project}/data/${encodeURIComponent(this.source)}`, textContent: say("data.more") });
    this.page.columns.replaceChildren(...shown, more);
  }
}
