// What a job does now and did: its steps, the bar, early rows, loss and resources, from its events, each taken once.
import { barTable, lineChart } from "/console/charts.js";
import { bytes, element, figure, fill, said, span } from "/console/dom.js";
import { firstRows, linkTo, rowsTable } from "/console/job-table.js";
import { isFinal } from "/console/jobs.js";
import { ask } from "/console/session.js";
import { follow } from "/console/stream.js";
import texts from "/console/words/job.json" with { type: "json" };
import { sayer } from "/console/words.js";

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
    const tail = await ask("GET", `${place}?before=${Number.MAX_SAFE_INTEGER}&types=log&limit=${TAIL}`);
    const events = [...tail.events];
    for (let [at, pieces] = [0, 0]; tail.source === "events" && at < tail.next && pieces < MOST_PIECES; pieces++) {
      const found = await ask("GET", `${place}?after=${at}&before=${tail.next}&types=${TELLING}&limit=${PIECE}`);
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
    for (const part of ["steps", "now", "early", "loss", "usage"]) this[`paint_${part}`](this.page[part]);
    this.changed();
  }

  // Whether a part has to be made anew: what it is made of has changed.
  stale(part, mark) {
    const before = this.shown[part];
    this.shown[part] = mark;
    return before !== mark;
  }

  paint_steps(place) {
    const { job, state, steps } = this;
    const least = { created: 0, pending: 1, completed: steps.length }[job.status] ?? (job.status_history.active ? 2 : 1);
    const reached = Math.max(least, steps.indexOf(state.stage));
    if (!this.stale("steps", reached + job.status)) return;
    place.replaceChildren(...steps.map((step, at) => {
      const className = at < reached ? "done" : at > reached ? "" : isFinal(job.status) ? "failed" : "active";
      return element("li", { className, ariaCurrent: className === "active" ? "step" : null }, stepWord(job, step));
    }));
  }

  // What the tab's title says: the step, and how far it is.
  get now() {
    const { progress, stage } = this.state;
    const active = this.job.status === "active";
    return { word: stepWord(this.job, active ? stage || this.steps[2] : this.job.status), percent: active && progress ? Math.floor((100 * progress.done) / progress.total) : null };
  }

  // Seconds that the step will still take, by the worker's word or by the pace so far.
  get left() {
    const { progress: { done, total, ts, eta_s: told }, began } = this.state;
    return told ?? (done < total && done > began.done ? ((ts - began.ts) / (done - began.done)) * (total - done) : null);
  }

  paint_now(place) {
    const { status, status_history: { active, [status]: end } } = this.job;
    const { progress } = this.state;
    const parts = [];
    if (status === "active" && progress) {
      const [max, value] = [progress.total, progress.done];
      const left = this.left === null ? "" : say("left", { left: span(this.left) });
      parts.push(element("progress", { max, value, ariaLabel: this.now.word }), said("span", say("of", { done: Math.floor(value), total: Math.ceil(max), left })));
    }
    if (active) parts.push(said("span", say(isFinal(status) ? "took" : "elapsed", { time: span(secondsTo(active, isFinal(status) ? end : undefined)) }), "soft"));
    place.replaceChildren(...parts);
  }

  // Room is kept where something will come, and where it was kept nothing moves when it did not.
  keep(place, came, coming = true) {
    place.hidden &&= !came && (!coming || isFinal(this.job.status));
  }

  get learns() {
    return this.steps.includes("train") && this.steps.includes("judge");
  }

  async paint_early(place) {
    this.keep(place, this.state.early, this.learns && this.job.model_type !== "tabular_dp");
    if (!this.state.early || !this.stale("early", true)) return;
    const found = await linkTo(this.job, "preview_early").then(firstRows).catch(() => null);
    place.lastElementChild.replaceChildren(found ? rowsTable(found) : said("p", say("early.gone"), "soft"));
  }

  paint_loss(place) {
    const { losses } = this.state;
    this.keep(place, losses.length, this.learns);
    if (!losses.length || !this.stale("loss", losses.length)) return;
    const rows = losses.map(([name, value], at) => [name, value, at === losses.length - 1 ? "newest" : ""]).reverse();
    const table = barTable(say("loss.table"), say.each("loss.heads"), rows, (value) => value.toFixed(4));
    fill(place.lastElementChild, element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: say("loss.table") }, table));
  }

  paint_usage(place) {
    const { job, state: { usage } } = this;
    this.keep(place, usage.length);
    if (place.hidden || !this.stale("usage", usage.length)) return;
    const busy = usage.map(({ ts, cpu_s: used }, at) => {
      const before = usage[at - 1] ?? { ts: new Date(job.status_history.active) / 1000, cpu_s: 0 };
      return [ts, Math.max(0, used - before.cpu_s) / (ts - before.ts || 1)];
    });
    const chart = (name, points, shown, limit) => lineChart({
      title: say(`usage.${name}`), points, limit, heads: say.each("usage.heads"), tell: ([at, value]) => [new Date(at * 1000).toLocaleTimeString(), shown(value)],
      about: say(`usage.${name}About`, { now: shown(points.at(-1)[1]), most: shown(Math.max(...points.map(([, value]) => value))), limit: bytes(job.memory_bytes) }),
    });
    fill(place.lastElementChild, ...(usage.length ? [
      chart("memory", usage.map(({ ts, rss }) => [ts, rss]), bytes, job.memory_bytes),
      chart("cpu", busy, (cores) => figure(Math.round(100 * cores) / 100))] : [said("p", say("usage.none"), "soft")]));
  }
}
