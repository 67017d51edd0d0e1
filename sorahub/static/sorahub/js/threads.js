// The list of notes beside the player. What the server renders (templates/components/note.html) is the one source: each <li> is read into
// an entry; markers, drawings, filters and the playhead's mark are kept in step with the entries.
import { FrameIndex } from "./frame-index.js";

const WHILE_PLAYING_MS = 250;

/** The first element of a piece of HTML from our own server. */
export function parse(html) {
  return document.adoptNode(new DOMParser().parseFromString(html, "text/html").body.firstElementChild);
}

export const isTyping = () => Boolean(document.activeElement?.matches("textarea, input:not([type='radio'], [type='checkbox'], [type='range']), select"));

function entryOf(node) {
  const { note: id, frameIn, frameOut, state, label, category = "", created = "" } = node.dataset;
  return {
    id, node, frame_in: Number(frameIn), frame_out: Number(frameOut), state, label, category, created,
    author: node.querySelector(".note__who")?.textContent ?? "", circle: node.querySelector(".badge--warn")?.textContent.trim() ?? "",
    mine: "mine" in node.dataset,
    shapes: JSON.parse(node.querySelector(":scope > script[type='application/json']")?.textContent ?? "[]"),
  };
}

const before = (a, b) => a.frame_in - b.frame_in || a.created.localeCompare(b.created);

export class Threads extends EventTarget {
  /** `acts` is a <template> of the buttons that every note gets here. */
  constructor(list, player, layer, acts = null) {
    super();
    Object.assign(this, { list, player, layer, acts, htmls: new Map(), entries: new Map(), now: new Set(), busy: new Set(), deferred: new Map(), pending: [] });
    player.addEventListener("frame", () => this.onFrame());
    player.addEventListener("notepick", ({ detail }) => this.pick(detail));
    player.addEventListener("timecodechange", () => this.countAnew());
    // A long list arrives in pieces: each takes the place of the item that asked for it.
    // htmx tells it of every element of the piece; it is read once.
    list.addEventListener("htmx:afterSettle", () => { this.reading ??= setTimeout(() => this.read()); });
    this.read();
  }

  /** While the clip plays the list follows a few times a second: the picture comes first. */
  onFrame() {
    const now = performance.now();
    if (this.player.mode === "playing" && now - (this.markedAt ?? 0) < WHILE_PLAYING_MS) return;
    this.markedAt = now;
    this.mark();
  }

  /** Reads what is new in the list; `complete` says whether pieces of it are still to come. */
  read() {
    this.reading = null;
    const complete = !this.list.querySelector(":scope > [data-more]");
    let fresh = complete !== this.complete;
    this.complete = complete;
    for (const node of this.list.querySelectorAll(":scope > [data-note]")) {
      const known = this.entries.get(node.dataset.note);
      if (known?.node === node) continue;
      if (known) node.remove(); // it has come live meanwhile
      else this.enter(node);
      fresh = true;
    }
    if (fresh) this.tell();
  }

  enter(node) {
    const entry = entryOf(node);
    this.entries.set(entry.id, entry);
    this.dress(entry);
    this.count(entry);
    return entry;
  }

  /** Notes say their timecode as the player counts: the hub counts without dropping. */
  count({ node, frame_in: frame }) {
    const place = node.querySelector(".note__frame")?.firstChild;
    const words = this.player.timecode(frame);
    if (place && place.data !== words) place.data = words;
  }

  countAnew() {
    for (const entry of this.entries.values()) this.count(entry);
    this.dispatchEvent(new CustomEvent("counted"));
  }

  dress({ node, mine }) {
    const place = node.querySelector(".note__foot .note__acts");
    if (!this.acts || !place) return;
    const made = this.acts.content.cloneNode(true);
    if (!mine) made.querySelector("[data-note-drawing]")?.remove();
    if (!node.dataset.carryUrl) made.querySelector("[data-note-carry]")?.remove();
    place.append(made);
  }

  /** The entries by frame, as they stand. */
  sorted() { return [...this.entries.values()].sort(before); }

  /** Brings everything that shows notes in step, once for many changes. */
  tell() {
    this.index = new FrameIndex(this.entries.values());
    const sorted = this.sorted();
    this.player.setMarkers(sorted.map(({ id, frame_in, frame_out, state, label, category }) => ({ id, frame_in, frame_out, state, label, category })));
    this.showDrawings();
    const empty = this.list.parentElement.querySelector("[data-threads-empty]");
    if (empty) empty.hidden = sorted.length > 0;
    const count = document.querySelector("[data-open-count]");
    if (count) count.textContent = sorted.filter(({ state }) => state === "open").length;
    this.dispatchEvent(new CustomEvent("change"));
    this.mark();
  }

  showDrawings() {
    const drawn = [...this.entries.values()].filter(({ shapes }) => shapes.length > 0);
    this.layer?.setNotes([...drawn, ...this.pending.filter(({ id }) => !this.entries.has(id))]);
  }

  /** Notes that wait to be sent: their drawings are shown meanwhile. */
  setPending(notes) {
    const key = notes.map(({ id }) => id).join();
    if (key === this.pendingKey) return;
    this.pendingKey = key;
    this.pending = notes;
    this.showDrawings();
  }

  /** Marks the notes that hold the presented frame; touches only what changed, because this runs with every frame. */
  mark() {
    const held = this.index.at(this.player.presentedFrame);
    const now = new Set(held.map(({ node }) => node));
    for (const node of this.now) if (!now.has(node)) this.show(node, false);
    for (const node of now) if (!this.now.has(node)) this.show(node, true);
    this.now = now;
    const first = held.find(({ node }) => !node.hidden)?.node;
    if (!first || first === this.marked) return;
    this.marked = first;
    if (this.player.mode === "paused" && !isTyping()) this.scrollTo(first);
  }

