// The API reference, made from /openapi.json in the reader's browser. Text goes in by textContent only.
const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function named(schema) {
  return schema?.$ref?.split("/").pop();
}

function shape(schema, schemas, depth = 0) {
  if (!schema || depth > 4) return "…";
  const name = named(schema);
  if (name) return shape(schemas[name], schemas, depth + 1);
  if (schema.anyOf) return schema.anyOf.map((part) => shape(part, schemas, depth + 1)).join(" | ");
  if (schema.properties) {
    const pad = "  ".repeat(depth + 1);
    const lines = Object.entries(schema.properties).map(([key, part]) => `${pad}${key}: ${shape(part, schemas, depth + 1)}`);
    return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
  }
  if (schema.type === "array") return `[${shape(schema.items ?? schema.prefixItems?.[0] ?? {}, schemas, depth + 1)}]`;
  return schema.const !== undefined ? JSON.stringify(schema.const) : schema.type ?? "any";
}

function parameters(operation) {
  const list = element("ul");
  for (const one of operation.parameters) {
    const item = element("li");
    item.append(element("code", one.name), ` (${one.in}) ${one.description ?? ""}`);
    list.append(item);
  }
  return list;
}

function described(operation, method, path, schemas) {
  const summary = element("summary", "", element("code", `${method.toUpperCase()} ${path}`), ` — ${operation.summary}`);
  const made = element("details", "", summary, element("p", operation.description));
  made.append(element("p", operation.security.length ? `Level: ${operation["x-level"].replace("_", " ")}` : "Needs no API key."));
  if (operation.parameters.length) made.append(element("h4", "Parameters"), parameters(operation));
  for (const [title, holder] of [["Body", operation.requestBody], ["Answer", operation.responses["200"]]]) {
    const schema = holder?.content?.["application/json"]?.schema;
    if (schema) made.append(element("h4", title), element("pre", shape(schema, schemas)));
  }
  return made;
}

function render(description) {
  const groups = new Map();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((name) => methods[name])) {
      const tag = methods[method].tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(described(methods[method], method, path, description.components.schemas));
    }
  }
  const routes = document.getElementById("routes");
  for (const [tag, operations] of groups) routes.append(element("h3", tag), ...operations);
}

try {
  render(await (await fetch("/openapi.json")).json());
} catch (error) {
  const trouble = document.getElementById("trouble");
  trouble.textContent = `The description could not be read: ${error.message}`;
  trouble.hidden = false;
}
