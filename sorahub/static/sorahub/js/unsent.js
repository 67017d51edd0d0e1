// What is on its way to the hub: notes, marks, edits. Each waits in this browser until the hub has answered, survives a reload,
// and is sent again with growing pauses and as soon as the network is back. Ids are made here, so nothing arrives twice.
// An entry: {id, kind, url, value, note, shape?, words, frame, tries, refused?, held?}. Events: `change`, `sent` ({entry, answer}), `refused` (entry).
import { uuid } from "./ids.js";

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

export class Refused extends Error {}

/** Sends JSON; throws Refused with words for the person on a lasting no, any other error where trying again may help. */
export async function send(url, value) {
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.content ?? "",
      },
      body: JSON.stringify(value),
    });
  } catch {
    throw Object.assign(new Error("The hub cannot be reached."), { offline: true });
  }
  return understood(answer);
}

/** The JSON of an answer, or an error with its words. */
export async function understood(answer) {
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  if (answer.ok && isJson) return answer.json();
  if (answer.redirected || answer.status === 401) throw new Error("You are logged out. Log in in another tab; what you wrote is kept here.");
  const problem = isJson ? await answer.json() : {};
  const words = problem.detail ?? problem.message ?? problem.title ?? `The hub answered ${answer.status}.`;
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) throw new Error(words);
  throw new Refused(words);
}

export class Outbox extends EventTarget {
  constructor(clip, person = "") {
    super();
    this.key = `sorahub-unsent:${clip}:${person}`;
    this.flying = null;
    this.tries = 0;
    this.landed = new Set(); // marks whose adding was answered, while this page is open
    addEventListener("online", () => this.hurry());
    addEventListener("storage", ({ key }) => { if (key === this.key) this.emit("change"); });
  }

  emit(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  all() {
    if (this.volatile) return this.volatile;
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "[]");
    } catch {
      return [];
    }
  }

  /** Keeps the list; false when the browser keeps nothing, and then it lasts as long as the page. */
  write(entries) {
    let kept = true;
    try {
      if (entries.length > 0) localStorage.setItem(this.key, JSON.stringify(entries));
      else localStorage.removeItem(this.key);
      this.volatile = null;
    } catch {
      this.volatile = entries;
      kept = false;
    }
    this.emit("change");
    return kept;
  }

  update(id, values) {
    this.write(this.all().map((entry) => (entry.id === id ? { ...entry, ...values } : entry)));
  }

  drop(id) {
    this.write(this.all().filter((entry) => entry.id !== id));
  }

  /** Takes an entry in and begins to send. Returns false when the browser keeps nothing. */
  add(entry) {
    const kept = this.write([...this.all(), { id: uuid(), tries: 0, ...entry }]);
    if (!entry.held) this.flush();
    return kept;
  }

  release(id) {
    this.update(id, { held: false });
    this.flush();
  }

  again(id) {
    this.update(id, { refused: undefined });
    this.hurry();
  }

  waiting(shape, kind) {
    return this.all().findLast((entry) => entry.shape === shape && (!kind || entry.kind === kind));
  }

  isFresh(entry) { return entry.tries === 0 && entry.id !== this.flying; }

  /** Saves one edit {id, before, after} of a note's mark; `known` are the ids of the marks that the hub has. */
  saveMark({ note, frame, known }, { id, before, after }) {
    if (before && after) this.saveChange({ note, frame }, after);
    else if (after) this.saveAdding({ note, frame, known }, after);
    else this.saveRemoval({ note, frame }, id);
  }

  saveAdding({ note, frame, known }, shape) {
    const removal = this.waiting(shape.id, "remove");
    if (removal && this.isFresh(removal)) {
      this.drop(removal.id);
      this.flush();
      return;
    }
    const there = known.has(shape.id) || this.landed.has(shape.id) || this.waiting(shape.id, "add");
    const base = { note, frame, shape: shape.id };
    if (there) this.add({ ...base, kind: "restore", url: `/shapes/${shape.id}/restore/`, value: {}, words: "a mark brought back" });
    else this.add({ ...base, kind: "add", url: `/annotations/${note}/shapes/`, value: { shapes: [shape] }, words: "a mark" });
  }

  saveChange({ note, frame }, shape) {
    const last = this.waiting(shape.id);
    const value = { points: shape.points, stroke: shape.stroke, colour: shape.colour, ...(shape.kind === "text" ? { text: shape.text } : {}) };
    if (last?.kind === "add" && this.isFresh(last)) this.update(last.id, { value: { shapes: [shape] } });
    else if (last?.kind === "change" && last.id !== this.flying) this.update(last.id, { value, refused: undefined });
    else this.add({ note, frame, shape: shape.id, kind: "change", url: `/shapes/${shape.id}/`, value, words: "a changed mark" });
    this.flush();
  }

  saveRemoval({ note, frame }, id) {
    const adding = this.waiting(id, "add");
    const rest = this.all().filter((entry) => entry.shape !== id || !this.isFresh(entry));
    if (adding && this.isFresh(adding)) {
      this.write(rest);
      return;
    }
    this.add({ note, frame, shape: id, kind: "remove", url: `/shapes/${id}/delete/`, value: {}, words: "a mark taken away" });
  }

  hurry() {
    this.tries = 0;
    clearTimeout(this.timer);
    this.flush();
  }

  /** Sends what waits, in order; what fails holds back only what belongs to the same note. */
  async flush() {
    if (this.running) {
      this.rerun = true;
      return;
    }
    this.running = true;
    clearTimeout(this.timer);
    const stopped = new Set();
    let offline = false;
    for (let entry = this.next(stopped); entry && !offline; entry = this.next(stopped)) {
      try {
        await this.deliver(entry);
      } catch (error) {
        stopped.add(entry.note);
        offline = error.offline ?? false;
      }
    }
    this.running = false;
    if (this.rerun && !offline) {
      this.rerun = false;
      this.flush();
    } else if (stopped.size > 0) {
      this.later();
    }
  }

  next(stopped) {
    const blocked = new Set(stopped);
    for (const entry of this.all()) {
      if (blocked.has(entry.note)) continue;
      if (!entry.held && !entry.refused) return entry;
      blocked.add(entry.note);
    }
    return null;
  }

  async deliver(entry) {
    this.flying = entry.id;
    this.update(entry.id, { tries: entry.tries + 1 });
    try {
      const answer = await send(entry.url, entry.value);
      this.tries = 0;
      if (entry.kind === "add") this.landed.add(entry.shape);
      this.flying = null;
      this.drop(entry.id);
      this.emit("sent", { entry, answer });
    } catch (error) {
      this.flying = null;
      if (error instanceof Refused) {
        this.update(entry.id, { refused: error.message });
        this.emit("refused", { ...entry, refused: error.message });
      } else {
        this.emit("failed", { entry, error });
        throw error;
      }
    }
  }

  later() {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.tries);
    this.tries += 1;
    this.timer = setTimeout(() => this.flush(), pause * (0.75 + Math.random() / 2));
  }
}
