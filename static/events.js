// Lines of the activity feed.
import { element, when } from "/console/dom.js";
import { sentence } from "/console/sentences.js";

// One event of /v1/activity as an item of a list; `inProject` leaves the project's name out.
export function eventLine(event, inProject = false) {
  const { project_name: project = "", detail } = event.object.meta ?? {};
  const told = { actor: event.subject.name, action: event.action, name: event.object.name, project: inProject ? "" : project, result: event.status, detail, here: inProject };
  return element("li", { tabIndex: -1 }, element("p", {}, ...sentence(told)), when(event.occurred_at));
}
