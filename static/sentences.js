// What people did, in sentences: from the words of the permission table and the kinds of things.
import { named, said } from "/console/dom.js";

// Each action: done, to do, and what it is done to (empty: the sentence ends with the verb).
const DEEDS = {
  sign_in: ["signed in", "sign in", ""],
  sign_out: ["signed out", "sign out", ""],
  worker_claim: ["began, on a machine of their own, the", "begin on a machine of their own the", "job"],
  password_change: ["changed the password", "change the password", ""],
  key_create: ["made the API key", "make an API key", "of"],
  key_revoke: ["revoked the API key", "revoke an API key", "of"],
  invite_create: ["invited somebody to", "invite somebody to", "of"],
  invite_cancel: ["took back an invite to", "take back an invite to", "of"],
  invite_accept: ["accepted the invite to", "accept an invite to", "of"],
  invite_decline: ["declined the invite to", "decline an invite to", "of"],
  member_change: ["changed the level of", "change the level of", "of"],
  member_remove: ["removed the member", "remove the member", "of"],
  member_leave: ["left the project", "leave the project", "of"],
  project_create: ["made the project", "make the project", "of"],
  project_change: ["changed the project", "change the project", "of"],
  project_transfer: ["handed over the project", "hand over the project", "of"],
  project_delete: ["deleted the project", "delete the project", "of"],
  artifact_create: ["began to upload", "upload", "of"],
  artifact_upload: ["uploaded", "upload", "of"],
  artifact_preview: ["looked at the preview of", "look at the preview of", "of"],
  artifact_download: ["downloaded", "download", "of"],
  artifact_delete: ["deleted the file", "delete the file", "of"],
  output_download: ["downloaded a result:", "download a result:", "of"],
  model_create: ["made the model", "make a model", "of"],
  model_cancel: ["cancelled the model", "cancel the model", "of"],
  model_delete: ["deleted the model", "delete the model", "of"],
  model_end: ["ended the model", "end the model", "of"],
  run_create: ["started the run", "start a run", "of"],
  run_cancel: ["cancelled the run", "cancel the run", "of"],
  run_delete: ["deleted the run", "delete the run", "of"],
  run_end: ["ended the run", "end the run", "of"],
  transform_key_create: ["made a transform key", "make a transform key", ""],
  transform_key_destroy: ["destroyed a transform key", "destroy a transform key", ""],
  user_create: ["added the user", "add the user", "of"],
  user_change: ["changed the user", "change the user", "of"],
  user_reset: ["reset the sign-in of", "reset the sign-in of", "of"],
  user_hand_over: ["handed over the projects of", "hand over the projects of", "of"],
  audit_export: ["exported the record", "export the record", ""],
};
const ENDS = { completed: "completed", error: "ended with an error", cancelled: "was cancelled", lost: "was lost" };
const SAYS = {
  tried: "tried to",
  refused: ", and was refused",
  in: " in ",
  machine: "Somebody at the server's machine",
  server: "The server",
  job: { model: "The model", run: "The run" },
};

const who = (name) => (name === "machine" ? SAYS.machine : name === "server" ? SAYS.server : named(name));

// The parts of a sentence. `deed`: actor, action, name (of what it was done to), project (its name, if it is to be told), result.
export function sentence({ actor, action, name = "", project = "", result = "" }) {
  const place = project ? [SAYS.in, said("bdi", project)] : [];
  const job = SAYS.job[action.replace("_end", "")];
  if (action.endsWith("_end") && job) return [`${job} `, strong(name), ` ${ENDS[result] ?? result}`, ...place, "."];
  const [done, todo, object] = DEEDS[action] ?? [action.replaceAll("_", " "), action.replaceAll("_", " "), "of"];
  const verb = result === "refused" ? `${SAYS.tried} ${todo}` : done;
  return [who(actor), ` ${verb}`, ...(object && name ? [" ", strong(name)] : []), ...place, result === "refused" ? `${SAYS.refused}.` : "."];
}

function strong(text) {
  const made = said("b", "");
  made.append(named(text));
  return made;
}
