// What people do with a note in the list: go to its frame, reply, resolve, change its words or its drawing, delete it (with a while to undo), copy its address.
import { NoteEditor } from "./note-editor.js";
import { copyWords } from "./copy.js";
import { uuid } from "./ids.js";
import { toast } from "./toast.js";
import { send } from "./unsent.js";

const UNDO_MS = 6_000;
const at = (id, act) => `/annotations/${id}/${act}/`;

export class NoteActions {
  constructor(threads, { player, layer, outbox, form, peopleUrl }) {
    Object.assign(this, { threads, player, layer, outbox, form, peopleUrl });
    threads.list.addEventListener("click", (event) => this.onClick(event));
    layer?.addEventListener("markedit", ({ detail }) => this.onMarkEdit(detail));
    layer?.addEventListener("drawmode", ({ detail }) => { if (!detail) this.endDrawing(); });
    outbox.addEventListener("sent", ({ detail }) => this.onSent(detail));
    for (const entry of outbox.all()) if (entry.held) setTimeout(() => outbox.release(entry.id), UNDO_MS);
  }

  onClick(event) {
    const button = event.target.closest("button");
    const node = event.target.closest("[data-note]");
    const entry = node && this.threads.entries.get(node.dataset.note);
    if (!button || !entry) return;
    const { dataset } = button;
    if ("seek" in dataset) this.player.seek(Number(dataset.seek));
    if ("resolveUrl" in dataset) this.resolve(button, entry);
    if ("reply" in dataset) this.reply(entry, dataset.reply);
    if ("noteEdit" in dataset) this.edit(entry, button);
    if ("noteDrawing" in dataset) this.draw(entry);
    if ("noteDelete" in dataset) this.remove(entry, button, event.detail === 0);
    if ("noteLink" in dataset) this.link(entry);
    button.closest("details[data-menu]")?.removeAttribute("open");
  }

  reply({ id, frame_in, frame_out }, name) {
    this.threads.list.dispatchEvent(new CustomEvent("reply", { detail: { id, name, frame_in, frame_out } }));
  }

  async resolve(button, entry) {
    const resolved = entry.state !== "resolved";
    const url = resolved ? button.dataset.resolveUrl : button.dataset.resolveUrl.replace(/resolve\/$/, "reopen/");
    button.disabled = true;
    try {
      const { html } = await send(url, { resolved });
      this.threads.put(html);
    } catch (error) {
      button.disabled = false;
      toast(error.message, "bad");
    }
  }

  /** The address of a note with its frame. */
  address({ id, frame_in: frame }) {
    const url = new URL(location.href);
    url.hash = "";
    for (const name of [...url.searchParams.keys()]) if (name !== "review") url.searchParams.delete(name);
    url.searchParams.set("frame", frame);
    url.searchParams.set("note", id);
    return url.href;
  }

  async link(entry) {
    try {
      await copyWords(this.address(entry));
      toast("The note's address is copied.", "ok");
    } catch {
      toast("Your browser does not let this page copy.", "warn");
    }
  }

  /** The item that a button belongs to: a reply within a thread has an id, words and frames of its own. */
  target(entry, button) {
    const reply = button.closest("[data-parent]");
    return reply ? { id: reply.id.replace("note-", ""), node: reply, frame_in: entry.frame_in, frame_out: entry.frame_out, thread: entry.id, reply: true } : { ...entry, thread: entry.id };
  }

  edit(entry, button) {
    const target = this.target(entry, button);
    this.threads.hold(entry.id);
    const editor = new NoteEditor(target, { player: this.player, form: this.form, peopleUrl: this.peopleUrl, done: (values) => this.edited(target, values) });
    editor.open();
  }

  edited(target, values) {
    if (values) this.outbox.add({ kind: "edit", url: at(target.id, "edit"), value: values, note: target.thread, frame: values.frame_in ?? target.frame_in, words: values.body });
    this.threads.release(target.thread);
    target.node.querySelector("button")?.focus({ preventScroll: true });
  }

  async draw(entry) {
    this.threads.hold(entry.id);
    this.known = new Set(entry.shapes.map(({ id }) => id));
    const frame = await this.layer.edit(entry);
    if (frame === null) {
      this.threads.release(entry.id);
      this.layer.refuse();
      return;
    }
    this.drawing = entry.id;
    this.layer.focus({ preventScroll: true });
  }

  onMarkEdit({ note, edits, shapes }) {
    const entry = this.threads.entries.get(note);
    if (!entry) return;
    this.threads.setShapes(note, shapes);
    for (const edit of edits) this.outbox.saveMark({ note, frame: entry.frame_in, known: this.known }, edit);
  }

  endDrawing() {
    if (!this.drawing) return;
    const note = this.drawing;
    this.drawing = null;
    this.settle(note);
  }

  /** Once nothing of the note is on its way, what others see of it is shown here too. */
  settle(note) {
    if (this.drawing === note || this.outbox.all().some((entry) => entry.note === note)) return;
    this.threads.release(note);
  }

  onSent({ entry, answer }) {
    if (entry.kind === "edit" && answer.html) this.threads.put(answer.html);
    if (entry.shape) {
      this.settle(entry.note);
      this.threads.reload();
    }
  }

  /** Takes a note from the list at once, from the hub when the message that offers to undo it has gone. */
  remove(entry, button, byKey) {
    const target = this.target(entry, button);
    const back = target.reply ? this.hideReply(target.node) : this.threads.lift(entry.id);
    const id = uuid();
    const { frame_in: frame } = target;
    this.outbox.add({ id, kind: "delete", url: at(target.id, "delete"), value: {}, note: target.thread, frame, words: "a deleted note", held: true });
    const undo = () => {
      this.outbox.drop(id);
      back();
    };
    toast("The note is deleted.", "info", { label: "Undo", act: undo, gone: () => this.outbox.release(id), life: UNDO_MS, focus: byKey });
  }

  hideReply(node) {
    node.hidden = true;
    return () => { node.hidden = false; };
  }
}
