// The sign-in form: by password or by API key. A one-time address signs in by itself.
import { element, said } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { enter, session } from "/console/session.js";
import texts from "/console/words/frame.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);

const field = (name, label, type, autocomplete) =>
  element("label", {}, say(`signIn.${label}`), " ", element("input", { name, type, autocomplete, required: true }));

function way(title, act, fields, ...more) {
  const form = element("form", {}, said("h3", say(`signIn.${title}`)), ...fields, element("button", { textContent: say(`signIn.${act}`) }), ...more);
  onSubmit(form, enter);
  return form;
}

// A section, hidden until `reopen`, which may tell why.
export function signInForm() {
  const title = element("h2", { id: "sign-in-title", textContent: say("signIn.title"), tabIndex: -1 });
  const trouble = element("p", { role: "alert", hidden: true });
  const lead = element("p", { className: "soft" }, ...say.nodes("signIn.lead", { command: said("code", "appliance env") }));
  const byPassword = [field("email", "email", "email", "username"), field("password", "secret", "password", "current-password")];
  const ways = element("div", { className: "ways" },
    way("password", "byPassword", byPassword, said("p", say("signIn.forgotten"), "soft")),
    way("key", "byKey", [field("api_key", "key", "password", "off")]));
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
