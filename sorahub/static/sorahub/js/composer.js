// The box in which a note is written: it pauses on the first key, keeps the frame or range that it began on, takes the drawing and
// the files with it, and loses nothing: the draft is kept in this browser, and so is what cannot be sent yet.
import { Attachments } from "./attachments.js";
import { Draft } from "./drafts.js";
import { FileStore } from "./file-store.js";
import { uuid } from "./ids.js";
import { connectMarkdown } from "./markdown-bar.js";
import { Mentions } from "./mentions.js";
import { RangeFields } from "./range-fields.js";
import { showUnsent } from "./unsent-list.js";

const KEEP_MS = 250;

export class Composer {
  constructor(form, { player, layer, threads, outbox, clip, person, url, peopleUrl }) {
    Object.assign(this, { form, player, layer, threads, outbox, url });
    this.text = form.elements.namedItem("body");
    this.draft = new Draft(clip, person);
    this.anchor = null;
    this.parent = null;
    this.connect();
    this.connectWriting(peopleUrl, clip, person);
    this.connectOutbox();
    this.restore();
    this.showChip();
    outbox.flush();
  }

  part(name) {
    this.parts ??= new Map([...this.form.querySelectorAll("[data-composer-part]")].map((node) => [node.dataset.composerPart, node]));
    return this.parts.get(name);
  }

  get marks() { return this.layer?.drawn.length ?? 0; }
  get begun() { return this.text.value.trim() !== "" || this.marks > 0; }

