// The people page: users of the appliance, for its administrators. The record is in record.js, one user's dialog in people-user.js.
import { reveal } from "/console/dialogs.js";
import { element, elementsById, fill, named, said, span, tableOf } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { actor, open, report } from "/console/frame.js";
import { limitsInWords, manage, toldLink } from "/console/people-user.js";
import { showRecord } from "/console/record.js";
import { ask, session } from "/console/session.js";
import { usageTable } from "/console/usage.js";

const SAYS = {
  caption: "Users of this appliance",
  heads: [["E-mail"], ["State", "short"], ["Limits"], ["This month", "short"], ["", "tiny"]],
  states: { owner: "owner", administrator: "administrator", disabled: "disabled", open: "no password", you: "you" },
  month: ({ jobs, cpu }) => (jobs ? [`${jobs} ${jobs === 1 ? "job" : "jobs"}`, `${span(cpu)} of CPU`] : ["nothing"]),
  manage: "Manage",
  noUsage: "Nothing yet this month.",
  added: (email) => `${email} is a user now.`,
};
const page = elementsById();

function tags(user) {
  const { states } = SAYS;
  const found = [];
  if (user._id === session.me._id) found.push(said("span", states.you, "tag"));
  if (user.is_owner) found.push(said("span", states.owner, "tag"));
  else if (user.administrator) found.push(said("span", states.administrator, "tag"));
  if (user.disabled) found.push(said("span", states.disabled, "tag bad"));
  else if (!user.has_password) found.push(said("span", states.open, "tag"));
  return element("div", { className: "tags" }, ...found);
}

function cells(user, own, used) {
  const sum = { jobs: 0, cpu: 0 };
  for (const line of used.filter((one) => one.email === user.email)) {
    sum.jobs += line.jobs;
    sum.cpu += line.cpu_seconds;
  }
  const month = SAYS.month(sum).map((text, at) => (at ? said("p", text, "soft") : text));
  return [named(user.email), tags(user), limitsInWords(user.limits, own), month, actor(SAYS.manage, user.email, () => manage(user, own, refresh))];
}

async function refresh() {
  const [{ users, limits }, { usage }] = await Promise.all([ask("GET", "/v1/appliance/users"), ask("GET", "/v1/appliance/usage/all")]);
  const used = usage.filter((one) => one.month === new Date().toISOString().slice(0, 7));
  fill(page.users, tableOf(SAYS.caption, SAYS.heads, users.map((user) => cells(user, limits, used)), ""));
  fill(page.usage, usageTable(used, SAYS.noUsage, { email: true }));
}

async function add({ email, administrator }) {
  const made = await ask("POST", "/v1/appliance/users", { email: email.trim(), administrator: administrator === "on" });
  report(SAYS.added(made.user.email));
  reveal(...toldLink(made.user.email, made.sign_in_url));
  await refresh();
}

onSubmit(page["add-form"], add);
await open(page.content, async () => {
  page.administration.hidden = !session.me.administrator;
  page["not-for-you"].hidden = session.me.administrator;
  if (session.me.administrator) await Promise.all([refresh(), showRecord(page)]);
});
