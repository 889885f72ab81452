// The log of a job, live: <job-log> with the property `uid`. Only the lines around what is seen are in the document; the others are asked
// for by their place, a byte of the event file. Lines of workers go in by textContent only.
import texts from "/console/words/log.json" with { type: "json" };
import { element, figure, said } from "/console/dom.js";
import { attempt } from "/console/frame.js";
import { onKey } from "/console/keys.js";
import { ask } from "/console/session.js";
import { follow } from "/console/stream.js";
import { lang, sayer } from "/console/words.js";

const say = sayer(texts);
const PAGE = 150, MOST_ROWS = 450, TALLEST = 8e6, NEAR = 600, LISTED = 1000, TELL_MS = 5000, END = Number.MAX_SAFE_INTEGER;
const LEVELS = ["debug", "info", "warning", "error"];
const SIGNS = { warning: "▲", error: "✕" };
const clock = (timeZone) => new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false, timeZone });
const [local, utc] = [clock(), clock("UTC")];
const option = (value) => element("option", { value, textContent: say(value) });
const rank = (level) => Math.max(1, LEVELS.indexOf(level)) - (level === "debug");
const line = ({ ts, level, stage, msg }) => `${new Date(ts * 1000).toISOString()} ${level} ${stage} ${msg}\n`;

export class JobLog extends HTMLElement {
  connectedCallback() {
    if (this.view) return;
    Object.assign(this, { rows: [], first: 0, next: 0, size: 0, end: 0, top: 0, high: 0, waiting: [], found: null, told: 0, final: false });
    const button = (key, onclick) => element("button", { type: "button", textContent: say(key), onclick: () => attempt(onclick) });
    const tick = (key, act) => {
      const box = element("input", { type: "checkbox", oninput: () => act(box.checked) });
      onKey(key[0], say(key), () => box.click());
      return [box, element("label", {}, box, " ", say(key))];
    };
    const choice = (key, values, oninput) => {
      const select = element("select", { oninput: () => attempt(oninput) }, ...values.map(option));
      return [select, element("label", {}, say(key), " ", select)];
    };
    const [level, levels] = choice("level", ["debug", "info", "warning", "error"], () => this.open({ after: this.here?.id }));
    const [time, times] = choice("time", ["local", "utc", "relative"], () => this.retime());
    const [following, follows] = tick("follow", (on) => on && attempt(() => this.open({})));
    const [, wraps] = tick("wrap", (on) => this.keep(() => this.classList.toggle("wrap", on)));
    this.search = element("input", { type: "search", placeholder: say("search"), ariaLabel: say("search"), maxLength: 200 });
    this.search.addEventListener("input", () => [clearTimeout(this.typing), (this.typing = setTimeout(() => attempt(() => this.seek()), 200))]);
    this.search.addEventListener("keydown", (event) => event.key === "Enter" && [event.preventDefault(), attempt(() => this.go(event.shiftKey ? -1 : 1))]);
    onKey("n", say("nextMatch"), () => attempt(() => this.go(1)));
    onKey("N", say("previousMatch"), () => attempt(() => this.go(-1)));
    this.hits = element("span", { className: "soft hits", role: "status" });
    this.lines = element("div", { className: "lines", role: "list" });
    this.space = element("div", { className: "space" }, this.lines);
    this.view = element("div", { className: "log", role: "group", ariaLabel: say("title") }, this.space);
    this.status = element("p", { className: "only-heard", role: "status" });
    this.none = said("p", say("none"), "soft none");
    this.none.hidden = true;
    Object.assign(this, { level, time, following });
    this.append(element("div", { className: "row" }, this.search, button("previous", () => this.go(-1)), button("next", () => this.go(1)), this.hits),
      this.view, element("div", { className: "row" }, levels, times, follows, wraps, button("download", () => this.download())), this.none, this.status);
    level.value = "info";
    this.view.addEventListener("scroll", () => this.scrolled());
    this.view.addEventListener("keydown", (event) => this.step(event));
    this.view.addEventListener("click", (event) => event.target.closest("a") && this.point(event));
    const at = /^#at=(\d{1,16})$/.exec(location.hash)?.[1];
    attempt(() => this.open(at ? { after: Number(at) } : {}));
  }

