// The machine: what is in use, which limits hold, what is stored, how jobs are confined, what the program is made of.
import { showGauges } from "/console/gauges.js";
import { begin, bytes, copyable, el, figure, fill, get, named, page, sayer, span, tableFrom, tell } from "/console/kit.js";
import { follow } from "/console/stream.js";
import texts from "/console/words/machine.json" with { type: "json" };

const say = sayer(texts);
const LIMITS = [["created", figure], ["running", figure], ["max_duration_seconds", span], ["storage_bytes", bytes]];
const KINDS = ["data", "models", "runs"];
const orNone = (value, shown) => (value ? shown(value) : say("none"));
const inBytes = (counts) => Object.fromEntries(KINDS.map((kind) => [kind, bytes(counts[kind])]));
let [stop, reading] = [null, null];

function showLimits(own, all) {
  fill(page.limits, tableFrom(texts.limits, LIMITS.map(([name, shown]) => [say(`limit.${name}`), orNone(own[name], shown), orNone(all[name], shown)])));
  page.reserve.textContent = say("reserve", { size: bytes(all.free_disk_reserve_bytes), days: say("days", { n: Math.round(all.run_retention_days) }) });
}

function showStored({ storage, everything }) {
  const sum = (one) => KINDS.reduce((all, kind) => all + one[kind], 0);
  const rows = storage.filter(sum).map((one) => [el("a", { href: `/${one.guid}` }, named(one.name)), ...Object.values(inBytes(one)), bytes(sum(one))]);
  fill(page.stored, tableFrom(texts.stored, rows, "", "number", "number", "number", "number"));
  tell(page.everything, everything && say("everything", inBytes(everything)));
}

await begin(say, texts, async () => {
  stop?.();
  const [status, { state, limits, notice, data_folder: folder, ...stored }] = await Promise.all([get("/v1/appliance/status"), get("/v1/appliance/machine")]);
  reading = showGauges(page.gauges, state, reading);
  page.lead.textContent = say("lead", status);
  tell(page.stopping, status.refusing_writes);
  page.unconfined.hidden = !status.allow_unconfined;
  fill(page.confinement, tableFrom(texts.confinement, Object.entries(status.confinement ?? {}).map((pair) => pair.map((text) => el("code", text)))));
  fill(page.gpus, tableFrom(texts.gpuTable, state.gpus.map((gpu) => [gpu.id, gpu.name, orNone(gpu.memory_bytes, bytes)])));
  showLimits(status.limits, limits);
  showStored(stored);
  tell(page.folder, folder && say.nodes("backupFolder", { folder: el("code", folder) }));
  page.backup.replaceChildren(copyable(texts.same.commands[1], say("backupCommand")));
  page.notice.textContent = notice;
  stop = follow("machine", null, (news) => (reading = showGauges(page.gauges, news, reading)));
});
