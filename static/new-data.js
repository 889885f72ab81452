// The tables of a draft: chosen among the project's files or sent now; what the inspection says of the one that is read.
import { attempt, choice, el, get, isolated, named, page, sayer } from "/console/kit.js";
import { columnsWord, inspected, kindWord, rowsWord } from "/console/preview.js";
import { progressIn, receive, upload } from "/console/upload.js";
import texts from "/console/words/new.json" with { type: "json" };

const say = sayer(texts);
const [MOST, SHORT, TOO_SHORT] = [40, 200, 20];
const PLACEHOLDER = /^(_|__te?mp__)?$/;
const SOURCE = ["data_source"];
const rolesOf = (type) => [[type === "evaluate" ? "synthetic" : "data_source", SOURCE], ...(type === "evaluate" ? [["0", ["ref_data", "0"]], ["1", ["ref_data", "1"]]] : [])];
let roles = "";

export const project = location.pathname.split("/")[1];
// What is known: the project's files, the key of the table that is read, its profile, and when it has been looked at. The page sets
// `choose(path, key)`, for what a person sets at that path of the model, and `found()`, for when more is known.
export const data = { files: [], source: null, profile: null, looked: null };

export async function loadFiles() {
  data.files = (await get(`/projects/${project}/artifacts`)).artifacts;
  roles = "";
}

// Tables with the very columns of the one that is read.
export function twins() {
  const columns = String(data.files.find(({ key }) => key === data.source)?.columns ?? "");
  return data.files.filter((file) => columns && file.key !== data.source && String(file.columns) === columns);
}

async function take(file) {
  page.sending.hidden = false;
  try {
    const key = await upload(project, file, progressIn(page.bar, page.sent));
    await loadFiles();
    data.choose(SOURCE, key);
  } finally {
    page.sending.hidden = true;
  }
}

function given(section, [key, inner]) {
  const value = section[key];
  const found = typeof value === "object" && inner ? value?.[inner] : inner !== "1" && [value].flat()[0];
  return typeof found === "string" && !PLACEHOLDER.test(found) ? found : "";
}

function choiceOf([role, path]) {
  const files = data.files.map(({ key, name, rows }) => [key, rows === null ? isolated(name) : `${isolated(name)}, ${rowsWord({ rows })}`]);
  const onchange = ({ target }) => data.choose(path, target.value || undefined);
  return el("label", say(`data.roles.${role}`), choice([["", say(files.length ? "data.choice" : "data.none")], ...files], { name: role, onchange }));
}

export function showTables(type, section) {
  const wanted = rolesOf(type);
  if (roles !== String(wanted)) page.tables.replaceChildren(...wanted.map(choiceOf));
  roles = String(wanted);
  for (const [role, path] of wanted) {
    const [select, key] = [page.tables.querySelector(`[name="${role}"]`), given(section, path)];
    if (![...select.options].some(({ value }) => value === key)) select.append(el("option", { value: key }, say("data.elsewhere", { source: isolated(key) })));
    select.value = key;
  }
  const source = given(section, SOURCE);
  if (source !== data.source) data.looked = look(source);
}

async function look(source) {
  Object.assign(data, { source, profile: null });
  const { facts, columns } = page;
  const known = data.files.find(({ key }) => key === source);
  facts.textContent = known ? say("data.looking") : "";
  columns.replaceChildren();
  const profile = known && (await inspected(project, source).catch(() => null));
  const ready = profile?.status === "ready";
  if (ready && !known.columns.length) await loadFiles();
  if (source !== data.source) return;
  facts.textContent = profile?.message ?? "";
  facts.classList.toggle("bad", profile?.status === "failed");
  if (ready) {
    data.profile = profile;
    const warning = profile.rows < TOO_SHORT ? say("data.tooShort") : profile.rows < SHORT ? say("data.short") : "";
    facts.textContent = `${say("data.found", { rows: rowsWord(profile), columns: columnsWord(profile.column_count) })} ${warning}`;
    const shown = profile.columns.slice(0, MOST).flatMap(({ name, kind }) => [named(name), ` (${kindWord(kind)}) · `]);
    columns.replaceChildren(...shown, el("a", { href: `/${project}/data/${encodeURIComponent(source)}` }, say("data.more")));
  }
  data.found();
}

page.choose.onclick = receive(page.drop, ([file]) => attempt(() => take(file), page.choose));
