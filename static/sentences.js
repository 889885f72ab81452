// What people did, in sentences: from the words of the permission table, the kinds of things and the details of a line.
import { count, named, said } from "/console/dom.js";
import { levelName } from "/console/levels.js";

// Each action: done, to do (whole, for what was refused), what the deed is done to where its name is not told ("" where the deed says it
// all, "project" for the project itself), and what stands before the project where that is not "in".
const DEEDS = {
  sign_in: ["signed in", "sign in"],
  sign_out: ["signed out", "sign out"],
  worker_claim: ["began a job on a machine of their own", "begin a job on a machine of their own"],
  password_change: ["changed their password", "change their password"],
  key_create: ["made the API key", "make an API key", "without a name"],
  key_revoke: ["revoked the API key", "revoke an API key", "without a name"],
  invite_create: ["invited", "invite somebody", "somebody", " to "],
  invite_cancel: ["called back the invite of", "call back an invite", "somebody", " to "],
  invite_accept: ["accepted the invite to", "accept an invite to", "project"],
  invite_decline: ["declined the invite to", "decline an invite to", "project"],
  member_change: ["changed the level of", "change the level of a member", "a member"],
  member_remove: ["removed", "remove a member", "a member", " from "],
  member_leave: ["left", "leave", "project"],
  project_create: ["made", "make a project", "project"],
  project_change: ["changed", "change", "project"],
  project_transfer: ["handed the project over to", "hand the project over", "a member"],
  project_delete: ["deleted", "delete", "project"],
  artifact_create: ["began to upload", "upload a file", "a file"],
  artifact_upload: ["uploaded", "upload a file", "a file"],
  artifact_preview: ["looked at the preview of", "look at the preview of a file", "a file"],
  artifact_download: ["downloaded", "download a file", "a file"],
  artifact_delete: ["deleted", "delete a file", "a file"],
  output_download: ["downloaded the result", "download a result", "of a job"],
  output_save: ["kept a result as the file", "keep a result as a file", "without a name"],
  share_create: ["shared by a link a file of", "share a file by a link", "a job"],
  share_revoke: ["took back a shared link to a file of", "take a shared link back", "a job"],
  share_download: ["downloaded by a shared link a file of", "download a file by a shared link", "a job"],
  model_create: ["made the model", "make a model", "without a name"],
  model_cancel: ["cancelled the model", "cancel a model", "without a name"],
  model_delete: ["deleted the model", "delete a model", "without a name"],
  model_end: ["ended the model", "end a model"],
  run_create: ["started the run", "start a run", "without a name"],
  run_cancel: ["cancelled the run", "cancel a run", "without a name"],
  run_delete: ["deleted the run", "delete a run", "without a name"],
  run_end: ["ended the run", "end a run"],
  transform_key_create: ["made a transform key", "make a transform key"],
  transform_key_destroy: ["destroyed a transform key", "destroy a transform key"],
  user_create: ["added the user", "add a user", "somebody"],
  user_change: ["changed the user", "change a user", "somebody"],
  user_link: ["made a sign-in link for", "make a sign-in link for a user", "a user"],
  user_reset: ["reset the sign-in of", "reset the sign-in of a user", "a user"],
  user_hand_over: ["handed over the projects of", "hand over the projects of a user", "a user"],
  server_start: ["started", "start"],
  audit_export: ["exported the record", "export the record"],
};
const ENDS = { completed: "completed", error: "ended with an error", cancelled: "was cancelled", lost: "was lost" };
const SAYS = {
  tried: " tried to ",
  as: " as ",
  withLevel: " with level ",
  refused: ", and was refused.",
  project: "the project",
  aProject: "a project",
  in: " in ",
  to: " to ",
  and: " and ",
  machine: "Somebody at the server's machine",
  server: "The server",
  somebody: "Somebody",
  somebodyTried: "Somebody tried to sign in",
  job: { model: "The model", run: "The run" },
  levels: (from, to) => (from ? ` from ${from} to ${to}` : ` to ${to}`),
  disabled: (yes) => [yes ? "disabled " : "enabled ", ""],
  administrator: (yes) => (yes ? ["made ", " an administrator of the appliance"] : ["took the administration of the appliance from ", ""]),
  limits: ["set the limits of ", ""],
  gave: (number) => `handed over ${count(number, "project")} of `,
  none: ["looked for projects of ", " to hand over to ", "; there were none"],
  of: " of ",
};
const LIMITS = ["created", "running", "max_duration_seconds", "storage_bytes"];

