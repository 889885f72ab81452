// The log of a job, live: <job-log> with the property `uid`. Only the lines around what is seen are in the document; the others are asked
// for by their place, a byte of the event file. Lines of workers go in by textContent only.
import { onKey } from "/console/keys.js";
import { attempt, choice, el, figure, get, lang, press, sayer } from "/console/kit.js";
import { follow } from "/console/stream.js";
import texts from "/console/words/log.json" with { type: "json" };

const say = sayer(texts);
const PAGE = 150, MOST_ROWS = 450, TALLEST = 8e6, NEAR = 600, LISTED = 1000, TELL_MS = 5000, END = Number.MAX_SAFE_INTEGER;
const LEVELS = ["debug", "info", "warning", "error"];
const SIGNS = { warning: "▲", error: "✕" };
const clock = (timeZone) => new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false, timeZone });
const clocks = { local: clock(), utc: clock("UTC") };
const known = (level) => (LEVELS.includes(level) ? level : "info");

class JobLog extends HTMLElement {
  connectedCallback() {
    if (this.view) return;
    Object.assign(this, { rows: [], first: 0, next: 0, size: 0, end: 0, top: 0, high: 0, waiting: [], found: null, told: 0 });
    this.lines = el("div.lines", { role: "list" });
    this.space = el("div.space", this.lines);
    this.view = el("div.log", {
      role: "group", ariaLabel: say("title"), onscroll: () => this.scrolled(), onkeydown: (event) => this.step(event),
      onclick: (event) => this.point(event),
    }, this.space);
    this.none = el("p.soft");
    this.status = el("p.only-heard", { role: "status" });
    this.append(this.searching(), this.view, this.settings(), this.none, this.status);
    let shown = false;
    let place = { after: /^#at=(\d{1,15})$/.exec(location.hash)?.[1] };
    this.watcher = new ResizeObserver(() => {
      if (this.view.clientHeight && !shown) attempt(() => this.open(place));
      shown = this.view.clientHeight > 0;
      place = { after: this.following.checked ? undefined : this.roved?.id };
    });
    this.watcher.observe(this.view);
  }

  disconnectedCallback() {
    this.watcher.disconnect();
    this.stop?.();
  }

  searching() {
    const button = (key, by) => press(say(key), () => attempt(() => this.go(by)));
    const oninput = () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => attempt(() => this.seek()), 200);
    };
    const onkeydown = ({ key, shiftKey }) => {
      if (key === "Enter") attempt(() => this.go(shiftKey ? -1 : 1));
    };
    this.search = el("input", { type: "search", placeholder: say("search"), ariaLabel: say("search"), maxLength: 200, oninput, onkeydown });
    this.hits = el("span.soft.hits", { role: "status" });
    for (const [key, by] of [["n", 1], ["N", -1]]) onKey(key, say(key), () => attempt(() => this.go(by)));
    return el("div.row", this.search, button("previous", -1), button("next", 1), this.hits);
  }

  settings() {
    const tick = (key, act) => {
      const box = el("input", { type: "checkbox", oninput: () => attempt(() => act(box.checked)) });
      onKey(key[0], say(key), () => box.click());
      return box;
    };
    const among = (values, oninput) => choice(values.map((value) => [value, say(value)]), { oninput: () => attempt(oninput) });
    const label = (key, control) => el("label", say(key), " ", control);
    this.level = among(LEVELS, () => this.again());
    this.level.value = "info";
    this.time = among(["local", "utc", "relative"], () => this.retime());
    this.following = tick("follow", (on) => on && this.open({}));
    const wrap = tick("wrap", (on) => {
      this.classList.toggle("wrap", on);
      return this.turn && this.again();
    });
    const saving = press(say("download"), () => attempt(() => this.download(), saving));
    if (innerWidth < 600) wrap.click();
    return el("div.row", label("level", this.level), label("time", this.time), label("follow", this.following), label("wrap", wrap), saving);
  }

  async ask(query) {
    const answer = await get(`/v1/appliance/jobs/${this.uid}/events`, { types: "log", level: this.level.value, limit: PAGE, ...query });
    this.size = Math.max(this.size, answer.size);
    return answer;
  }

  again() {
    return this.open({ after: this.following.checked ? undefined : this.seen()?.id });
  }

  seen() {
    return this.rows.find(({ node }) => this.top + node.offsetTop + node.offsetHeight > this.view.scrollTop);
  }

  // Show the lines around the one with the id `after`, or the last ones, and from then on what comes.
  async open({ after }) {
    const last = await this.around(after ?? END);
    if (!last) return;
    const { final, source } = last;
    this.end = this.next;
    if (after !== undefined) this.end = Math.max(this.end, (await this.ask({ before: END, limit: 1 })).next);
    this.following.checked = after === undefined && !final;
    this.following.disabled = final;
    this.top = (this.first / (this.size || 1)) * TALLEST;
    this.high = 0;
    this.lay();
    this.view.scrollTop = this.high;
    if (after !== undefined) this.mark(after);
    if (!this.stop && !final) this.stop = follow(`job:${this.uid}`, this.end, (news) => this.heard(news));
    this.none.textContent = say(source === "none" && final ? "gone" : "none");
    this.none.hidden = this.rows.length > 0;
  }

  // The lines before and after a byte in place of those that are shown; nothing where others were asked for meanwhile.
  async around(byte) {
    const turn = (this.turn = {});
    const before = await this.ask({ before: byte });
    const rest = byte === END ? { events: [], next: before.next } : await this.ask({ after: before.next });
    if (turn !== this.turn) return null;
    this.put([...before.events, ...rest.events], before.first, rest.next);
    return before;
  }

  put(events, first, next) {
    this.rows = events.map((event) => this.row(event));
    this.lines.replaceChildren(...this.rows.map(({ node }) => node));
    Object.assign(this, { first, next });
    this.rove();
  }

  row(event) {
    const link = el("a", { href: `#at=${event.id}`, tabIndex: -1, title: say("link") });
    const text = el("span", { dir: "auto" });
    const node = el("p", { className: known(event.level), role: "listitem" }, link, el("b", SIGNS[event.level] && `${SIGNS[event.level]} ${say(event.level)}`), text);
    const row = { id: event.id, event, link, text, node };
    this.paint(row);
    return row;
  }

  paint({ event: { ts, msg }, link, text }) {
    const wanted = this.search.value.trim().toLowerCase();
    const at = wanted ? msg.toLowerCase().indexOf(wanted) : -1;
    link.textContent = clocks[this.time.value]?.format(ts * 1000) ?? `+${(ts - this.began).toFixed(3)}`;
    text.replaceChildren(...(at < 0 ? [msg] : [msg.slice(0, at), el("mark", msg.slice(at, at + wanted.length)), msg.slice(at + wanted.length)]));
  }

  async retime() {
    this.began ??= (await this.ask({ after: 0, limit: 1, level: "debug" })).events[0]?.ts;
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
    if (!by || document.activeElement !== this.roved?.link) return;
    event.preventDefault();
    this.rove(this.rows[Math.max(0, Math.min(this.rows.length - 1, this.rows.indexOf(this.roved) + by))]);
    this.roved.link.focus();
  }

  async point(event) {
    if (!event.target.matches("a")) return;
    event.preventDefault();
    const { hash, href } = event.target;
    history.replaceState(history.state, "", hash);
    this.mark(hash.slice(4), false);
    await navigator.clipboard?.writeText(href).then(() => (this.hits.textContent = say("copied")), () => {});
  }

  mark(id, show = true) {
    this.here?.node.removeAttribute("aria-current");
    this.here = this.rows.find((row) => row.id >= id) ?? this.rows.at(-1);
    if (!this.here) return;
    this.here.node.setAttribute("aria-current", "true");
    this.rove(this.here);
    if (show) this.view.scrollTop = this.top + this.here.node.offsetTop - this.view.clientHeight / 2;
  }

  // How high all lines would be, where those that are shown lie among them. What is seen stays where it is.
  lay() {
    const tall = this.lines.offsetHeight;
    const [before, after] = [this.first, this.end - this.next].map((bytes) => Math.min(TALLEST, (bytes * tall) / Math.max(1, this.next - this.first)));
    const top = this.first === 0 || this.top < 0 || !this.high ? before : this.top;
    const shift = top - this.top;
    this.top = top;
    this.high = after > 0 ? Math.max(this.high, top + tall + (this.high ? NEAR : after)) : top + tall;
    this.space.style.height = `${this.high}px`;
    this.lines.style.top = `${top}px`;
    if (shift) this.view.scrollTop += shift;
  }

  async scrolled() {
    const { scrollTop, clientHeight } = this.view;
    if (this.high - scrollTop - clientHeight > 60) this.following.checked = false;
    if (this.busy) return;
    this.busy = true;
    await attempt(() => this.fill());
    this.busy = false;
  }

  // Fetch what is about to be seen, until it is there.
  async fill() {
    for (;;) {
      const { scrollTop, clientHeight } = this.view;
      const bottom = this.top + this.lines.offsetHeight;
      if (scrollTop + clientHeight < this.top - NEAR || scrollTop > bottom + NEAR) await this.jump(scrollTop / (this.high - clientHeight));
      else if (this.first > 0 && scrollTop < this.top + NEAR) await this.extend(true);
      else if (this.next < this.end && scrollTop + clientHeight > bottom - NEAR) await this.extend(false);
      else return;
    }
  }

  async jump(part) {
    const byte = Math.round(part * this.size);
    if (!(await this.around(byte))) return;
    this.top = this.view.scrollTop - (this.rows.find(({ id }) => id > byte)?.node.offsetTop ?? this.lines.offsetHeight - this.view.clientHeight);
    this.lay();
  }

  async extend(up) {
    const turn = this.turn;
    const { events, first, next } = await this.ask(up ? { before: this.first } : { after: this.next });
    if (turn !== this.turn) return;
    this.end = Math.max(this.end, next);
    this.add(events, up ? first : next, up);
    this.lay();
  }

  // Lines at one end; at the other as many go as are too many. The others stay where they are.
  add(events, place, up) {
    const rows = events.map((event) => this.row(event));
    const tall = this.lines.offsetHeight;
    this.lines[up ? "prepend" : "append"](...rows.map(({ node }) => node));
    this.rows = up ? [...rows, ...this.rows] : [...this.rows, ...rows];
    this[up ? "first" : "next"] = place;
    const taller = this.lines.offsetHeight;
    const gone = this.rows.splice(up ? MOST_ROWS : 0, Math.max(0, this.rows.length - MOST_ROWS));
    for (const { node } of gone) node.remove();
    if (gone.length && up) this.next = this.rows.at(-1).id;
    else if (gone.length) this.first = gone.at(-1).id;
    this.top += up ? tall - taller : taller - this.lines.offsetHeight;
    this.rove();
  }

  heard({ events = [], next, final }) {
    const least = LEVELS.indexOf(this.level.value);
    this.waiting.push(...events.filter(({ type, level }) => type === "log" && LEVELS.indexOf(known(level)) >= least));
    if (this.waiting.length > MOST_ROWS) this.skipped = this.waiting.splice(0, this.waiting.length - MOST_ROWS).at(-1).id;
    if (final) this.following.disabled = true;
    this.coming = next ?? this.coming;
    this.drawing ??= requestAnimationFrame(() => this.draw());
  }

  // Once a frame: the lines that came, where the last ones are shown and followed, or there is room for them.
  draw() {
    const [skipped, atEnd, on] = [this.skipped, this.next >= this.end, this.following.checked];
    const come = this.waiting.filter(({ id }) => id > this.next); // what was read meanwhile is shown already
    Object.assign(this, { waiting: [], skipped: undefined, drawing: undefined, end: Math.max(this.end, this.coming), size: Math.max(this.size, this.coming) });
    if (!this.view.clientHeight) return;
    if (on && skipped) this.put(come, skipped, this.end);
    else if (atEnd && !skipped && (on || this.rows.length + come.length <= MOST_ROWS)) this.add(come, this.end);
    if (!come.length) return;
    this.none.hidden = true;
    this.lay();
    if (on) this.view.scrollTop = this.high;
    if (Date.now() - this.told < TELL_MS) return;
    this.told = Date.now();
    this.status.textContent = come.at(-1).msg;
  }

  // How many lines hold what is searched for, and to the last of them that is not below what is seen.
  async seek() {
    const q = this.search.value.trim();
    const found = { q, ids: [], number: 0 };
    const current = () => q === this.search.value.trim();
    this.rows.forEach((row) => this.paint(row));
    this.found = found;
    this.hits.textContent = "";
    for (let at = 0, last = -1; q && at > last && current(); ) {
      const { events, matches, searched } = await this.ask({ q, after: at, limit: found.ids.length < LISTED ? LISTED : 0 });
      found.ids.push(...events.map(({ id }) => id));
      found.number += matches;
      [last, at] = [at, searched];
      if (current()) this.hits.textContent = say("matches", { n: found.number });
    }
    if (found.number && current()) await this.go(-1, this.roved.id + 1);
  }

  // To the next match after a line or the one before it, and on from the other end.
  async go(by, from = (this.here ?? this.roved)?.id) {
    if (!this.found?.number) return;
    const { q, ids, number } = this.found;
    const hit = (await this.match(by, q, from)) ?? (await this.match(by, q, by > 0 ? 0 : END));
    if (!hit) return;
    this.following.checked = false;
    if (this.rows.some(({ id }) => id === hit.id)) this.mark(hit.id);
    else await this.open({ after: hit.id });
    const at = ids.indexOf(hit.id) + 1;
    this.hits.textContent = at ? say("matchOf", { at, of: figure(number) }) : say("matches", { n: number });
  }

  async match(by, q, from) {
    for (let at = from; ; ) {
      const { events, first, next } = await this.ask({ q, limit: 1, ...(by > 0 ? { after: at } : { before: at - 1 }) });
      const then = by > 0 ? next : first + 1;
      if (events.length || then === at || then <= 1) return events[0];
      at = then;
    }
  }

  async download() {
    const parts = [];
    for (let at = 0, last = -1; at > last; ) {
      const { events, next } = await this.ask({ after: at, limit: 10_000, level: "debug" });
      parts.push(events.map(({ ts, level, stage, msg }) => `${new Date(ts * 1000).toISOString()} ${level} ${stage} ${msg}\n`).join(""));
      [last, at] = [at, next];
    }
    const href = URL.createObjectURL(new Blob(parts, { type: "text/plain" }));
    el("a", { href, download: `${this.uid}.log` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }
}

customElements.define("job-log", JobLog);
