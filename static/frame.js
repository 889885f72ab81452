// The frame of every page: its header, the sign-in form where nobody is signed in, and the places where the page speaks.
import { confirmed } from "/console/dialogs.js";
import { el, isolated, press } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { helpButton } from "/console/keys.js";
import { ask, enter, present, session, signOut } from "/console/session.js";
import texts from "/console/words/frame.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const ADDRESSES = ["/", "/console/activity.html", "/console/account.html", "/console/machine.html", "/docs", "/console/api.html", "/console/people.html"];
const ADMINISTRATION = ADDRESSES.length - 1;
const THEMES = { auto: "\u25d0", light: "\u2600\ufe0e", dark: "\u263e\ufe0e" };
const PATIENCE_MS = 1000;

const status = el("p", { role: "status", hidden: true });
const words = el("span");
const hide = el("button.link", { ariaLabel: say("hide"), onclick: () => complain(null) }, "×");
const alert = el("p", { role: "alert", hidden: true }, words, " ", hide);
const connection = el("p.offline", { role: "status", hidden: true });

// What the page shows is no longer fresh, in words; null: it is again.
function offline(text) {
  connection.textContent = text ?? "";
  connection.hidden = !text;
}

// What went wrong, in the dialog that is open or at the foot of the page; null takes it away.
export function complain(error) {
  const dialog = [...document.querySelectorAll("dialog[open]")].pop();
  const place = dialog?.querySelector(":scope > .alert") ?? alert;
  (place === alert ? words : place).textContent = error ? error.message : "";
  place.hidden = !error;
  if (error) status.hidden = true;
}

let fading = 0;

// What was done, at the foot of the page, for a while.
export function report(text) {
  clearTimeout(fading);
  status.textContent = text;
  status.hidden = false;
  fading = setTimeout(() => (status.hidden = true), 8000);
}

// Do what a control stands for; what goes wrong is told. `control` rests meanwhile. Returns whether it went well.
export async function attempt(action, control) {
  complain(null);
  if (control) control.disabled = true;
  try {
    await action();
    return true;
  } catch (error) {
    if (error.status !== 401 || session.csrf) complain(error);
    return false;
  } finally {
    if (control) control.disabled = false;
  }
}

// A button for one action of a list; `of` is what it acts on, for those who hear it only, and keeps the focus when the list is made anew.
export function actor(label, of, action, className = "link") {
  const button = press(label, () => attempt(action, button), className);
  button.ariaLabel = of ? `${label}: ${of}` : label;
  button.dataset.key = `${label} ${of}`;
  return button;
}

// A button that goes through the colours: as the system, light, dark. Kept in this browser; theme.js applies it before the first paint.
function themeSwitch() {
  const { dataset } = document.documentElement;
  const show = () => {
    const theme = dataset.theme || "auto";
    button.textContent = THEMES[theme];
    button.title = button.ariaLabel = say(`themes.${theme}`);
  };
  const next = () => {
    dataset.theme = { "": "light", light: "dark" }[dataset.theme ?? ""] ?? "";
    show();
    try {
      localStorage.setItem("theme", dataset.theme);
    } catch {} // kept for this page only
  };
  const button = press("", next, "theme");
  show();
  return button;
}

// The way past the header for those who go by the keyboard; the address keeps its own fragment.
function skipLink() {
  const onclick = (event) => {
    event.preventDefault();
    const place = document.querySelector("#content:not([hidden])") ?? document.querySelector("main");
    place.tabIndex = -1;
    place.focus();
  };
  return el("a.skip", { href: "#content", onclick }, say("skip"));
}

class ConsoleHeader extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "banner");
    const icon = el("img", { src: "/console/icon.svg", alt: "", width: 28, height: 28 });
    this.links = el("nav", { ariaLabel: say("nav") });
    this.who = el("bdi.soft");
    const leaving = async () => {
      await signOut();
      location.reload();
    };
    const out = press(say("signOut"), () => attempt(leaving, out));
    this.account = el("p.account", this.who, helpButton(), themeSwitch(), out);
    this.append(skipLink(), el("h1", el("a", { href: "/" }, icon, ` ${say("name")}`)), this.links, this.account);
    this.show();
    session.addEventListener("in", () => this.show());
    session.addEventListener("out", () => this.show());
  }

  show() {
    const me = session.csrf ? session.me : null;
    const names = say.each("pages").slice(0, me?.administrator ? undefined : ADMINISTRATION);
    this.links.replaceChildren(...names.map((name, at) => linkTo(ADDRESSES[at], name)));
    this.account.classList.toggle("nobody", !me);
    this.who.textContent = this.who.title = me?.email ?? "";
    if (me) this.badge();
  }

  async badge() {
    const { invites } = await ask("GET", "/users/me/invites").catch(() => ({ invites: [] }));
    const link = this.links.querySelector('[href="/console/account.html"]');
    link?.querySelector(".badge")?.remove();
    if (!invites.length || !link) return;
    const title = say("invites", { n: invites.length });
    link.append(" ", el("span.badge", { role: "img", title, ariaLabel: title }, invites.length > 99 ? "99+" : invites.length));
  }
}

