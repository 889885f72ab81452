// What can be done with what a job left: keep its rows as a file of the project, or give a file to somebody by a link.
import { actor, ask, attempt, choice, dropped, el, fill, get, isolated, named, onSubmit, openDialog, reveal, sayer, tableOf, when } from "/console/kit.js";
import texts from "/console/words/share.json" with { type: "json" };

const say = sayer(texts);
const ROWS = ["data", "data_preview"];
const SHARED = Object.keys(texts.types);
const HOURS = [1, 24, 168, 720];
const HEADS = ["file", "by", "until", "downloads"].map((name) => [say(`heads.${name}`), name === "by" ? "" : "short"]);
const WRITE = 2;
const LOOPBACK = /^(localhost|127[\d.]+|\[::1\])$/;

const placeOf = (job) => `/v1/appliance/jobs/${job.uid}`;

// The two buttons for a job with files, and where it is told what came of them. `job` as /v1/appliance/jobs lists it, with the `artifacts` of
// its details; `level`, where it is known, is what the reader may do in the project.
export function outputActions(job) {
  const types = new Set(job.artifacts.map((file) => file.name));
  const shared = SHARED.filter((type) => types.has(type));
  const offered = shared.length && (job.level ?? WRITE) >= WRITE;
  return el("div.choices", offered && buttons(job, ROWS.find((type) => types.has(type)), shared));
}

function buttons(job, rows, shared) {
  const told = el("span", { role: "status" });
  const save = actor(say("save"), "", async () => {
    const { key, artifact } = await ask("POST", `${placeOf(job)}/artifact`, { type: rows });
    const train = el("a", { href: `/${job.project_guid}/models/new?data=${encodeURIComponent(key)}` }, say("train"));
    fill(told, say.nodes("saved", { name: named(artifact.name), train }));
  }, "");
  const share = actor(say("share"), "", () => showLinks(job, shared), "");
  return [rows && save, share, told];
}

async function showLinks(job, types) {
  const list = el("div");
  const field = (name, options) => el("label", say(`form.${name}`), choice(options, { name }));
  const hours = field("hours", HOURS.map((hours) => [hours, say(`hours.${hours}`)]));
  hours.querySelector("[value='24']").defaultSelected = true;
  const form = el("form.plain", el("div.fields", field("type", types.map((type) => [type, say(`types.${type}`)])), hours), el("button", say("make")));
  onSubmit(form, async ({ type, hours }) => {
    const { url } = await ask("POST", `${placeOf(job)}/shares`, { type, hours: Number(hours) });
    await showList(job, list);
    const near = LOOPBACK.test(new URL(url).hostname) && el("p.warn", say.nodes("near", {
      url: el("code", "--public-url"), host: el("code", "--host"), settings: el("a", { href: "/docs/settings" }, say("settings")),
    }));
    reveal(say("made"), say("once"), url, say("link"), near);
  });
  const dialog = openDialog(say("share"), el("p", say("means")), form, list);
  const again = () => attempt(() => showList(job, list));
  addEventListener("focus", again);
  dialog.addEventListener("close", () => removeEventListener("focus", again));
  await showList(job, list);
}

async function showList(job, list) {
  const { shares } = await get(`${placeOf(job)}/shares`);
  fill(list, tableOf(say("caption"), [...HEADS, ["", "tiny"]], shares.map((share) => cells(job, share, list)), say("none")));
}

function cells(job, share, list) {
  const revoke = async () => {
    const question = [say("sure.title"), say("sure.text", { name: isolated(share.created_by) }), say("revoke")];
    if (await dropped(question, `${placeOf(job)}/shares/${share.id}`, say("revoked"))) await showList(job, list);
  };
  const end = share.state === "open" ? actor(say("revoke"), `${say(`types.${share.type}`)} ${share.id}`, revoke) : say(`states.${share.state}`);
  return [say(`types.${share.type}`), named(share.created_by), when(share.expires_at), say("downloads", { n: share.downloads }), end];
}
