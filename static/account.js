// The account page: my invites, what I may use and used, my API keys, my password, and where I am signed in.
import { gauge } from "/console/gauges.js";
import {
  actor, ask, begin, bytes, copyable, distance, does, dropped, el, fill, get, isolated, lately, named, onSubmit, page, refreshBadge,
  report, reveal, sayer, session, span, tableFrom, when
} from "/console/kit.js";
import { levelName, mayDo } from "/console/levels.js";
import { thisMonth, usageTable } from "/console/usage.js";
import texts from "/console/words/account.json" with { type: "json" };

const say = sayer(texts);
const SHORTEST = 10;
const [KEYS, SESSIONS] = ["/v1/appliance/keys", "/v1/appliance/sessions"];
const BROWSERS = { "edg/": "Edge", "opr/": "Opera", "firefox/": "Firefox", "chrome/": "Chrome", "safari/": "Safari", "curl/": "curl", python: "Python" };
const SYSTEMS = { android: "Android", iphone: "iPhone", ipad: "iPad", windows: "Windows", "mac os": "macOS", cros: "ChromeOS", linux: "Linux" };

async function showLimits() {
  const { service_limits: most, usage: used } = (await get("/users/me/billing")).billing.me;
  const limit = (label, now, top, text = String) =>
    gauge(label, say(top ? "limits.of" : "limits.free", { used: text(now), most: top && text(top) }), top ? now / top : null);
  page.limits.replaceChildren(
    limit(say("limits.queued"), used.jobs_queued, most.max_jobs_queued), limit(say("limits.running"), used.jobs_active, most.max_jobs_active),
    limit(say("limits.stored"), used.storage_bytes, most.max_storage_bytes, bytes), gauge(say("limits.duration"), span(most.max_job_duration_seconds), null));
}

async function showUsage() {
  const { usage } = await get("/v1/appliance/usage");
  fill(page.usage, usageTable(thisMonth(usage), say("usage.none")));
}

function inviteCard(invite) {
  const [name, email, until] = [invite.project_name, invite.invited_by?.email ?? "", new Date(invite.expires_at)];
  const told = { name: isolated(name), level: levelName(invite.level) };
  const path = `/users/me/invites/${invite._id}`;
  const accept = async () => {
    await ask("PATCH", path, {});
    report(say("invites.accepted", told));
    location.assign(`/${invite.project_guid}`);
  };
  const decline = async () => {
    if (!(await dropped(say.each("invites.sure", told), path, say("invites.declined", told)))) return;
    refreshBadge();
    await showInvites();
  };
  return el("article.panel", el("h4", named(name)),
    el("p.soft", say.nodes("invites.from", { email: named(email), date: until.toLocaleDateString(), distance: distance(until) })), el("p", mayDo(invite.level)),
    invite.expired ? el("p.soft", say("invites.expired", { email: isolated(email) }))
      : el("p.choices", actor(say("invites.accept"), name, accept, "main"), actor(say("invites.decline"), name, decline, "")));
}

async function showInvites() {
  const { invites } = await get("/users/me/invites?include_expired=true");
  fill(page["invite-list"], ...(invites.length ? invites.map(inviteCard) : [el("p.soft.empty", say("invites.none"))]));
}

function keyCells(key) {
  const name = key.name || say("keys.unnamed");
  const revoke = async () => {
    if (await dropped(say.each("keys.sure", { name: isolated(name), prefix: key.prefix }), `${KEYS}/${key.id}`, say("keys.done", key))) await showKeys();
  };
  const end = key.revoked_at ? say.nodes("keys.revokedAt", { when: when(key.revoked_at) }) : actor(say("keys.revoke"), `${name} ${key.prefix}`, revoke);
  return [named(name), el("code", `${key.prefix}…`), when(key.created_at), key.last_used_at ? lately(key.last_used_at) : say("keys.never"), end];
}

