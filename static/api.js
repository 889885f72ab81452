// The API reference, made from /openapi.json in the reader's browser. Text goes in by textContent only.
import { element, enter, said, sayer, wordPage } from "/console/kit.js";
import texts from "/console/words/api.json" with { type: "json" };

const say = sayer(texts);

const METHODS = ["get", "post", "put", "patch", "delete"];

function shape(schema, schemas, depth = 0) {
  if (!schema || depth > 5) return "…";
  if (schema.$ref) return shape(schemas[schema.$ref.split("/").pop()], schemas, depth + 1);
  if (schema.anyOf) return schema.anyOf.map((part) => shape(part, schemas, depth)).join(" | ");
  if (schema.properties) {
    const lines = Object.entries(schema.properties).map(([key, part]) => `${key}: ${shape(part, schemas, depth)}`.replaceAll("\n", "\n  "));
    return `{\n  ${lines.join("\n  ")}\n}`;
  }
  if (schema.type === "array") return `[${shape(schema.items ?? schema.prefixItems?.[0] ?? {}, schemas, depth)}]`;
  return schema.const !== undefined ? JSON.stringify(schema.const) : schema.type ?? say("any");
}

function parameters(operation) {
  const items = operation.parameters.map((one) => element("li", {}, said("code", one.name), ` (${one.in}) ${one.description ?? ""}`));
  return element("ul", {}, ...items);
}

function described(operation, method, path, schemas) {
  const summary = element("summary", {}, ...say.nodes("route", { route: said("code", `${method.toUpperCase()} ${path}`), summary: operation.summary }));
  const level = operation.security.length ? say("level", { level: operation["x-level"].replace("_", " ") }) : say("open");
  const made = element("details", {}, summary, said("p", operation.description), said("p", level));
  if (operation.parameters.length) made.append(said("h4", say("parameters")), parameters(operation));
  for (const [title, holder] of [[say("body"), operation.requestBody], [say("answer"), operation.responses["200"]]]) {
    const schema = holder?.content?.["application/json"]?.schema;
    if (schema) made.append(said("h4", title), said("pre", shape(schema, schemas)));
  }
  return made;
}

function render(description) {
  const groups = new Map();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((name) => methods[name])) {
      const tag = methods[method].tags[0];
      groups.set(tag, [...(groups.get(tag) ?? []), described(methods[method], method, path, description.components.schemas)]);
    }
  }
  for (const [tag, operations] of groups) document.getElementById("routes").append(said("h3", tag), ...operations);
}

wordPage(say);
enter().catch(() => {}); // nobody is signed in: the page is for everybody
try {
  render(await (await fetch("/openapi.json")).json());
} catch (error) {
  const trouble = document.getElementById("trouble");
  trouble.textContent = say("trouble", { reason: error.message });
  trouble.hidden = false;
}
