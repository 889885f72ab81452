// Jobs as lists show them: a state as icon and word, where a job's page is, and the list itself, kept fresh.
import { element, fill, headsOf, named, said, tableOf, when } from "/console/dom.js";
import { attempt } from "/console/frame.js";
import { ask } from "/console/session.js";
import { follow } from "/console/stream.js";
import texts from "/console/words/jobs.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const SIGNS = { created: "·", pending: "…", active: "▸", completed: "✓", error: "!", cancelled: "–", lost: "?" };
const [STEP, MOST, FEWEST_COMPARED, MOST_COMPARED, PATIENCE_MS] = [20, 200, 2, 4, 200];

export const isFinal = (state) => ["completed", "error", "cancelled", "lost"].includes(state);
export const stageWord = (stage) => (texts.stages[stage] ? say(`stages.${stage}`) : stage);
export const jobPath = (job) => `/${job.project_guid}/models/${job.model_id}${job.kind === "run" ? `/runs/${job.uid}` : ""}`;

export function statusWord(state) {
  const sign = element("i", { textContent: SIGNS[state] ?? "·", ariaHidden: "true" });
  return element("span", { className: `status-word ${state}` }, sign, texts.states[state] ? say(`states.${state}`) : state);
}

// The bar of a job that runs, by its last event of progress.
export function progressBar({ stage, done, total }) {
  const bar = element("progress", { max: total, value: done, ariaLabel: stageWord(stage) });
  return element("p", { className: "soft bar-of" }, bar, say("progress", { stage: stageWord(stage), percent: Math.floor((100 * done) / total) }));
}

const option = (value, text) => element("option", { value, textContent: text });

// A list of jobs in `place`: of one project (`project`: its guid), or of all with a choice of `projects` ([guid, name]). Without a job at
// all there is the node `none`. Returns the function that ends it.
export function showJobs(place, { project = "", projects = [], none }) {
  const [chosen, live, titles] = [new Set(), new Map(), new Map(projects)];
  let [jobs, shown, more, ended] = [[], STEP, false, false];
  const text = element("input", { type: "search", ariaLabel: say("find"), placeholder: say("find") });
  const status = element("select", { ariaLabel: say("status") }, option("", say("anyStatus")), ...Object.keys(SIGNS).map((state) => option(state, say(`states.${state}`))));
  const which = element("select", { ariaLabel: say("inProject"), hidden: projects.length < 2 }, option("", say("anyProject")), ...projects.map((one) => option(...one)));
  const filters = element("div", { className: "cards", hidden: true }, text, status, which);
  const [told, table] = [element("p", { className: "soft", role: "status" }), element("div")];
  const further = element("button", { type: "button", textContent: say("more"), hidden: true });
  const compare = element("a", { className: "button", hidden: true });
  const tools = element("div", { className: "head" }, told, compare);
  place.replaceChildren(filters, tools, table, further);
  const filtered = () => Boolean(text.value.trim() || status.value || which.value);

  const soon = (action, timer = 0) => () => {
    clearTimeout(timer);
    timer = setTimeout(() => !ended && attempt(action), PATIENCE_MS);
  };
  const [loadSoon, renderSoon] = [soon(load), soon(render)];

  function showCompare() {
    const ready = chosen.size >= FEWEST_COMPARED && chosen.size <= MOST_COMPARED;
    compare.hidden = !chosen.size;
    compare.textContent = say("compare", { n: ready ? chosen.size : 1 });
    if (ready) compare.href = `/console/compare.html?jobs=${[...chosen].join()}`;
    else compare.removeAttribute("href");
  }

  function choice(job) {
    const box = element("input", { type: "checkbox", checked: chosen.has(job.uid), ariaLabel: say("select", { name: job.name }) });
    box.dataset.key = `select ${job.uid}`;
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(job.uid);
      else chosen.delete(job.uid);
      showCompare();
    });
    return box;
  }

  function cells(job) {
    const link = element("a", { href: jobPath(job) }, named(job.name));
    link.dataset.key = `open ${job.uid}`;
    const parts = [statusWord(job.status)];
    const progress = live.get(job.uid)?.progress;
    if (job.status === "active" && progress?.total) parts.push(progressBar(progress));
    if (job.error_msg) parts.push(element("p", {}, named(job.error_msg)));
    if (job.status === "created" && job.runner_mode === "manual") parts.push(element("p", { className: "soft" }, ...say.nodes("manual", { command: said("code", "appliance worker") })));
    const score = job.scores?.synthetic_data_quality_score;
    const comparable = job.kind === "train" && job.status === "completed";
    return [
      [element("div", { className: "row" }, ...(comparable ? [choice(job)] : []), element("div", {}, element("b", {}, link), said("p", say(`kinds.${job.kind}`, { type: job.model_type }), "soft")))],
      parts, when(job.status_history.created),
      ...(project ? [] : [element("a", { href: `/${job.project_guid}` }, named(titles.get(job.project_guid) ?? job.project_name))]),
      score === undefined ? "" : say("quality", { n: Math.round(score) }),
    ];
  }

  function render() {
    const heads = headsOf(say.each("heads"), "", "", "short", "short", "number");
    if (project) heads.splice(3, 1);
    const empty = filtered() ? element("p", { className: "empty" }, say("noMatch"), " ", element("button", { type: "button", className: "link", textContent: say("all"), onclick: forget })) : none;
    fill(table, jobs.length ? tableOf(say("caption"), heads, jobs.map(cells), "") : empty);
    filters.hidden = tools.hidden = !jobs.length && !filtered();
    told.textContent = more ? say("countMore", { n: jobs.length }) : say("count", { n: jobs.length });
    further.hidden = !more || shown >= MOST;
    showCompare();
  }

  // Progress of what runs is followed as long as it runs.
  function watch() {
    const running = new Set(jobs.filter((job) => job.status === "active").map((job) => job.uid));
    for (const [uid, one] of live) {
      if (running.has(uid)) continue;
      one.stop();
      live.delete(uid);
    }
    for (const uid of running) {
      if (live.has(uid)) continue;
      const one = { progress: null, stop() {} };
      live.set(uid, one);
      watchOne(uid, one).catch(() => live.delete(uid)); // the list itself tells what is wrong
    }
  }

  async function watchOne(uid, one) {
    const take = ({ events }) => {
      one.progress = events.findLast((event) => event.type === "progress") ?? one.progress;
      renderSoon();
    };
    const last = await ask("GET", `/v1/appliance/jobs/${uid}/events?before=${Number.MAX_SAFE_INTEGER}&types=progress&limit=1`);
    take(last);
    if (!ended && live.get(uid) === one) one.stop = follow(`job:${uid}`, last.next, take);
  }

  async function load() {
    const query = new URLSearchParams({ project: project || which.value, query: text.value.trim(), status: status.value, limit: Math.min(shown + 1, MOST) });
    const found = (await ask("GET", `/v1/appliance/jobs?${query}`)).jobs;
    if (ended) return;
    more = found.length > shown;
    jobs = found.slice(0, shown);
    for (const uid of chosen) if (!jobs.some((job) => job.uid === uid)) chosen.delete(uid);
    watch();
    render();
  }

  function forget() {
    text.value = status.value = which.value = "";
    attempt(load);
  }

  for (const input of [text, status, which]) input.addEventListener("input", loadSoon);
  further.addEventListener("click", () => {
    shown += STEP;
    attempt(load, further);
  });
  const stop = follow("jobs", null, loadSoon);
  const end = () => {
    ended = true;
    stop();
    for (const one of live.values()) one.stop();
  };
  return { ready: load(), end };
}
