// Forms: each fault is told beside its field, the server's refusal above the button; while the server works the button rests.
import { el } from "/console/dom.js";
import texts from "/console/words/frame.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const buttonOf = (form) => form.querySelector("button:not([type=button])");

function alertOf(form) {
  const found = form.querySelector(":scope > .alert") ?? el("p.alert", { role: "alert", hidden: true });
  if (!found.isConnected) buttonOf(form).before(found);
  return found;
}

// Tell what is wrong with a field; an empty text takes it back.
function mark(field, text) {
  const id = `wrong-${field.form.id || field.form.className || "form"}-${field.name}`.replaceAll(" ", "-");
  let place = field.closest("label").querySelector(".wrong");
  if (!place) {
    field.closest("label").append((place = el("span.wrong", { id })));
    field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), id].filter(Boolean).join(" "));
  }
  place.textContent = text;
  field.setAttribute("aria-invalid", String(Boolean(text)));
}

function fault(field) {
  if (field.required && !field.value.trim()) return say("form.missing");
  return field.type === "email" && field.validity.typeMismatch ? say("form.email") : "";
}

// Every fault of the fields by name: what HTML says, then what `check` says of the values.
function faults(fields, values, check) {
  const found = { ...check(values) };
  for (const field of fields) found[field.name] = fault(field) || found[field.name] || "";
  return found;
}

// `action` gets the values once they are right; the form is emptied when it went well, the passwords in it always.
export function onSubmit(form, action, check = () => ({})) {
  form.noValidate = true;
  form.addEventListener("input", ({ target }) => target.closest("label")?.querySelector(".wrong") && mark(target, ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = [...form.elements].filter((field) => field.name && !field.hidden && field.type !== "checkbox" && field.type !== "radio");
    const values = Object.fromEntries(new FormData(form));
    const found = faults(fields, values, check);
    alertOf(form).hidden = true;
    for (const field of fields) mark(field, found[field.name]);
    const first = fields.find((field) => found[field.name]);
    if (first) return first.focus();
    await sendForm(form, () => action(values));
  });
}

async function sendForm(form, action) {
  const [button, alert] = [buttonOf(form), alertOf(form)];
  alert.hidden = button.disabled = true;
  try {
    await action();
    form.reset();
  } catch (error) {
    alert.textContent = error.message;
    alert.hidden = false;
    for (const field of form.querySelectorAll("input[type=password]")) field.value = "";
  } finally {
    button.disabled = false;
  }
}
