// The search of the docs, and the buttons that copy.
import texts from "/console/words/docs.json" with { type: "json" };
import { copyable } from "/console/dialogs.js";
import { el, elementsById } from "/console/dom.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
let places;

for (const block of document.querySelectorAll("article pre")) block.replaceWith(copyable(block.textContent, say("example")));

// A title that is the words, begins with them or holds them comes before a text that does.
function rank([, , title, text], words) {
  const name = title.toLowerCase();
  if (!words.every((word) => name.includes(word) || text.toLowerCase().includes(word))) return 9;
  return name === words.join(" ") ? 0 : name.startsWith(words[0]) ? 1 : name.includes(words[0]) ? 2 : 3;
}

const entry = ([name, anchor, title, text]) =>
  el("li", el("a", { href: `/docs/${name}#${anchor}` }, title, el("small", text.slice(0, 90))));

page.searchText.oninput = async () => {
  places ??= fetch("/docs/search.json").then((answer) => answer.json());
  const all = await places;
  const words = page.searchText.value.toLowerCase().match(/\S+/g) ?? [];
  const ranked = all.map((place) => [words.length ? rank(place, words) : 9, place]).filter(([at]) => at < 9).sort(([a], [b]) => a - b);
  page.foundPlaces.replaceChildren(...ranked.slice(0, 30).map(([, place]) => entry(place)));
  page.foundCount.textContent = words.length ? say("places", { n: ranked.length }) : "";
};

addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input")) return;
  event.preventDefault();
  page.searchText.focus();
});
