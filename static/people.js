// The people page: users of the appliance, for its administrators. The record is in record.js, one user's dialog in people-user.js.
import { actor, ask, begin, el, fill, get, isolated, named, onSubmit, page, report, reveal, sayer, session, span, tableFrom } from "/console/kit.js";
import { limitsInWords, manage, toldLink } from "/console/people-user.js";
import { showRecord } from "/console/record.js";
import { thisMonth, usageTable } from "/console/usage.js";
import texts from "/console/words/people.json" with { type: "json" };

const say = sayer(texts);
const USERS = "/v1/appliance/users";

function tags(user) {
  const found = [user._id === session.me._id && "you", user.is_owner ? "owner" : user.administrator && "administrator", user.disabled ? "disabled" : !user.has_password && "open"];
  return el("div.tags", found.filter(Boolean).map((state) => el(state === "disabled" ? "span.tag.bad" : "span.tag", say(`users.${state}`))));
}

function cells(user, own, used) {
  const mine = used.filter((one) => one.email === user.email);
  const sum = (name) => mine.reduce((all, one) => all + one[name], 0);
  const month = sum("jobs") ? [say("users.jobs", { n: sum("jobs") }), el("p.soft", say("users.cpu", { span: span(sum("cpu_seconds")) }))] : say("users.nothing");
  return [named(user.email), tags(user), limitsInWords(user.limits), month, actor(say("users.manage"), user.email, () => manage(user, own, refresh))];
}

async function refresh() {
  const [{ users, limits }, { usage }] = await Promise.all([get(USERS), get("/v1/appliance/usage/all")]);
  const used = thisMonth(usage);
  fill(page.users, tableFrom(texts.users, users.map((user) => cells(user, limits, used)), "", "short", "", "short", "tiny"));
  fill(page.usage, usageTable(used, say("usage.none"), { email: true }));
}

onSubmit(page["add-form"], async ({ email, administrator }) => {
  const { user, sign_in_url: url } = await ask("POST", USERS, { email: email.trim(), administrator: administrator === "on" });
  report(say("users.added", { email: isolated(user.email) }));
  reveal(...toldLink(user.email, url, "welcome"));
  await refresh();
});
await begin(say, texts.same, async () => {
  const { administrator } = session.me;
  page.administration.hidden = !administrator;
  page["not-for-you"].hidden = administrator;
  if (administrator) await Promise.all([refresh(), showRecord()]);
});