async function showKeys() {
  const { keys } = await get(KEYS);
  const table = (words, some) => tableFrom(words, some.map(keyCells), "", "short", "short", "short", "tiny");
  const gone = keys.filter((key) => key.revoked_at);
  const caption = say("keys.revoked", { n: gone.length });
  const shown = [table(texts.keys, keys.filter((key) => !key.revoked_at))];
  if (gone.length) shown.push(el("details", el("summary", caption), table({ ...texts.keys, caption }, gone)));
  fill(page["key-list"], ...shown);
}

async function makeKey({ name }) {
  const { api_key: key } = await ask("POST", KEYS, { name: name.trim() });
  const shell = `export GRETEL_ENDPOINT=${location.origin}\nexport GRETEL_API_KEY=${key}`;
  const file = JSON.stringify({ endpoint: location.origin, artifact_endpoint: "cloud", api_key: key, default_runner: "cloud" }, null, 2);
  const ways = [[say("keys.shell"), shell], [say("keys.file"), file]].flatMap(([title, text]) => [el("p", title), copyable(text, title)]);
  reveal(...say.each("keys.made"), key, say("keys.key"), ...ways);
  await showKeys();
}

function checkPassword({ current, new: chosen, again }) {
  const fault = [...chosen].length < SHORTEST ? "short" : current && chosen === current ? "same" : "";
  return { new: chosen && fault ? say(`password.${fault}`) : "", again: chosen === again ? "" : say("password.other") };
}

function showPassword() {
  page["password-form"].elements.username.value = session.me.email;
  page.current.hidden = session.me.has_password === false;
  page.current.querySelector("input").required = !page.current.hidden;
}

async function savePassword({ current, new: chosen }) {
  const { csrf } = await ask("PUT", "/v1/appliance/password", { current, new: chosen });
  session.csrf = csrf;
  session.me.has_password = true;
  showPassword();
  report(say("password.done"));
  document.querySelector(".offer")?.remove();
  await showSessions();
}

// A few words for a User-Agent header; the header itself where none is known.
function device(agent) {
  const known = (table) => table[Object.keys(table).find((sign) => agent.toLowerCase().includes(sign))];
  const [browser, system] = [known(BROWSERS), known(SYSTEMS)];
  return browser && system ? say("sessions.on", { browser, system }) : browser ?? (agent || say("sessions.unknown"));
}

function sessionCells({ id, agent, address, current, created_at: created, seen_at: seen }) {
  const name = named(device(agent));
  name.title = agent;
  const signOut = async () => {
    await ask("DELETE", `${SESSIONS}/${id}`);
    report(say("sessions.done"));
    await showSessions();
  };
  const end = current ? el("span.tag", say("sessions.here")) : actor(say("sessions.out"), `${device(agent)} ${address} ${id}`, signOut);
  return [name, named(address), when(created), lately(seen), end];
}

async function showSessions() {
  const { sessions } = await get(SESSIONS);
  fill(page["session-list"], tableFrom(texts.sessions, sessions.map(sessionCells), "", "short", "short", "short", "tiny"));
  page["sign-out-others"].disabled = sessions.length < 2;
}

onSubmit(page["key-form"], makeKey);
onSubmit(page["password-form"], savePassword, checkPassword);
does(page["sign-out-others"], async () => {
  if (await dropped(say.each("sessions.others"), `${SESSIONS}?others=yes`, say("sessions.othersDone"))) await showSessions();
});
does(page["sign-out-all"], async () => {
  if (await dropped(say.each("sessions.all"), SESSIONS)) location.reload();
});
await begin(say, texts.same, async () => {
  const { me } = session;
  page.email.textContent = me.email;
  page.standing.textContent = say(`standing.${me.is_owner ? "owner" : me.administrator ? "administrator" : "user"}`);
  showPassword();
  const shown = await Promise.allSettled([showInvites(), showLimits(), showUsage(), showKeys(), showSessions()]);
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
  const failed = shown.find((one) => one.reason);
  if (failed) throw failed.reason;
});
