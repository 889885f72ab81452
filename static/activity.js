// The activity page: the feed of what people did, with search, order and paging. What is looked for stands in the address.
import { attempt, begin, does, get, isolated, page, sayer } from "/console/kit.js";
import { eventLine } from "/console/sentences.js";
import texts from "/console/words/activity.json" with { type: "json" };

const say = sayer(texts);
const STEP = 50;
const { query: looked, sort: order } = page.search.elements;
let [skip, turn] = [0, 0];

async function load(from) {
  const mine = ++turn;
  const query = looked.value;
  const { events, total } = await get("/v1/activity", { query, sort: order.value, limit: STEP, skip: from });
  if (mine !== turn) return;
  const lines = events.map((event) => eventLine(event));
  if (!from) page.events.replaceChildren();
  page.events.append(...lines);
  skip = from + events.length;
  const none = query ? say("none", { query: isolated(query) }) : say("empty");
  page.count.textContent = total ? say(skip < total ? "some" : "lines", { shown: skip, n: total }) : none;
  const more = skip < total && events.length > 0;
  if (from && !more) lines.at(-1)?.focus();
  page.more.hidden = !more;
}

function search() {
  const asked = new URLSearchParams({ ...(looked.value && { query: looked.value }), ...(order.selectedIndex && { sort: order.value }) });
  history.replaceState(null, "", asked.size ? `?${asked}` : location.pathname);
  return load(0);
}

page.search.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(search);
});
order.addEventListener("change", () => attempt(search));
does(page.more, () => load(skip));
const asked = new URLSearchParams(location.search);
looked.value = asked.get("query") ?? "";
order.value = asked.get("sort") ?? "";
if (!order.value) order.selectedIndex = 0;
await begin(say, texts.same, () => load(0));
