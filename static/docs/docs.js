// What scripts add to the docs: the search, and the buttons that copy.
import texts from "/console/words/docs.json" with { type: "json" };
import { copyable } from "/console/dialogs.js";
import { element, elementsById, said } from "/console/dom.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
const MOST = 30;
let places;

for (const block of document.querySelectorAll("article pre")) block.replaceWith(copyable(block.textContent, say("example")));

// A title that is the words, begins with them or holds them comes before a text that does.
function rank([, , title, text], words) {
  const name = title.toLowerCase();
  if (!words.every((word) => name.includes(word) || text.toLowerCase().includes(word))) return 9;
  return name === words.join(" ") ? 0 : name.startsWith(words[0]) ? 1 : name.includes(words[0]) ? 2 : 3;
}

const entry = ([name, anchor, title, text]) =>
  element("li", {}, element("a", { href: `/docs/${name}#${anchor}` }, title, said("small", text.slice(0, 90))));

page.search.oninput = async () => {
  places ??= await (await fetch("/docs/search.json")).json();
  const words = page.search.value.toLowerCase().match(/\S+/g) ?? [];
  const found = words.length ? places.filter((place) => rank(place, words) < 9).sort((one, other) => rank(one, words) - rank(other, words)) : [];
  page.found.replaceChildren(...found.slice(0, MOST).map(entry));
  page.count.textContent = words.length ? say("places", { n: found.length }) : "";
};

addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input")) return;
  event.preventDefault();
  page.search.focus();
});
