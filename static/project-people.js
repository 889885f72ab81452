// People of a project: members, their levels, invites, leaving, handing over. Only what my level allows is offered.
import { confirmed, openDialog } from "/console/dialogs.js";
import { distance, element, fill, isolated, named, said, tableOf } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { actor, attempt, report } from "/console/frame.js";
import { adds, levelName, levelsUpTo, mayDo, option } from "/console/levels.js";
import { ask, session } from "/console/session.js";

const SAYS = {
  caption: "Members of this project",
  heads: [["Person"], ["Level", "short"], ["", "wide"]],
  me: "you",
  change: "Change level",
  remove: "Remove",
  sureRemove: (email, name) => [`Remove ${email}?`, `They can no longer see or use ${name}. What they made stays, and so do jobs that run.`, "Remove"],
  removed: (email) => `${email} is no longer a member.`,
  choose: (email) => `Level of ${email}`,
  save: "Save",
  set: (email, level) => `${email} has level ${levelName(level)} now.`,
  invited: (invite) => `${invite.email} is invited with level ${levelName(invite.level)} until ${new Date(invite.expires_at).toLocaleDateString()}; the invite waits on their Account page.`,
  invitesCaption: "Invites that wait for an answer",
  invitesTitle: "Open invites",
  inviteHeads: [["Invited"], ["Level", "short"], ["By"], ["Expires", "short"], ["", "wide"]],
  expired: "expired",
  cancel: "Cancel",
  sureCancel: (email) => [`Cancel the invite to ${email}?`, "They can no longer accept it. You may invite them again.", "Cancel the invite"],
  keep: "Keep it",
  cancelled: (email) => `The invite to ${email} is cancelled.`,
  sureLeave: (name) => [`Leave ${name}?`, "You can no longer see or use it; what you made stays. To come back you need a new invite.", "Leave"],
  transfer: (name) => `Hand ${name} over`,
  transferText: "A member becomes the owner, and you become an administrator. Only the new owner can give it back.",
  to: "New owner",
  handOver: "Hand over",
  nobody: "There is no other member. Invite somebody first.",
  transferred: (email) => `${email} owns the project now.`,
};
const [ADMINISTRATOR, OWNER] = [3, 4];
let [page, project, mine] = [null, null, 0];
const members = () => `/projects/${project.guid}/members`;
const invites = () => `/projects/${project.guid}/invites`;
const nameOf = () => isolated(project.display_name || project.name);

function cells(member) {
  const me = member.user_id === session.me._id;
  const may = mine >= ADMINISTRATOR && !me && member.level <= mine;
  const acts = may ? [actor(SAYS.change, member.email, () => changeLevel(member)), actor(SAYS.remove, member.email, () => remove(member))] : [];
  return [[named(member.email), ...(me ? [" ", said("span", SAYS.me, "tag")] : [])], levelName(member.level), element("div", { className: "acts" }, ...acts)];
}

function inviteCells(invite) {
  const acts = [actor(SAYS.change, invite.email, () => changeLevel(invite)), actor(SAYS.cancel, invite.email, () => cancel(invite))];
  return [named(invite.email), levelName(invite.level), named(invite.invited_by?.email ?? ""), invite.expired ? SAYS.expired : distance(new Date(invite.expires_at)), element("div", { className: "acts" }, ...acts)];
}

async function refresh() {
  const found = (await ask("GET", members())).members;
  found.sort((one, other) => other.level - one.level || one.email.localeCompare(other.email));
  const [me, owners] = [found.find((member) => member.user_id === session.me._id), found.filter((member) => member.level === OWNER)];
  const heads = mine >= ADMINISTRATOR ? SAYS.heads : SAYS.heads.slice(0, 2);
  fill(page.members, tableOf(SAYS.caption, heads, found.map(cells), ""));
  page.leave.hidden = !me || (me.level === OWNER && owners.length === 1);
  page.transfer.hidden = mine < OWNER;
  page["invite-form"].hidden = mine < ADMINISTRATOR;
  if (mine >= ADMINISTRATOR) await showInvites();
  return found;
}

