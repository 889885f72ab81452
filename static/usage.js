// What was used, as a table: by project, by person, or by both, as far as the lines say.
import { bytes, el, figure, named, span, tableOf } from "/console/kit.js";
import texts from "/console/words/usage.json" with { type: "json" };

const projectCell = ({ project_guid: guid, project_name: name }) => (guid ? el("a", { href: `/${guid}` }, named(name)) : named(name));

export const thisMonth = (lines) => lines.filter((one) => one.month === new Date().toISOString().slice(0, 7));

// `lines` as the routes of usage answer them; the columns are those that tell them apart. `none` is said where there are none.
export function usageTable(lines, none, { month = false, email = false, project = true } = {}) {
  const columns = [email && [[texts.email], (one) => named(one.email)], project && [[texts.project], projectCell], month && [[texts.month, "tiny"], (one) => one.month]].filter(Boolean);
  const counts = (one) => [figure(one.jobs), span(one.cpu_seconds), span(one.gpu_seconds), figure(one.rows_in), figure(one.rows_out), bytes(one.bytes)];
  const rows = lines.map((one) => [...columns.map(([, cell]) => cell(one)), ...counts(one)]);
  return tableOf(texts.caption, [...columns.map(([head]) => head), ...texts.counts.map((text) => [text, "number"])], rows, none);
}
