// The files of a project: dropped or chosen, sent, looked through, opened, deleted.
import { actor, bytes, does, el, figure, fill, get, isolated, named, nothing, page, press, report, sayer, tableFrom, when } from "/console/kit.js";
import { deleteFile, downloadFile, progressIn, receive, upload } from "/console/upload.js";
import texts from "/console/words/project.json" with { type: "json" };

const say = sayer(texts);
const [STEP, POLL_MS] = [50, 1000];

// `may` says whether the person may write. Returns what loads the list.
export function showFiles(project, may) {
  let [shown, timer] = [STEP, 0];

  function cells(one) {
    const name = el("a", { href: `/${project}/data/${encodeURIComponent(one.key)}`, "data-key": `open ${one.key}` }, named(one.name));
    const good = one.inspection === "ready" && one.columns.length > 0; // a file that no one can read was looked through too
    const rows = good ? figure(one.rows) : one.inspection === "pending" ? say("pending") : el("span.bad", one.inspection_error || say("unusable"));
    const acts = el("div.acts", actor(say("download"), one.name, () => downloadFile(project, one.key)), may && actor(say("remove"), one.name, () => remove(one)));
    return [name, rows, good ? figure(one.columns.length) : "", bytes(one.size), when(one.last_modified), acts];
  }

  const none = () => (may ? nothing(say("noData"), press(say("add"), choose), texts.dataSame.commands[0]) : el("p.soft.empty", say("noDataRead")));

  async function load() {
    clearTimeout(timer);
    const found = (await get(`/projects/${project}/artifacts?limit=${shown + 1}`)).artifacts;
    fill(page.files, found.length ? tableFrom(texts.files, found.slice(0, shown).map(cells), "", "short", "number", "number", "tiny", "wide") : none());
    page.more.hidden = found.length <= shown;
    if (found.some((one) => one.inspection === "pending")) timer = setTimeout(() => load().catch(() => {}), POLL_MS);
  }

  async function remove(one) {
    if (await deleteFile(project, one)) await load();
  }

  // One file on its way, with a bar; what goes wrong stays until it is put away or tried again.
  async function send(file) {
    const cancel = new AbortController();
    const [bar, state] = [el("progress", { max: 1, value: 0, ariaLabel: file.name }), el("span", { role: "status" })];
    const line = el("p.bar-of", named(file.name), bar, state, press(say("cancel"), () => cancel.abort(), "link"));
    page.sending.append(line);
    try {
      await upload(project, file, progressIn(bar, state), cancel.signal);
      line.remove();
      report(say("added", { name: isolated(file.name) }));
      await load();
    } catch (error) {
      if (cancel.signal.aborted) return line.remove();
      const again = press(say("again"), () => line.remove(send(file)), "link");
      line.replaceChildren(el("span.bad", { role: "alert" }, error.message), again, press(say("drop"), () => line.remove(), "link"));
    }
  }

  const choose = may && receive(page.sending, async (files) => {
    location.hash = "data";
    for (const file of files) await send(file);
  });
  page.add.hidden = !may;
  page.add.onclick = choose;
  does(page.more, () => {
    shown += STEP;
    return load();
  });
  return load;
}
