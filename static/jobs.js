// Jobs as lists show them: a state as icon and word, where a job's page is, and the list itself, kept fresh.
import { attempt, choice, el, fill, get, headsOf, named, press, sayer, tableOf, when } from "/console/kit.js";
import { follow } from "/console/stream.js";
import texts from "/console/words/jobs.json" with { type: "json" };

const say = sayer(texts);
const SIGNS = { created: "·", pending: "…", active: "▸", completed: "✓", error: "!", cancelled: "–", lost: "?" };
const [STEP, MOST, FEWEST_COMPARED, MOST_COMPARED, PATIENCE_MS] = [20, 200, 2, 4, 200];

export const isFinal = (state) => ["completed", "error", "cancelled", "lost"].includes(state);
const stageWord = (stage) => texts.stages[stage] ?? stage;
export const jobPath = (job) => `/${job.project_guid}/models/${job.model_id}${job.kind === "run" ? `/runs/${job.uid}` : ""}`;

export const statusWord = (state) => el("span", { className: `status-word ${state}` }, el("i", { ariaHidden: "true" }, SIGNS[state] ?? "·"), texts.states[state] ?? state);

// The bar of a job that runs, by its last event of progress.
const progressBar = ({ stage, done, total }) => el("p.soft.bar-of", el("progress", { max: total, value: done, ariaLabel: stageWord(stage) }),
  say("progress", { stage: stageWord(stage), percent: Math.floor((100 * done) / total) }));

// A list of jobs in `place`: of one project (`project`: its guid), or of all with a choice of `projects` ([guid, name]). Without a job at
// all there is the node `none`. Returns the function that ends it.
export function showJobs(place, { project = "", projects = [], none }) {
  const [chosen, live, titles] = [new Set(), new Map(), new Map(projects)];
  let [jobs, shown, more, ended] = [[], STEP, false, false];
  const soon = (action, timer = 0) => () => {
    clearTimeout(timer);
    timer = setTimeout(() => !ended && attempt(action), PATIENCE_MS);
  };
  const [loadSoon, renderSoon] = [soon(load), soon(render)];
  const text = el("input", { type: "search", ariaLabel: say("find"), placeholder: say("find"), oninput: loadSoon });
  const status = choice([["", say("anyStatus")], ...Object.keys(SIGNS).map((state) => [state, texts.states[state]])], { ariaLabel: say("status"), oninput: loadSoon });
  const which = choice([["", say("anyProject")], ...projects], { ariaLabel: say("inProject"), hidden: projects.length < 2, oninput: loadSoon });
  const filters = el("div.cards", { hidden: true }, text, status, which);
  const [told, table, compare] = [el("p.soft", { role: "status" }), el("div"), el("a.button", { hidden: true })];
  const further = press(say("more"), () => {
    shown += STEP;
    attempt(load, further);
  });
  further.hidden = true;
  const tools = el("div.head", told, compare);
  fill(place, filters, tools, table, further);
  const filtered = () => Boolean(text.value.trim() || status.value || which.value);

  function showCompare() {
    const ready = chosen.size >= FEWEST_COMPARED && chosen.size <= MOST_COMPARED;
    compare.hidden = !chosen.size;
    compare.textContent = say("compare", { n: ready ? chosen.size : 1 });
    if (ready) compare.href = `/console/compare.html?jobs=${[...chosen].join()}`;
    else compare.removeAttribute("href");
  }

  function chooser({ uid, name }) {
    const box = el("input", { type: "checkbox", checked: chosen.has(uid), ariaLabel: say("select", { name }), "data-key": `select ${uid}` });
    box.onchange = () => [box.checked ? chosen.add(uid) : chosen.delete(uid), showCompare()];
    return box;
  }

  function cells(job) {
    const link = el("a", { href: jobPath(job), "data-key": `open ${job.uid}` }, named(job.name));
    const progress = job.status === "active" && live.get(job.uid)?.progress;
    const manual = job.status === "created" && job.runner_mode === "manual";
    const score = job.scores?.synthetic_data_quality_score;
    const comparable = job.kind === "train" && job.status === "completed";
    return [
      el("div.row", comparable && chooser(job), el("div", el("b", link), el("p.soft", say(`kinds.${job.kind}`, { type: job.model_type })))),
      [statusWord(job.status), progress?.total && progressBar(progress), job.error_msg && el("p", named(job.error_msg)),
        manual && el("p.soft", say.nodes("manual", { command: el("code", "appliance worker") }))],
      when(job.status_history.created),
      ...(project ? [] : [el("a", { href: `/${job.project_guid}` }, named(titles.get(job.project_guid) ?? job.project_name))]),
      score === undefined ? "" : say("quality", { n: Math.round(score) }),
    ];
  }

  function render() {
    const heads = headsOf(texts.heads, "", "", "short", "short", "number");
    if (project) heads.splice(3, 1);
    const empty = filtered() ? el("p.empty", say("noMatch"), " ", press(say("all"), forget, "link")) : none;
    fill(table, jobs.length ? tableOf(say("caption"), heads, jobs.map(cells)) : empty);
    filters.hidden = tools.hidden = !jobs.length && !filtered();
    told.textContent = say(more ? "countMore" : "count", { n: jobs.length });
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
    const last = await get(`/v1/appliance/jobs/${uid}/events?before=${Number.MAX_SAFE_INTEGER}&types=progress&limit=1`);
    take(last);
    if (!ended && live.get(uid) === one) one.stop = follow(`job:${uid}`, last.next, take);
  }

  async function load() {
    const query = new URLSearchParams({ project: project || which.value, query: text.value.trim(), status: status.value, limit: Math.min(shown + 1, MOST) });
    const found = (await get(`/v1/appliance/jobs?${query}`)).jobs;
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

  const stop = follow("jobs", null, loadSoon);
  const end = () => {
    ended = true;
    stop();
    for (const one of live.values()) one.stop();
  };
  return { ready: load(), end };
}
