// Native dialogs: one that asks before something is lost, one that shows a secret once, one for anything else.
import { el, press } from "/console/dom.js";
import texts from "/console/words/frame.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);

// A dialog that is open until it is closed, then gone. It has a place for what goes wrong in it.
export function openDialog(title, ...content) {
  const close = press(say("dialog.close"), () => dialog.close());
  const dialog = el("dialog", { ariaLabel: title }, el("div.bar", el("h2", title), close), content, el("p.alert", { role: "alert", hidden: true }));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Whether the person wants it. Cancel has the focus, so that Enter does no harm.
export function confirmed(title, text, act, keep = say("dialog.cancel")) {
  const cancel = press(keep, () => dialog.close());
  const go = press(act, () => dialog.close("go"), "danger");
  const dialog = openDialog(title, el("p", text), el("div.choices.end", cancel, go));
  dialog.classList.add("small");
  dialog.querySelector(".bar button").remove();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "go"));
    cancel.focus();
  });
}

// A text in a box with a button that copies it. Without a clipboard (a page over plain HTTP) it is marked for Ctrl+C.
export function copyable(text, label) {
  const box = el("pre", { tabIndex: 0, ariaLabel: label }, text);
  const state = el("span.soft", { role: "status" });
  const button = press(say("dialog.copy"), async () => {
    try {
      await navigator.clipboard.writeText(text);
      state.textContent = say("dialog.copied");
    } catch {
      box.focus();
      getSelection().selectAllChildren(box);
      state.textContent = say("dialog.marked");
    }
  });
  button.ariaLabel = say("dialog.copyOf", { label });
  return el("div.copyable", box, el("p", button, " ", state));
}

// Something that is shown this once. Esc alone does not lose it.
export function reveal(title, text, secret, label, ...more) {
  const kept = press(say("dialog.kept"), () => dialog.close(), "main");
  const dialog = openDialog(title, el("p", text), copyable(secret, label), more, el("div.choices.end", kept));
  dialog.querySelector(".bar button").remove();
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.querySelector(".copyable button").focus();
  return new Promise((resolve) => dialog.addEventListener("close", resolve));
}