const linkTo = (href, text) => el("a", { href, ariaCurrent: location.pathname === href ? "page" : null }, text);

export const refreshBadge = () => document.querySelector("console-header")?.badge();

function passwordOffer() {
  const offer = el("p.panel.offer", el("span", say("noPassword")), el("a", { href: "/console/account.html#password" }, say("setPassword")),
    press(say("later"), () => offer.remove(), "link"));
  return offer;
}

const field = (name, label, type, autocomplete) => el("label", say(`signIn.${label}`), " ", el("input", { name, type, autocomplete, required: true }));

function way(title, act, ...fields) {
  const form = el("form", el("h3", say(`signIn.${title}`)), fields, el("button", say(`signIn.${act}`)));
  onSubmit(form, enter);
  return form;
}

// The sign-in form: by password or by API key; hidden until `reopen`, which may tell why. A one-time address signs in by itself.
function signInForm() {
  const title = el("h2", { id: "sign-in-title", tabIndex: -1 }, say("signIn.title"));
  const trouble = el("p", { role: "alert", hidden: true });
  const byPassword = way("password", "byPassword", field("email", "email", "email", "username"), field("password", "secret", "password", "current-password"));
  byPassword.append(el("p.soft", say("signIn.forgotten")));
  const section = el("section", { id: "sign-in", hidden: true, "aria-labelledby": title.id },
    title, el("p.soft", say.nodes("signIn.lead", { command: el("code", "appliance env") })), trouble,
    el("div.ways", byPassword, way("key", "byKey", field("api_key", "key", "password", "off"))));
  section.reopen = (error) => {
    section.hidden = false;
    trouble.textContent = error?.message ?? "";
    trouble.hidden = !error;
    if (session.me) title.focus({ preventScroll: true });
  };
  return section;
}

// The page is shown to whoever is signed in: `show` runs at once, and again after each sign-in; what it fills appears in one piece, unless
// that takes long. Where nobody is signed in, the sign-in form stands in its place.
export async function open(content, show) {
  const form = signInForm();
  let first = true;
  const begin = async () => {
    form.hidden = true;
    content.hidden = false;
    content.classList.toggle("waiting", first);
    setTimeout(() => content.classList.remove("waiting"), PATIENCE_MS);
    first = false;
    content.querySelector(":scope > .offer")?.remove();
    if (session.by === "token" && session.me.has_password === false) content.prepend(passwordOffer());
    await attempt(show);
    content.classList.remove("waiting");
  };
  content.before(form);
  document.body.append(el("div.notices", connection, status, alert));
  session.addEventListener("in", begin);
  session.addEventListener("lost", () => offline(say("offline")));
  session.addEventListener("back", () => offline(null));
  session.addEventListener("out", () => {
    content.hidden = true;
    form.reopen();
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  addEventListener("hashchange", () => location.hash.startsWith("#token=") && byAddress(form));
  await byAddress(form);
}

// Whether whoever is signed in wants to be whom the address signs in: it may come from one who waits for work of others in his account.
async function wanted() {
  const email = await present();
  return !email || confirmed(...say.each("change", { email: isolated(email) }));
}

// The address with a token signs in; used up, it does no harm where somebody is signed in already.
async function byAddress(form) {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(null, "", location.pathname);
  let refused = null;
  try {
    if (token && (await wanted())) return await enter({ token });
  } catch (error) {
    refused = error;
  }
  try {
    await enter();
    if (refused) complain(refused);
  } catch (error) {
    form.reopen(refused ?? (error.status === 401 ? null : error));
  }
}

customElements.define("console-header", ConsoleHeader);
