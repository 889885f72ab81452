// What a job does now and did: its steps, the bar, early rows, loss and resources, from the stream of its events.
import { barTable, lineChart } from "/console/charts.js";
import { bytes, element, figure, fill, said, span } from "/console/dom.js";
import { ask } from "/console/session.js";
import { nothingYet, passes, secondsLeft, stepsOf, take } from "/console/job-steps.js";
import { firstRows, linkTo, rowsTable } from "/console/job-table.js";
import { isFinal } from "/console/jobs.js";
import { follow } from "/console/stream.js";
import texts from "/console/words/job.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);
const [TELLING, PIECE, TAIL] = ["progress,metric,resource,artifact", 10_000, 20];
const seconds = (from, to = Date.now()) => Math.max(0, (new Date(to) - new Date(from)) / 1000);

const kindOf = (job) => (job.model_type === "classify" ? "classify" : "transform");
export const stepWord = (job, step) => say(`steps.${passes(job) && (step === "train" || step === "run") ? kindOf(job) : step}`);

// Everything under "Activity" that comes from events. `changed()` is called when the bar moved.
export class Activity {
  constructor(page, changed) {
    Object.assign(this, { page, changed, state: nothingYet(), painting: false });
  }

  // The job as it is now; at the first call its past is read, then it is followed.
  async show(job) {
    this.job = job;
    this.steps = stepsOf(job);
    if (!this.following) {
      this.following = true;
      await this.catchUp();
      this.follow();
      this.clock = setInterval(() => this.job.status === "active" && this.soon(), 1000);
    }
    this.paint();
  }

  async catchUp() {
    const place = `/v1/appliance/jobs/${this.job.uid}/events`;
    const tail = await ask("GET", `${place}?before=${Number.MAX_SAFE_INTEGER}&types=log&limit=${TAIL}`);
    let found = { next: 0, size: 1 };
    const events = [];
    while (tail.source === "events" && found.next < tail.next && events.length < 10 * PIECE) {
      found = await ask("GET", `${place}?after=${found.next}&before=${tail.next}&types=${TELLING}&limit=${PIECE}`);
      events.push(...found.events);
    }
    for (const event of [...events, ...tail.events].sort((one, other) => one.id - other.id)) take(this.state, this.steps, event);
    this.state.after = Math.max(this.state.after, tail.next);
  }

  follow() {
    if (isFinal(this.job.status)) return;
    const stop = follow(`job:${this.job.uid}`, this.state.after, ({ events, final }) => {
      for (const event of events) take(this.state, this.steps, event);
      this.soon();
      if (final) stop();
    });
  }

  soon() {
    if (this.painting) return;
    this.painting = true;
    requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.painting = false;
    this.paintSteps();
    this.paintNow();
    this.paintEarly();
    this.paintLoss();
    this.paintUsage();
    this.changed();
  }

  get reached() {
    const { job, state, steps } = this;
    if (job.status === "completed") return steps.length;
    const least = job.status_history.active ? 2 : job.status_history.pending ? 1 : 0;
    return Math.max(least, steps.indexOf(state.stage));
  }

  paintSteps() {
    const { job, steps, state, reached } = this;
    const at = { created: job.status_history.created, pending: job.status_history.pending, ...state.began, completed: job.status_history.completed };
    if (job.status_history.active) at[steps[2]] = job.status_history.active;
    const ended = isFinal(job.status) && job.status !== "completed";
    const items = steps.map((step, number) => {
      const state = number < reached ? "done" : number > reached ? "" : ended ? "failed" : "active";
      const next = steps.slice(number + 1).map((one) => at[one]).find(Boolean);
      const took = state === "done" && at[step] && next ? seconds(at[step], next) : 0;
      const item = element("li", { className: state }, stepWord(job, step), ...(took >= 0.5 ? [" ", said("span", span(took), "soft")] : []));
      if (state === "active") item.setAttribute("aria-current", "step");
      return item;
    });
    this.page.steps.replaceChildren(...items);
  }

  // What the bar stands at, for the tab's title too: { word, percent }.
  get now() {
    const { progress, stage } = this.state;
    const step = this.job.status === "active" ? stage || this.steps[2] : this.job.status;
    return { word: stepWord(this.job, step), percent: this.job.status === "active" && progress ? Math.floor((100 * progress.done) / progress.total) : null };
  }

  paintNow() {
    const { job, state } = this;
    const { active, [job.status]: end } = job.status_history;
    const parts = [];
    if (job.status === "active" && state.progress) {
      const { done, total } = state.progress;
      parts.push(element("progress", { max: total, value: done, ariaLabel: this.now.word }));
      const left = secondsLeft(state);
      parts.push(said("span", say(left === null ? "of" : "ofLeft", { done: Math.floor(done), total: Math.ceil(total), left: left === null ? "" : span(left) })));
    }
    if (active) parts.push(said("span", say(isFinal(job.status) ? "took" : "elapsed", { time: span(seconds(active, isFinal(job.status) ? end : undefined)) }), "soft"));
    this.page.now.replaceChildren(...parts);
  }

  async paintEarly() {
    const { early } = this.page;
    const expected = this.job.kind === "train" && this.steps.includes("train") && !passes(this.job) && this.job.model_type !== "tabular_dp";
    early.hidden = !(this.state.early || (expected && !isFinal(this.job.status)));
    if (!this.state.early || this.early) return;
    this.early = true;
    const found = await linkTo(this.job.place, "preview_early").then(firstRows).catch(() => null);
    early.querySelector(".box").replaceChildren(found ? rowsTable(found) : said("p", say("early.gone"), "soft"));
  }

  paintLoss() {
    const { losses } = this.state;
    const { loss } = this.page;
    loss.hidden = !losses.length;
    if (!losses.length || this.lossesShown === losses.length) return;
    this.lossesShown = losses.length;
    const rows = losses.map(([name, value], at) => [name, value, at === losses.length - 1 ? "newest" : ""]).reverse();
    const table = barTable(say("loss.title"), say.each("loss.heads"), rows, (value) => value.toFixed(4));
    fill(loss.querySelector(".box"), element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: say("loss.title") }, table));
  }

  paintUsage() {
    const { usage } = this.state;
    this.page.usage.hidden = !usage.length && this.job.status !== "active";
    if (this.usageShown === usage.length) return;
    this.usageShown = usage.length;
    if (!usage.length) return fill(this.page.usage.querySelector(".box"), said("p", say("usage.none"), "soft"));
    const at = (event) => seconds(usage[0].ts, event.ts);
    const busy = usage.map((event, number) => {
      const before = usage[number - 1] ?? { ts: this.job.status_history.active ?? event.ts, cpu_s: 0 };
      return [at(event), Math.max(0, event.cpu_s - before.cpu_s) / (seconds(before.ts, event.ts) || 1)];
    });
    const limit = this.job.memory_bytes;
    const memory = usage.map((event) => [at(event), event.rss]);
    const heads = say.each("usage.heads");
    const chart = (name, points, shown, more) => lineChart({
      title: say(`usage.${name}`), points, heads: [heads[0], say(`usage.${name}`)], tell: ([x, y]) => [span(x), shown(y)], ...more,
      about: say(`usage.${name}About`, { now: shown(points.at(-1)[1]), most: shown(Math.max(...points.map(([, y]) => y))), limit: bytes(limit) }),
    });
    fill(this.page.usage.querySelector(".box"), chart("memory", memory, bytes, { limit }), chart("cpu", busy, (cores) => figure(Math.round(cores * 100) / 100)));
  }
}
