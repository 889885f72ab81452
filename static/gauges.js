// The machine in four or five gauges. Between two readings lies how busy its processors were.
import { bytes, el, fill, sayer } from "/console/kit.js";
import texts from "/console/words/machine.json" with { type: "json" };

const say = sayer(texts);

// A value in words and, of what there is a most, its share as a bar.
export function gauge(label, text, share) {
  const meter = share !== null && el("meter", { min: 0, max: 1, high: 0.9, value: share, ariaLabel: `${label}: ${text}` });
  return el("div", el("dt", label), el("dd", el("span", text), meter));
}

const room = (label, { used, total }) =>
  gauge(label, used === null ? bytes(total) : say("used", { used: bytes(used), total: bytes(total) }), used === null ? null : used / total);

function processors({ count: n, load, busy_s, total_s }, before) {
  const passed = total_s - before?.total_s;
  if (!(passed > 0)) return gauge(say("gauges.cpu"), say("load", { load, n }), load / n);
  const share = (busy_s - before.busy_s) / passed;
  return gauge(say("gauges.cpu"), say("busy", { percent: Math.round(100 * share), n }), share);
}

// Shows a reading of the machine in `place`, a dl; returns the reading, which is `before` of the next.
export function showGauges(place, state, before) {
  const { queue, gpus } = state;
  fill(place, processors(state.cpu, before?.cpu), room(say("gauges.memory"), state.memory), room(say("gauges.disk"), state.disk),
    gauge(say("gauges.queue"), say("queue", queue), queue.running / queue.workers),
    ...(gpus.length ? [gauge(say("gauges.gpus"), say("gpus", { n: gpus.length }), null)] : []));
  return state;
}
