// One user of the appliance in a dialog: let in or shut out, make an administrator, limits, a new link, handing over projects.
import { confirmed, openDialog, reveal } from "/console/dialogs.js";
import { bytes, element, named, said, span } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { actor, report } from "/console/frame.js";
import { ask, session } from "/console/session.js";

const SAYS = {
  link: "The sign-in link",
  linkTitle: (email) => `Sign-in link for ${email}`,
  linkText: "It is shown this once, works once, and for a day. Whoever opens it is signed in as that person: send it to nobody else.",
  tell: "What to tell them:",
  messages: {
    welcome: (url) => `You can use our appliance for synthetic data now. Open this address in a browser; it works once, within a day:\n\n${url}\n\nThen choose a password under Account, and make an API key there for your scripts.`,
    link: (url) => `Open this address in a browser to sign in to our appliance; it works once, within a day:\n\n${url}\n\nYour password, if you have one, stays as it is.`,
    reset: (url) => `Your password for our appliance was taken away, and you are signed out. Open this address in a browser; it works once, within a day:\n\n${url}\n\nThen choose a new password under Account. Your API keys go on working.`,
  },
  messageLabel: "the message",
  since: (user) => `User since ${new Date(user.created_at).toLocaleDateString()}`,
  states: {
    owner: "owner of the appliance, who can neither be disabled nor demoted",
    administrator: "administrator of the appliance",
    disabled: "disabled: keys and sessions let nobody in",
    password: "has a password",
    open: "has no password: signs in with a link or a key",
  },
  access: "Access",
  disable: "Disable",
  sureDisable: (email) => [`Disable ${email}?`, "Keys, sessions and links stop working at once. Running jobs go on, and everything that was made stays. You can enable the user again.", "Disable"],
  enable: "Enable",
  promote: "Make administrator",
  surePromote: (email) => [`Make ${email} an administrator of the appliance?`, "They can then add, disable and limit users, and read the whole record. Projects are closed to them as such, but they can hand over what a user owns and make a link that signs in as a user; the record tells of both.", "Make administrator"],
  demote: "Take administration away",
  sureDemote: (email) => [`Take the administration from ${email}?`, "They can no longer manage users or read the record.", "Take it away"],
  linkAct: "Sign-in link",
  linkHint: "The link signs them in once and keeps the password. The reset takes the password away, ends their sessions and gives a link: for who forgot the password, or where others know it.",
  reset: "Reset sign-in…",
  sureReset: (email) => [`Reset the sign-in of ${email}?`, "Their password is taken away, and they are signed out everywhere; you get a link for them. API keys go on working.", "Reset the sign-in"],
  changed: (email) => `${email} is changed.`,
  limits: "Limits",
  limitsText: "An empty field: the server's own limit, which it shows. 0 GiB: no limit.",
  fields: [["created", "Jobs that wait", 1], ["running", "Jobs that run at once", 1], ["hours", "Hours of a job", "any"], ["gib", "GiB of files", "any"]],
  endless: "no limit",
  number: "A number above 0, or nothing.",
  save: "Save the limits",
  handOver: "Hand over projects",
  handOverText: "Every project that this person alone owns goes to another user.",
  handOverTo: "E-mail of the new owner",
  handOverAct: "Hand over",
  sureHandOver: (email, heir) => [`Hand over the projects of ${email}?`, `${heir} becomes the owner of each that has no other one. Only the new owner can give them back.`, "Hand over"],
  handedOver: (number, email) => (number ? `${number} ${number === 1 ? "project is" : "projects are"} handed over to ${email}.` : "There was no project to hand over."),
  server: "the server's own",
  words: { created: (n) => `${n} waiting`, running: (n) => `${n} running`, max_duration_seconds: (n) => `${span(n)} each`, storage_bytes: (n) => (n ? bytes(n) : "any amount of files") },
};
const [HOUR, GIB] = [3600, 2 ** 30];

// The limits that were set for a user; null is the server's own.
export function limitsInWords(limits) {
  const set = Object.entries(SAYS.words).filter(([name]) => limits[name] !== null).map(([name, text]) => text(limits[name]));
  return set.length ? set.join(", ") : said("span", SAYS.server, "soft");
}

// What `reveal` shows of a link: it is shown once, so here is also what to write to the person.
export function toldLink(email, url, message = SAYS.messages.welcome) {
  return [SAYS.linkTitle(email), SAYS.linkText, url, SAYS.link, said("p", SAYS.tell), element("pre", { className: "letter", tabIndex: 0, textContent: message(url), ariaLabel: SAYS.messageLabel })];
}

