// The machine: what is in use, which limits hold, what is stored, how jobs are confined, what the program is made of.
import { copyable } from "/console/dialogs.js";
import { bytes, element, elementsById, figure, fill, headsOf, named, said, span, tableOf } from "/console/dom.js";
import { open } from "/console/frame.js";
import { showGauges } from "/console/gauges.js";
import { sayElsewhere } from "/console/same.js";
import { ask } from "/console/session.js";
import { follow } from "/console/stream.js";
import texts from "/console/words/machine.json" with { type: "json" };
import { sayer, wordPage } from "/console/words.js";

const say = sayer(texts);
const page = elementsById();
const orNone = (value, shown) => (value ? shown(value) : say("none"));
const table = (place, caption, heads, rows, none) => fill(place, tableOf(caption, heads, rows, none));

function showLimits(own, all) {
  const row = (name, field, shown) => [say(name), orNone(own[field], shown), orNone(all[field], shown)];
  const rows = [row("created", "created", figure), row("running", "running", figure), row("duration", "max_duration_seconds", span), row("storage", "storage_bytes", bytes)];
  table(page.limits, say("limits"), headsOf(say.each("limitHeads")), rows, "");
  page.reserve.textContent = say("reserve", { size: bytes(all.free_disk_reserve_bytes), days: say("days", { n: Math.round(all.run_retention_days) }) });
}

function showStored({ storage, everything }) {
  const rows = storage.filter((one) => one.data + one.models + one.runs).map((one) => [element("a", { href: `/${one.guid}` }, named(one.name)),
    bytes(one.data), bytes(one.models), bytes(one.runs), bytes(one.data + one.models + one.runs)]);
  table(page.stored, say("storedCaption"), headsOf(say.each("storedHeads"), "", "number", "number", "number", "number"), rows, say("storedNone"));
  page.everything.hidden = !everything;
  if (everything) page.everything.textContent = say("everything", { data: bytes(everything.data), models: bytes(everything.models), runs: bytes(everything.runs) });
}

function showStatus(status, { gpus }) {
  page.lead.textContent = say("lead", status);
  page.stopping.textContent = status.refusing_writes;
  page.stopping.hidden = !status.refusing_writes;
  page.unconfined.hidden = !status.allow_unconfined;
  table(page.confinement, say("confinement"), headsOf(say.each("confinementHeads")), Object.entries(status.confinement ?? {}).map((pair) => pair.map((text) => said("code", text))), say("confinementNone"));
  table(page.gpus, say("gpuTitle"), headsOf(say.each("gpuHeads")), gpus.map((gpu) => [gpu.id, gpu.name, orNone(gpu.memory_bytes, bytes)]), say("gpuNone"));
}

wordPage(say);
sayElsewhere(texts);
page.backup.append(copyable(texts.same.commands[1], say("backupCommand")));
let [stop, reading] = [null, null];
await open(page.content, async () => {
  stop?.();
  const [status, machine] = await Promise.all([ask("GET", "/v1/appliance/status"), ask("GET", "/v1/appliance/machine")]);
  reading = showGauges(page.gauges, machine.state, reading);
  showStatus(status, machine.state);
  showLimits(status.limits, machine.limits);
  showStored(machine);
  page.folder.hidden = !machine.data_folder;
  if (machine.data_folder) page.folder.replaceChildren(...say.nodes("backupFolder", { folder: said("code", machine.data_folder) }));
  page.notice.textContent = machine.notice;
  stop = follow("machine", null, (state) => (reading = showGauges(page.gauges, state, reading)));
});
