// API keys on the account page: the list, a new one that is shown once, and taking one back.
import { confirmed, copyable, reveal } from "/console/dialogs.js";
import { element, fill, isolated, lately, named, said, tableOf, when } from "/console/dom.js";
import { onSubmit } from "/console/forms.js";
import { actor, report } from "/console/frame.js";
import { ask } from "/console/session.js";

const SAYS = {
  caption: "Your API keys",
  heads: [["Name"], ["Begins with", "short"], ["Made", "short"], ["Last used", "short"], ["", "tiny"]],
  none: "You have no API key.",
  unnamed: "(without a name)",
  never: "never",
  revoked: (number) => `${number} revoked`,
  revokedAt: "revoked ",
  revoke: "Revoke",
  sure: (name, prefix) => [`Revoke the key ${name}?`, `Whatever uses the key that begins with ${prefix} is refused from then on, and browsers that were signed in with it are signed out. This cannot be taken back.`, "Revoke"],
  done: (prefix) => `The key that begins with ${prefix} is revoked.`,
  made: "Your new API key",
  once: "This is the only time that it is shown. Whoever has it can do what you can: keep it where only you can read it.",
  key: "the API key",
  shell: "For a shell:",
  file: "For gretel-client, in ~/.gretel/config.json (readable by you only; where that file exists, its values win over those of the shell). The word “cloud” in it means this server, and no other:",
};

function settings(key) {
  const file = { endpoint: location.origin, artifact_endpoint: "cloud", api_key: key, default_runner: "cloud" };
  return [`export GRETEL_ENDPOINT=${location.origin}\nexport GRETEL_API_KEY=${key}`, JSON.stringify(file, null, 2)];
}

const nameOf = (key) => key.name || SAYS.unnamed;

function cells(key) {
  const end = key.revoked_at ? [SAYS.revokedAt, when(key.revoked_at)] : actor(SAYS.revoke, `${nameOf(key)} ${key.prefix}`, () => revoke(key));
  return [named(nameOf(key)), said("code", `${key.prefix}…`), when(key.created_at), key.last_used_at ? lately(key.last_used_at) : SAYS.never, end];
}

let list = null;

export async function showKeys(page) {
  list = page["key-list"];
  const { keys } = await ask("GET", "/v1/appliance/keys");
  const gone = keys.filter((key) => key.revoked_at);
  const shown = [tableOf(SAYS.caption, SAYS.heads, keys.filter((key) => !key.revoked_at).map(cells), SAYS.none)];
  if (gone.length) shown.push(element("details", {}, said("summary", SAYS.revoked(gone.length)), tableOf(SAYS.revoked(gone.length), SAYS.heads, gone.map(cells), "")));
  fill(list, ...shown);
}

async function revoke(key) {
  if (!(await confirmed(...SAYS.sure(isolated(nameOf(key)), key.prefix)))) return;
  await ask("DELETE", `/v1/appliance/keys/${key.id}`);
  report(SAYS.done(key.prefix));
  await showKeys({ "key-list": list });
}

async function make({ name }) {
  const { api_key: secret } = await ask("POST", "/v1/appliance/keys", { name: name.trim() });
  const [shell, file] = settings(secret);
  reveal(SAYS.made, SAYS.once, secret, SAYS.key, said("p", SAYS.shell), copyable(shell, SAYS.shell), said("p", SAYS.file), copyable(file, SAYS.file));
  await showKeys({ "key-list": list });
}

onSubmit(document.getElementById("key-form"), make);
