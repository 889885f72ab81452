// What was used, as a table: by project, by person, or by both, as far as the lines say.
import { bytes, element, figure, named, span, tableOf } from "/console/dom.js";

const SAYS = {
  caption: "Usage",
  month: ["Month", "tiny"],
  email: ["Person"],
  project: ["Project"],
  counts: [["Jobs ended", "number"], ["CPU", "number"], ["GPU", "number"], ["Rows in", "number"], ["Rows out", "number"], ["Files", "number"]],
};

const projectCell = (one) => (one.project_guid ? element("a", { href: `/${one.project_guid}` }, named(one.project_name)) : named(one.project_name));

// `lines` as the routes of usage answer them; the columns are those that tell them apart.
export function usageTable(lines, none, { month = false, email = false, project = true } = {}) {
  const heads = [...(email ? [SAYS.email] : []), ...(project ? [SAYS.project] : []), ...(month ? [SAYS.month] : []), ...SAYS.counts];
  const rows = lines.map((one) => [
    ...(email ? [named(one.email)] : []), ...(project ? [projectCell(one)] : []), ...(month ? [one.month] : []),
    figure(one.jobs), span(one.cpu_seconds), span(one.gpu_seconds), figure(one.rows_in), figure(one.rows_out), bytes(one.bytes),
  ]);
  return tableOf(SAYS.caption, heads, rows, none);
}
