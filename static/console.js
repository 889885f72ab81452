// The sign-in page with its list of jobs. Text goes in by textContent only.
const REFRESH_MS = 3000;
const FILES = {
  train: [["report", "Report", true], ["report_json", "Report data", true], ["data_preview", "Data preview", false], ["model_logs", "Log", false]],
  run: [["data", "Data", false], ["run_report_json", "Run report", true], ["run_logs", "Log", false]],
};
const page = Object.fromEntries(["trouble", "sign-in", "jobs", "who", "rows", "none", "sign-out"].map((id) => [id, document.getElementById(id)]));
let csrf = "";

async function ask(method, path, body) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status });
  return answer.data;
}

function show(signedIn) {
  page["sign-in"].hidden = signedIn;
  page.jobs.hidden = !signedIn;
  page["sign-out"].hidden = !signedIn;
}

function complain(error) {
  page.trouble.textContent = error ? error.message : "";
  page.trouble.hidden = !error;
}

function cell(row, content) {
  const made = row.insertCell();
  made.append(content);
  return made;
}

function fileLinks(job) {
  const span = document.createElement("span");
  span.className = "links";
  if (job.status !== "completed") return span;
  const run = job.kind === "run" ? `/record_handlers/${job.uid}` : "";
  const place = `/projects/${job.project_guid}/models/${job.model_id}${run}/artifact`;
  for (const [type, label, unpacked] of FILES[job.kind]) {
    const link = document.createElement("a");
    link.textContent = label;
    link.href = "#";
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      try {
        const found = await ask("GET", `${place}?type=${type}${unpacked ? "&uncompressed=true" : ""}`);
        window.open(new URL(new URL(found.url).pathname + new URL(found.url).search, location.origin), "_blank", "noopener");
      } catch (error) {
        complain(error);
      }
    });
    span.append(link);
  }
  return span;
}

async function refresh() {
  const { jobs } = await ask("GET", "/v1/appliance/jobs?limit=50");
  page.none.hidden = jobs.length > 0;
  const rows = jobs.map((job) => {
    const row = document.createElement("tr");
    cell(row, job.name);
    cell(row, job.kind === "run" ? "run" : `model (${job.model_type})`);
    const status = cell(row, job.status);
    if (job.error_msg) status.title = job.error_msg;
    cell(row, new Date(job.status_history.created).toLocaleString());
    cell(row, job.project_name);
    cell(row, fileLinks(job));
    return row;
  });
  page.rows.replaceChildren(...rows);
}

async function keepFresh() {
  for (;;) {
    try {
      if (!document.hidden && !page.jobs.hidden) {
        await refresh();
        complain(null);
      }
    } catch (error) {
      if (error.status === 401) show(false);
      complain(error);
    }
    await new Promise((wake) => setTimeout(wake, REFRESH_MS));
  }
}

async function enter(credentials) {
  try {
    const session = await ask(credentials ? "POST" : "GET", "/v1/appliance/session", credentials);
    csrf = session.csrf;
    page.who.textContent = `Signed in as ${session.email}.`;
    complain(null);
    show(true);
    await refresh();
  } catch (error) {
    show(false);
    complain(credentials ? error : null);
  }
}

for (const id of ["by-key", "by-password"]) {
  const form = document.getElementById(id);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enter(Object.fromEntries(new FormData(form)));
    form.reset();
  });
}
page["sign-out"].addEventListener("click", async () => {
  await ask("DELETE", "/v1/appliance/session").catch(complain);
  show(false);
});

const token = new URLSearchParams(location.hash.slice(1)).get("token");
history.replaceState(null, "", location.pathname);
await enter(token ? { token } : undefined);
keepFresh();
