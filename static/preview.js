// The first rows of a table: as the server's inspection tells them, or guessed from the first bytes of a file that is still being sent.
import { el, get, gridOf, isolated, named, sayer } from "/console/kit.js";
import texts from "/console/words/data.json" with { type: "json" };

const say = sayer(texts);
const [PEEKED, SHOWN, MOST_COLUMNS, MOST_RECORDS, POLL_MS] = [1 << 16, 8, 60, 100, 700];
const [PACKED, WORKBOOK, FOREIGN] = [/^(1f8b|28b52ffd|50415231)/, /^(504b0304|d0cf11e0)/, /^(25504446|89504e47|ffd8ff|47494638)/];
const WIDE = { fffe: "utf-16le", feff: "utf-16be" };
const NUMBER = /^[+-]?(\d+([.,]\d+)?|[.,]\d+)(e[+-]?\d+)?$/i;
const DATE = /^(\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{2,4})([ T]\d\d?:.*)?$/;
const KINDS = [["integer", /^[+-]?\d+$/], ["numeric", NUMBER], ["datetime", DATE], ["boolean", /^(true|false|yes|no)$/i]];

export const kindWord = (kind) => (texts.kinds[kind] ? say(`kinds.${kind}`) : kind);
export const rowsWord = (profile) => say(profile.rows_estimated ? "rowsAbout" : "rows", { n: profile.rows });
export const columnsWord = (n) => say("columns", { n });

// A table that scrolls in itself; a column is { name, kind }, a cell a text or null.
export function grid(columns, rows) {
  const heads = columns.map(({ name, kind }) => [named(name), kind && el("p.soft", kindWord(kind))]);
  const cell = (text) => (text === null ? el("td.soft", say("missing")) : el("td", { title: text }, named(text)));
  return gridOf(say("preview", { n: rows.length }), heads, rows.map((row) => el("tr", row.map(cell))));
}

// Such a table of a file of a project.
export async function previewOf(project, key, { columns }, most) {
  const { columns: names, rows } = await get(`/v1/appliance/projects/${project}/artifacts/preview`, { key });
  const kinds = new Map(columns.map((column) => [column.name, column.kind]));
  return grid(names.map((name) => ({ name, kind: kinds.get(name) })), rows.slice(0, most));
}

function kindOf(values) {
  const found = values.filter((value) => value?.trim());
  return (found.length && KINDS.find(([, pattern]) => found.every((value) => pattern.test(value)))?.[0]) || "";
}

// Records of delimited text.
function delimited(text) {
  const line = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = [",", ";", "\t", "|"].sort((one, other) => line.split(other).length - line.split(one).length)[0];
  const [found, pattern] = [[], new RegExp(`("(?:[^"]|"")*"?|[^${delimiter}\\r\\n]*)([${delimiter}]|\\r?\\n|$)`, "y")];
  let row = [];
  while (pattern.lastIndex < text.length && found.length <= MOST_RECORDS) {
    const [, cell, end] = pattern.exec(text) ?? [];
    if (cell === undefined) break;
    row.push(cell.startsWith('"') ? cell.slice(1, cell.endsWith('"') ? -1 : undefined).replaceAll('""', '"') : cell);
    if (end === delimiter) continue;
    found.push(row);
    row = [];
  }
  return found;
}

// The objects that are whole, of a list or one a line: the text between braces that stand in no string.
function* objects(text) {
  let [depth, start, inside] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (inside && letter === "\\") at++;
    else if (letter === '"') inside = !inside;
    else if (!inside && letter === "{" && !depth++) start = at;
    else if (!inside && letter === "}" && !--depth) yield JSON.parse(text.slice(start, at + 1));
  }
}

function ofObjects(text) {
  const found = [];
  for (const one of objects(text)) if (found.push(one) === MOST_RECORDS) break;
  const names = [...new Set(found.flatMap((one) => Object.keys(one)))];
  const plain = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return [names, ...found.map((one) => names.map((name) => plain(one[name] ?? "")))];
}

// Names and rows, as texts, of the beginning of delimited text or of JSON.
export const recordsOf = (text) => (/^\s*(\{|\[\s*[{\]])/.test(text) ? ofObjects(text) : delimited(text));

// What the first bytes tell: `refused`, a sentence; or `columns` and `rows`; or nothing, where only the server can read it.
export async function peek(file) {
  const refused = (why) => ({ refused: say(`refused.${why}`, { name: isolated(file.name) }) });
  const read = await file.slice(0, PEEKED).arrayBuffer().catch(() => null);
  if (!read) return refused("unreadable");
  if (!file.size) return refused("empty");
  const head = new Uint8Array(read);
  const magic = [...head.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (WORKBOOK.test(magic) || FOREIGN.test(magic)) return refused(WORKBOOK.test(magic) ? "workbook" : "foreign");
  if (PACKED.test(magic)) return {};
  const text = new TextDecoder(WIDE[magic.slice(0, 4)] ?? "utf-8").decode(head);
  const whole = file.size <= PEEKED ? text : text.slice(0, text.lastIndexOf("\n"));
  if (/[\0\ufffd]/.test(whole)) return {};
  try {
    const [names, ...rows] = recordsOf(whole);
    if (!names || names.length > MOST_COLUMNS || rows.slice(0, -1).some((row) => row.length !== names.length)) return {};
    const full = rows.filter((row) => row.length === names.length);
    return { columns: names.map((name, at) => ({ name, kind: kindOf(full.map((row) => row[at])) })), rows: full.slice(0, SHOWN).map((row) => row.map((cell) => cell || null)) };
  } catch {
    return {};
  }
}

// The server's inspection of an uploaded file, once it is there: its profile, `status` ready or failed.
export async function inspected(project, key, signal) {
  for (;;) {
    signal?.throwIfAborted();
    const profile = await get(`/projects/${project}/artifacts/manifest`, { key });
    if (profile.status !== "pending") return profile;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

// What else can be done with a table than to make rows like it; without a key, what it will be.
export const wishes = (project, key) => ["classify", "transform"].map((wish) =>
  el("a", key ? { href: `/${project}/models/new?${new URLSearchParams({ data: key, template: `${wish}/default` })}` } : {}, say(`wishes.${wish}`)));
