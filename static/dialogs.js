// Native dialogs: one that asks before something is lost, one that shows a secret once, one for anything else.
import { element, press, said } from "/console/dom.js";
import texts from "/console/words/frame.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);

// A dialog that is open until it is closed, then gone. It has a place for what goes wrong in it.
export function openDialog(title, ...content) {
  const heading = element("h2", { id: `dialog-${crypto.getRandomValues(new Uint32Array(1))[0]}`, textContent: title });
  const close = press(say("dialog.close"), () => dialog.close());
  const dialog = element("dialog", {}, element("div", { className: "bar" }, heading, close), ...content, element("p", { className: "alert", role: "alert", hidden: true }));
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Whether the person wants it. Cancel has the focus, so that Enter does no harm.
export function confirmed(title, text, act, keep = say("dialog.cancel")) {
  const cancel = press(keep, () => dialog.close());
  const go = press(act, () => dialog.close("go"), "danger");
  const dialog = openDialog(title, said("p", text), element("div", { className: "choices end" }, cancel, go));
  dialog.classList.add("small");
  dialog.querySelector(".bar button").remove();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "go"));
    cancel.focus();
  });
}

// A text in a box with a button that copies it. Without a clipboard (a page over plain HTTP) it is marked for Ctrl+C.
export function copyable(text, label) {
  const box = element("pre", { tabIndex: 0, textContent: text, ariaLabel: label });
  const state = element("span", { className: "soft", role: "status" });
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
  return element("div", { className: "copyable" }, box, element("p", {}, button, " ", state));
}

// Something that is shown this once. Esc alone does not lose it.
export function reveal(title, text, secret, label, ...more) {
  const kept = press(say("dialog.kept"), () => dialog.close(), "main");
  const dialog = openDialog(title, said("p", text), copyable(secret, label), ...more, element("div", { className: "choices end" }, kept));
  dialog.querySelector(".bar button").remove();
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.querySelector(".copyable button").focus();
  return new Promise((resolve) => dialog.addEventListener("close", resolve));
}
