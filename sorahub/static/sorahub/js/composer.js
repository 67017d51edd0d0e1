// The box in which a note is written: it pauses on the first key, keeps the frame or range that it began on,
// takes the drawing with it, and never loses a note: what cannot be sent waits in this browser.
import { uuid } from "./ids.js";
import { Refused, Unsent, send } from "./unsent.js";

const RETRY_MS = 20_000;

export class Composer {
  constructor(form, { player, layer, threads, clip, url }) {
    Object.assign(this, { form, player, layer, threads, url });
    this.text = form.elements.namedItem("body");
    this.unsent = new Unsent(clip);
    this.anchor = null;
    this.parent = null;
    this.sending = new Set();
    this.connect();
    this.showChip();
    this.showUnsent();
    this.retryAll();
  }

  part(name) { return this.form.querySelector(`[data-composer-part="${name}"]`); }
  get begun() { return this.text.value.trim() !== "" || (this.layer?.drawn.length ?? 0) > 0; }

  connect() {
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.text.addEventListener("input", () => this.onInput());
    this.part("here")?.addEventListener("click", () => this.moveHere());
    this.part("whole")?.addEventListener("click", () => this.endReply());
    this.threads.list.addEventListener("reply", ({ detail }) => this.beginReply(detail));
    for (const name of ["framechange", "rangechange", "frame"]) this.player.addEventListener(name, () => this.showChip());
    this.player.addEventListener("action", ({ detail }) => this.onAction(detail));
    this.layer?.addEventListener("shapeschange", () => this.onShapes());
    this.layer?.addEventListener("drawmode", ({ detail }) => this.onDrawMode(detail));
    addEventListener("online", () => this.retryAll());
    setInterval(() => this.retryAll(), RETRY_MS);
  }

  onAction(action) {
    if (action === "comment") this.text.focus();
    if (action === "send" && document.activeElement?.form === this.form) this.submit();
    if (action === "leave" && document.activeElement === this.text) this.player.focus();
  }

  onInput() {
    if (this.begun && !this.anchor) {
      this.player.pause();
      this.anchor = this.here();
    }
    if (!this.begun) this.anchor = null;
    this.say("");
    this.showChip();
  }

  onShapes() {
    if (this.layer.drawn.length > 0) this.anchor = this.drawnAt(this.anchor);
    else if (!this.begun) this.anchor = null;
    this.showChip();
  }

  onDrawMode(active) {
    if (active && !this.anchor) this.anchor = this.drawnAt(null);
    if (!active && !this.begun) this.anchor = null;
    this.showChip();
  }

  /** A drawing belongs to the frame it was drawn on, or to the range round it. */
  drawnAt(anchor) {
    const { frame } = this.layer;
    if (anchor && frame >= anchor.frame_in && frame <= anchor.frame_out) return anchor;
    const range = this.player.range;
    if (range && frame >= range[0] && frame <= range[1]) return { frame_in: range[0], frame_out: range[1] };
    return { frame_in: frame, frame_out: frame };
  }

  here() {
    const { range, frame } = this.player;
    return range ? { frame_in: range[0], frame_out: range[1] } : { frame_in: frame, frame_out: frame };
  }

  moveHere() {
    this.layer?.clear();
    this.anchor = this.begun ? this.here() : null;
    this.showChip();
    this.text.focus();
  }

  showChip() {
    const { frame_in: from, frame_out: to } = this.anchor ?? this.here();
    const words = from === to ? `Frame ${from + 1}` : `Frames ${from + 1} to ${to + 1}`;
    this.part("frame").textContent = `${words} · ${this.player.timecode(from)}`;
    const drawn = this.layer?.drawn.length ?? 0;
    const drawing = this.part("drawing");
    if (drawing) {
      drawing.hidden = drawn === 0;
      drawing.textContent = drawn === 1 ? "1 mark" : `${drawn} marks`;
    }
    const here = this.part("here");
    if (here) here.hidden = !this.anchor || this.parent !== null || (this.player.frame >= from && this.player.frame <= to);
  }

  beginReply({ id, name, frame_in, frame_out }) {
    this.parent = id;
    this.anchor = { frame_in, frame_out };
    this.part("reply").hidden = false;
    this.part("reply-to").textContent = `Reply to ${name}`;
    this.showChip();
    this.text.focus();
  }

  endReply() {
    this.parent = null;
    this.part("reply").hidden = true;
    this.anchor = this.begun ? this.here() : null;
    this.showChip();
    this.text.focus();
  }

  note() {
    const field = (name) => this.form.elements.namedItem(name)?.value ?? "";
    return {
      id: uuid(), ...(this.anchor ?? this.here()), body: this.text.value.trim(),
      category: field("category"), visibility: field("visibility"), parent: this.parent, shapes: this.layer?.drawn ?? [],
    };
  }

  submit() {
    if (!this.begun) {
      this.say("Write something, or draw on the picture.");
      this.text.focus();
      return;
    }
    const note = this.note();
    this.kept = this.unsent.keep(note);
    this.empty();
    this.deliver(note);
  }

  empty() {
    this.text.value = "";
    this.layer?.clear();
    this.layer?.leave();
    this.parent = null;
    this.anchor = null;
    this.part("reply").hidden = true;
    this.showChip();
    this.text.focus();
  }

  /** Sends a note; the id made here lets the server know one that arrives twice. */
  async deliver(note) {
    if (this.sending.has(note.id)) return;
    this.sending.add(note.id);
    this.say("Sending…");
    try {
      const { html } = await send(this.url, note);
      this.unsent.forget(note.id);
      this.threads.put(html);
      this.say(`Sent, on frame ${note.frame_in + 1}.`);
    } catch (error) {
      if (error instanceof Refused || !this.unsent.all().some(({ id }) => id === note.id)) this.giveBack(note, error);
      else this.say(`Not sent yet: ${error.message} It is kept in this browser and tried again.`, true);
    } finally {
      this.sending.delete(note.id);
      this.showUnsent();
    }
  }

  /** Puts a refused note back into the box, unless something else is being written: then it stays listed as unsent. */
  giveBack(note, error) {
    this.say(error.message, true);
    if (this.begun) {
      this.unsent.keep({ ...note, refused: error.message });
      return;
    }
    this.unsent.forget(note.id);
    this.text.value = note.body;
    this.anchor = { frame_in: note.frame_in, frame_out: note.frame_out };
    this.showChip();
  }

  retryAll() {
    for (const note of this.unsent.all()) if (!note.refused) this.deliver(note);
  }

  showUnsent() {
    const list = this.part("unsent");
    list.replaceChildren(...this.unsent.all().map((note) => this.unsentItem(note)));
  }

  unsentItem(note) {
    const item = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = `Unsent, frame ${note.frame_in + 1}: ${note.body || "a drawing"}`;
    const button = (label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "button button--small";
      made.textContent = label;
      made.addEventListener("click", act);
      return made;
    };
    item.append(words, button("Send now", () => this.deliver({ ...note, refused: undefined })), button("Discard", () => {
      this.unsent.forget(note.id);
      this.showUnsent();
    }));
    return item;
  }

  say(words, bad = false) {
    const place = this.part("said");
    place.textContent = words;
    place.toggleAttribute("data-bad", bad);
  }
}
