// What a job does now and did: its steps, the bar, early rows, loss and resources, from its events, each taken once; and why it failed.
import { barTable, lineChart } from "/console/charts.js";
import { firstRows, rowsTable } from "/console/job-table.js";
import { isFinal } from "/console/jobs.js";
import { bytes, el, figure, fill, get, named, sayer, span } from "/console/kit.js";
import { follow } from "/console/stream.js";
import failures from "/console/words/failures.json" with { type: "json" };
import texts from "/console/words/job.json" with { type: "json" };

const say = sayer(texts);
const [TELLING, PIECE, MOST_PIECES, TAIL, TICK_MS] = ["progress,metric,resource,artifact", 10_000, 10, 20, 1000];
const secondsTo = (from, to = Date.now()) => Math.max(0, (new Date(to) - new Date(from)) / 1000);

export const passes = ({ model_type: type }) => ["classify", "transforms", "transform_v2"].includes(type);

// The steps of a job, by the stages that its worker names.
function stepsOf(job) {
  const train = { noop: ["run"], evaluate: ["pre", "judge"] }[job.model_type] ?? (passes(job) ? ["pre", "train"] : ["pre", "train", "run", "judge"]);
  const run = job.model_type === "noop" ? ["run"] : [passes(job) ? "pre" : "pre_run", "run"];
  return ["created", "pending", ...(job.kind === "run" ? run : train), "completed"];
}

export function stepWord(job, step) {
  const passing = passes(job) && ["train", "run"].includes(step);
  return say(`steps.${passing ? (job.model_type === "classify" ? "classify" : "transform") : step}`);
}

const TAKE = {
  progress(state, event) {
    if (event.total && event.stage === state.stage) Object.assign(state, { progress: event, began: state.began ?? event });
  },
  metric: ({ losses }, { name, ctx, value }) => name === "out_of_sample_loss" && losses.push([String(ctx.column), value]),
  resource: ({ usage }, event) => usage.push(event),
  artifact: (state, { kind }) => (state.early ||= kind === "preview_early"),
  log: ({ log }, event) => log.push(event) > TAIL && log.shift(),
};

// Everything under "Activity" that comes from events. `changed()` is called when the bar may have moved.
export class Activity {
  constructor(page, changed) {
    Object.assign(this, { page, changed, state: { after: 0, stage: "", losses: [], usage: [], log: [] }, shown: {} });
  }

  // The job as it is now; at the first call its past is read, then it is followed.
  async show(job) {
    const known = this.job;
    Object.assign(this, { job, steps: stepsOf(job) });
    if (!known) await this.begin();
    this.paint();
  }

  async begin() {
    const place = `/v1/appliance/jobs/${this.job.uid}/events`;
    const tail = await get(`${place}?before=${Number.MAX_SAFE_INTEGER}&types=log&limit=${TAIL}`);
    const events = [...tail.events];
    for (let [at, pieces] = [0, 0]; tail.source === "events" && at < tail.next && pieces < MOST_PIECES; pieces++) {
      const found = await get(`${place}?after=${at}&before=${tail.next}&types=${TELLING}&limit=${PIECE}`);
      at = found.next;
      events.push(...found.events);
    }
    for (const event of events.sort((one, other) => one.id - other.id)) this.take(event);
    this.state.after = tail.next;
    if (isFinal(this.job.status)) return;
    setInterval(() => this.job.status === "active" && this.soon(), TICK_MS);
    follow(`job:${this.job.uid}`, tail.next, ({ events: told }) => {
      for (const event of told) this.take(event);
      this.soon();
    });
  }

  take(event) {
    const { state, steps } = this;
    if (event.id <= state.after) return;
    state.after = event.id;
    if (steps.indexOf(event.stage) > steps.indexOf(state.stage)) Object.assign(state, { stage: event.stage, progress: null, began: null });
    TAKE[event.type]?.(state, event);
  }

  soon() {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.waiting = 0;
    for (const part of ["steps", "now", "early", "loss", "usage"]) this[`paint_${part}`](this.page[part], this.state, this.job);
    this.changed();
  }

  // Whether a part has to be made anew: what it is made of has changed.
  stale(part, mark) {
    const before = this.shown[part];
    this.shown[part] = mark;
    return before !== mark;
  }

  paint_steps(place, state, { status, status_history: { active } }) {
    const { job, steps } = this;
    const least = { created: 0, pending: 1, completed: steps.length }[status] ?? (active ? 2 : 1);
    const reached = Math.max(least, steps.indexOf(state.stage));
    if (!this.stale("steps", reached + status)) return;
    fill(place, steps.map((step, at) => {
      const className = at < reached ? "done" : at > reached ? "" : isFinal(status) ? "failed" : "active";
      return el("li", { className, ariaCurrent: className === "active" ? "step" : null }, stepWord(job, step));
    }));
  }

  // What the tab's title says: the step, and how far it is.
  get now() {
    const { job: { status }, state: { progress, stage } } = this;
    const active = status === "active";
    return { word: stepWord(this.job, active ? stage || this.steps[2] : status), percent: active && progress ? Math.floor((100 * progress.done) / progress.total) : null };
  }

  // Seconds that the step will still take, by the worker's word or by the pace so far.
  get left() {
    const { progress: { done, total, ts, eta_s: told }, began } = this.state;
    return told ?? (done < total && done > began.done ? ((ts - began.ts) / (done - began.done)) * (total - done) : null);
  }

