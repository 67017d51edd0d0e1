// <annotation-layer>: SVG over the picture of the <frame-player> round it.
// Shows the shapes of notes whose [frame_in, frame_out] holds the presented frame, and draws new ones on a confirmed frame.
// A shape: {id, kind: pen|arrow|box|ellipse, schema: 1, points: [[x, y, pressure?]…], stroke, colour}; x, y from 0 to 1,
// stroke as a fraction of the picture's height.
// Property `drawn` (shapes of the note being written). Event `shapeschange` whenever they change, `drawmode` with true or false.
import { uuid } from "./ids.js";
import { arrowPath, boxOf, penOutline } from "./stroke.js";

const SVG = "http://www.w3.org/2000/svg";
const TOOLS = new Set(["pen", "arrow", "box", "ellipse"]);
const LEAST_DRAG = 0.004;

function svg(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** The SVG element of a shape for a picture of width × height pixels. */
export function drawShape({ id, kind, points, stroke, colour }, width, height) {
  const line = { fill: "none", stroke: colour, "stroke-width": stroke * height, "stroke-linecap": "round", "stroke-linejoin": "round" };
  const common = { "data-shape": id, "data-kind": kind };
  if (kind === "pen") return svg("path", { ...common, d: penOutline(points, stroke, width, height), fill: colour });
  if (kind === "arrow") return svg("path", { ...common, ...line, d: arrowPath(points, stroke, width, height) });
  const box = boxOf(points, width, height);
  if (kind === "box") return svg("rect", { ...common, ...line, ...box });
  return svg("ellipse", { ...common, ...line, cx: box.x + box.width / 2, cy: box.y + box.height / 2, rx: box.width / 2, ry: box.height / 2 });
}

export class AnnotationLayer extends HTMLElement {
  connectedCallback() {
    if (this.svg) return;
    this.player = this.closest("frame-player");
    this.svg = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
    this.kept = svg("g", {});
    this.fresh = svg("g", {});
    this.svg.append(this.kept, this.fresh);
    this.append(this.svg);
    Object.assign(this, { drawn: [], undone: [], notes: [], tool: "pen", colour: "#ff5a4f", stroke: 0.008, active: false });
    this.stop = new AbortController();
    const options = { signal: this.stop.signal };
    this.player.video.addEventListener("loadedmetadata", () => this.size(), options);
    this.player.addEventListener("frame", () => this.show(), options);
    this.player.addEventListener("framechange", ({ detail }) => this.onMove(detail), options);
    for (const [name, act] of [["pointerdown", "begin"], ["pointermove", "extend"], ["pointerup", "finish"], ["pointercancel", "drop"]]) {
      this.svg.addEventListener(name, (event) => this[act](event), options);
    }
    this.size();
  }

  disconnectedCallback() {
    this.stop?.abort();
    this.svg?.remove();
    this.svg = null;
  }

  size() {
    this.width = this.player.video.videoWidth || 1280;
    this.height = this.player.video.videoHeight || 720;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.show();
  }

  /** The notes with drawings: [{id, frame_in, frame_out, shapes}]. */
  setNotes(notes) {
    this.notes = notes;
    this.show();
  }

  get shownAt() { return this.player.presentedFrame; }

  show() {
    const frame = this.shownAt;
    const now = this.notes.filter(({ frame_in: from, frame_out: to }) => frame >= from && frame <= to);
    const key = now.map(({ id, shapes }) => `${id}:${shapes.length}`).join(" ");
    if (key !== this.shownKey || this.width !== this.shownWidth) {
      this.shownKey = key;
      this.shownWidth = this.width;
      this.kept.replaceChildren(...now.flatMap(({ shapes }) => shapes).map((shape) => drawShape(shape, this.width, this.height)));
    }
    this.fresh.setAttribute("visibility", this.frame === undefined || frame === this.frame ? "visible" : "hidden");
  }

  paint() {
    const shapes = this.current ? [...this.drawn, this.current] : this.drawn;
    this.fresh.replaceChildren(...shapes.map((shape) => drawShape(shape, this.width, this.height)));
  }

  changed() {
    this.paint();
    this.dispatchEvent(new CustomEvent("shapeschange", { bubbles: true, detail: this.drawn }));
  }

  /** Begins drawing once the frame on the screen is confirmed; gives that frame, or null when it could not be confirmed. */
  async start() {
    await this.player.pause();
    if (!this.player.settled) return null;
    const frame = this.player.presentedFrame;
    if (this.drawn.length > 0 && this.frame !== frame) await this.player.seek(this.frame);
    else this.frame = frame;
    this.setActive(true);
    return this.frame;
  }

  leave() {
    this.drop();
    this.setActive(false);
    if (this.drawn.length === 0) this.frame = undefined;
  }

  setActive(active) {
    if (this.active === active) return;
    this.active = active;
    this.toggleAttribute("data-active", active);
    this.player.toggleAttribute("data-drawing", active);
    this.dispatchEvent(new CustomEvent("drawmode", { bubbles: true, detail: active }));
  }

  onMove(frame) {
    if (this.active && frame !== this.frame) this.leave();
    this.show();
  }

  pointOf(event) {
    const box = this.svg.getBoundingClientRect();
    const inside = (value) => Math.min(1, Math.max(0, Math.round(value * 1e5) / 1e5));
    const point = [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
    // A mouse has no pressure and reports a half.
    if (event.pointerType === "pen") point.push(Math.round(event.pressure * 1000) / 1000);
    return point;
  }

  begin(event) {
    if (!this.active || event.button !== 0 || !this.player.settled) return;
    event.preventDefault();
    if (this.tool === "eraser") {
      this.erase(event.target.dataset?.shape);
      return;
    }
    this.svg.setPointerCapture(event.pointerId);
    const point = this.pointOf(event);
    const points = this.tool === "pen" ? [point] : [point, point];
    this.current = { id: uuid(), kind: this.tool, schema: 1, points, stroke: this.stroke, colour: this.colour };
    this.paint();
  }

  extend(event) {
    if (!this.current) return;
    if (this.current.kind === "pen") {
      const steps = event.getCoalescedEvents?.() ?? [];
      this.current.points.push(...(steps.length > 0 ? steps : [event]).map((step) => this.pointOf(step)));
    } else {
      this.current.points[1] = this.pointOf(event).slice(0, 2);
    }
    this.paint();
  }

  finish() {
    const shape = this.current;
    if (!shape) return;
    this.current = null;
    const [a, b] = [shape.points[0], shape.points.at(-1)];
    // A click with arrow, box or ellipse is no mark; a dot with the pen is.
    if (shape.kind === "pen" || Math.hypot(a[0] - b[0], a[1] - b[1]) >= LEAST_DRAG) {
      this.drawn = [...this.drawn, shape];
      this.undone = [];
    }
    this.changed();
  }

  drop() {
    this.current = null;
    this.paint();
  }

  erase(id) {
    const shape = this.drawn.find((one) => one.id === id);
    if (!shape) return;
    this.drawn = this.drawn.filter((one) => one !== shape);
    this.changed();
  }

  undo() {
    const shape = this.drawn.at(-1);
    if (!shape) return;
    this.undone.push(shape);
    this.drawn = this.drawn.slice(0, -1);
    this.changed();
  }

  redo() {
    const shape = this.undone.pop();
    if (!shape) return;
    this.drawn = [...this.drawn, shape];
    this.changed();
  }

  clear() {
    this.drawn = [];
    this.undone = [];
    this.current = null;
    this.changed();
    if (!this.active) this.frame = undefined;
  }

  use(tool) {
    if (TOOLS.has(tool) || tool === "eraser") this.tool = tool;
    this.dataset.tool = this.tool;
  }
}

customElements.define("annotation-layer", AnnotationLayer);