  connect() {
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.text.addEventListener("input", () => this.onInput());
    this.part("here")?.addEventListener("click", () => this.moveHere());
    this.part("whole")?.addEventListener("click", () => this.endReply());
    this.part("clear")?.addEventListener("click", () => this.layer.drawing.remove(this.layer.drawn.map(({ id }) => id)));
    this.threads.list.addEventListener("reply", ({ detail }) => this.beginReply(detail));
    for (const name of ["readout", "rangechange", "timecodechange"]) this.player.addEventListener(name, () => this.showChip());
    this.player.addEventListener("action", ({ detail }) => this.onAction(detail));
    this.layer?.addEventListener("shapeschange", () => this.onShapes());
    this.layer?.addEventListener("drawmode", ({ detail }) => this.onDrawMode(detail));
    for (const name of ["category", "visibility"]) this.form.elements.namedItem(name)?.addEventListener("change", () => this.keep());
    addEventListener("pagehide", () => this.keep());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.keep(); });
  }

  connectWriting(peopleUrl, clip, person) {
    connectMarkdown(this.text, this.part("means"));
    if (peopleUrl) this.mentions = new Mentions(this.text, peopleUrl, (words) => this.say(words), () => this.field("visibility"));
    const parts = { chip: this.part("frame"), box: this.part("range"), from: this.part("from"), to: this.part("to"), problem: this.part("problem") };
    this.range = new RangeFields(parts, this.player, (range) => this.setRange(range));
    const input = this.part("files");
    if (!input) return;
    this.part("attach").addEventListener("click", () => input.click());
    this.files = new Attachments({
      list: this.part("attached"), input, area: this.text, zone: this.form, store: new FileStore(clip, person),
      waits: (note) => this.outbox.all().some((entry) => entry.kind === "note" && entry.note === note),
      changed: () => this.say(""), arrived: (answer) => this.threads.arrived(answer),
    });
    this.files.restored.then((count) => { if (count > 0 && !this.begun) this.say("Your unsent files are back."); });
  }

  connectOutbox() {
    const { outbox } = this;
    showUnsent(this.part("unsent"), outbox, (entry) => {
      this.files?.forgetNote(entry.note);
      this.threads.restore(entry.note);
    });
    outbox.addEventListener("sent", ({ detail }) => this.onSent(detail));
    outbox.addEventListener("change", () => this.files?.follow());
    outbox.addEventListener("failed", ({ detail: { entry, error } }) => {
      if (entry.kind === "note") this.say(`Not sent yet: ${error.message} It is kept in this browser and tried again.`, true);
    });
    outbox.addEventListener("refused", ({ detail }) => this.onRefused(detail));
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
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), KEEP_MS);
  }

  onShapes() {
    if (this.marks > 0) this.anchor = this.drawnAt(this.anchor);
    else if (!this.begun) this.anchor = null;
    this.showChip();
    this.keep();
  }

  onDrawMode(active) {
    if (this.layer.editing) return;
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

  setRange(range) {
    const drawn = this.layer?.frame;
    if (this.marks > 0 && (drawn < range.frame_in || drawn > range.frame_out)) return `The drawing is on frame ${drawn + 1}: the range must hold it.`;
    this.anchor = range;
    this.showChip();
    this.keep();
    return "";
  }

  moveHere() {
    const to = this.here();
    if (this.marks > 0) this.layer.frame = this.player.frame;
    this.anchor = this.begun ? to : null;
    this.layer?.show();
    this.showChip();
    this.keep();
    this.text.focus();
  }

  showChip() {
    const at = this.anchor ?? this.here();
    this.range.show(at);
    if (this.layer) this.layer.span = this.marks > 0 ? [at.frame_in, at.frame_out] : null;
    this.part("drawing").hidden = this.marks === 0;
    this.part("drawing-words").textContent = this.marks === 1 ? "1 mark" : `${this.marks} marks`;
    const within = this.player.frame >= at.frame_in && this.player.frame <= at.frame_out;
    this.part("here").hidden = !this.anchor || this.parent !== null || within;
  }

  beginReply({ id, name, frame_in, frame_out }) {
    this.parent = { id, name };
    this.anchor = { frame_in, frame_out };
    this.showReply();
    this.showChip();
    this.keep();
    this.text.focus();
  }

  showReply() {
    this.part("reply").hidden = this.parent === null;
    this.part("reply-to").textContent = this.parent ? `Reply to ${this.parent.name}` : "";
  }

  endReply() {
    this.parent = null;
    this.showReply();
    this.anchor = this.begun ? (this.marks > 0 ? this.drawnAt(null) : this.here()) : null;
    this.showChip();
    this.keep();
    this.text.focus();
  }

  field(name) { return this.form.elements.namedItem(name)?.value ?? ""; }

  /** Keeps what is being written, or forgets it when nothing is. */
  keep() {
    clearTimeout(this.keeping);
    if (!this.begun) {
      this.draft.forget();
      return;
    }
    const kept = this.draft.save({
      body: this.text.value, category: this.field("category"), visibility: this.field("visibility"), parent: this.parent,
      anchor: this.anchor, frame: this.layer?.frame, shapes: this.layer?.drawn ?? [],
    });
    if (!kept) this.say("This browser keeps no drafts: send the note before you leave the page.", true);
  }

  /** Brings back what was being written when the page was left or lost. */
  restore() {
    const draft = this.draft.load();
    if (!draft) return;
    this.text.value = draft.body ?? "";
    for (const name of ["category", "visibility"]) {
      const field = this.form.elements.namedItem(name);
      if (field && [...field.options].some(({ value }) => value === draft[name])) field.value = draft[name];
    }
    this.anchor = draft.anchor;
    this.parent = draft.parent ?? null;
    this.showReply();
    if (draft.shapes?.length > 0) this.layer?.restore(draft.shapes, draft.frame ?? draft.anchor?.frame_in ?? 0);
    const frame = (draft.frame ?? draft.anchor?.frame_in ?? 0) + 1;
    this.say(draft.shapes?.length > 0 ? `Your unsent drawing is back. It is on frame ${frame}.` : "Your unsent words are back.");
  }

  note() {
    return {
      id: uuid(), ...(this.anchor ?? this.here()), body: this.text.value.trim(),
      category: this.field("category"), visibility: this.field("visibility"), parent: this.parent?.id ?? null, shapes: this.layer?.drawn ?? [],
    };
  }

  submit() {
    this.layer?.querySelector(".draw-text")?.blur();
    if (!this.begun) {
      this.say(this.files?.waiting > 0 ? "Write a word about the file." : "Write something, or draw on the picture.");
      this.text.focus();
      return;
    }
    const note = this.note();
    this.files?.bind(note.id);
    this.say("Sending…");
    const kept = this.outbox.add({ kind: "note", url: this.url, value: note, note: note.id, frame: note.frame_in, words: note.body });
    this.empty();
    if (!kept) this.say("Sending… This browser keeps nothing: stay on this page until it is sent.", true);
  }

  empty() {
    this.text.value = "";
    this.layer?.leave();
    this.layer?.clear();
    this.parent = null;
    this.anchor = null;
    this.showReply();
    this.range.toggle(false);
    this.showChip();
    this.keep();
    this.text.focus();
  }

  onSent({ entry, answer }) {
    if (entry.kind !== "note") return;
    this.threads.put(answer.html);
    this.say(`Sent, on frame ${entry.frame + 1}.`);
  }

  /** Puts a refused note back into the box, unless something else is being written: then it stays listed with the hub's words. */
  onRefused(entry) {
    if (entry.kind !== "note") {
      this.say(`Not saved: ${entry.refused}`, true);
      return;
    }
    this.say(entry.refused, true);
    if (this.begun || this.files?.bound.some(({ note }) => note === entry.note)) return;
    const { body, frame_in, frame_out, shapes } = entry.value;
    this.outbox.drop(entry.id);
    this.text.value = body;
    this.anchor = { frame_in, frame_out };
    if (shapes.length > 0) this.layer?.restore(shapes, Math.min(Math.max(this.player.frame, frame_in), frame_out));
    this.showChip();
    this.keep();
  }

  say(words, bad = false) {
    const place = this.part("said");
    place.textContent = words;
    place.toggleAttribute("data-bad", bad);
  }
}