  paint_now(place, { progress }, { status, status_history: { active, [status]: end } }) {
    const over = isFinal(status);
    const time = active && span(secondsTo(active, over ? end : undefined));
    const { done: value, total: max } = (status === "active" && progress) || {};
    const left = max && this.left !== null ? say("left", { left: span(this.left) }) : "";
    fill(place, max && [el("progress", { max, value, ariaLabel: this.now.word }), el("span", say("of", { done: Math.floor(value), total: Math.ceil(max), left }))],
      active && el("span.soft", say(over ? "took" : "elapsed", { time })));
  }

  // Room is kept where something will come, and where it was kept nothing moves when it did not.
  keep(place, came, coming = true) {
    place.hidden &&= !came && (!coming || isFinal(this.job.status));
  }

  get learns() {
    return this.steps.includes("train") && this.steps.includes("judge");
  }

  async paint_early(place, { early }, job) {
    this.keep(place, early, this.learns && job.model_type !== "tabular_dp");
    if (!early || !this.stale("early", true)) return;
    const found = await firstRows(job, "preview_early");
    fill(place.lastElementChild, found ? rowsTable(found) : el("p.soft", say("early.gone")));
  }

  paint_loss(place, { losses }) {
    this.keep(place, losses.length, this.learns);
    if (!losses.length || !this.stale("loss", losses.length)) return;
    const rows = losses.map(([name, value], at) => [name, value, at === losses.length - 1 ? "newest" : ""]).reverse();
    fill(place.lastElementChild, barTable(say("loss.table"), texts.loss.heads, rows, (value) => value.toFixed(4)));
  }

  paint_usage(place, { usage }, job) {
    this.keep(place, usage.length);
    const over = isFinal(job.status);
    if (place.hidden || !this.stale("usage", usage.length + over)) return;
    if (!usage.length) return fill(place.lastElementChild, el("p.soft", say(over ? "usage.short" : "usage.none")));
    const busy = usage.map(({ ts, cpu_s: used }, at) => {
      const before = usage[at - 1] ?? { ts: new Date(job.status_history.active) / 1000, cpu_s: 0 };
      return [ts, Math.max(0, used - before.cpu_s) / (ts - before.ts || 1)];
    });
    const chart = (name, points, shown, limit) => lineChart({
      title: say(`usage.${name}`), points, limit, heads: texts.usage.heads, tell: ([at, value]) => [new Date(at * 1000).toLocaleTimeString(), shown(value)],
      about: say(`usage.${name}About`, { now: shown(points.at(-1)[1]), most: shown(Math.max(...points.map(([, value]) => value))), limit: bytes(job.memory_bytes) }),
    });
    fill(place.lastElementChild, chart("memory", usage.map(({ ts, rss }) => [ts, rss]), bytes, job.memory_bytes),
      chart("cpu", busy, (cores) => figure(Math.round(100 * cores) / 100)));
  }
}

const tell = sayer(failures);
const [GIB, HOUR_S] = [2 ** 30, 3600];
const doubled = (value, unit) => Math.max(1, Math.ceil((2 * value) / unit));

// What may mend a failure: words, and the change of the configuration as the address of a new model takes it.
function mended({ error_id: id, memory_bytes, max_duration_seconds }) {
  const [size, hours] = [doubled(memory_bytes, GIB), doubled(max_duration_seconds, HOUR_S)];
  if (id === "out_of_memory") return [tell("again.memory", { size: bytes(size * GIB) }), `appliance.memory=${size}GiB`];
  if (id === "max_duration_exceeded") return [tell("again.duration", { time: span(hours * HOUR_S) }), `appliance.max_duration=${hours}h`];
  return ["data_refused", "input_missing", "input_unreadable"].includes(id) ? [tell("again.data"), "data_source=null"] : [];
}

function links(job) {
  const model = `/${job.project_guid}/models/`;
  if (job.kind === "run") return el("a.button.main", { href: `${model}${job.model_id}/generate` }, tell(passes(job) ? "again.data" : "again.run"));
  const [href, [text, change]] = [`${model}new?like=${job.uid}`, mended(job)];
  return [text && el("a.button.main", { href: `${href}&change=${encodeURIComponent(change)}` }, text), el(text ? "a.button" : "a.button.main", { href }, tell("again.changed"))];
}

const line = ({ ts, level, msg }) => `${new Date(ts * 1000).toLocaleTimeString()} ${level === "info" ? "" : `[${level}] `}${msg}`;

// The failure of a job in `place`, with the end of its log; nothing where it did not fail.
export function showFailure(place, job, log, mayWrite) {
  place.hidden = !["error", "lost"].includes(job.status);
  if (place.hidden) return;
  const title = tell("log", { n: log.length });
  fill(place,
    el("h3", { id: "failure-title" }, job.error_stage ? tell("failedIn", { step: stepWord(job, job.error_stage) }) : tell("failed")),
    el("p.bad", named(job.error_msg ?? "")), el("p", job.error_hint),
    el("p", el("b", tell("cause")), " ", failures.causes[job.error_id] ?? failures.causes.unknown),
    el("div.row", mayWrite && links(job)),
    log.length && el("details", { open: true }, el("summary", title), el("pre", { tabIndex: 0, ariaLabel: title }, log.map(line).join("\n"))));
}