async function showInvites() {
  const open = (await ask("GET", invites())).invites;
  const table = tableOf(SAYS.invitesCaption, SAYS.inviteHeads, open.map(inviteCells), "");
  fill(page.invites, ...(open.length ? [said("h4", SAYS.invitesTitle), table] : []));
}

async function setLevel(email, level) {
  const answer = await ask("POST", members(), { email, level });
  report(answer.invite ? SAYS.invited(answer.invite) : SAYS.set(email, level));
  await refresh();
}

// A dialog with every level that may be given, and what each may do.
function changeLevel({ email, level }) {
  const choices = levelsUpTo(mine).map(([value, name]) => {
    const input = element("input", { type: "radio", name: "level", value, checked: value === level });
    return element("label", { className: "radio" }, input, element("span", {}, said("b", name), said("span", ` ${adds(value)}`, "soft")));
  });
  const form = element("form", { className: "plain" }, ...choices, element("button", { textContent: SAYS.save }));
  onSubmit(form, async ({ level: chosen }) => {
    await setLevel(email, Number(chosen));
    dialog.close();
  });
  const dialog = openDialog(SAYS.choose(email), form);
  form.querySelector(":checked, input").focus();
}

async function remove({ user_id: id, email }) {
  if (!(await confirmed(...SAYS.sureRemove(email, nameOf())))) return;
  await ask("DELETE", `${members()}/${id}`);
  report(SAYS.removed(email));
  await refresh();
}

async function cancel({ _id: id, email }) {
  if (!(await confirmed(...SAYS.sureCancel(email), SAYS.keep))) return;
  await ask("DELETE", `${invites()}/${id}`);
  report(SAYS.cancelled(email));
  await refresh();
}

async function leave() {
  if (!(await confirmed(...SAYS.sureLeave(nameOf())))) return;
  await ask("DELETE", `/v1/appliance/projects/${project.guid}/membership`);
  location.assign("/");
}

async function transfer() {
  const others = (await ask("GET", members())).members.filter((member) => member.user_id !== session.me._id);
  if (!others.length) return openDialog(SAYS.transfer(nameOf()), said("p", SAYS.nobody));
  const choice = element("select", { name: "email" }, ...others.map(({ email }) => element("option", { value: email, textContent: email })));
  const form = element("form", { className: "plain" }, said("p", SAYS.transferText), element("label", {}, SAYS.to, " ", choice), element("button", { textContent: SAYS.handOver, className: "danger" }));
  onSubmit(form, async ({ email }) => {
    await ask("POST", `/v1/appliance/projects/${project.guid}/transfer`, { email });
    location.reload();
  });
  openDialog(SAYS.transfer(nameOf()), form);
  choice.focus();
}

// E-mails of this appliance's users are offered while one is typed.
let typed = 0;
function suggest({ target }) {
  clearTimeout(typed);
  const query = target.value.trim();
  if (query.length < 2) return;
  typed = setTimeout(async () => {
    const { users } = await ask("GET", `/users/search?${new URLSearchParams({ query, limit: 10 })}`).catch(() => ({ users: [] }));
    page["known-people"].replaceChildren(...users.map(({ email }) => element("option", { value: email })));
  }, 200);
}

function prepare() {
  const levels = page["invite-level"];
  const tell = () => (page["invite-may"].textContent = mayDo(Number(levels.value)));
  levels.replaceChildren(...levelsUpTo(mine).map(([value]) => element("option", { value, textContent: option(value), defaultSelected: value === 1 })));
  levels.onchange = tell;
  page["invite-form"].onreset = () => setTimeout(tell);
  page["invite-form"].elements.email.oninput = suggest;
  if (!project) onSubmit(page["invite-form"], ({ email, level }) => setLevel(email.trim(), Number(level)));
  for (const [id, action] of [["leave", leave], ["transfer", transfer]]) page[id].onclick = () => attempt(action, page[id]);
  tell();
}

export async function showPeople(found, about, level) {
  [page, mine] = [found, level];
  prepare();
  project = about;
  await refresh();
}
