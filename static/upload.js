// Files of a project: sent with their progress, downloaded, deleted.
import { confirmed } from "/console/dialogs.js";
import { element, isolated } from "/console/dom.js";
import { ask, Refused } from "/console/session.js";
import texts from "/console/words/data.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const reason = (text) => {
  try {
    return JSON.parse(text).message;
  } catch {
    return "";
  }
};

function send(path, file, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const lost = () => reject(new Refused(say("lost")));
    const stop = () => request.abort();
    request.upload.onprogress = (event) => progress?.(event.loaded, event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Refused(reason(request.responseText) || say("lost"), request.status)));
    request.onerror = lost;
    request.onabort = () => reject(signal?.reason ?? new Refused(say("lost")));
    request.onloadend = () => signal?.removeEventListener("abort", stop);
    signal?.addEventListener("abort", stop);
    request.open("PUT", path);
    request.send(file);
  });
}

// The artifact's key. `progress(sent, total)` in bytes. Raises Refused in the server's words; what `signal` says when it is cancelled.
export async function upload(project, file, { progress, signal } = {}) {
  const { key, url } = await ask("POST", `/projects/${project}/artifacts`, { filename: file.name });
  const link = new URL(url);
  try {
    signal?.throwIfAborted();
    await send(link.pathname + link.search, file, progress, signal);
    return key;
  } catch (error) {
    ask("DELETE", `/projects/${project}/artifacts?key=${encodeURIComponent(key)}`).catch(() => {}); // a key without a file goes by itself later
    throw error;
  }
}

// The path on this server of a link to a file: links name the host that clients use.
export async function downloadFile(project, key) {
  const { url } = (await ask("GET", `/projects/${project}/artifacts/download?${new URLSearchParams({ key })}`)).data;
  const { pathname, search } = new URL(url);
  element("a", { href: pathname + search, download: "" }).click();
}

// Whether it was wanted and done.
export async function deleteFile(project, { key, name }) {
  if (!(await confirmed(...say.each("sureRemove", { name: isolated(name) })))) return false;
  await ask("DELETE", `/projects/${project}/artifacts?${new URLSearchParams({ key })}`);
  return true;
}
