// Who is signed in on this page, and the one way of asking the server. Tells "in" when somebody has signed in, "out" when nobody is any more.
import texts from "/console/words/frame.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const PLACE = "/v1/appliance/session";

export class Refused extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

export const session = Object.assign(new EventTarget(), { me: null, csrf: "", by: "", reached: true });

const tell = (name) => session.dispatchEvent(new Event(name));

// Whether the server answers, as the last request knows: tells "lost" and "back".
export function reached(yes) {
  if (yes === session.reached) return;
  session.reached = yes;
  tell(yes ? "back" : "lost");
}

async function send(method, path, body) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": session.csrf };
  const sent = fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const response = await sent.catch(() => {
    reached(false);
    throw new Refused(say("session.silent"));
  });
  reached(true);
  const text = await response.text();
  if (!response.ok) throw new Refused(reason(text) || say("session.odd", { status: `${response.status}` }), response.status);
  return text;
}

// What a refusal says, if it says anything.
export function reason(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return "";
  }
}

function unwrapped(text) {
  const answer = JSON.parse(text || "{}");
  return answer.data ?? answer;
}

// Whether the request is worth sending again: this browser's session was renewed in another tab by the same person.
async function renewed() {
  const before = session.csrf;
  try {
    const found = unwrapped(await send("GET", PLACE));
    if (session.me && found.email !== session.me.email) location.reload();
    session.csrf = found.csrf;
    return found.csrf !== before;
  } catch (error) {
    if (error.status === 401 && session.me) leave();
    return false;
  }
}

// The server's answer, without the envelope of the older routes. Raises Refused with the server's own words; where nobody is signed in any
// more, the page asks to sign in.
export async function ask(method, path, body) {
  try {
    return unwrapped(await send(method, path, body));
  } catch (error) {
    if (![401, 403].includes(error.status) || !(await renewed())) throw error;
    return unwrapped(await send(method, path, body));
  }
}

// The e-mail of whoever is signed in in this browser, or nothing.
export const present = () => send("GET", PLACE).then((text) => unwrapped(text).email, () => "");

let asking = false;

// Another tab of this browser speaks for somebody else: the page becomes that person's, or nobody's.
export async function recheck() {
  if (asking) return;
  asking = true;
  try {
    const { email } = unwrapped(await send("GET", PLACE));
    if (email !== session.me?.email || !session.csrf) await enter();
  } catch (error) {
    if (error.status === 401 && session.csrf) leave();
  }
  asking = false;
}

// Sign in with a token, a key or a password; without any, find out who is signed in. Raises Refused.
export async function enter(credentials) {
  const found = unwrapped(await send(credentials ? "POST" : "GET", PLACE, credentials));
  session.csrf = found.csrf;
  const { me } = unwrapped(await send("GET", "/users/me"));
  if (session.me && session.me.email !== me.email) location.reload();
  session.me = me;
  session.by = credentials ? Object.keys(credentials)[0] : "";
  tell("in");
}

export const signOut = () => ask("DELETE", PLACE).then(leave);

// Nobody is signed in any more: the page keeps what it shows behind the sign-in form, for the same person to come back to.
function leave() {
  session.csrf = "";
  tell("out");
}
