// The machine in four or five gauges. Between two readings lies how busy its processors were.
import { bytes, element, fill, said } from "/console/dom.js";
import texts from "/console/words/machine.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);

function gauge(name, text, share) {
  const label = say(`gauges.${name}`);
  const meter = element("meter", { min: 0, max: 1, high: 0.9, value: share ?? 0, ariaLabel: label, hidden: share === null });
  return element("div", {}, said("dt", label), element("dd", {}, said("span", text), meter));
}

const room = (name, { used, total }) => (used === null ? gauge(name, say("total", { total: bytes(total) }), null) : gauge(name, say("used", { used: bytes(used), total: bytes(total) }), used / total));

function processors({ count: n, load, busy_s, total_s }, before) {
  const passed = total_s - before?.total_s;
  if (!(passed > 0)) return gauge("cpu", say("load", { load, n }), Math.min(load / n, 1));
  const share = (busy_s - before.busy_s) / passed;
  return gauge("cpu", say("busy", { percent: Math.round(100 * share), n }), share);
}

// Shows a reading of the machine in `place`, a dl; returns the reading, which is `before` of the next.
export function showGauges(place, state, before) {
  const { queue, gpus } = state;
  fill(place, processors(state.cpu, before?.cpu), room("memory", state.memory), room("disk", state.disk),
    gauge("queue", say("queue", queue), Math.min(queue.running / queue.workers, 1)),
    ...(gpus.length ? [gauge("gpus", say("gpus", { n: gpus.length }), null)] : []));
  return state;
}
