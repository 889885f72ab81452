// The files of a project: dropped or chosen, sent, looked through, opened, deleted.
import { bytes, element, figure, fill, headsOf, isolated, named, said, tableOf, when } from "/console/dom.js";
import { actor, attempt, report } from "/console/frame.js";
import { peek } from "/console/preview.js";
import { ask } from "/console/session.js";
import { deleteFile, downloadFile, upload } from "/console/upload.js";
import texts from "/console/words/project.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const [STEP, POLL_MS, COMMAND] = [50, 1000, "appliance artifacts upload people.csv --project PROJECT"];

// `page` has the places, `level` says whether the person may write. Files that are dropped anywhere on the page are taken.
export function showFiles(page, project, may) {
  let [shown, timer] = [STEP, 0];
  const file = element("input", { type: "file", multiple: true, hidden: true });

  function cells(one) {
    const name = element("a", { href: `/${project}/data/${encodeURIComponent(one.key)}` }, named(one.name));
    name.dataset.key = `open ${one.key}`;
    const rows = one.inspection === "ready" ? figure(one.rows) : one.inspection === "pending" ? say("pending") : said("span", one.inspection_error, "bad");
    const acts = [actor(say("download"), one.name, () => downloadFile(project, one.key))];
    if (may) acts.push(actor(say("remove"), one.name, () => remove(one)));
    return [name, rows, one.inspection === "ready" ? figure(one.columns.length) : "", bytes(one.size), when(one.last_modified), element("div", { className: "acts" }, ...acts)];
  }

  async function load() {
    clearTimeout(timer);
    const found = (await ask("GET", `/projects/${project}/artifacts?limit=${shown + 1}`)).artifacts;
    const heads = headsOf(say.each("heads"), "", "short", "number", "number", "tiny", "wide");
    fill(page.files, found.length ? tableOf(say("caption"), heads, found.slice(0, shown).map(cells), "") : nothing());
    page.more.hidden = found.length <= shown;
    if (found.some((one) => one.inspection === "pending")) timer = setTimeout(() => load().catch(() => {}), POLL_MS);
  }

  function nothing() {
    if (!may) return said("p", say("noDataRead"), "soft empty");
    const button = element("button", { type: "button", textContent: say("add"), onclick: () => file.click() });
    return element("div", { className: "empty panel" }, said("p", say("noData")), element("p", {}, button), said("code", COMMAND));
  }

  async function remove(one) {
    if (!(await deleteFile(project, one))) return;
    report(say("removed", { name: isolated(one.name) }));
    await load();
  }

  // One file on its way, with a bar; what goes wrong stays until it is put away or tried again.
  async function send(one) {
    const cancel = new AbortController();
    const [bar, state] = [element("progress", { max: 1, value: 0, ariaLabel: one.name }), element("span", { role: "status" })];
    const stop = element("button", { type: "button", className: "link", textContent: say("cancel"), onclick: () => cancel.abort() });
    const line = element("p", { className: "bar-of" }, named(one.name), bar, state, stop);
    page.sending.append(line);
    const progress = (sent, total) => {
      bar.value = total ? sent / total : 0;
      state.textContent = say("sent", { percent: Math.floor(100 * bar.value) });
    };
    try {
      const { refused } = await peek(one);
      if (refused) throw new Error(refused);
      await upload(project, one, { progress, signal: cancel.signal });
      line.remove();
      report(say("added", { name: isolated(one.name) }));
      await load();
    } catch (error) {
      if (cancel.signal.aborted) return line.remove();
      const put = element("button", { type: "button", className: "link", textContent: say("drop"), onclick: () => line.remove() });
      const again = element("button", { type: "button", className: "link", textContent: say("again"), onclick: () => send(one, line.remove()) });
      line.replaceChildren(element("span", { className: "bad", role: "alert" }, error.message), again, put);
    }
  }

  const take = async (files) => {
    for (const one of [...files]) await send(one);
  };
  if (may) {
    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => {
      event.preventDefault();
      location.hash = "data";
      take(event.dataTransfer.files);
    });
  }
  file.addEventListener("change", () => take([...file.files], (file.value = "")));
  page.add.hidden = !may;
  page.add.addEventListener("click", () => file.click());
  page.more.addEventListener("click", () => {
    shown += STEP;
    attempt(load, page.more);
  });
  page.files.after(file);
  return load;
}
