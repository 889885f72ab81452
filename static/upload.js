// Files of a project: dropped or chosen, sent with their progress, downloaded, deleted.
import { confirmed } from "/console/dialogs.js";
import { bytes, element, isolated } from "/console/dom.js";
import { ask, Refused } from "/console/session.js";
import texts from "/console/words/data.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);

// Files that are dropped anywhere on the page are taken; `zone` shows it. Returns the function that lets a person choose some.
export function receive(zone, take) {
  const input = element("input", { type: "file", multiple: true });
  const over = (event, on) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("over", on);
  };
  addEventListener("dragover", (event) => over(event, true));
  addEventListener("dragleave", (event) => over(event, false));
  addEventListener("drop", (event) => {
    over(event, false);
    if (event.dataTransfer?.files.length) take([...event.dataTransfer.files]);
  });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(files);
  });
  return () => input.click();
}

function reason(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return "";
  }
}

function send(path, file, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.upload.onprogress = (event) => progress?.(event.loaded, event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Refused(reason(request.responseText) || say("lost"), request.status)));
    request.onerror = () => reject(new Refused(say("lost")));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal?.removeEventListener("abort", stop);
    signal?.addEventListener("abort", stop);
    request.open("PUT", path);
    request.send(file);
  });
}

const filesOf = (project, key) => `/projects/${project}/artifacts?${new URLSearchParams({ key })}`;

// The new file's key. `progress(sent, total)` in bytes. Raises Refused in the server's words, or what `signal` says when it is cancelled.
export async function upload(project, file, { progress, signal } = {}) {
  const { room_bytes: room } = (await ask("GET", "/v1/appliance/status")).limits;
  if (file.size > room) throw new Refused(say("refused.large", { name: isolated(file.name), size: bytes(file.size), free: bytes(room) }));
  const { key, url } = await ask("POST", `/projects/${project}/artifacts`, { filename: file.name });
  const link = new URL(url);
  try {
    signal?.throwIfAborted();
    await send(link.pathname + link.search, file, progress, signal);
    return key;
  } catch (error) {
    ask("DELETE", filesOf(project, key)).catch(() => {}); // a key without a file goes by itself later
    throw error;
  }
}

// Links name the host that clients use; here only their path counts.
export async function downloadFile(project, key) {
  const { url } = (await ask("GET", filesOf(project, key).replace("?", "/download?"))).data;
  const { pathname, search } = new URL(url);
  element("a", { href: pathname + search, download: "" }).click();
}

// Whether it was wanted and done.
export async function deleteFile(project, { key, name }) {
  if (!(await confirmed(...say.each("sureRemove", { name: isolated(name) })))) return false;
  await ask("DELETE", filesOf(project, key));
  return true;
}
