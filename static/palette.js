// The command palette: whatever there is by a few letters of its name. The keyboard alone is enough.
import { help, pageKeys } from "/console/keys.js";
import { el, get, isolated, named, openDialog, sayer, session, titleOf } from "/console/kit.js";
import texts from "/console/words/keys.json" with { type: "json" };

const say = sayer(texts);
const MOST = 12;

const plain = (text) => text.normalize("NFKD").replace(/[\p{M}\s]/gu, "").toLowerCase();

// How far a name is from what is wanted, letter by letter in order; Infinity where a letter lacks.
function farness(name, wanted) {
  if (name === wanted) return -1;
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
const action = (words, act) => ({ words, kind: say("palette.action"), act });

function ofPage() {
  const pages = [...document.querySelectorAll("console-header nav a")].map((one) => link(one.firstChild.textContent, say("palette.page"), one.href));
  const buttons = [...document.querySelectorAll("#content :is(button, .button, .tabs a):not(:disabled, table *)")].filter((one) => one.checkVisibility());
  return [...pages, ...buttons.map((one) => action(one.ariaLabel ?? one.textContent, () => one.click())), ...pageKeys().map(({ words, act }) => action(words, act)), action(say("does.?"), help)];
}

async function ofServer() {
  if (!session.csrf) return [];
  const [{ projects }, { jobs }] = await Promise.all(["/projects?limit=200", "/v1/appliance/jobs?limit=200"].map((path) => get(path)));
  const titles = new Map(projects.map((one) => [one.guid, titleOf(one)]));
  const job = ({ name, kind, uid, model_id: model, project_guid: guid, project_name: project }) =>
    link(name, say(`palette.${kind}`, { project: isolated(titles.get(guid) ?? project) }), `/${guid}/models/${model}${kind === "run" ? `/runs/${uid}` : ""}`);
  return [...projects.map((one) => link(titleOf(one), say("palette.project"), `/${one.guid}`)), ...jobs.map(job)];
}

export async function openPalette() {
  if (document.querySelector(".palette")) return;
  let [things, found, chosen] = [ofPage(), [], 0];
  const mark = (at) => {
    chosen = Math.max(0, Math.min(at, found.length - 1));
    [...list.children].forEach((item, place) => (item.ariaSelected = String(place === chosen)));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", found.length ? `palette-${chosen}` : "");
  };
  const take = (thing) => {
    dialog.close();
    thing.act();
  };
  const show = () => {
    const wanted = plain(input.value);
    const ranked = things.map((thing) => [farness(plain(thing.words), wanted), thing]).filter(([far]) => far < Infinity);
    found = ranked.sort(([a], [b]) => a - b).slice(0, MOST).map(([, thing]) => thing);
    list.replaceChildren(...found.map((thing, at) => el("li", { id: `palette-${at}`, role: "option", onclick: () => take(thing) }, named(thing.words), el("span.soft", thing.kind))));
    state.textContent = say(found.length ? "palette.found" : "palette.none", { n: found.length });
    mark(0);
  };
  const moves = { ArrowDown: () => mark(chosen + 1), ArrowUp: () => mark(chosen - 1), Enter: () => found.length && take(found[chosen]) };
  const onkeydown = (event) => {
    if (event.isComposing || !moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  };
  const hint = say("palette.hint");
  const input = el("input", {
    role: "combobox", autocomplete: "off", maxLength: 60, placeholder: hint, ariaLabel: hint, ariaExpanded: "true", "aria-controls": "palette", oninput: show, onkeydown,
  });
  const list = el("ul", { id: "palette", role: "listbox", ariaLabel: say("palette.title") });
  const state = el("p.soft", { role: "status" });
  const dialog = openDialog(say("palette.title"), input, list, state);
  dialog.classList.add("small", "palette");
  show();
  input.focus();
  things = [...things, ...(await ofServer().catch(() => []))];
  if (dialog.open) show();
}
