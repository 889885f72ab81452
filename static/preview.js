// The first rows of a table: as the server's inspection tells them, or guessed from the first bytes of a file that is still being sent.
import { element, isolated, named, said } from "/console/dom.js";
import { ask } from "/console/session.js";
import texts from "/console/words/data.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const [PEEKED, SHOWN, MOST_COLUMNS, MOST_RECORDS, POLL_MS] = [1 << 16, 8, 60, 100, 700];
const PACKED = ["1f8b", "28b52ffd", "50415231"];
const FOREIGN = { "504b0304": "workbook", d0cf11e0: "workbook", "25504446": "foreign", "89504e47": "foreign", ffd8ffe0: "foreign", ffd8ffe1: "foreign", "47494638": "foreign" };
const NUMBER = /^[+-]?(\d+([.,]\d+)?|[.,]\d+)(e[+-]?\d+)?$/i;
const DATE = /^(\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{2,4})([ T]\d\d?:.*)?$/;

export const kindWord = (kind) => (texts.kinds[kind] ? say(`kinds.${kind}`) : kind);

// A table that scrolls in itself; a column is { name, kind }, a cell a text or null.
export function grid(columns, rows) {
  const caption = say("preview", { n: rows.length });
  const head = columns.map(({ name, kind }) => element("th", { scope: "col", title: name }, named(name), ...(kind ? [said("p", kindWord(kind), "soft")] : [])));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell) => (cell === null ? said("td", say("missing"), "soft") : element("td", { title: cell }, named(cell))))));
  const table = element("table", { className: "grid" }, said("caption", caption), element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
  return element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: caption }, table);
}

function kindOf(values) {
  const found = values.filter((value) => value?.trim());
  if (!found.length) return "";
  if (found.every((value) => NUMBER.test(value))) return found.every((value) => /^[+-]?\d+$/.test(value)) ? "integer" : "numeric";
  if (found.every((value) => DATE.test(value))) return "datetime";
  return found.every((value) => /^(true|false|yes|no)$/i.test(value)) ? "boolean" : "";
}

// Records of delimited text; the last one of a piece may be cut and is left out by the caller.
function records(text, delimiter) {
  const [found, pattern] = [[], new RegExp(`("(?:[^"]|"")*"?|[^${delimiter}\\r\\n]*)([${delimiter}]|\\r?\\n|$)`, "y")];
  let row = [];
  while (pattern.lastIndex < text.length) {
    const [, cell, end] = pattern.exec(text) ?? [];
    if (cell === undefined) break;
    row.push(cell.startsWith('"') ? cell.slice(1, cell.endsWith('"') ? -1 : undefined).replaceAll('""', '"') : cell);
    if (end === delimiter) continue;
    found.push(row);
    row = [];
    if (found.length > MOST_RECORDS) break;
  }
  return found;
}

export function delimited(text) {
  const line = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = [",", ";", "\t", "|"].map((one) => [line.split(one).length, one]).sort((one, other) => other[0] - one[0])[0][1];
  return records(text, delimiter);
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
  let head;
  try {
    head = new Uint8Array(await file.slice(0, PEEKED).arrayBuffer());
  } catch {
    return refused("unreadable");
  }
  if (!file.size) return refused("empty");
  const magic = [...head.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (FOREIGN[magic]) return refused(FOREIGN[magic]);
  if (PACKED.some((one) => magic.startsWith(one))) return {};
  const text = new TextDecoder(magic.startsWith("fffe") ? "utf-16le" : magic.startsWith("feff") ? "utf-16be" : "utf-8").decode(head);
  const whole = file.size <= PEEKED ? text : text.slice(0, text.lastIndexOf("\n"));
  if (whole.includes("\0") || whole.includes("\ufffd")) return {};
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
    const profile = await ask("GET", `/projects/${project}/artifacts/manifest?key=${encodeURIComponent(key)}`);
    if (profile.status !== "pending") return profile;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
