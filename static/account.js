// The account page: who I am, what I may use and used, my invites, and my password.
import { showKeys } from "/console/account-keys.js";
import { showSessions } from "/console/account-sessions.js";
import { confirmed } from "/console/dialogs.js";
import { bytes, distance, element, elementsById, fill, named, said, span } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { actor, open, refreshBadge, report } from "/console/frame.js";
import { levelName, mayDo } from "/console/levels.js";
import { ask, session } from "/console/session.js";
import { usageTable } from "/console/usage.js";

const SAYS = {
  standing: (me) => (me.is_owner ? "owns this appliance." : me.administrator ? "is an administrator of this appliance." : "uses this appliance."),
  limits: {
    queued: "Jobs that wait",
    running: "Jobs that run",
    stored: "Files stored",
    duration: "Longest time of a job",
    of: (used, most) => `${used} of ${most}`,
    free: (used) => `${used}, without a limit`,
  },
  noUsage: "Nothing yet this month.",
  invites: {
    none: "Nobody has invited you to a project at present.",
    by: (email) => ["from ", named(email), ", "],
    until: (at) => `open until ${new Date(at).toLocaleDateString()} (${distance(new Date(at))})`,
    expired: (email) => `It has expired; ask ${email} for a new one.`,
    accept: "Accept",
    decline: "Decline",
    accepted: (name, level) => `You are in the project ${name} now, with level ${levelName(level)}.`,
    declined: (name) => `You declined the invite to ${name}.`,
    sure: (name) => [`Decline the invite to ${name}?`, "To join later, you would need a new invite.", "Decline"],
  },
  password: { other: "The two are not the same.", short: "It has fewer than 10 characters.", same: "That is the password that you have.", done: "The password is saved; other browsers are signed out." },
};
const SHORTEST = 10;
const page = elementsById();

function limit(label, used, most, text) {
  const figures = text(used);
  const says = most ? SAYS.limits.of(figures, text(most)) : SAYS.limits.free(figures);
  const bar = element("meter", { min: 0, max: most ?? 1, high: (most ?? 1) * 0.9, value: most ? Math.min(used, most) : 0 });
  bar.setAttribute("aria-label", `${label}: ${says}`);
  return element("div", {}, said("dt", label), element("dd", {}, said("span", says), ...(most ? [bar] : [])));
}

async function showLimits() {
  const { billing } = await ask("GET", "/users/me/billing");
  const { service_limits: most, usage: used } = billing.me;
  const { limits } = SAYS;
  page.limits.replaceChildren(
    limit(limits.queued, used.jobs_queued, most.max_jobs_queued, String), limit(limits.running, used.jobs_active, most.max_jobs_active, String),
    limit(limits.stored, used.storage_bytes, most.max_storage_bytes, bytes),
    element("div", {}, said("dt", limits.duration), said("dd", span(most.max_job_duration_seconds))));
}

async function showUsage() {
  const { usage } = await ask("GET", "/v1/appliance/usage");
  const month = new Date().toISOString().slice(0, 7);
  page.usage.replaceChildren(usageTable(usage.filter((one) => one.month === month), SAYS.noUsage));
}

function inviteCard(invite) {
  const { invites } = SAYS;
  const [name, by] = [invite.project_name, invite.invited_by?.email ?? ""];
  const choices = [actor(invites.accept, name, () => accept(invite), "main"), actor(invites.decline, name, () => decline(invite), "")];
  return element("article", { className: "panel" },
    element("h4", {}, named(name)),
    element("p", { className: "soft" }, ...invites.by(by), invites.until(invite.expires_at)),
    said("p", mayDo(invite.level)),
    invite.expired ? said("p", invites.expired(by), "soft") : element("p", { className: "choices" }, ...choices));
}

async function showInvites() {
  const { invites } = await ask("GET", "/users/me/invites?include_expired=true");
  fill(page["invite-list"], ...(invites.length ? invites.map(inviteCard) : [said("p", SAYS.invites.none, "soft empty")]));
}

async function accept(invite) {
  await ask("PATCH", `/users/me/invites/${invite._id}`, {});
  report(SAYS.invites.accepted(invite.project_name, invite.level));
  location.assign(`/${invite.project_guid}`);
}

async function decline(invite) {
  if (!(await confirmed(...SAYS.invites.sure(invite.project_name)))) return;
  await ask("DELETE", `/users/me/invites/${invite._id}`);
  report(SAYS.invites.declined(invite.project_name));
  refreshBadge();
  await showInvites();
}

function checkPassword({ current, new: chosen, again }) {
  const { password } = SAYS;
  const short = [...chosen].length < SHORTEST ? password.short : current && chosen === current ? password.same : "";
  return { new: chosen ? short : "", again: chosen === again ? "" : password.other };
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
  report(SAYS.password.done);
  document.querySelector(".offer")?.remove();
  await showSessions(page);
}

onSubmit(page["password-form"], savePassword, checkPassword);
await open(page.content, async () => {
  page.email.textContent = session.me.email;
  page.standing.textContent = SAYS.standing(session.me);
  showPassword();
  const shown = await Promise.allSettled([showInvites(), showLimits(), showUsage(), showKeys(page), showSessions(page)]);
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
  const failed = shown.find((one) => one.reason);
  if (failed) throw failed.reason;
});
