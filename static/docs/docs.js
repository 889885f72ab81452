// The search of the docs, and the buttons that copy.
import texts from "/console/words/docs.json" with { type: "json" };
import { copyable } from "/console/dialogs.js";
import { el, elementsById } from "/console/dom.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
let places;

for (const block of document.querySelectorAll("article pre")) block.replaceWith(copyable(block.textContent, say("example")));

const ignored = new Set(say("ignored").split(" "));
const [MOST, SHOWN, WORDS] = [30, 90, 5];

// The words that count, without the s of a plural; all of them where none counts.
function wordsOf(text) {
  const all = text.toLowerCase().match(/\S+/g) ?? [];
  const counted = all.filter((word) => !ignored.has(word)).map((word) => word.replace(/(\w{3})s$/, "$1"));
  return counted.length ? counted : all;
}

// How many of the words a place has; then a title that is the words, begins with them or holds them comes before a text that does.
function rank([, , title, text], words, whole) {
  const name = title.toLowerCase();
  const found = words.filter((word) => name.includes(word) || text.toLowerCase().includes(word)).length;
  return [found, name === whole ? 0 : name.startsWith(words[0]) ? 1 : 3 - words.filter((word) => name.includes(word)).length / words.length];
}

// The entry of a place shows the passage that has the words, and opens at it; where a browser knows no passages, at the anchor.
function entry([name, anchor, title, text], words) {
  const at = Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((one) => one >= 0));
  const from = at > SHOWN && Number.isFinite(at) ? text.lastIndexOf(" ", at) + 1 : 0;
  const passage = text.slice(from).split(" ", WORDS).join(" ");
  const directive = from ? `:~:text=${encodeURIComponent(passage).replace(/-/g, "%2D")}` : "";
  return el("li", el("a", { href: `/docs/${name}#${anchor}${directive}` }, title, el("small", from ? "… " : "", text.slice(from, from + SHOWN))));
}

page.searchText.oninput = async () => {
  places ??= fetch("/docs/search.json").then((answer) => answer.json());
  const all = await places;
  const [whole, words] = [page.searchText.value.trim().toLowerCase(), wordsOf(page.searchText.value)];
  const ranked = words.length ? all.map((place) => [...rank(place, words, whole), place]) : [];
  const most = Math.max(0, ...ranked.map(([found]) => found));
  const least = most === words.length ? most : Math.max(1, words.length / 2);
  const shown = ranked.filter(([found]) => found >= least).sort(([a, x], [b, y]) => b - a || x - y);
  page.foundPlaces.replaceChildren(...shown.slice(0, MOST).map(([, , place]) => entry(place, words)));
  const told = !shown.length ? "nothing" : most < words.length ? "some" : "places";
  page.foundCount.textContent = words.length ? say(told, { n: shown.length }) : "";
};

addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input")) return;
  event.preventDefault();
  page.searchText.focus();
});
