// The command palette: whatever there is by a few letters of its name. The keyboard alone is enough.
import texts from "/console/words/keys.json" with { type: "json" };
import { element, isolated, named, said } from "/console/dom.js";
import { openDialog } from "/console/dialogs.js";
import { help, pageKeys } from "/console/keys.js";
import { ask, session } from "/console/session.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);
const [MOST_SHOWN, MOST_LETTERS] = [12, 60];

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// How far a name is from what is wanted, letter by letter in order; Infinity where a letter lacks.
function farness(name, wanted) {
  const whole = name.indexOf(wanted);
  if (whole >= 0) return whole / 100;
  let [at, far] = [-1, 1];
  for (const letter of wanted) {
    const next = name.indexOf(letter, at + 1);
    if (next < 0) return Infinity;
    far += next - at;
    at = next;
  }
  return far;
}

const link = (words, kind, href) => ({ words, kind, act: () => location.assign(href) });

function ofPage() {
  const pages = [...document.querySelectorAll("console-header nav a")].map((one) => link(one.firstChild.textContent, say("palette.page"), one.href));
  const buttons = [...document.querySelectorAll("#content :is(button, .tabs a):not(:disabled, table *, dialog *)")].filter((one) => one.checkVisibility() && one.textContent.trim());
  const acts = buttons.map((one) => ({ words: (one.ariaLabel ?? one.textContent).trim(), kind: say("palette.action"), act: () => (one.focus(), one.click()) }));
  const keys = [...pageKeys(), { words: say("does.?"), act: help }].map((one) => ({ ...one, kind: say("palette.action") }));
  return [...pages, ...acts, ...keys];
}

async function ofServer() {
  if (!session.csrf) return [];
  const [{ projects }, { jobs }] = await Promise.all([ask("GET", "/projects?limit=200"), ask("GET", "/v1/appliance/jobs?limit=200")]);
  const runOf = (job) => (job.kind === "run" ? `/runs/${job.uid}` : "");
  const kindOf = (job) => say(`palette.${job.kind === "run" ? "run" : "model"}`, { project: isolated(job.project_name) });
  return [
    ...projects.map((one) => link(one.display_name || one.name, say("palette.project"), `/${one.guid}`)),
    ...jobs.map((job) => link(job.name, kindOf(job), `/${job.project_guid}/models/${job.model_id}${runOf(job)}`)),
  ];
}

export async function openPalette() {
  if (document.querySelector(".palette")) return;
  let [things, found, chosen] = [ofPage(), [], 0];
  const list = element("ul", { id: "palette-list", role: "listbox", ariaLabel: say("palette.title") });
  const input = element("input", { type: "text", role: "combobox", autocomplete: "off", spellcheck: false, maxLength: MOST_LETTERS, placeholder: say("palette.hint"), ariaLabel: say("palette.hint"), ariaExpanded: "true", ariaAutoComplete: "list" });
  input.setAttribute("aria-controls", list.id);
  const state = element("p", { role: "status", className: "soft" });
  const dialog = openDialog(say("palette.title"), input, list, state);
  dialog.classList.add("small", "palette");

  const take = (thing) => {
    dialog.close();
    thing.act();
  };
  const mark = (at) => {
    chosen = Math.max(0, Math.min(at, found.length - 1));
    [...list.children].forEach((item, place) => (item.ariaSelected = String(place === chosen)));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", list.children[chosen]?.id ?? "");
  };
  const show = () => {
    const wanted = plain(input.value.trim()).replaceAll(" ", "");
    const ranked = things.map((thing) => [farness(plain(thing.words), wanted), thing]).filter(([far]) => far < Infinity);
    found = ranked.sort(([a], [b]) => a - b).slice(0, MOST_SHOWN).map(([, thing]) => thing);
    list.replaceChildren(...found.map((thing, at) => element("li", { id: `palette-${at}`, role: "option", onclick: () => take(thing) }, named(thing.words), " ", said("span", thing.kind, "soft"))));
    state.textContent = found.length ? say("palette.found", { n: found.length }) : say("palette.none");
    mark(0);
  };
  const moves = { ArrowDown: () => mark(chosen + 1), ArrowUp: () => mark(chosen - 1), Enter: () => found[chosen] && take(found[chosen]) };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });
  input.addEventListener("input", show);
  show();
  input.focus();
  things = [...things, ...(await ofServer().catch(() => []))];
  if (dialog.open) show();
}
