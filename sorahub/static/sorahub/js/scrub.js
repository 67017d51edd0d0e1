// The seek bar under the pointer: press and drag to seek, hold still to scrub finely, hover to see a thumbnail.
// The native range input stays what keyboards and screen readers use; pointers are taken by the bar and the lane above it.
import { cueAt, parseThumbnails } from "./vtt.js";

const THUMB = 16; // px; the range input's thumb travels inside its track
const HOLD_MS = 450;
const STILL_PX = 6;
const FINE_PX = 6; // of a fine drag for one frame
const WIDTH = 160;

export class Scrubber {
  /** bars: the elements that take pointers, all as wide as the seek bar. */
  constructor(player, bars, signal) {
    Object.assign(this, { player, bars, signal });
    const on = (name, act) => bars.forEach((bar) => bar.addEventListener(name, (event) => this[act](event), { signal }));
    for (const [name, act] of [["pointerdown", "press"], ["pointermove", "move"], ["pointerup", "release"], ["pointercancel", "release"], ["pointerleave", "leave"]]) on(name, act);
    on("contextmenu", "noMenu");
    this.build();
  }

  build() {
    this.preview = document.createElement("div");
    this.preview.className = "player__preview";
    this.preview.setAttribute("aria-hidden", "true");
    this.preview.hidden = true;
    this.picture = document.createElement("div");
    this.picture.className = "player__thumb";
    this.words = document.createElement("span");
    this.preview.append(this.picture, this.words);
    this.player.parts.timeline.append(this.preview);
  }

  frameAt(clientX) {
    const box = this.player.parts.seek.getBoundingClientRect();
    const along = (clientX - box.left - THUMB / 2) / Math.max(1, box.width - THUMB);
    return Math.round(Math.min(1, Math.max(0, along)) * this.player.head.last);
  }

  press(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    // The native slider would follow the pointer too, and a held finger would select text.
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    this.player.parts.seek.focus({ preventScroll: true });
    this.drag = { x: event.clientX, fine: event.shiftKey, from: this.player.frame };
    if (!this.drag.fine) this.player.seek(this.frameAt(event.clientX));
    this.drag.from = this.player.frame;
    if (event.pointerType !== "mouse") this.holding = setTimeout(() => this.beFine(), HOLD_MS);
    this.show(event);
  }

  /** From here on a finger moves frame by frame. */
  beFine() {
    if (!this.drag) return;
    Object.assign(this.drag, { fine: true, from: this.player.frame });
    this.preview.dataset.fine = "";
    navigator.vibrate?.(12);
    this.label(this.player.frame);
  }

  move(event) {
    if (!this.drag) {
      if (event.pointerType !== "touch") this.show(event);
      return;
    }
    const gone = event.clientX - this.drag.x;
    if (!this.drag.fine) {
      if (Math.abs(gone) > STILL_PX) clearTimeout(this.holding);
      this.player.seek(this.frameAt(event.clientX));
    } else {
      this.player.seek(this.drag.from + Math.round(gone / FINE_PX));
    }
    this.show(event);
  }

  release(event) {
    clearTimeout(this.holding);
    this.drag = null;
    delete this.preview.dataset.fine;
    if (event.pointerType !== "mouse") this.hide();
  }

  leave() {
    if (!this.drag) this.hide();
  }

  noMenu(event) {
    if (this.drag) event.preventDefault();
  }

  hide() { this.preview.hidden = true; }

  show(event) {
    const frame = this.drag ? this.player.frame : this.frameAt(event.clientX);
    const box = this.player.parts.timeline.getBoundingClientRect();
    const half = Math.min(WIDTH, box.width) / 2 + 4;
    const x = Math.min(box.width - half, Math.max(half, event.clientX - box.left));
    this.preview.style.translate = `calc(${x}px - 50%) 0`;
    this.label(frame);
    this.preview.hidden = false;
    this.load();
    this.showTile(frame);
  }

  label(frame) {
    this.shown = frame;
    const fine = this.drag?.fine ? " · fine" : "";
    this.words.textContent = `${this.player.timecode(frame)} · ${frame + 1}${fine}`;
  }

  /** Reads the track on the first hover only, and again later when it could not be read. */
  async load() {
    const { thumbnails } = this.player.dataset;
    if (!thumbnails || this.cues) return;
    this.cues = [];
    try {
      const answer = await fetch(thumbnails, { credentials: "same-origin", signal: this.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      this.cues = parseThumbnails(await answer.text(), answer.url);
      await this.loadSheet();
      if (!this.preview.hidden) this.showTile(this.shown);
    } catch {
      if (!this.signal.aborted) setTimeout(() => { this.cues = null; }, 5000);
    }
  }

  async loadSheet() {
    if (this.cues.length === 0) return;
    const image = new Image();
    image.src = this.cues[0].url;
    await image.decode();
    this.sheet = image;
  }

  showTile(frame) {
    const cue = this.sheet && cueAt(this.cues, ((frame + 0.5) * this.player.rate.den) / this.player.rate.num);
    this.picture.hidden = !cue;
    if (!cue || cue === this.cue) return;
    this.cue = cue;
    const scale = WIDTH / Math.max(cue.width, cue.height);
    const { style } = this.picture;
    style.inlineSize = `${cue.width * scale}px`;
    style.blockSize = `${cue.height * scale}px`;
    style.backgroundImage = `url("${this.sheet.src}")`;
    style.backgroundSize = `${this.sheet.naturalWidth * scale}px ${this.sheet.naturalHeight * scale}px`;
    style.backgroundPosition = `${-cue.x * scale}px ${-cue.y * scale}px`;
  }
}
