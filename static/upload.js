// Files of a project: dropped or chosen, sent with their progress, downloaded, deleted.
import { ask, bytes, dropped, el, get, isolated, reason, Refused, sayer } from "/console/kit.js";
import { peek } from "/console/preview.js";
import texts from "/console/words/data.json" with { type: "json" };

const say = sayer(texts);

// Files that are dropped anywhere on the page are taken; `zone` shows it. Returns the function that lets a person choose some.
export function receive(zone, take) {
  const input = el("input", { type: "file", multiple: true });
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop" && event.dataTransfer.files.length) take([...event.dataTransfer.files]);
  };
  for (const type of ["dragover", "dragleave", "drop"]) addEventListener(type, over);
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(files);
  });
  return () => input.click();
}

function send(path, file, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Refused(reason(request.responseText) || say("lost"), request.status)));
    request.onerror = () => reject(new Refused(say("lost")));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort());
    request.open("PUT", path);
    request.send(file);
  });
}

const filesOf = (project, key, deed = "") => `/projects/${project}/artifacts${deed}?${new URLSearchParams({ key })}`;

// What tells the progress of an upload in a bar and in words.
export const progressIn = (bar, words) => (sent, total) => {
  bar.value = total ? sent / total : 0;
  words.textContent = sent < total ? say("sent", { sent: bytes(sent), total: bytes(total) }) : say("checking");
};

// The new file's key. `progress(sent, total)` in bytes. Raises Refused in the server's words or, before anything is sent, because it is no
// table or too large; and what `signal` says when it is cancelled.
export async function upload(project, file, progress, signal = new AbortController().signal) {
  const { refused } = await peek(file);
  if (refused) throw new Refused(refused);
  const { room_bytes: room } = (await get("/v1/appliance/status")).limits;
  if (file.size > room) throw new Refused(say("refused.large", { name: isolated(file.name), size: bytes(file.size), free: bytes(room) }));
  const { key, url } = await ask("POST", `/projects/${project}/artifacts`, { filename: file.name });
  const { pathname, search } = new URL(url); // links name the host that clients use; here only their path counts
  try {
    signal.throwIfAborted();
    await send(pathname + search, file, progress, signal);
    return key;
  } catch (error) {
    ask("DELETE", filesOf(project, key)).catch(() => {}); // a key without a file goes by itself later
    throw error;
  }
}

export async function downloadFile(project, key) {
  const { pathname, search } = new URL((await get(filesOf(project, key, "/download"))).data.url);
  el("a", { href: pathname + search, download: "" }).click();
}

// Whether it was wanted and done.
export function deleteFile(project, { key, name }) {
  const about = { name: isolated(name) };
  return dropped(say.each("sureRemove", about), filesOf(project, key), say("removed", about));
}
