// The text of the draft: line numbers beside it, marks where something is wrong, and changes that leave the caret where it is.
import { el, page } from "/console/kit.js";

const LINE_PX = 20;
const { text: area, lines } = page;
let [marked, shown] = [new Set(), ""];

function number() {
  const count = area.value.split("\n").length;
  const key = `${count} ${[...marked]}`;
  if (key !== shown) {
    const all = Array.from({ length: count }, (_, at) => `${marked.has(at + 1) ? "● " : ""}${at + 1}\n`).join("");
    lines.replaceChildren(...all.split(/(● \d+\n)/).map((piece) => (piece.startsWith("●") ? el("b", piece) : piece)), el("br"));
  }
  shown = key;
  lines.scrollTop = area.scrollTop;
}

// Only what differs is put in, so that caret and scrolling stay.
export function write(text) {
  const old = area.value;
  let [start, end] = [0, 0];
  while (start < Math.min(old.length, text.length) && old[start] === text[start]) start++;
  while (end < Math.min(old.length, text.length) - start && old.at(-1 - end) === text.at(-1 - end)) end++;
  if (old !== text) area.setRangeText(text.slice(start, text.length - end), start, old.length - end, "preserve");
  number();
}

export function mark(found) {
  marked = new Set(found);
  number();
}

export function goTo(line) {
  const before = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  area.focus();
  area.setSelectionRange(before, before + area.value.slice(before).search(/\n|$/));
  area.scrollTop = Math.max(0, (line - 4) * LINE_PX);
}

area.addEventListener("scroll", () => (lines.scrollTop = area.scrollTop));
area.addEventListener("input", number);
