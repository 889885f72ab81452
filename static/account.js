// The account page: who I am, what I may use and used, my invites, and my password.
import { showKeys } from "/console/account-keys.js";
import { showSessions } from "/console/account-sessions.js";
import {
  actor, ask, bytes, confirmed, distance, element, elementsById, fill, isolated, named, onSubmit, open, refreshBadge, report, said,
  sayElsewhere, sayer, session, span, wordPage
} from "/console/kit.js";
import { levelName, mayDo } from "/console/levels.js";
import { usageTable } from "/console/usage.js";
import texts from "/console/words/account.json" with { type: "json" };

const say = sayer(texts);
const SHORTEST = 10;
const page = elementsById();

function limit(label, used, most, text) {
  const words = most ? say("limits.of", { used: text(used), most: text(most) }) : say("limits.free", { used: text(used) });
  const bar = element("meter", { min: 0, max: most ?? 1, high: (most ?? 1) * 0.9, value: Math.min(used, most ?? 0), ariaLabel: `${label}: ${words}` });
  return element("div", {}, said("dt", label), element("dd", {}, said("span", words), ...(most ? [bar] : [])));
}

async function showLimits() {
  const { service_limits: most, usage: used } = (await ask("GET", "/users/me/billing")).billing.me;
  page.limits.replaceChildren(
    limit(say("limits.queued"), used.jobs_queued, most.max_jobs_queued, String), limit(say("limits.running"), used.jobs_active, most.max_jobs_active, String),
    limit(say("limits.stored"), used.storage_bytes, most.max_storage_bytes, bytes),
    element("div", {}, said("dt", say("limits.duration")), said("dd", span(most.max_job_duration_seconds))));
}

async function showUsage() {
  const { usage } = await ask("GET", "/v1/appliance/usage");
  const month = new Date().toISOString().slice(0, 7);
  fill(page.usage, usageTable(usage.filter((one) => one.month === month), say("usage.none")));
}

function inviteCard(invite) {
  const [name, by, until] = [invite.project_name, invite.invited_by?.email ?? "", new Date(invite.expires_at)];
  const choices = [actor(say("invites.accept"), name, () => accept(invite), "main"), actor(say("invites.decline"), name, () => decline(invite), "")];
  return element("article", { className: "panel" }, element("h4", {}, named(name)),
    element("p", { className: "soft" }, ...say.nodes("invites.from", { email: named(by), date: until.toLocaleDateString(), distance: distance(until) })),
    said("p", mayDo(invite.level)),
    invite.expired ? said("p", say("invites.expired", { email: isolated(by) }), "soft") : element("p", { className: "choices" }, ...choices));
}

async function showInvites() {
  const { invites } = await ask("GET", "/users/me/invites?include_expired=true");
  fill(page["invite-list"], ...(invites.length ? invites.map(inviteCard) : [said("p", say("invites.none"), "soft empty")]));
}

async function accept(invite) {
  await ask("PATCH", `/users/me/invites/${invite._id}`, {});
  report(say("invites.accepted", { name: isolated(invite.project_name), level: levelName(invite.level) }));
  location.assign(`/${invite.project_guid}`);
}

async function decline(invite) {
  const name = isolated(invite.project_name);
  if (!(await confirmed(...say.each("invites.sure", { name })))) return;
  await ask("DELETE", `/users/me/invites/${invite._id}`);
  report(say("invites.declined", { name }));
  refreshBadge();
  await showInvites();
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
  await showSessions(page);
}

wordPage(say);
sayElsewhere(texts.same);
onSubmit(page["password-form"], savePassword, checkPassword);
await open(page.content, async () => {
  const { me } = session;
  page.email.textContent = me.email;
  page.standing.textContent = say(`standing.${me.is_owner ? "owner" : me.administrator ? "administrator" : "user"}`);
  showPassword();
  const shown = await Promise.allSettled([showInvites(), showLimits(), showUsage(), showKeys(), showSessions(page)]);
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
  const failed = shown.find((one) => one.reason);
  if (failed) throw failed.reason;
});
