// One stream for all tabs of this browser: the tab that holds the lock leads, reads the server's stream and tells the others. Each receiver
// keeps its own place, so that nothing reaches it twice and nothing is missing, whichever tab leads and whatever broke in between.
import { ask, reached, recheck, session } from "/console/session.js";

const STREAM = "/v1/appliance/stream";
const NAME = "appliance-stream";
const GATHER_MS = 30, SILENCE_MS = 40_000, HIDDEN_MS = 30_000, ROLL_CALL_MS = 60_000, POLL_MS = 1000, POLL_HIDDEN_MS = 10_000;
const TRIES = 3, STREAM_AGAIN = 10;

const receivers = new Set();
const me = Math.random().toString(36).slice(2);
const channel = navigator.locks ? new BroadcastChannel(NAME) : { postMessage() {} }; // without locks every tab asks for itself
const lead = { on: false, tabs: new Map(), at: new Map(), timer: 0, closing: 0, current: null, lists: "" };

const isJob = (topic) => topic.startsWith("job:");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Be told of a topic (`job:UID`, `jobs`, `machine`) from the place `after` on. Answers the function that stops it.
export function follow(topic, after, receive) {
  const one = { topic, receive, at: after ?? (isJob(topic) ? 0 : null), attempt: null, final: false, behind: true };
  receivers.add(one);
  announce();
  return () => {
    receivers.delete(one);
    announce();
  };
}

// Tabs in which somebody else is signed in, or nobody, tell each other nothing but that.
const mine = () => (session.csrf && session.me?.email) || "";
const post = (message) => channel.postMessage({ ...message, of: mine() });

const tell = (message) => {
  post(message);
  heard(message);
};

// What this tab wants, told to the leader: of each topic the earliest place, and whether what was told so far misses something of it.
function announce() {
  const topics = {};
  for (const { topic, at, attempt, behind } of receivers) topics[topic] = earlier(topics[topic], { at, attempt, behind });
  tell({ tab: me, topics, hidden: document.hidden });
}

function earlier(one, other) {
  if (!one) return { ...other };
  const first = ((one.attempt ?? other.attempt) - (other.attempt ?? one.attempt) || (one.at ?? Infinity) - (other.at ?? Infinity)) <= 0 ? one : other;
  return { ...first, behind: one.behind || other.behind };
}

function heard(message) {
  if (message.reached !== undefined) reached(message.reached);
  if (message.who && receivers.size) announce();
  if (message.topic) for (const one of [...receivers]) if (one.topic === message.topic) take(one, message);
  if (!message.tab || !lead.on) return;
  if (Object.keys(message.topics).length) lead.tabs.set(message.tab, { ...message, seen: Date.now() });
  else lead.tabs.delete(message.tab);
  clearTimeout(lead.timer);
  lead.timer = setTimeout(plan, GATHER_MS);
}
channel.onmessage = ({ data }) => (data.of === mine() ? heard(data) : recheck());

// A message is passed on where it begins at or before the receiver's place; what the receiver has is left out.
function take(one, message) {
  const { topic, attempt = null, first = 0, next = null, gone, reset, polled } = message;
  if (gone) {
    receivers.delete(one);
    message = { ...message, events: [], next: one.at, final: true };
  } else if (topic === "jobs" && !polled) {
    if (one.at === null ? false : reset ? one.at === next : next <= one.at) return;
    if (!reset && one.at !== null && first > one.at) return missed(one);
    one.at = next;
  } else if (isJob(topic)) {
    if (attempt < one.attempt) return;
    if (one.attempt !== null && attempt > one.attempt) one.at = 0;
    if (first > one.at) return missed(one);
    one.attempt = attempt;
    if (next <= one.at && (one.final || !message.final)) return;
    message = { ...message, events: message.events.filter(({ id }) => id > one.at) };
    [one.at, one.final] = [next, message.final];
  }
  one.behind = false;
  try {
    one.receive(message);
  } catch (error) {
    reportError(error);
  }
}

function missed(one) {
  if (!one.behind) setTimeout(announce);
  one.behind = true;
}

// The leader's: open the stream again where a tab follows what the stream does not hold, close it when nobody looks any more.
function plan() {
  const topics = wanted();
  const missing = [...topics].some(([topic, place]) => !lead.at.has(topic) || (place.behind && place.at !== null && place.at < lead.at.get(topic).at));
  clearTimeout(lead.closing);
  if (!seen()) lead.closing = setTimeout(close, HIDDEN_MS);
  if (!topics.size || !session.csrf) close();
  else if (missing || [...lead.at.keys()].some((topic) => !topics.has(topic)) || (seen() && !lead.current)) begin(topics);
  else if (topics.get("jobs")?.behind && lead.at.get("jobs").at !== null) tell({ topic: "jobs", reset: true, next: lead.at.get("jobs").at });
}