  disconnectedCallback() {
    this.stop?.();
  }

  async ask(query) {
    const answer = await ask("GET", `/v1/appliance/jobs/${this.uid}/events?${new URLSearchParams({ types: "log", level: this.level.value, ...query })}`);
    Object.assign(this, { size: Math.max(this.size, answer.size), final: answer.final, source: answer.source });
    return answer;
  }

  // Show the lines around the one with the id `after`, or the last ones, and what comes to them from then on.
  async open({ after }) {
    const turn = (this.turn = {});
    const [before, rest] = await Promise.all([this.ask({ before: after ?? END, limit: PAGE }), after === undefined ? null : this.ask({ before: END, after: await this.start(after), limit: PAGE })]);
    if (turn !== this.turn) return;
    this.put([...before.events, ...(rest?.events ?? [])], before.first, rest ? rest.next : before.next);
    this.end = Math.max(this.end, this.next);
    this.following.checked = after === undefined && (!this.final || this.following.checked);
    this.place(this.first / Math.max(1, this.size));
    this.view.scrollTop = this.high;
    if (after !== undefined) this.mark(after, true);
    if (!this.stop && !this.final) this.stop = follow(`job:${this.uid}`, this.end, (news) => this.heard(news));
    this.none.textContent = say(this.source === "none" && this.final ? "gone" : "none");
    this.none.hidden = this.rows.length > 0;
  }

  // Where an event begins at or after a byte that may be any.
  async start(byte) {
    return (await this.ask({ before: byte, limit: 1 })).next;
  }

  put(events, first, next) {
    this.rows = events.map((event) => this.row(event));
    this.lines.replaceChildren(...this.rows.map(({ node }) => node));
    Object.assign(this, { first, next });
    this.rove();
  }

  row(event) {
    const link = element("a", { href: `#at=${event.id}`, tabIndex: -1, title: say("link") });
    const word = said("b", SIGNS[event.level] ? `${SIGNS[event.level]} ${say(event.level)}` : "");
    const text = element("span", { dir: "auto" });
    const node = element("p", { className: LEVELS.includes(event.level) ? event.level : "info", role: "listitem" }, link, word, text);
    const row = { id: event.id, event, node, link, text };
    this.paint(row);
    return row;
  }

  paint({ event: { ts, msg }, link, text }) {
    const at = new Date(ts * 1000);
    link.textContent = this.time.value === "relative" ? `+${(ts - (this.began ?? ts)).toFixed(3)}` : (this.time.value === "utc" ? utc : local).format(at);
    const wanted = this.search.value.toLowerCase();
    const found = wanted ? msg.toLowerCase().indexOf(wanted) : -1;
    if (found < 0) text.textContent = msg;
    else text.replaceChildren(msg.slice(0, found), said("mark", msg.slice(found, found + wanted.length)), msg.slice(found + wanted.length));
  }

  async retime() {
    if (this.time.value === "relative") this.began ??= (await ask("GET", `/v1/appliance/jobs/${this.uid}/events?limit=1`)).events[0]?.ts;
    this.rows.forEach((row) => this.paint(row));
  }

  // One line's link can be reached by Tab; the arrows go to the others.
  rove(row = this.rows.includes(this.roved) ? this.roved : this.rows.at(-1)) {
    if (this.roved) this.roved.link.tabIndex = -1;
    if (row) row.link.tabIndex = 0;
    this.roved = row;
  }