const who = (name) => (name === "machine" ? SAYS.machine : name === "server" ? SAYS.server : name ? named(name) : SAYS.somebody);

function strong(text) {
  const made = said("b", "");
  made.append(named(text));
  return made;
}

// What was changed of a user, each as it was done: "disabled X and set the limits of X".
function changes(name, detail) {
  const parts = ["disabled", "administrator"].filter((field) => field in detail).map((field) => SAYS[field](detail[field]));
  if (LIMITS.some((field) => field in detail)) parts.push(SAYS.limits);
  return parts.flatMap(([before, after], at) => [at ? SAYS.and : "", before, strong(name), after]);
}

// Deeds that their details tell better than their word does: the parts of what was done, or nothing where the details are not known.
const TOLD = {
  worker_claim: ({ name }) => name && ["began ", strong(name), " on a machine of their own"],
  password_change: ({ actor, name }) => name && name !== actor && ["changed the password of ", strong(name)],
  invite_create: ({ name, detail }) => name && detail.level && ["invited ", strong(name), SAYS.withLevel, levelName(detail.level)],
  member_change: ({ name, detail }) => name && detail.level && ["changed the level of ", strong(name), SAYS.levels(detail.from_level && levelName(detail.from_level), levelName(detail.level))],
  user_change: ({ name, detail }) => name && changes(name, detail),
  user_hand_over: ({ name, detail: { count: number, to } }) => {
    if (!name || !to || number === undefined) return null;
    return number ? [SAYS.gave(number), strong(name), SAYS.to, strong(to)] : [SAYS.none[0], strong(name), SAYS.none[1], strong(to), SAYS.none[2]];
  },
  key_create: ({ actor, name, detail: { user } }) => user && user !== actor && ["made the API key", ...(name ? [" ", strong(name)] : []), " for ", strong(user)],
  key_revoke: ({ actor, name, detail: { user } }) => user && user !== actor && ["revoked the API key", ...(name ? [" ", strong(name)] : []), SAYS.of, strong(user)],
};

const theProject = (name, here) => (name ? [` ${SAYS.project} `, strong(name)] : [` ${here ? SAYS.project : SAYS.aProject}`]);

// What stands behind the deed: the thing by its name or its noun, and the project it is in.
function target({ action, name, project, here, refused }, object, place) {
  if (refused && action === "project_create") return [];
  if (object === "project") return theProject(action.startsWith("project_") ? name || project : project, here);
  if (refused) return place;
  return [...(name && object ? [" ", strong(name)] : object ? [` ${object}`] : []), ...place];
}

// The parts of a sentence. `deed`: actor, action, name (of what it was done to), project (its name, if it is to be told), result, detail;
// `here` is true on the page of the project, which need not be named there.
export function sentence({ actor, action, name = "", project = "", result = "", detail = {}, here = false }) {
  const words = action.replaceAll("_", " ");
  const [done, todo, object = "", into = SAYS.in] = DEEDS[action] ?? [words, words, "something"];
  const place = project ? [into, named(project)] : [];
  const job = SAYS.job[action.replace("_end", "")];
  if (action.endsWith("_end") && job) return [`${job} `, strong(name), ` ${ENDS[result] ?? result}`, ...place, "."];
  const refused = result === "refused";
  if (refused && action === "sign_in") return [SAYS.somebodyTried, ...(actor ? [SAYS.as, named(actor)] : []), SAYS.refused];
  const told = !refused && TOLD[action]?.({ actor, name, detail });
  if (told && told.length) return [who(actor), " ", ...told, ...place, "."];
  return [who(actor), refused ? SAYS.tried : " ", refused ? todo : done, ...target({ action, name, project, here, refused }, object, place), refused ? SAYS.refused : "."];
}