// Of each topic the place from which no tab misses anything: the stream's own, but for a tab that says that it is behind.
function wanted() {
  const topics = new Map();
  for (const tab of lead.tabs.values()) {
    for (const [topic, place] of Object.entries(tab.topics)) {
      topics.set(topic, earlier(topics.get(topic), place.behind ? place : { ...place, ...lead.at.get(topic) }));
    }
  }
  return topics;
}

const seen = () => [...lead.tabs.values()].some((tab) => !tab.hidden);

function close() {
  lead.current?.abort();
  lead.current = null;
}

function begin(topics) {
  close();
  lead.at = topics;
  lead.current = new AbortController();
  for (const tab of lead.tabs.values()) for (const place of Object.values(tab.topics)) place.behind = false;
  keep(lead.current.signal);
}

// Read the stream as long as it is wanted; where it fails again and again, ask for news instead, and now and then for the stream.
async function keep(signal) {
  for (let failed = navigator.locks ? 0 : TRIES; !signal.aborted; failed += 1) {
    try {
      if (failed < TRIES || (navigator.locks && failed % STREAM_AGAIN === 0)) await read(signal, () => (failed = 0));
      else await poll(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (failed && !error.status) tell({ reached: false });
      if (error.status === 401 && !(await ask("GET", "/v1/appliance/session").catch(() => null))) return close();
      if (error.status === 404 && drop(error.message)) return;
    }
    await pause(failed < TRIES ? 200 * (failed + 1) : seen() ? POLL_MS : POLL_HIDDEN_MS);
  }
}

// Whether jobs that the server does not know (any more) were told to be gone, so that the stream begins anew without them.
function drop(text) {
  const gone = [...lead.at.keys()].filter((topic) => isJob(topic) && text.includes(topic.slice(4)));
  for (const topic of gone) {
    for (const tab of lead.tabs.values()) delete tab.topics[topic];
    spread({ topic, gone: true });
  }
  if (gone.length) [close(), plan()];
  return gone.length > 0;
}

const cursor = () => [...lead.at].filter(([topic, { at }]) => topic !== "machine" && at !== null)
  .map(([topic, { at, attempt }]) => `${topic}:${at}${attempt === null || !isJob(topic) ? "" : `.${attempt}`}`).join(",");

async function read(signal, began) {
  const silence = new AbortController();
  let timer = 0;
  const wait = () => [clearTimeout(timer), (timer = setTimeout(() => silence.abort(), SILENCE_MS))];
  signal.addEventListener("abort", () => silence.abort(), { once: true });
  wait();
  try {
    const response = await fetch(`${STREAM}?${new URLSearchParams({ topics: [...lead.at.keys()].join(), after: cursor() })}`, { signal: silence.signal });
    if (!response.ok) throw Object.assign(new Error(await response.text()), { status: response.status });
    if (!session.reached) tell({ reached: true });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = "", part; !(part = await reader.read()).done; wait(), began()) {
      const lines = (rest + part.value).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.startsWith("data: ") && !signal.aborted) spread(JSON.parse(line.slice(6)));
    }
  } finally {
    clearTimeout(timer);
  }
}

function spread(message) {
  const place = lead.at.get(message.topic);
  if (place && message.next !== undefined) Object.assign(place, { at: message.next, attempt: message.attempt ?? null, behind: false });
  if (lead.tabs.size > 1) post(message);
  heard(message);
}

async function poll(signal) {
  for (const [topic, place] of lead.at) {
    const message = await (isJob(topic) ? events(topic, place) : topic === "jobs" ? list() : state());
    if (signal.aborted) return;
    if (message) spread({ topic, ...message });
  }
}

async function events(topic, place) {
  const from = (after) => ask("GET", `/v1/appliance/jobs/${topic.slice(4)}/events?limit=5000&after=${after}`);
  try {
    const found = await from(place.at);
    return found.attempt > (place.attempt ?? found.attempt) ? from(0) : found;
  } catch (error) {
    if (error.status === 404) drop(topic);
    else if (error.status === 400) return from(0);
    else throw error;
  }
}

async function list() {
  const { jobs } = await ask("GET", "/v1/appliance/jobs?limit=50");
  const text = JSON.stringify(jobs);
  if (text === lead.lists) return null;
  lead.lists = text;
  return { jobs, polled: true };
}

const state = async () => (await ask("GET", "/v1/appliance/machine")).state;

function begins() {
  lead.on = true;
  tell({ who: true });
  setInterval(() => {
    for (const [id, { seen: at }] of lead.tabs) if (Date.now() - at > 3 * ROLL_CALL_MS) lead.tabs.delete(id);
    tell({ who: true });
  }, ROLL_CALL_MS);
  return new Promise(() => {}); // the lock goes with the page
}

if (navigator.locks) navigator.locks.request(NAME, begins);
else begins();
document.addEventListener("visibilitychange", announce);
addEventListener("pagehide", () => post({ tab: me, topics: {} }));
session.addEventListener("in", () => [close(), announce(), lead.on && tell({ who: true })]);
session.addEventListener("out", () => [close(), post({})]);