  step(event) {
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -20, PageDown: 20, Home: -END, End: END }[event.key];
    const at = this.rows.findIndex(({ link }) => link === document.activeElement);
    if (!by || at < 0) return;
    event.preventDefault();
    this.rove(this.rows[Math.max(0, Math.min(this.rows.length - 1, at + by))]);
    this.roved.link.focus();
  }

  async point(event) {
    const link = event.target.closest("a");
    event.preventDefault();
    history.replaceState(history.state, "", link.hash);
    this.mark(Number(link.hash.slice(4)));
    await navigator.clipboard?.writeText(link.href).then(() => (this.hits.textContent = say("copied")), () => {});
  }

  mark(id, show) {
    this.here?.node.removeAttribute("aria-current");
    this.here = this.rows.find((row) => row.id >= id) ?? this.rows.at(-1);
    this.here?.node.setAttribute("aria-current", "true");
    if (show && this.here) this.view.scrollTop = this.top + this.here.node.offsetTop - this.view.clientHeight / 2;
  }

  // Where the lines lie in the whole log: `part` of it is before them. Without it they stay where they are.
  place(part) {
    const tall = this.lines.offsetHeight;
    const rest = (this.size - (this.next - this.first)) * (tall / Math.max(1, this.next - this.first));
    if (part !== undefined) this.top = part * Math.min(TALLEST, rest);
    const shift = (this.first === 0 || this.top < 0 ? (this.first && Math.min(TALLEST, rest)) * (this.first / this.size) : this.top) - this.top;
    this.top += shift;
    this.high = this.next >= this.end ? this.top + tall : Math.max(this.high, this.top + tall + Math.min(rest, NEAR * 4));
    if (part !== undefined && this.next < this.end) this.high = Math.max(this.high, tall + Math.min(TALLEST, rest));
    this.space.style.height = `${this.high}px`;
    this.lines.style.top = `${this.top}px`;
    if (shift && part === undefined) this.view.scrollTop += shift;
  }

  keep(change) {
    const row = this.rows.find(({ node }) => this.top + node.offsetTop + node.offsetHeight > this.view.scrollTop);
    const before = row ? this.top + row.node.offsetTop - this.view.scrollTop : 0;
    change();
    this.place();
    if (row?.node.isConnected) this.view.scrollTop = this.top + row.node.offsetTop - before;
  }

  async scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.view;
    if (this.following.checked && scrollHeight - scrollTop - clientHeight > 60) this.following.checked = false;
    if (this.busy) return;
    this.busy = true;
    await attempt(() => this.fill());
    this.busy = false;
  }

  // Fetch what is about to be seen, until it is there.
  async fill() {
    for (;;) {
      const { scrollTop, clientHeight } = this.view;
      const turn = this.turn;
      const bottom = this.top + this.lines.offsetHeight;
      if (scrollTop + clientHeight < this.top - NEAR * 4 || scrollTop > bottom + NEAR * 4) await this.jump(scrollTop / Math.max(1, this.high - clientHeight));
      else if (this.first > 0 && scrollTop < this.top + NEAR) await this.extend({ before: this.first }, turn);
      else if (this.next < this.end && scrollTop + clientHeight > bottom - NEAR) await this.extend({ after: this.next, before: END }, turn);
      else return;
    }
  }

  async jump(part) {
    const byte = Math.round(part * this.size);
    const turn = this.turn;
    const before = await this.ask({ before: byte, limit: PAGE });
    const rest = await this.ask({ after: before.next, limit: PAGE });
    if (turn !== this.turn) return;
    this.put([...before.events, ...rest.events], before.first, rest.next);
    const at = this.rows[before.events.length]?.node.offsetTop ?? this.lines.offsetHeight;
    this.top = this.view.scrollTop - at;
    this.place();
  }

  async extend(range, turn) {
    const found = await this.ask({ ...range, limit: PAGE });
    if (turn !== this.turn) return;
    const rows = found.events.map((event) => this.row(event));
    const nodes = rows.map(({ node }) => node);
    if (range.after === undefined) {
      const tall = this.lines.offsetHeight;
      this.lines.prepend(...nodes);
      this.rows.unshift(...rows);
      this.first = found.first;
      this.top -= this.lines.offsetHeight - tall;
      while (this.rows.length > MOST_ROWS) this.rows.pop().node.remove();
      if (this.rows.length === MOST_ROWS) this.next = this.rows.at(-1).id;
    } else {
      this.lines.append(...nodes);
      this.rows.push(...rows);
      this.next = found.next;
      this.end = Math.max(this.end, this.next);
      this.shorten();
    }
    this.rove();
    this.place();
  }

  // Take away lines at the top of which there are too many; the others stay where they are.
  shorten() {
    const tall = this.lines.offsetHeight;
    const gone = this.rows.splice(0, Math.max(0, this.rows.length - MOST_ROWS));
    for (const { node } of gone) node.remove();
    if (!gone.length) return;
    this.first = gone.at(-1).id;
    this.top += tall - this.lines.offsetHeight;
  }

  heard({ events, next, final, gone }) {
    if (gone) return;
    const least = LEVELS.indexOf(this.level.value);
    this.waiting.push(...events.filter((event) => event.type === "log" && rank(event.level) >= least));
    if (this.waiting.length > MOST_ROWS) this.dropped = this.waiting.splice(0, this.waiting.length - MOST_ROWS).at(-1).id;
    Object.assign(this, { final, coming: next, size: Math.max(this.size, next) });
    if (this.frame) return;
    this.frame = document.hidden ? setTimeout(() => this.draw()) : requestAnimationFrame(() => this.draw());
  }

  // Once a frame: the lines that came, where the last ones are shown and followed, or there is room for them.
  draw() {
    this.frame = 0;
    const come = this.waiting.splice(0);
    const atEnd = this.next >= this.end;
    this.end = this.coming;
    if (!come.length && atEnd) this.next = this.end;
    if (!come.length) return;
    this.none.hidden = true;
    if (atEnd && !this.dropped && (this.following.checked || this.rows.length + come.length <= MOST_ROWS)) {
      const rows = come.map((event) => this.row(event));
      this.lines.append(...rows.map(({ node }) => node));
      this.rows.push(...rows);
      this.next = this.end;
      this.shorten();
      this.rove();
    } else if (this.following.checked) this.put(come, this.dropped ?? this.next, this.end);
    this.dropped = undefined;
    this.place(this.following.checked && this.top < 1 && this.first ? 1 : undefined);
    if (this.following.checked) this.view.scrollTop = this.high;
    if (Date.now() - this.told < TELL_MS) return;
    this.told = Date.now();
    this.status.textContent = come.at(-1).msg;
  }

  // How many lines hold what is searched for, and to the last of them that is not below what is seen.
  async seek() {
    const q = this.search.value.trim();
    this.rows.forEach((row) => this.paint(row));
    this.found = null;
    this.hits.textContent = "";
    if (!q) return;
    const found = { q, ids: [], number: 0 };
    for (let at = 0, last = -1; at > last && q === this.search.value.trim(); ) {
      last = at;
      const answer = await this.ask({ q, after: at, before: END, limit: found.ids.length < LISTED ? LISTED : 0 });
      if (found.ids.length < LISTED) found.ids.push(...answer.events.map(({ id }) => id));
      found.number += answer.matches;
      at = answer.searched;
      this.hits.textContent = say("matches", { n: found.number });
    }
    if (q !== this.search.value.trim()) return;
    this.found = found;
    if (found.number) await this.go(-1, this.roved?.id ?? END);
  }

  // To the next match after a line or the one before it, and on from the other end.
  async go(by, from = (this.here ?? this.roved)?.id ?? 0) {
    if (!this.found?.number) return;
    const { q, ids, number } = this.found;
    const hit = (await this.match(by, q, from)) ?? (await this.match(by, q, by > 0 ? 0 : END));
    if (!hit) return;
    this.following.checked = false;
    if (this.rows.some(({ id }) => id === hit.id)) [this.mark(hit.id, true), await this.fill()];
    else await this.open({ after: hit.id });
    const at = ids.indexOf(hit.id) + 1;
    this.hits.textContent = at ? say("matchOf", { at, of: figure(number) }) : say("matches", { n: number });
  }

  async match(by, q, from) {
    for (let at = from, last = -1; at !== last; ) {
      last = at;
      const answer = await this.ask(by > 0 ? { q, after: at, before: END, limit: 1 } : { q, before: at < END ? Math.max(0, at - 1) : END, limit: 1 });
      if (answer.events.length) return answer.events[0];
      at = by > 0 ? answer.next : answer.first;
      if (by < 0 && at <= 0) return null;
    }
    return null;
  }

  async download() {
    const parts = [];
    for (let at = 0, last = -1; at > last; ) {
      last = at;
      const answer = await this.ask({ after: at, limit: 10_000, level: "debug" });
      parts.push(answer.events.map(line).join(""));
      at = answer.next;
    }
    const href = URL.createObjectURL(new Blob(parts, { type: "text/plain" }));
    element("a", { href, download: `${this.uid}.log` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }
}

customElements.define("job-log", JobLog);
