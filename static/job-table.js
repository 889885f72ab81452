// The first rows of a job's file: read from the stream and cut there, taken apart in the browser, every cell as text.
import { delimited, grid } from "/console/preview.js";
import { ask } from "/console/session.js";

const [MOST_ROWS, MOST_COLUMNS, MOST_LETTERS, MOST_BYTES] = [100, 100, 200, 512 * 1024];
const MARKS = { fffe: "utf-16le", feff: "utf-16be" };
const PARQUET = "50415231";

// The path on this server of a link to one of a job's files: links name the host that clients use.
export async function linkTo({ place }, type, unpacked = true) {
  const { url } = await ask("GET", `${place}/artifact?type=${type}&uncompressed=${unpacked}`);
  const link = new URL(url);
  return link.pathname + link.search;
}

// The text at its beginning, empty where it is none, and whether that is all of it.
async function beginning(path) {
  const response = await fetch(path);
  if (!response.ok) return { text: "", whole: true };
  const reader = response.body.getReader();
  const parts = [];
  let whole = false;
  for (let size = 0; size < MOST_BYTES && !whole; size += parts.at(-1)?.length ?? 0) {
    const { value = new Uint8Array(), done } = await reader.read();
    parts.push(value);
    whole = done;
  }
  reader.cancel();
  const content = new Uint8Array(await new Blob(parts).arrayBuffer());
  const mark = [...content.subarray(0, 4)].map((byte) => byte.toString(16)).join("");
  const read = (name) => ({ text: new TextDecoder(name, { fatal: true }).decode(content, { stream: !whole }), whole });
  if (mark === PARQUET) return { text: "", whole };
  try {
    return read(MARKS[mark.slice(0, 4)] ?? "utf-8");
  } catch {
    return read("windows-1252");
  }
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
  for (const one of objects(text)) if (found.push(one) === MOST_ROWS) break;
  const names = [...new Set(found.flatMap((one) => Object.keys(one)))];
  const plain = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return [names, ...found.map((one) => names.map((name) => plain(one[name] ?? "")))];
}

// { names, rows } of the first rows, or null where there is no such file or none that a browser can show.
export async function firstRows(path) {
  const { text, whole } = await beginning(path);
  if (!text.trim()) return null;
  const [names, ...rows] = /^\s*(\{|\[\s*[{\]])/.test(text) ? ofObjects(text) : delimited(whole ? text : text.slice(0, text.lastIndexOf("\n")));
  return { names, rows: rows.slice(0, MOST_ROWS) };
}

// The table of these rows, in a box that it scrolls in. Of many columns the first are shown.
export function rowsTable({ names, rows }) {
  const cut = (text) => (text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text) || null;
  return grid(names.slice(0, MOST_COLUMNS).map((name) => ({ name })), rows.map((cells) => cells.slice(0, MOST_COLUMNS).map(cut)));
}
