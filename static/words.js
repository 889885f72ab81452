// The catalogue's texts. A text is one sentence or, where its form hangs on the number `n`, an object of plural forms; {name} is filled in.
const rules = new Intl.PluralRules("en");
const HOLE = /\{(\w+)\}/;

const textOf = (texts, key, values) => {
  const found = key.split(".").reduce((part, name) => part?.[name], texts);
  if (found === undefined) throw new Error(`The catalogue has no text for ${key}.`);
  return typeof found === "object" && !Array.isArray(found) ? found[rules.select(values.n)] ?? found.other : found;
};

// `say(key, values)` is the text; `say.nodes(key, values)` its pieces, where values may be elements.
export function sayer(texts) {
  const say = (key, values = {}) => say.nodes(key, values).join("");
  say.nodes = (key, values = {}) => textOf(texts, key, values).split(HOLE).map((part, at) => (at % 2 ? values[part] : part));
  return say;
}

// Put words where a document names them: data-say is the text of an element, data-say-NAME the value of its attribute NAME.
export function wordPage(say, place = document) {
  for (const node of place.querySelectorAll("*")) {
    for (const [name, key] of Object.entries(node.dataset)) {
      if (name === "say") node.textContent = say(key);
      else if (name.startsWith("say")) node.setAttribute(name.slice(3).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/^-/, ""), say(key));
    }
  }
}
