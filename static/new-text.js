// The text of the draft: line numbers beside it, marks where something is wrong, and changes that leave the caret where it is.
import { element, said } from "/console/dom.js";

const LINE_PX = 20;

export class DraftText {
  constructor(area, lines) {
    [this.area, this.lines, this.marked] = [area, lines, new Set()];
    area.addEventListener("scroll", () => (lines.scrollTop = area.scrollTop));
    area.addEventListener("input", () => this.number());
  }

  get value() {
    return this.area.value;
  }

  // Only what differs is put in, so that caret and scrolling stay.
  set value(text) {
    const old = this.area.value;
    let [start, end] = [0, 0];
    while (start < Math.min(old.length, text.length) && old[start] === text[start]) start++;
    while (end < Math.min(old.length, text.length) - start && old.at(-1 - end) === text.at(-1 - end)) end++;
    if (old !== text) this.area.setRangeText(text.slice(start, text.length - end), start, old.length - end, "preserve");
    this.number();
  }

  mark(lines) {
    this.marked = new Set(lines);
    this.number();
  }

  number() {
    const count = this.area.value.split("\n").length;
    const key = `${count} ${[...this.marked]}`;
    if (key !== this.key) {
      const marked = [...this.marked].filter((line) => line && line <= count).sort((one, other) => one - other);
      const plain = (from, to) => Array.from({ length: to - from }, (_, at) => `${from + at}\n`).join("");
      const pieces = marked.flatMap((line, at) => [plain((marked[at - 1] ?? 0) + 1, line), said("b", `● ${line}\n`)]);
      this.lines.replaceChildren(...pieces, plain((marked.at(-1) ?? 0) + 1, count + 1), element("br"));
    }
    this.key = key;
    this.lines.scrollTop = this.area.scrollTop;
  }

  goTo(line) {
    const before = this.area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.area.focus();
    this.area.setSelectionRange(before, before + this.area.value.slice(before).search(/\n|$/));
    this.area.scrollTop = Math.max(0, (line - 4) * LINE_PX);
  }
}