function facts(user) {
  const { states } = SAYS;
  const state = [user.is_owner ? states.owner : user.administrator && states.administrator, user.disabled && states.disabled, user.has_password ? states.password : states.open];
  return said("p", [SAYS.since(user), ...state.filter(Boolean)].join("; ").concat("."), "soft");
}

function inForm({ created, running, max_duration_seconds: seconds, storage_bytes: stored }) {
  const rounded = (value, unit) => (value !== null ? String(Math.round((value / unit) * 1000) / 1000) : "");
  return { created: created ?? "", running: running ?? "", hours: rounded(seconds, HOUR), gib: rounded(stored, GIB) };
}

const onWire = ({ created, running, hours, gib }) => ({
  created: created === "" ? null : Number(created),
  running: running === "" ? null : Number(running),
  max_duration_seconds: hours === "" ? null : Number(hours) * HOUR,
  storage_bytes: gib === "" ? null : Math.round(Number(gib) * GIB),
});

function checkLimits(values) {
  return Object.fromEntries(SAYS.fields.map(([name, , step]) => {
    const value = Number(values[name]);
    const fine = values[name] === "" || (value > 0 && (step === "any" || Number.isInteger(value))) || (name === "gib" && value === 0);
    return [name, fine ? "" : SAYS.number];
  }));
}

function limitsForm(user, own, change) {
  const [now, server] = [inForm(user.limits), inForm(own)];
  const fields = SAYS.fields.map(([name, label, step]) => element("label", {}, `${label} `,
    element("input", { name, inputMode: "decimal", autocomplete: "off", defaultValue: now[name], placeholder: Number(server[name]) ? server[name] : SAYS.endless, step })));
  const form = element("form", { className: "plain limits-form" }, said("p", SAYS.limitsText, "soft"), element("div", { className: "fields" }, ...fields), element("button", { textContent: SAYS.save }));
  onSubmit(form, (values) => change({ limits: onWire(values) }), checkLimits);
  return form;
}

function handOverForm(user, close) {
  const form = element("form", { className: "plain" }, said("p", SAYS.handOverText, "soft"),
    element("label", {}, `${SAYS.handOverTo} `, element("input", { name: "email", type: "email", maxLength: 254, required: true, autocomplete: "off" })), element("button", { textContent: SAYS.handOverAct }));
  onSubmit(form, async ({ email }) => {
    const heir = email.trim();
    if (!(await confirmed(...SAYS.sureHandOver(user.email, heir)))) return;
    const { projects } = await ask("POST", `/v1/appliance/users/${user._id}/hand-over`, { email: heir });
    report(SAYS.handedOver(projects.length, heir));
    await close();
  });
  return form;
}

// The choices for a user: [label, the question before it (none: it harms nobody), what becomes of the user].
function choices(user) {
  if (user.is_owner) return [];
  return [
    user.disabled ? [SAYS.enable, null, { disabled: false }] : [SAYS.disable, SAYS.sureDisable, { disabled: true }],
    user.administrator ? [SAYS.demote, SAYS.sureDemote, { administrator: false }] : [SAYS.promote, SAYS.surePromote, { administrator: true }],
  ];
}

// Opens the dialog; `changed` is called when something is different.
export function manage(user, own, changed) {
  const path = `/v1/appliance/users/${user._id}`;
  const close = async () => {
    dialog.close();
    await changed();
  };
  const change = async (what) => {
    await ask("PATCH", path, what);
    if (user._id === session.me._id) location.reload();
    report(SAYS.changed(user.email));
    await close();
  };
  const buttons = choices(user).map(([label, question, what]) => actor(label, "", async () => {
    if (!question || (await confirmed(...question(user.email)))) await change(what);
  }, what.disabled ? "danger" : ""));
  const give = async (place, message) => {
    const { sign_in_url: url } = await ask("POST", `${path}/${place}`);
    dialog.close();
    await reveal(...toldLink(user.email, url, message));
    if (user._id !== session.me._id) await changed();
  };
  const byLink = !user.disabled && (!user.is_owner || user._id === session.me._id);
  if (byLink) buttons.push(actor(SAYS.linkAct, "", () => give("sign-in-link", SAYS.messages.link), ""), actor(SAYS.reset, "", async () => {
    if (await confirmed(...SAYS.sureReset(user.email))) await give("reset", SAYS.messages.reset);
  }, ""));
  const dialog = openDialog("", facts(user), said("h3", SAYS.access), element("p", { className: "choices" }, ...buttons), ...(byLink ? [said("p", SAYS.linkHint, "soft")] : []),
    said("h3", SAYS.limits), limitsForm(user, own, change), said("h3", SAYS.handOver), handOverForm(user, close));
  dialog.querySelector("h2").append(named(user.email));
}
