// Sessions on the account page: where I am signed in, and signing out there.
import { actor, ask, attempt, confirmed, fill, headsOf, lately, named, report, said, sayer, tableOf, when } from "/console/kit.js";
import texts from "/console/words/account.json" with { type: "json" };

const say = sayer(texts);
const HEADS = headsOf(say.each("sessions.heads"), "", "short", "short", "short", "tiny");
const PLACE = "/v1/appliance/sessions";
const BROWSERS = { "edg/": "Edge", "opr/": "Opera", "firefox/": "Firefox", "chrome/": "Chrome", "safari/": "Safari", "curl/": "curl", python: "Python" };
const SYSTEMS = { android: "Android", iphone: "iPhone", ipad: "iPad", windows: "Windows", "mac os": "macOS", cros: "ChromeOS", linux: "Linux" };
let page = null;

// A few words for a User-Agent header; the header itself where none is known.
function device(agent) {
  const known = (table) => table[Object.keys(table).find((sign) => agent.toLowerCase().includes(sign))];
  const [browser, system] = [known(BROWSERS), known(SYSTEMS)];
  return browser && system ? say("sessions.on", { browser, system }) : browser ?? (agent || say("sessions.unknown"));
}

function cells(one) {
  const name = named(device(one.agent));
  name.title = one.agent;
  const act = () => drop(`/${one.id}`, "done");
  const end = one.current ? said("span", say("sessions.here"), "tag") : actor(say("sessions.out"), `${device(one.agent)} ${one.address} ${one.id}`, act);
  return [name, named(one.address), when(one.created_at), lately(one.seen_at), end];
}

export async function showSessions(found) {
  page = found;
  const { sessions } = await ask("GET", PLACE);
  fill(page["session-list"], tableOf(say("sessions.caption"), HEADS, sessions.map(cells), say("sessions.none")));
  page["sign-out-others"].disabled = sessions.length < 2;
}

async function drop(which, done) {
  await ask("DELETE", PLACE + which);
  report(say(`sessions.${done}`));
  await showSessions(page);
}

async function dropOthers() {
  if (await confirmed(...say.each("sessions.others"))) await drop("?others=yes", "othersDone");
}

async function dropAll() {
  if (!(await confirmed(...say.each("sessions.all")))) return;
  await ask("DELETE", PLACE);
  location.reload();
}

for (const [id, action] of [["sign-out-others", dropOthers], ["sign-out-all", dropAll]]) {
  const button = document.getElementById(id);
  button.addEventListener("click", () => attempt(action, button));
}
