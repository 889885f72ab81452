// People of a project: members, their levels, invites, leaving, handing over. Only what my level allows is offered.
import {
  actor, ask, choice, distance, does, dropped, el, fill, formDialog, get, isolated, named, onSubmit, openDialog, page, report, sayer, session,
  tableFrom, titleOf
} from "/console/kit.js";
import { levelName, levelsUpTo, mayDo } from "/console/levels.js";
import texts from "/console/words/members.json" with { type: "json" };

const say = sayer(texts);
const [ADMINISTRATOR, OWNER, TYPING_MS] = [3, 4, 200];
let [project, mine, typed] = [null, 0, 0];
const members = () => `/projects/${project.guid}/members`;
const nameOf = () => isolated(titleOf(project));
const everybody = async () => (await get(members())).members;
const change = (one) => actor(say("change"), one.email, () => changeLevel(one));
// A button that takes somebody out of something, after a question.
const out = (label, { email }, key, path, done) => actor(label, email, async () => {
  const about = { email: isolated(email), name: nameOf() };
  if (await dropped(say.each(key, about), path, say(done, about))) await refresh();
});

function cells(member) {
  const me = member.user_id === session.me._id;
  const may = mine >= ADMINISTRATOR && !me && member.level <= mine;
  const acts = may && [change(member), out(say("remove"), member, "sureRemove", `${members()}/${member.user_id}`, "removed")];
  return [[named(member.email), ...(me ? [" ", el("span.tag", say("me"))] : [])], levelName(member.level), el("div.acts", acts)];
}

function inviteCells(invite) {
  const cancel = out(say("invites.cancel"), invite, "invites.sure", `/projects/${project.guid}/invites/${invite._id}`, "invites.cancelled");
  const end = invite.expired ? say("invites.expired") : distance(new Date(invite.expires_at));
  return [named(invite.email), levelName(invite.level), named(invite.invited_by?.email ?? ""), end, el("div.acts", change(invite), cancel)];
}

async function refresh() {
  const [found, administrator] = [await everybody(), mine >= ADMINISTRATOR];
  found.sort((one, other) => other.level - one.level || one.email.localeCompare(other.email));
  const [me, owners] = [found.find((member) => member.user_id === session.me._id), found.filter((member) => member.level === OWNER)];
  const { caption, heads } = texts.members;
  fill(page.members, tableFrom({ caption, heads: heads.slice(0, administrator ? 3 : 2) }, found.map(cells), "", "short", "wide"));
  page.leave.hidden = !me || (me.level === OWNER && owners.length === 1);
  page.transfer.hidden = mine < OWNER;
  page["invite-form"].hidden = !administrator;
  if (!administrator) return;
  const { invites } = await get(`/projects/${project.guid}/invites`);
  const table = () => tableFrom(texts.invites, invites.map(inviteCells), "", "short", "", "short", "wide");
  fill(page.invites, ...(invites.length ? [el("h4", say("invites.title")), table()] : []));
}

async function setLevel(email, level) {
  const { invite } = await ask("POST", members(), { email, level: Number(level) });
  const about = { email: isolated(email), level: levelName(Number(level)) };
  report(invite ? say("invited", { ...about, date: new Date(invite.expires_at).toLocaleDateString() }) : say("set", about));
  await refresh();
}

// A dialog with every level that may be given, and what each may do.
function changeLevel({ email, level }) {
  const choices = levelsUpTo(mine).map(([value, name, more]) => el("label.radio",
    el("input", { type: "radio", name: "level", value, checked: value === level }), el("span", el("b", name), el("span.soft", ` ${more}`))));
  formDialog(say("choose", { email: isolated(email) }), [choices, el("button", say("save"))], (chosen) => setLevel(email, chosen.level));
}

does(page.leave, async () => {
  if (await dropped(say.each("sureLeave", { name: nameOf() }), `/v1/appliance/projects/${project.guid}/membership`)) location.assign("/");
});
does(page.transfer, async () => {
  const others = (await everybody()).filter((member) => member.user_id !== session.me._id);
  const title = say("transferTitle", { name: nameOf() });
  if (!others.length) return openDialog(title, el("p", say("nobody")));
  const heir = el("label", say("to"), choice(others.map(({ email }) => [email]), { name: "email" }));
  formDialog(title, [el("p", say("transferText")), heir, el("button.danger", say("handOver"))], async ({ email }) => {
    await ask("POST", `/v1/appliance/projects/${project.guid}/transfer`, { email });
    location.reload();
  });
});

// E-mails of this appliance's users are offered while one is typed.
function suggest({ target }) {
  clearTimeout(typed);
  const query = target.value.trim();
  if (query.length > 1) typed = setTimeout(async () => {
    const { users } = await get("/users/search", { query, limit: 10 }).catch(() => ({ users: [] }));
    page["known-people"].replaceChildren(...users.map(({ email }) => el("option", { value: email })));
  }, TYPING_MS);
}

const levels = page["invite-level"];
const tell = () => (page["invite-may"].textContent = mayDo(Number(levels.value)));
levels.onchange = tell;
page["invite-form"].onreset = () => setTimeout(tell);
page["invite-form"].elements.email.oninput = suggest;
onSubmit(page["invite-form"], ({ email, level }) => setLevel(email.trim(), level));

export async function showPeople(about, level) {
  [project, mine] = [about, level];
  levels.replaceChildren(...levelsUpTo(mine).map(([value, , , words]) => el("option", { value, defaultSelected: value === 1 }, words)));
  tell();
  await refresh();
}
