// The list of notes beside the player: picks frames, marks the note at the playhead, resolves, filters, and keeps markers
// and drawings in step with what the server rendered (templates/components/note.html is the one source of all three).
import { send } from "./unsent.js";
import { toast } from "./toast.js";

/** The first element of a piece of HTML from our own server. */
export function parse(html) {
  return document.adoptNode(new DOMParser().parseFromString(html, "text/html").body.firstElementChild);
}

const isTyping = () => document.activeElement?.matches("textarea, input[type='text'], select");

export class Threads {
  constructor(list, player, layer) {
    Object.assign(this, { list, player, layer });
    list.addEventListener("click", (event) => this.onClick(event));
    list.addEventListener("htmx:afterSettle", () => this.read());
    player.addEventListener("frame", () => this.mark());
    player.addEventListener("notepick", ({ detail }) => this.pick(detail));
    this.read();
  }

  roots() {
    return [...this.list.querySelectorAll(":scope > [data-note]")];
  }

  read() {
    const notes = this.roots().map((node) => ({
      id: node.dataset.note,
      frame_in: Number(node.dataset.frameIn),
      frame_out: Number(node.dataset.frameOut),
      state: node.dataset.state,
      label: node.dataset.label,
      shapes: JSON.parse(node.querySelector("script[type='application/json']")?.textContent ?? "[]"),
    }));
    this.player.setMarkers(notes);
    this.layer?.setNotes(notes.filter(({ shapes }) => shapes.length > 0));
    const empty = this.list.parentElement.querySelector("[data-threads-empty]");
    if (empty) empty.hidden = notes.length > 0;
    const count = document.querySelector("[data-open-count]");
    if (count) count.textContent = notes.filter(({ state }) => state === "open").length;
    this.mark();
  }

  holding(frame) {
    return this.roots().filter(({ dataset }) => frame >= Number(dataset.frameIn) && frame <= Number(dataset.frameOut));
  }

  mark() {
    const now = new Set(this.holding(this.player.presentedFrame));
    for (const node of this.roots()) node.toggleAttribute("data-now", now.has(node));
    const [first] = now;
    if (!first || first === this.marked) return;
    this.marked = first;
    if (this.player.mode === "paused" && !isTyping()) this.scrollTo(first);
  }

  /** Scrolls the list alone, never the page. */
  scrollTo(node) {
    const box = this.list.closest("[data-threads-scroll]");
    if (!box) return;
    const [outer, inner] = [box.getBoundingClientRect(), node.getBoundingClientRect()];
    if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    box.scrollBy({ top: inner.top - outer.top - 8, behavior: calm ? "auto" : "smooth" });
  }

  pick(id) {
    const node = document.getElementById(`note-${id}`);
    if (node) this.scrollTo(node);
  }

  onClick(event) {
    const button = event.target.closest("button");
    const node = event.target.closest("[data-note]");
    if (!button || !node) return;
    if (button.matches("[data-seek]")) this.player.seek(Number(button.dataset.seek));
    if (button.matches("[data-resolve-url]")) this.resolve(button, node);
    if (button.matches("[data-reply]")) {
      this.list.dispatchEvent(new CustomEvent("reply", { detail: { id: node.dataset.note, name: button.dataset.reply, frame_in: Number(node.dataset.frameIn), frame_out: Number(node.dataset.frameOut) } }));
    }
  }

  async resolve(button, node) {
    button.disabled = true;
    try {
      const { html } = await send(button.dataset.resolveUrl, { resolved: node.dataset.state !== "resolved" });
      this.put(html);
    } catch (error) {
      button.disabled = false;
      toast(error.message, "bad");
    }
  }

  /** Puts a rendered note where it belongs: in place of itself, under its thread, or by its first frame. */
  put(html) {
    const fresh = parse(html);
    const present = document.getElementById(fresh.id);
    const parent = fresh.dataset.parent && document.getElementById(`note-${fresh.dataset.parent}`);
    if (present) present.replaceWith(fresh);
    else if (parent) parent.querySelector("[data-replies]").append(fresh);
    else {
      const at = Number(fresh.dataset.frameIn);
      const after = this.roots().find(({ dataset }) => Number(dataset.frameIn) > at);
      this.list.insertBefore(fresh, after ?? null);
    }
    globalThis.htmx?.process(fresh);
    this.read();
  }
}
