// People of a project: members, their levels, invites, leaving, handing over. Only what my level allows is offered.
import {
  actor, ask, attempt, confirmed, distance, element, fill, headsOf, isolated, named, onSubmit, openDialog, report, said, sayer, session,
  tableOf
} from "/console/kit.js";
import { adds, levelName, levelsUpTo, mayDo, option } from "/console/levels.js";
import texts from "/console/words/members.json" with { type: "json" };

const say = sayer(texts);
const HEADS = headsOf(say.each("heads"), "", "short", "wide");
const INVITE_HEADS = headsOf(say.each("invites.heads"), "", "short", "", "short", "wide");
const [ADMINISTRATOR, OWNER] = [3, 4];
let [page, project, mine] = [null, null, 0];
const members = () => `/projects/${project.guid}/members`;
const invites = () => `/projects/${project.guid}/invites`;
const nameOf = () => isolated(project.display_name || project.name);

function cells(member) {
  const me = member.user_id === session.me._id;
  const may = mine >= ADMINISTRATOR && !me && member.level <= mine;
  const acts = may ? [actor(say("change"), member.email, () => changeLevel(member)), actor(say("remove"), member.email, () => remove(member))] : [];
  return [[named(member.email), ...(me ? [" ", said("span", say("me"), "tag")] : [])], levelName(member.level), element("div", { className: "acts" }, ...acts)];
}

function inviteCells(invite) {
  const acts = [actor(say("change"), invite.email, () => changeLevel(invite)), actor(say("invites.cancel"), invite.email, () => cancel(invite))];
  return [named(invite.email), levelName(invite.level), named(invite.invited_by?.email ?? ""), invite.expired ? say("invites.expired") : distance(new Date(invite.expires_at)), element("div", { className: "acts" }, ...acts)];
}

async function refresh() {
  const found = (await ask("GET", members())).members;
  found.sort((one, other) => other.level - one.level || one.email.localeCompare(other.email));
  const [me, owners] = [found.find((member) => member.user_id === session.me._id), found.filter((member) => member.level === OWNER)];
  const heads = mine >= ADMINISTRATOR ? HEADS : HEADS.slice(0, 2);
  fill(page.members, tableOf(say("caption"), heads, found.map(cells), ""));
  page.leave.hidden = !me || (me.level === OWNER && owners.length === 1);
  page.transfer.hidden = mine < OWNER;
  page["invite-form"].hidden = mine < ADMINISTRATOR;
  if (mine >= ADMINISTRATOR) await showInvites();
  return found;
}

async function showInvites() {
  const open = (await ask("GET", invites())).invites;
  const table = tableOf(say("invites.caption"), INVITE_HEADS, open.map(inviteCells), "");
  fill(page.invites, ...(open.length ? [said("h4", say("invites.title")), table] : []));
}

async function setLevel(email, level) {
  const answer = await ask("POST", members(), { email, level });
  const about = { email: isolated(email), level: levelName(level) };
  report(answer.invite ? say("invited", { ...about, date: new Date(answer.invite.expires_at).toLocaleDateString() }) : say("set", about));
  await refresh();
}

// A dialog with every level that may be given, and what each may do.
function changeLevel({ email, level }) {
  const choices = levelsUpTo(mine).map(([value, name]) => {
    const input = element("input", { type: "radio", name: "level", value, checked: value === level });
    return element("label", { className: "radio" }, input, element("span", {}, said("b", name), said("span", ` ${adds(value)}`, "soft")));
  });
  const form = element("form", { className: "plain" }, ...choices, said("button", say("save")));
  onSubmit(form, async ({ level: chosen }) => {
    await setLevel(email, Number(chosen));
    dialog.close();
  });
  const dialog = openDialog(say("choose", { email: isolated(email) }), form);
  form.querySelector(":checked, input").focus();
}

// Whether somebody is out of something, after a question.
async function drop(question, done, path) {
  if (!(await confirmed(...question))) return false;
  await ask("DELETE", path);
  if (done) [report(done), await refresh()];
  return true;
}

function remove({ user_id: id, email: name }) {
  const email = isolated(name);
  return drop(say.each("sureRemove", { email, name: nameOf() }), say("removed", { email }), `${members()}/${id}`);
}

function cancel({ _id: id, email: name }) {
  const email = isolated(name);
  return drop(say.each("invites.sure", { email }), say("invites.cancelled", { email }), `${invites()}/${id}`);
}

async function leave() {
  if (await drop(say.each("sureLeave", { name: nameOf() }), "", `/v1/appliance/projects/${project.guid}/membership`)) location.assign("/");
}

async function transfer() {
  const others = (await ask("GET", members())).members.filter((member) => member.user_id !== session.me._id);
  if (!others.length) return openDialog(say("transferTitle", { name: nameOf() }), said("p", say("nobody")));
  const choice = element("select", { name: "email" }, ...others.map(({ email }) => element("option", { value: email, textContent: email })));
  const form = element("form", { className: "plain" }, said("p", say("transferText")), element("label", {}, say("to"), " ", choice), said("button", say("handOver"), "danger"));
  onSubmit(form, async ({ email }) => {
    await ask("POST", `/v1/appliance/projects/${project.guid}/transfer`, { email });
    location.reload();
  });
  openDialog(say("transferTitle", { name: nameOf() }), form);
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
