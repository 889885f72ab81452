// The building blocks of a page, in one place.
import { confirmed, openDialog } from "/console/dialogs.js";
import { el, elementsById, headsOf, tableOf } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { attempt, open, report } from "/console/frame.js";
import { sayElsewhere } from "/console/same.js";
import { ask } from "/console/session.js";
import { wordPage } from "/console/words.js";

export * from "/console/dialogs.js";
export * from "/console/dom.js";
export * from "/console/forms.js";
export * from "/console/frame.js";
export * from "/console/same.js";
export * from "/console/session.js";
export * from "/console/words.js";

// The elements of this page that have an id, by it.
export const page = elementsById();
export const titleOf = (project) => project.display_name || project.name;
export const get = (path, query) => ask("GET", query ? `${path}?${new URLSearchParams(query)}` : path);

// A page gets its words and what does the same from elsewhere; `show` runs for whoever is signed in.
export function begin(say, same, show) {
  wordPage(say);
  sayElsewhere(same);
  return open(page.content, show);
}

export const does = (button, action) => (button.onclick = () => attempt(action, button));

// What is told in a place, which is hidden while there is nothing to tell.
export function tell(place, ...content) {
  place.replaceChildren(...content.flat().filter(Boolean));
  place.hidden = !place.hasChildNodes();
}

// A table with `caption`, `heads` and `none` of the catalogue; `classes` of its columns.
export const tableFrom = ({ caption, heads, none }, rows, ...classes) => tableOf(caption, headsOf(heads, ...classes), rows, none);

export const nothing = (sentence, button, command) => el("div.empty.panel", el("p", sentence), el("p", button), el("code", command));

// Whether something was to be deleted, and is.
export async function dropped(question, path, done) {
  if (!(await confirmed(...question))) return false;
  await ask("DELETE", path);
  if (done) report(done);
  return true;
}

// A form in a dialog that closes when `action` went well.
export function formDialog(title, content, action, check) {
  const form = el("form.plain", content);
  const dialog = openDialog(title, form);
  dialog.classList.add("small");
  onSubmit(form, async (values) => {
    await action(values);
    dialog.close();
  }, check);
  form.querySelector(":checked, input, select").focus();
}
