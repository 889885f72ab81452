// From events to what is known of a job: one state, made by taking events in order, each once.
const PASSES = ["classify", "transforms", "transform_v2"];

export const passes = (job) => PASSES.includes(job.model_type);
export const judged = (job) => job.kind === "train" && job.model_type !== "noop";

// The steps of a job by the stages that its worker names.
export function stepsOf(job) {
  const own = job.model_type === "noop" ? ["run"]
    : job.kind === "run" ? [passes(job) ? "pre" : "pre_run", "run"]
    : passes(job) ? ["pre", "train"]
    : job.model_type === "evaluate" ? ["pre", "judge"] : ["pre", "train", "run", "judge"];
  return ["created", "pending", ...own, "completed"];
}

export const nothingYet = () => ({ after: 0, stage: "", began: {}, progress: null, pace: null, losses: [], usage: [], early: false, log: [] });

// Take one event in, unless it was taken before.
export function take(state, steps, told) {
  if (told.id <= state.after) return;
  state.after = told.id;
  const event = { ...told, ts: told.ts * 1000 };
  const stage = event.stage === "post" ? "judge" : event.stage;
  if (stage && steps.indexOf(stage) > steps.indexOf(state.stage)) {
    state.stage = stage;
    state.progress = state.pace = null;
    state.began[stage] = event.ts;
  }
  taken[event.type]?.(state, event, stage);
}

const MOST_LOG = 20;
const taken = {
  progress(state, event, stage) {
    if (stage !== state.stage || !event.total) return;
    state.progress = event;
    state.pace ??= event;
  },
  metric(state, event) {
    if (event.name === "out_of_sample_loss") state.losses.push([String(event.ctx.column), event.value]);
  },
  resource(state, event) {
    state.usage.push(event);
  },
  artifact(state, event) {
    state.early ||= event.kind === "preview_early";
  },
  log(state, event) {
    state.log = [...state.log, event].slice(-MOST_LOG);
  },
};

// Seconds that the step will still take, by the pace that it had so far.
export function secondsLeft({ progress, pace }) {
  if (!progress || progress.done >= progress.total) return null;
  if (progress.eta_s !== null) return progress.eta_s;
  const gained = progress.done - pace.done;
  return gained > 0 ? ((progress.ts - pace.ts) / 1000 / gained) * (progress.total - progress.done) : null;
}
