// The API reference, made from /openapi.json in the reader's browser.
import { el, enter, page, sayer, tell, wordPage } from "/console/kit.js";
import texts from "/console/words/api.json" with { type: "json" };

const say = sayer(texts);
const METHODS = ["get", "post", "put", "patch", "delete"];

function shape(schema, schemas, depth = 0) {
  if (!schema || depth > 5) return "…";
  const inner = (part) => shape(part, schemas, depth);
  if (schema.$ref) return shape(schemas[schema.$ref.split("/").pop()], schemas, depth + 1);
  if (schema.anyOf) return schema.anyOf.map(inner).join(" | ");
  if (schema.properties) {
    const lines = Object.entries(schema.properties).map(([key, part]) => `${key}: ${inner(part)}`.replaceAll("\n", "\n  "));
    return `{\n  ${lines.join("\n  ")}\n}`;
  }
  if (schema.type === "array") return `[${inner(schema.items ?? schema.prefixItems?.[0] ?? {})}]`;
  return schema.const !== undefined ? JSON.stringify(schema.const) : schema.type ?? say("any");
}

function described(operation, method, path, schemas) {
  const level = operation.security.length ? say("level", { level: operation["x-level"].replace("_", " ") }) : say("open");
  const parameters = operation.parameters.map((one) => el("li", el("code", one.name), ` (${one.in}) ${one.description ?? ""}`));
  const bodies = [[say("body"), operation.requestBody], [say("answer"), operation.responses["200"]]].map(([title, holder]) => {
    const schema = holder?.content?.["application/json"]?.schema;
    return schema && [el("h4", title), el("pre", shape(schema, schemas))];
  });
  return el("details", el("summary", say.nodes("route", { route: el("code", `${method.toUpperCase()} ${path}`), summary: operation.summary })),
    el("p", operation.description), el("p", level), parameters.length > 0 && [el("h4", say("parameters")), el("ul", parameters)], bodies);
}

function render({ paths, components }) {
  const groups = {};
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of METHODS.filter((name) => methods[name])) {
      (groups[methods[method].tags[0]] ??= []).push(described(methods[method], method, path, components.schemas));
    }
  }
  for (const [tag, operations] of Object.entries(groups)) page.routes.append(el("h3", tag), ...operations);
}

wordPage(say);
enter().catch(() => {}); // nobody is signed in: the page is for everybody
try {
  render(await (await fetch("/openapi.json")).json());
} catch (error) {
  tell(page.trouble, say("trouble", { reason: error.message }));
}
