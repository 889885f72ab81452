// Sessions on the account page: where I am signed in, and signing out there.
import { confirmed } from "/console/dialogs.js";
import { fill, lately, named, said, tableOf, when } from "/console/dom.js";
import { actor, attempt, report } from "/console/frame.js";
import { ask } from "/console/session.js";

const SAYS = {
  caption: "Browsers in which you are signed in",
  heads: [["Browser"], ["Address", "short"], ["Signed in", "short"], ["Last seen", "short"], ["", "tiny"]],
  none: "Nowhere.",
  here: "this one",
  on: (browser, system) => (system ? `${browser} on ${system}` : browser),
  unknown: "Unknown browser",
  out: "Sign out",
  done: "That browser is signed out.",
  others: ["Sign out all other browsers?", "You stay signed in here. API keys go on working.", "Sign out the others"],
  othersDone: "All other browsers are signed out.",
  all: ["Sign out everywhere?", "Here as well; you will need your password, a key or a new link to come back. API keys go on working.", "Sign out everywhere"],
};
const BROWSERS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"], ["curl/", "curl"], ["python", "Python"]];
const SYSTEMS = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]];

// A few words for a User-Agent header; the header itself where none is known.
export function device(agent) {
  const known = (table) => table.find(([sign]) => agent.toLowerCase().includes(sign.toLowerCase()))?.[1];
  const browser = known(BROWSERS);
  return browser ? SAYS.on(browser, known(SYSTEMS)) : agent || SAYS.unknown;
}

function cells(one) {
  const name = named(device(one.agent));
  name.title = one.agent;
  const label = `${device(one.agent)} ${one.address} ${one.id}`;
  const end = one.current ? said("span", SAYS.here, "tag") : actor(SAYS.out, label, () => signOutOne(one));
  return [name, named(one.address), when(one.created_at), lately(one.seen_at), end];
}

let page = null;

export async function showSessions(found) {
  page = found;
  const { sessions } = await ask("GET", "/v1/appliance/sessions");
  fill(page["session-list"], tableOf(SAYS.caption, SAYS.heads, sessions.map(cells), SAYS.none));
  page["sign-out-others"].disabled = sessions.length < 2;
}

async function signOutOne(one) {
  await ask("DELETE", `/v1/appliance/sessions/${one.id}`);
  report(SAYS.done);
  await showSessions(page);
}

async function signOutOthers() {
  if (!(await confirmed(...SAYS.others))) return;
  await ask("DELETE", "/v1/appliance/sessions?others=yes");
  report(SAYS.othersDone);
  await showSessions(page);
}

async function signOutAll() {
  if (!(await confirmed(...SAYS.all))) return;
  await ask("DELETE", "/v1/appliance/sessions");
  location.reload();
}

for (const [id, action] of [["sign-out-others", signOutOthers], ["sign-out-all", signOutAll]]) {
  const button = document.getElementById(id);
  button.addEventListener("click", () => attempt(action, button));
}
