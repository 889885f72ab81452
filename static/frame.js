// The frame of every page: its header, the sign-in form where nobody is signed in, and the two places where the page speaks.
import { confirmed } from "/console/dialogs.js";
import { element, isolated, said } from "/console/dom.js";
import { ask, enter, present, session, signOut } from "/console/session.js";
import { signInForm } from "/console/sign-in.js";

const SAYS = {
  name: "Appliance",
  nav: "Pages",
  pages: [["/", "Jobs"], ["/console/activity.html", "Activity"], ["/console/account.html", "Account"], ["/console/people.html", "People"]],
  reference: ["/console/api.html", "API reference"],
  signOut: "Sign out",
  invites: (number) => `${number} open ${number === 1 ? "invite" : "invites"}`,
  hide: "Hide this message",
  noPassword: "You came by a one-time link and have no password yet. With one you can sign in again without a link.",
  setPassword: "Set a password",
  later: "Not now",
  change: (email) => ["Sign in by this address?", `You are signed in as ${isolated(email)}. This address signs you out and in again, maybe as somebody else: stay, unless you asked for it.`, "Sign in by the address", "Stay signed in"],
};

const PATIENCE_MS = 1000;

const status = element("p", { role: "status", hidden: true });
const words = said("span", "");
const hide = element("button", { type: "button", className: "link", textContent: "×", onclick: () => complain(null) });
const alert = element("p", { role: "alert", hidden: true }, words, " ", hide);
hide.setAttribute("aria-label", SAYS.hide);

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
  const button = element("button", { type: "button", className, textContent: label });
  button.setAttribute("aria-label", of ? `${label}: ${of}` : label);
  button.dataset.key = `${label} ${of}`;
  button.addEventListener("click", () => attempt(action, button));
  return button;
}

class ConsoleHeader extends HTMLElement {
  connectedCallback() {
    const icon = element("img", { src: "/console/icon.svg", alt: "", width: 28, height: 28 });
    const title = element("h1", {}, element("a", { href: "/" }, icon, ` ${SAYS.name}`));
    this.links = element("nav", { ariaLabel: SAYS.nav });
    this.who = said("bdi", "", "soft");
    const leaving = async () => {
      await signOut();
      location.reload();
    };
    const out = element("button", { type: "button", textContent: SAYS.signOut, onclick: () => attempt(leaving, out) });
    this.account = element("p", { className: "account", hidden: true }, this.who, out);
    this.append(title, this.links, this.account);
    this.show();
    session.addEventListener("in", () => this.show());
    session.addEventListener("out", () => this.show());
  }

  show() {
    const me = session.csrf ? session.me : null;
    const pages = SAYS.pages.slice(0, me?.administrator ? 4 : 3);
    this.links.replaceChildren(...[...pages, SAYS.reference].map(([href, text]) => linkTo(href, text)));
    this.account.hidden = !me;
    this.who.textContent = me?.email ?? "";
    this.who.title = me?.email ?? "";
    if (me) this.badge();
  }

  async badge() {
    const { invites } = await ask("GET", "/users/me/invites").catch(() => ({ invites: [] }));
    const link = this.links.querySelector('[href="/console/account.html"]');
    link?.querySelector(".badge")?.remove();
    if (!invites.length || !link) return;
    const badge = said("span", invites.length > 99 ? "99+" : String(invites.length), "badge");
    badge.title = SAYS.invites(invites.length);
    badge.setAttribute("aria-label", SAYS.invites(invites.length));
    badge.setAttribute("role", "img");
    link.append(" ", badge);
  }
}

function linkTo(href, textContent) {
  const link = element("a", { href, textContent });
  if (location.pathname === href) link.setAttribute("aria-current", "page");
  return link;
}

export const refreshBadge = () => document.querySelector("console-header")?.badge();

function passwordOffer() {
  const offer = element("p", { className: "panel offer" }, said("span", SAYS.noPassword),
    element("a", { href: "/console/account.html#password", textContent: SAYS.setPassword }),
    element("button", { type: "button", className: "link", textContent: SAYS.later, onclick: () => offer.remove() }));
  return offer;
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
  document.body.append(element("div", { className: "notices" }, status, alert));
  session.addEventListener("in", begin);
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
  return !email || confirmed(...SAYS.change(email));
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
