// The catalogue's texts. A text is one sentence, a list of them or, where its form hangs on the number `n`, an object of plural forms; {name}
// is filled in. words/language.json says which language it is, and which way it is written.
import language from "/console/words/language.json" with { type: "json" };

export const lang = language.lang;
Object.assign(document.documentElement, language);

const rules = new Intl.PluralRules(lang);
const figures = new Intl.NumberFormat(lang);
const HOLE = /\{(\w+)\}/;

const textOf = (texts, key, values) => {
  const found = key.split(".").reduce((part, name) => part?.[name], texts);
  if (found === undefined) throw new Error(`The catalogue has no text for ${key}.`);
  return typeof found === "object" && !Array.isArray(found) ? found[rules.select(values.n)] ?? found.other : found;
};

const shown = (value) => (typeof value === "number" ? figures.format(value) : value);
const pieces = (text, values) => text.split(HOLE).map((part, at) => (at % 2 ? shown(values[part]) : part));

// `say(key, values)` is the text; `say.nodes(key, values)` its pieces, where values may be elements; `say.each` the texts of a list.
export function sayer(texts) {
  const say = (key, values = {}) => say.nodes(key, values).join("");
  say.nodes = (key, values = {}) => pieces(textOf(texts, key, values), values);
  say.each = (key, values = {}) => textOf(texts, key, values).map((text) => pieces(text, values).join(""));
  return say;
}

// A text in which `code` stands between backticks, as nodes.
function coded(text) {
  return text.split("`").map((part, at) => (at % 2 ? Object.assign(document.createElement("code"), { textContent: part }) : part));
}

// Put words where a document names them: data-say is the text of an element, data-say-NAME the value of its attribute NAME.
export function wordPage(say, place = document) {
  for (const node of place.querySelectorAll("*")) {
    for (const { name, value } of [...node.attributes].filter((one) => one.name.startsWith("data-say"))) {
      if (name === "data-say") node.replaceChildren(...coded(say(value)));
      else node.setAttribute(name.slice(9), say(value));
    }
  }
}
