// Files that a job left: the way to them, and the first rows of a table, taken apart in the browser, every cell as text.
import { get } from "/console/kit.js";
import { grid, recordsOf } from "/console/preview.js";

const [MOST_ROWS, MOST_COLUMNS, MOST_LETTERS, MOST_BYTES] = [100, 100, 200, 512 * 1024];
const ENCODINGS = { fffe: "utf-16le", feff: "utf-16be" };
const PARQUET = "50415231";

// The path on this server of a link to one of a job's files: links name the host that clients use.
export async function linkTo({ place }, type, unpacked = true) {
  const { pathname, search } = new URL((await get(`${place}/artifact?type=${type}&uncompressed=${unpacked}`)).url);
  return pathname + search;
}

// The text at the beginning of a file, up to its last whole line where there is more; empty where it is no text.
async function beginning(path) {
  const response = await fetch(path);
  if (!response.ok) return "";
  const [reader, parts] = [response.body.getReader(), []];
  let part = {};
  for (let size = 0; size < MOST_BYTES && !(part = await reader.read()).done; size += part.value.length) parts.push(part.value);
  reader.cancel();
  const content = await new Blob(parts).arrayBuffer();
  const mark = [...new Uint8Array(content.slice(0, 4))].map((byte) => byte.toString(16)).join("");
  if (mark === PARQUET) return "";
  const read = (name) => new TextDecoder(name, { fatal: true }).decode(content, { stream: !part.done });
  const whole = (text) => (part.done ? text : text.slice(0, text.lastIndexOf("\n")));
  try {
    return whole(read(ENCODINGS[mark.slice(0, 4)] ?? "utf-8"));
  } catch {
    return whole(read("windows-1252"));
  }
}

// { names, rows } of the first rows of a job's file, or null where there is no such file or none that a browser can show.
export async function firstRows(job, type) {
  try {
    const text = await beginning(await linkTo(job, type));
    const [names, ...rows] = recordsOf(text);
    return text.trim() ? { names, rows: rows.slice(0, MOST_ROWS) } : null;
  } catch {
    return null;
  }
}

// The table of these rows. Of many columns the first are shown.
export function rowsTable({ names, rows }) {
  const cut = (text) => (text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text) || null;
  return grid(names.slice(0, MOST_COLUMNS).map((name) => ({ name })), rows.map((cells) => cells.slice(0, MOST_COLUMNS).map(cut)));
}
