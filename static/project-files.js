// The files of a project: dropped or chosen, sent, looked through, opened, deleted.
import { bytes, element, figure, fill, headsOf, isolated, named, said, tableOf, when } from "/console/dom.js";
import { actor, attempt, report } from "/console/frame.js";
import { peek } from "/console/preview.js";
import { ask, Refused } from "/console/session.js";
import { deleteFile, downloadFile, receive, upload } from "/console/upload.js";
import texts from "/console/words/project.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const [STEP, POLL_MS] = [50, 1000];
const link = (text, onclick) => element("button", { type: "button", className: "link", textContent: text, onclick });

// `page` has the places, `may` says whether the person may write. Returns what loads the list.
export function showFiles(page, project, may) {
  let [shown, timer] = [STEP, 0];

  function cells(one) {
    const name = element("a", { href: `/${project}/data/${encodeURIComponent(one.key)}` }, named(one.name));
    name.dataset.key = `open ${one.key}`;
    const good = one.inspection === "ready" && one.columns.length > 0; // a file that no one can read was looked through too
    const rows = good ? figure(one.rows) : one.inspection === "pending" ? say("pending") : said("span", one.inspection_error || say("unusable"), "bad");
    const acts = [actor(say("download"), one.name, () => downloadFile(project, one.key)), ...(may ? [actor(say("remove"), one.name, () => remove(one))] : [])];
    return [name, rows, good ? figure(one.columns.length) : "", bytes(one.size), when(one.last_modified), element("div", { className: "acts" }, ...acts)];
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
    const button = element("button", { type: "button", textContent: say("add"), onclick: choose });
    return element("div", { className: "empty panel" }, said("p", say("noData")), element("p", {}, button), said("code", texts.dataSame.commands[0]));
  }

  async function remove(one) {
    if (!(await deleteFile(project, one))) return;
    report(say("removed", { name: isolated(one.name) }));
    await load();
  }

  // One file on its way, with a bar; what goes wrong stays until it is put away or tried again.
  async function send(file) {
    const cancel = new AbortController();
    const [bar, state] = [element("progress", { max: 1, value: 0, ariaLabel: file.name }), element("span", { role: "status" })];
    const line = element("p", { className: "bar-of" }, named(file.name), bar, state, link(say("cancel"), () => cancel.abort()));
    page.sending.append(line);
    const progress = (sent, total) => {
      bar.value = total ? sent / total : 0;
      state.textContent = say("sent", { percent: Math.floor(100 * bar.value) });
    };
    try {
      const { refused } = await peek(file);
      if (refused) throw new Refused(refused);
      await upload(project, file, { progress, signal: cancel.signal });
      line.remove();
      report(say("added", { name: isolated(file.name) }));
      await load();
    } catch (error) {
      if (cancel.signal.aborted) return line.remove();
      const again = link(say("again"), () => line.remove(send(file)));
      line.replaceChildren(element("span", { className: "bad", role: "alert", textContent: error.message }), again, link(say("drop"), () => line.remove()));
    }
  }

  const take = async (files) => {
    location.hash = "data";
    for (const file of files) await send(file);
  };
  const choose = may ? receive(page.sending, take) : () => {};
  page.add.hidden = !may;
  page.add.addEventListener("click", choose);
  page.more.addEventListener("click", () => {
    shown += STEP;
    attempt(load, page.more);
  });
  return load;
}
