// The activity page: the feed of what people did, with search, order and paging. What is looked for stands in the address.
import { eventLine } from "/console/events.js";
import { ask, attempt, elementsById, isolated, open, sayElsewhere, sayer, wordPage } from "/console/kit.js";
import texts from "/console/words/activity.json" with { type: "json" };

const say = sayer(texts);
const STEP = 50;
const page = elementsById();
const form = page.search;
let [skip, turn] = [0, 0];

const wanted = () => Object.fromEntries(new FormData(form));

async function load(from) {
  const mine = ++turn;
  const { query, sort } = wanted();
  const { events, total } = await ask("GET", `/v1/activity?${new URLSearchParams({ query, sort, limit: STEP, skip: from })}`);
  if (mine !== turn) return;
  const lines = events.map((event) => eventLine(event));
  if (from) page.events.append(...lines);
  else page.events.replaceChildren(...lines);
  skip = from + events.length;
  const none = query ? say("none", { query: isolated(query) }) : say("empty");
  page.count.textContent = total ? say(skip < total ? "some" : "lines", { shown: skip, n: total }) : none;
  const more = skip < total && events.length > 0;
  if (from && !more) lines.at(-1)?.focus();
  page.more.hidden = !more;
}

function search() {
  const { query, sort } = wanted();
  const asked = new URLSearchParams({ ...(query && { query }), ...(sort !== form.elements.sort.options[0].value && { sort }) });
  history.replaceState(null, "", asked.size ? `?${asked}` : location.pathname);
  return load(0);
}

wordPage(say);
sayElsewhere(texts.same);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(search);
});
form.elements.sort.addEventListener("change", () => attempt(search));
page.more.addEventListener("click", () => attempt(() => load(skip), page.more));
const asked = new URLSearchParams(location.search);
form.elements.query.value = asked.get("query") ?? "";
if (asked.get("sort")) form.elements.sort.value = asked.get("sort");
if (!form.elements.sort.value) form.elements.sort.selectedIndex = 0;
await open(page.content, () => load(0));
