// The sign-in form: by password or by API key. A one-time address signs in by itself.
import { element, said } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { enter, session } from "/console/session.js";

const SAYS = {
  title: "Sign in",
  lead: ["The address that the server printed, or that an administrator sent you, signs you in, once. An API key works any time: ", "appliance env", " prints the owner's."],
  password: { title: "E-mail and password", email: "E-mail", secret: "Password", act: "Sign in" },
  key: { title: "API key", secret: "API key", act: "Sign in with the key" },
  forgotten: "Password forgotten? An administrator of this appliance can send you a new link.",
};

const input = (name, label, properties) => element("label", {}, label, " ", element("input", { name, required: true, ...properties }));

function way(title, fields, act, ...more) {
  const form = element("form", {}, said("h3", title), ...fields, element("button", { textContent: act }), ...more);
  onSubmit(form, (values) => enter(values));
  return form;
}

// A section, hidden until `reopen`, which may tell why.
export function signInForm() {
  const { password, key } = SAYS;
  const title = element("h2", { id: "sign-in-title", textContent: SAYS.title, tabIndex: -1 });
  const trouble = element("p", { role: "alert", hidden: true });
  const lead = element("p", { className: "soft" }, SAYS.lead[0], said("code", SAYS.lead[1]), SAYS.lead[2]);
  const mail = input("email", password.email, { type: "email", autocomplete: "username" });
  const secret = input("password", password.secret, { type: "password", autocomplete: "current-password" });
  const ways = element("div", { className: "ways" },
    way(password.title, [mail, secret], password.act, said("p", SAYS.forgotten, "soft")),
    way(key.title, [input("api_key", key.secret, { type: "password", autocomplete: "off" })], key.act));
  const section = element("section", { id: "sign-in", hidden: true }, title, lead, trouble, ways);
  section.setAttribute("aria-labelledby", title.id);
  section.reopen = (error) => {
    section.hidden = false;
    trouble.textContent = error?.message ?? "";
    trouble.hidden = !error;
    if (session.me) title.focus({ preventScroll: true });
  };
  return section;
}
