// Zoom and pan of the picture: one transform on the wrapper that holds the video and everything laid over it, so that
// drawings stay where they are and getBoundingClientRect keeps telling the truth about them.

const STEP = 1.25;
const MOST = 16; // screen pixels for one pixel of the clip
const DRAG_PX = 4;
const NUDGE = 0.1; // of the stage

export class Viewport extends EventTarget {
  constructor(player, signal) {
    super();
    Object.assign(this, { player, stage: player.parts.stage, view: player.parts.view, video: player.video });
    Object.assign(this, { way: "fit", scale: 1, x: 0, y: 0, pointers: new Map() });
    const on = (name, act, options = {}) => this.stage.addEventListener(name, (event) => this[act](event), { signal, ...options });
    on("wheel", "wheel", { passive: false });
    on("pointerdown", "press", { capture: true });
    on("pointermove", "move");
    on("pointerup", "release");
    on("pointercancel", "release");
    on("click", "afterDrag", { capture: true });
  }

  /** CSS pixels of the whole picture at scale 1, and of the stage. */
  measure() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const aspect = this.video.videoWidth / this.video.videoHeight || width / height;
    const [w, h] = width / height > aspect ? [height * aspect, height] : [width, width / aspect];
    return { width, height, w, h };
  }

  /** The scale at which one pixel of the clip is one pixel of the screen. */
  get natural() {
    return (this.video.videoWidth || 1) / (globalThis.devicePixelRatio || 1) / (this.measure().w || 1);
  }

  /** Screen pixels for one pixel of the clip. */
  get ratio() { return this.scale / this.natural; }

  get zoomed() { return this.scale > 1.001; }

  fit() { this.choose("fit"); }
  fill() { this.choose("fill"); }
  pixels() { this.choose("pixels"); }

  choose(way) {
    Object.assign(this, { way, x: 0, y: 0 });
    this.resize();
  }

  /** After the stage changed its size: the chosen way holds. */
  resize() {
    const { width, height, w, h } = this.measure();
    if (!w || !h) return;
    const scales = { fit: 1, fill: Math.max(width / w, height / h), pixels: this.natural };
    this.scale = scales[this.way] ?? this.scale;
    this.put();
  }

  zoom(factor, point = { x: 0, y: 0 }) {
    const least = Math.min(1, this.natural);
    const scale = Math.min(Math.max(MOST * this.natural, 1), Math.max(least, this.scale * factor));
    const grown = scale / this.scale;
    this.x = point.x - (point.x - this.x) * grown;
    this.y = point.y - (point.y - this.y) * grown;
    this.scale = scale;
    this.way = Math.abs(scale - 1) < 0.001 ? "fit" : "free";
    this.put();
  }

  zoomIn() { this.zoom(STEP); }
  zoomOut() { this.zoom(1 / STEP); }

  /** Moves what is seen by shares of the stage: (1, 0) looks to the right. */
  look(right, down) {
    const { width, height } = this.measure();
    this.pan(-right * NUDGE * width, -down * NUDGE * height);
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.put();
  }

  put() {
    const { width, height, w, h } = this.measure();
    const most = { x: Math.max(0, (w * this.scale - width) / 2), y: Math.max(0, (h * this.scale - height) / 2) };
    this.x = Math.min(most.x, Math.max(-most.x, this.x));
    this.y = Math.min(most.y, Math.max(-most.y, this.y));
    const plain = this.scale === 1 && this.x === 0 && this.y === 0;
    this.view.style.transform = plain ? "" : `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.player.toggleAttribute("data-zoomed", most.x > 0 || most.y > 0);
    this.player.toggleAttribute("data-pixels", this.ratio >= 2);
    this.dispatchEvent(new Event("change"));
  }

  /** A pointer's place, counted from the middle of the stage. */
  placeOf({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  }

  /** Ctrl and wheel, or a pinch on a trackpad (which arrives as that), zooms; the wheel alone only where nothing else scrolls. */
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey && !(this.zoomed || document.fullscreenElement === this.player)) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    const strength = event.ctrlKey && Math.abs(event.deltaY) < 40 ? 100 : 400;
    this.zoom(2 ** (-(event.deltaY * lines) / strength), this.placeOf(event));
  }

  press(event) {
    this.dragged = false;
    if (event.target.closest("button, input, select, [data-draw-tools]")) return;
    const drawing = this.player.hasAttribute("data-drawing");
    const held = event.button === 1 || (event.button === 0 && this.player.hasAttribute("data-panning"));
    if (drawing && !held) return;
    if (held) {
      // The layer under the pointer must not draw; the middle button must not scroll.
      event.preventDefault();
      event.stopPropagation();
    }
    if (event.button > 1) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.from = { x: event.clientX, y: event.clientY };
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (this.pointers.size === 2) this.pinch(event.pointerId, now);
    else if (this.dragged || Math.hypot(now.x - this.from.x, now.y - this.from.y) > DRAG_PX) this.dragTo(event, before, now);
    if (this.dragged || this.pointers.size === 2) this.pointers.set(event.pointerId, now);
  }

  dragTo(event, before, now) {
    if (!this.player.hasAttribute("data-zoomed")) return;
    if (!this.dragged) {
      this.dragged = true;
      this.stage.setPointerCapture(event.pointerId);
    }
    this.pan(now.x - before.x, now.y - before.y);
  }

  pinch(id, now) {
    this.dragged = true;
    const [a, b] = [...this.pointers.values()];
    const other = [...this.pointers].find(([key]) => key !== id)[1];
    const apart = Math.hypot(a.x - b.x, a.y - b.y);
    const middle = { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 };
    const moved = { x: middle.clientX - (a.x + b.x) / 2, y: middle.clientY - (a.y + b.y) / 2 };
    if (apart > 0) this.zoom(Math.hypot(now.x - other.x, now.y - other.y) / apart, this.placeOf(middle));
    this.pan(moved.x, moved.y);
  }

  release(event) {
    this.pointers.delete(event.pointerId);
  }

  /** The click at the end of a drag is none. */
  afterDrag(event) {
    if (!this.dragged) return;
    this.dragged = false;
    event.preventDefault();
    event.stopPropagation();
  }
}
