// What people did, in sentences: from the words of the permission table and the kinds of things.
import { named, said } from "/console/dom.js";

// Each action: done, to do, what it is done to ("name", a noun where the name is not told, "project", or nothing),
// and what stands before the project where that is not "in".
const DEEDS = {
  sign_in: ["signed in", "sign in", ""],
  sign_out: ["signed out", "sign out", ""],
  worker_claim: ["began on a machine of their own", "begin on a machine of their own", "a job"],
  password_change: ["changed the password", "change the password", ""],
  key_create: ["made the API key", "make an API key", "name"],
  key_revoke: ["revoked the API key", "revoke an API key", "name"],
  invite_create: ["invited", "invite", "somebody", " to "],
  invite_cancel: ["called back the invite of", "call back the invite of", "somebody", " to "],
  invite_accept: ["accepted the invite to", "accept an invite to", "project"],
  invite_decline: ["declined the invite to", "decline an invite to", "project"],
  member_change: ["changed the level of", "change the level of", "a member"],
  member_remove: ["removed", "remove", "a member", " from "],
  member_leave: ["left", "leave", "project"],
  project_create: ["made the project", "make the project", "name"],
  project_change: ["changed the project", "change the project", "name"],
  project_transfer: ["handed the project over to", "hand the project over to", "a member"],
  project_delete: ["deleted the project", "delete the project", "name"],
  artifact_create: ["began to upload", "upload", "a file"],
  artifact_upload: ["uploaded", "upload", "a file"],
  artifact_preview: ["looked at the preview of", "look at the preview of", "a file"],
  artifact_download: ["downloaded", "download", "a file"],
  artifact_delete: ["deleted", "delete", "a file"],
  output_download: ["downloaded a result:", "download a result:", "name"],
  model_create: ["made the model", "make a model", "name"],
  model_cancel: ["cancelled the model", "cancel the model", "name"],
  model_delete: ["deleted the model", "delete the model", "name"],
  model_end: ["ended the model", "end the model", "name"],
  run_create: ["started the run", "start a run", "name"],
  run_cancel: ["cancelled the run", "cancel the run", "name"],
  run_delete: ["deleted the run", "delete the run", "name"],
  run_end: ["ended the run", "end the run", "name"],
  transform_key_create: ["made a transform key", "make a transform key", ""],
  transform_key_destroy: ["destroyed a transform key", "destroy a transform key", ""],
  user_create: ["added the user", "add the user", "name"],
  user_change: ["changed the user", "change the user", "name"],
  user_link: ["made a sign-in link for", "make a sign-in link for", "name"],
  user_reset: ["reset the sign-in of", "reset the sign-in of", "name"],
  user_hand_over: ["handed over the projects of", "hand over the projects of", "a user"],
  server_start: ["started", "start", ""],
  audit_export: ["exported the record", "export the record", ""],
};
const ENDS = { completed: "completed", error: "ended with an error", cancelled: "was cancelled", lost: "was lost" };
const SAYS = {
  tried: "tried to",
  refused: ", and was refused.",
  project: "the project",
  in: " in ",
  machine: "Somebody at the server's machine",
  server: "The server",
  job: { model: "The model", run: "The run" },
};

const who = (name) => (name === "machine" ? SAYS.machine : name === "server" ? SAYS.server : named(name));

// What the deed is done to, as parts, and whether they tell the project already.
function target(object, name, project) {
  if (object === "project") return [[" ", ...(project ? [SAYS.project, " ", strong(project)] : [SAYS.project])], true];
  if (!object) return [[], false];
  const noun = object === "name" ? "" : object;
  return [name ? [" ", strong(name)] : noun ? [` ${noun}`] : [], false];
}

// The parts of a sentence. `deed`: actor, action, name (of what it was done to), project (its name, if it is to be told), result.
export function sentence({ actor, action, name = "", project = "", result = "" }) {
  const words = action.replaceAll("_", " ");
  const [done, todo, object, into = SAYS.in] = DEEDS[action] ?? [words, words, "name"];
  const place = project ? [into, named(project)] : [];
  const job = SAYS.job[action.replace("_end", "")];
  if (action.endsWith("_end") && job) return [`${job} `, strong(name), ` ${ENDS[result] ?? result}`, ...place, "."];
  const [parts, toldProject] = target(object, name, project);
  const refused = result === "refused";
  return [who(actor), ` ${refused ? `${SAYS.tried} ${todo}` : done}`, ...parts, ...(toldProject ? [] : place), refused ? SAYS.refused : "."];
}

function strong(text) {
  const made = said("b", "");
  made.append(named(text));
  return made;
}