  show(node, on) {
    node.toggleAttribute("data-now", on);
    const article = node.firstElementChild;
    if (on) article.setAttribute("aria-current", "true");
    else article.removeAttribute("aria-current");
  }

  /** Scrolls the list alone, never the page. */
  scrollTo(node) {
    const box = this.list.closest("[data-threads-scroll]");
    if (!box || box.scrollHeight <= box.clientHeight) return;
    const [outer, inner] = [box.getBoundingClientRect(), node.getBoundingClientRect()];
    if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || Math.abs(inner.top - outer.top) > 2 * outer.height;
    box.scrollBy({ top: inner.top - outer.top - 8, behavior: calm ? "auto" : "smooth" });
  }

  pick(id) {
    const entry = this.entries.get(id);
    if (entry) this.scrollTo(entry.node);
  }

  /** While something of a note is being changed here, what arrives for it waits. */
  hold(id) { this.busy.add(id); }

  release(id) {
    this.busy.delete(id);
    const html = this.deferred.get(id);
    this.deferred.delete(id);
    if (html) this.put(html);
  }

  /** Merges what is new: {notes: [{id, html}], gone: [id…]}. */
  absorb({ notes = [], gone = [] }) {
    let touched = false;
    for (const { id, html } of notes) {
      if (this.busy.has(id)) this.deferred.set(id, html);
      else if (this.htmls.get(id) !== html) touched = this.place(parse(html)) || touched;
      this.htmls.set(id, html);
    }
    for (const id of gone) if (!this.busy.has(id)) touched = this.take(id) || touched;
    if (touched) this.tell();
  }

  /** Puts a rendered note where it belongs: in place of itself, under its thread, or by its first frame. */
  put(html) {
    const fresh = parse(html);
    const id = fresh.dataset.note ?? fresh.dataset.parent;
    if (fresh.dataset.note && this.busy.has(id)) {
      this.deferred.set(id, html);
      return;
    }
    this.place(fresh);
    this.tell();
  }

  place(fresh) {
    const present = document.getElementById(fresh.id);
    if (!fresh.dataset.note) {
      const parent = document.getElementById(`note-${fresh.dataset.parent}`);
      if (present) present.replaceWith(fresh);
      else parent?.querySelector("[data-replies]")?.append(fresh);
      return true;
    }
    const known = this.entries.get(fresh.dataset.note);
    const entry = this.enter(fresh);
    // Marks that did not change stay the same objects: nothing is drawn anew for them.
    if (known && JSON.stringify(known.shapes) === JSON.stringify(entry.shapes)) entry.shapes = known.shapes;
    if (present) this.swap(present, fresh);
    else this.insert(entry);
    this.now.delete(present);
    globalThis.htmx?.process(fresh);
    return true;
  }

  /** Puts a note in place of its former self; what was open stays open, what had the focus keeps it. */
  swap(present, fresh) {
    const focused = present.contains(document.activeElement) ? [...present.querySelectorAll("button, summary, a")].indexOf(document.activeElement) : -1;
    const open = [...present.querySelectorAll("details")].map((part) => part.open);
    fresh.querySelectorAll("details").forEach((part, index) => { part.open = open[index] ?? part.open; });
    fresh.hidden = present.hidden;
    present.replaceWith(fresh);
    if (focused >= 0) ([...fresh.querySelectorAll("button, summary, a")][focused] ?? fresh.querySelector("button"))?.focus({ preventScroll: true });
  }

  insert(entry) {
    const after = this.sorted().find((other) => other !== entry && other.node.isConnected && before(other, entry) > 0);
    this.list.insertBefore(entry.node, after?.node ?? null);
  }

  take(id) {
    const entry = this.entries.get(id);
    const node = entry?.node ?? document.getElementById(`note-${id}`);
    if (!node) return false;
    this.entries.delete(id);
    this.now.delete(node);
    node.remove();
    return true;
  }

  /** Takes a note out of the list; gives a function that puts it back. */
  lift(id) {
    const entry = this.entries.get(id);
    if (!entry) return () => {};
    this.hold(id);
    this.take(id);
    this.tell();
    return () => {
      this.entries.set(id, entry);
      this.insert(entry);
      this.release(id);
      this.tell();
    };
  }

  /** The marks of a note, or of a reply in a note's thread, as they are here, before the hub has answered. */
  setShapes(thread, note, shapes) {
    const entry = this.entries.get(thread);
    if (!entry) return;
    entry.shapes = [...entry.shapes.filter((shape) => (shape.note ?? thread) !== note), ...shapes.map((shape) => ({ ...shape, note }))];
    this.showDrawings();
  }

  /** An answer that may hold a note's HTML. */
  arrived(answer) {
    if (answer?.html && parse(answer.html)?.matches("[data-note], [data-parent]")) this.put(answer.html);
    else this.reload();
  }

  /** Asks for what is new, or for everything; the live module answers. */
  reload(everything = false) {
    document.body.dispatchEvent(new CustomEvent("changed", { bubbles: true, detail: { own: true, everything } }));
  }

  /** Shows a note as the hub has it, after a change made here was given up. */
  restore(id) {
    this.busy.delete(id);
    this.deferred.delete(id);
    this.htmls.delete(id);
    this.reload(true);
  }
}
