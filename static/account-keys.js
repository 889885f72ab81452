// API keys on the account page: the list, a new one that is shown once, and taking one back.
import {
  actor, ask, confirmed, copyable, element, fill, headsOf, isolated, lately, named, onSubmit, report, reveal, said, sayer, tableOf, when
} from "/console/kit.js";
import texts from "/console/words/account.json" with { type: "json" };

const say = sayer(texts);
const HEADS = headsOf(say.each("keys.heads"), "", "short", "short", "short", "tiny");
const list = document.getElementById("key-list");

const nameOf = (key) => key.name || say("keys.unnamed");

function cells(key) {
  const end = key.revoked_at ? say.nodes("keys.revokedAt", { when: when(key.revoked_at) })
    : actor(say("keys.revoke"), `${nameOf(key)} ${key.prefix}`, () => revoke(key));
  return [named(nameOf(key)), said("code", `${key.prefix}…`), when(key.created_at), key.last_used_at ? lately(key.last_used_at) : say("keys.never"), end];
}

export async function showKeys() {
  const { keys } = await ask("GET", "/v1/appliance/keys");
  const gone = keys.filter((key) => key.revoked_at);
  const shown = [tableOf(say("keys.caption"), HEADS, keys.filter((key) => !key.revoked_at).map(cells), say("keys.none"))];
  const title = say("keys.revoked", { n: gone.length });
  if (gone.length) shown.push(element("details", {}, said("summary", title), tableOf(title, HEADS, gone.map(cells), "")));
  fill(list, ...shown);
}

async function revoke(key) {
  const { prefix } = key;
  if (!(await confirmed(...say.each("keys.sure", { name: isolated(nameOf(key)), prefix })))) return;
  await ask("DELETE", `/v1/appliance/keys/${key.id}`);
  report(say("keys.done", { prefix }));
  await showKeys();
}

async function make({ name }) {
  const { api_key: key } = await ask("POST", "/v1/appliance/keys", { name: name.trim() });
  const shell = `export GRETEL_ENDPOINT=${location.origin}\nexport GRETEL_API_KEY=${key}`;
  const file = JSON.stringify({ endpoint: location.origin, artifact_endpoint: "cloud", api_key: key, default_runner: "cloud" }, null, 2);
  const ways = [[say("keys.shell"), shell], [say("keys.file"), file]].flatMap(([title, text]) => [said("p", title), copyable(text, title)]);
  reveal(...say.each("keys.made"), key, say("keys.key"), ...ways);
  await showKeys();
}

onSubmit(document.getElementById("key-form"), make);
