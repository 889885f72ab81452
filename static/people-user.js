// One user of the appliance in a dialog: let in or shut out, make an administrator, limits, a new link, handing over projects.
import { actor, ask, bytes, confirmed, el, isolated, named, onSubmit, openDialog, report, reveal, sayer, session, span } from "/console/kit.js";
import texts from "/console/words/people.json" with { type: "json" };

const say = sayer(texts);
// A limit: its name in the form and on the wire, one of its units there, whether it is a whole number.
const FIELDS = [["created", "created", 1, true], ["running", "running", 1, true], ["hours", "max_duration_seconds", 3600], ["gib", "storage_bytes", 2 ** 30]];
const SHOWN = { created: String, running: String, max_duration_seconds: span, storage_bytes: (size) => (size ? bytes(size) : say("limits.set.anySize")) };

// The limits that were set for a user; null is the server's own.
export function limitsInWords(limits) {
  const set = Object.entries(SHOWN).filter(([name]) => limits[name] !== null).map(([name, text]) => say(`limits.set.${name}`, { value: text(limits[name]) }));
  return set.join(", ") || el("span.soft", say("limits.server"));
}

// What `reveal` shows of a link: it is shown once, so here is also what to write to the person.
export function toldLink(email, url, letter) {
  const text = el("pre.letter", { tabIndex: 0, ariaLabel: say("link.message") }, say(`link.${letter}`, { url }));
  return [say("link.title", { email: isolated(email) }), say("link.text"), url, say("link.label"), el("p", say("link.tell")), text];
}

function facts(user) {
  const states = [user.is_owner ? "owner" : user.administrator && "administrator", user.disabled && "disabled", user.has_password ? "password" : "open"];
  const since = say("user.since", { date: new Date(user.created_at).toLocaleDateString() });
  return el("p.soft", [since, ...states.filter(Boolean).map((state) => say(`user.${state}`))].join("; "), ".");
}

const inForm = (value, unit) => (value === null ? "" : String(Math.round((value / unit) * 1000) / 1000));
const onWire = (values) => Object.fromEntries(FIELDS.map(([name, wire, unit]) => [wire, values[name] === "" ? null : Math.round(Number(values[name]) * unit)]));

const checkLimits = (values) => Object.fromEntries(FIELDS.map(([name, , , whole]) => {
  const value = Number(values[name]);
  const fine = values[name] === "" || (value > 0 && (!whole || Number.isInteger(value))) || (name === "gib" && value === 0);
  return [name, fine ? "" : say("limits.number")];
}));

function limitsForm({ limits }, own, change) {
  const field = ([name, wire, unit]) => el("label", say(`limits.${name}`), el("input",
    { name, inputMode: "decimal", autocomplete: "off", defaultValue: inForm(limits[wire], unit), placeholder: own[wire] ? inForm(own[wire], unit) : say("limits.endless") }));
  const form = el("form.plain.limits-form", el("p.soft", say("limits.text")), el("div.fields", FIELDS.map(field)), el("button", say("limits.save")));
  onSubmit(form, (values) => change({ limits: onWire(values) }), checkLimits);
  return form;
}

function handOverForm({ _id: id, email: from }, close) {
  const input = el("input", { name: "email", type: "email", maxLength: 254, required: true, autocomplete: "off" });
  const form = el("form.plain", el("p.soft", say("handOver.text")), el("label", say("handOver.to"), input), el("button", say("handOver.act")));
  onSubmit(form, async (values) => {
    const heir = values.email.trim();
    if (!(await confirmed(...say.each("user.sure.handOver", { email: isolated(from), heir: isolated(heir) })))) return;
    const { length: n } = (await ask("POST", `/v1/appliance/users/${id}/hand-over`, { email: heir })).projects;
    report(n ? say("handOver.done", { n, email: isolated(heir) }) : say("handOver.none"));
    await close();
  });
  return form;
}

// Opens the dialog; `changed` is called when something is different. The owner is let in always, and no link makes somebody else the owner.
export function manage(user, own, changed) {
  const path = `/v1/appliance/users/${user._id}`;
  const [me, email] = [user._id === session.me._id, isolated(user.email)];
  const close = async () => {
    dialog.close();
    await changed();
  };
  const change = async (what) => {
    await ask("PATCH", path, what);
    if (me) location.reload();
    report(say("user.changed", { email }));
    await close();
  };
  const give = async (place, letter) => {
    const { sign_in_url: url } = await ask("POST", `${path}/${place}`);
    dialog.close();
    await reveal(...toldLink(user.email, url, letter));
    if (!me) await changed();
  };
  const button = (word, asked, act, className) =>
    actor(say(`user.${word}`), "", async () => (!asked || (await confirmed(...say.each(`user.sure.${word}`, { email })))) && act(), className);
  const turn = (on, name, [yes, no], asked, className = "") => button(on ? no : yes, asked, () => change({ [name]: !on }), className);
  const byLink = !user.disabled && (!user.is_owner || me);
  const dialog = openDialog("", facts(user), el("h3", say("user.access")), el("p.choices",
    !user.is_owner && [turn(user.disabled, "disabled", ["disable", "enable"], !user.disabled, user.disabled ? "" : "danger"),
      turn(user.administrator, "administrator", ["promote", "demote"], true)],
    byLink && [button("link", false, () => give("sign-in-link", "again"), ""), button("reset", true, () => give("reset", "reset"), "")]),
    ...(byLink ? [el("p.soft", say("user.hint"))] : []),
    el("h3", say("limits.title")), limitsForm(user, own, change), el("h3", say("handOver.title")), handOverForm(user, close));
  dialog.querySelector("h2").append(named(user.email));
}
