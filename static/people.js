// The people page: users of the appliance, for its administrators. The record is in record.js, one user's dialog in people-user.js.
import {
  actor, ask, element, elementsById, fill, headsOf, isolated, named, onSubmit, open, report, reveal, said, sayElsewhere, sayer, session,
  span, tableOf, wordPage
} from "/console/kit.js";
import { limitsInWords, manage, toldLink } from "/console/people-user.js";
import { showRecord } from "/console/record.js";
import { usageTable } from "/console/usage.js";
import texts from "/console/words/people.json" with { type: "json" };

const say = sayer(texts);
const HEADS = headsOf(say.each("users.heads"), "", "short", "", "short", "tiny");
const page = elementsById();

function tags(user) {
  const found = [user._id === session.me._id && "you", user.is_owner ? "owner" : user.administrator && "administrator", user.disabled ? "disabled" : !user.has_password && "open"];
  return element("div", { className: "tags" }, ...found.filter(Boolean).map((state) => said("span", say(`users.${state}`), state === "disabled" ? "tag bad" : "tag")));
}

function cells(user, own, used) {
  const mine = used.filter((one) => one.email === user.email);
  const sum = (name) => mine.reduce((all, one) => all + one[name], 0);
  const month = sum("jobs") ? [say("users.jobs", { n: sum("jobs") }), said("p", say("users.cpu", { span: span(sum("cpu_seconds")) }), "soft")] : say("users.nothing");
  return [named(user.email), tags(user), limitsInWords(user.limits), month, actor(say("users.manage"), user.email, () => manage(user, own, refresh))];
}

async function refresh() {
  const [{ users, limits }, { usage }] = await Promise.all([ask("GET", "/v1/appliance/users"), ask("GET", "/v1/appliance/usage/all")]);
  const used = usage.filter((one) => one.month === new Date().toISOString().slice(0, 7));
  fill(page.users, tableOf(say("users.caption"), HEADS, users.map((user) => cells(user, limits, used)), ""));
  fill(page.usage, usageTable(used, say("usage.none"), { email: true }));
}

async function add({ email, administrator }) {
  const { user, sign_in_url: url } = await ask("POST", "/v1/appliance/users", { email: email.trim(), administrator: administrator === "on" });
  report(say("users.added", { email: isolated(user.email) }));
  reveal(...toldLink(user.email, url, "welcome"));
  await refresh();
}

wordPage(say);
sayElsewhere(texts.same);
onSubmit(page["add-form"], add);
await open(page.content, async () => {
  const { administrator } = session.me;
  page.administration.hidden = !administrator;
  page["not-for-you"].hidden = administrator;
  if (administrator) await Promise.all([refresh(), showRecord(page)]);
});
