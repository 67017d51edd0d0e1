// <annotation-layer>: SVG over the picture of the <frame-player> round it.
// Shows the marks of the notes whose [frame_in, frame_out] holds the presented frame; on a confirmed frame it lets a person draw:
// either the marks of a note being written (`draft`), or, after edit(), those of a note that exists.
// Events: `shapeschange` (the draft's marks, detail: the list), `markedit` ({note, edits, shapes}: a note's marks were changed),
// `drawmode` (true or false), `markselect` (the selected mark or null), `drawrefused`.
import { handlesOf, boundsOf, within } from "./geometry.js";
import { DrawKeys } from "./draw-keys.js";
import { Drawing } from "./drawing.js";
import { FrameIndex } from "./frame-index.js";
import { LETTERS, topmost } from "./gestures.js";
import { Pointer } from "./pointer.js";
import { paintShapes, shapeElement } from "./shapes.js";
import { openTextField } from "./text-field.js";

const SVG = "http://www.w3.org/2000/svg";
const TOOLS = new Set(["select", "pen", "arrow", "line", "box", "ellipse", "text", "highlight", "eraser"]);
const HANDLE_PX = 10;
const REACH_PX = 10;

function svg(name, attributes = {}) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

export class AnnotationLayer extends HTMLElement {
  connectedCallback() {
    if (this.svg) return;
    this.player = this.closest("frame-player");
    this.svg = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
    [this.kept, this.drafted, this.edited, this.tools] = [0, 1, 2, 3].map(() => svg("g"));
    this.svg.append(this.kept, this.drafted, this.edited, this.tools);
    this.append(this.svg);
    Object.assign(this, { tool: "pen", colour: "#ff5a4f", stroke: 0.008, active: false, selected: null, cross: [0.5, 0.5], crossShown: false });
    Object.assign(this, { index: new FrameIndex(), cache: new Map(), notes: [], faded: new Set(), current: null, editing: null });
    this.draft = new Drawing();
    this.draft.addEventListener("edit", () => this.draftChanged());
    this.stop = new AbortController();
    this.listen({ signal: this.stop.signal });
    this.use("pen");
    this.size();
  }

  listen(options) {
    this.player.video.addEventListener("loadedmetadata", () => this.size(), options);
    this.player.addEventListener("frame", () => this.show(), options);
    this.player.addEventListener("framechange", ({ detail }) => this.onMove(detail), options);
    this.player.addEventListener("stillcompose", ({ detail }) => this.compose(detail), options);
    this.pointer = new Pointer(this, options);
    this.keys = new DrawKeys(this, this.pointer, options);
    this.resize = new ResizeObserver(() => this.paintTools());
    this.resize.observe(this);
  }

  disconnectedCallback() {
    this.stop?.abort();
    this.resize?.disconnect();
    this.svg?.remove();
    this.svg = null;
  }

  size() {
    this.width = this.player.video.videoWidth || 1280;
    this.height = this.player.video.videoHeight || 720;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.cache.clear();
    this.shown = null;
    this.show();
    this.paint();
  }

  /** The drawing that tools work on. */
  get drawing() { return this.editing?.drawing ?? this.draft; }
  get drawn() { return this.draft.shapes; }
  get selectedShape() { return this.selected ? this.drawing.find(this.selected) ?? null : null; }
  /** Pixels of the screen for one of the picture's own. */
  get scale() { return this.svg.getBoundingClientRect().width / this.width || 1; }

  /** The notes with drawings: [{id, frame_in, frame_out, shapes}]. */
  setNotes(notes) {
    this.notes = notes;
    this.index = new FrameIndex(notes);
    this.shown = null;
    this.show();
  }

  shapesAt(frame) {
    return this.index.at(frame).filter(({ id }) => id !== this.editing?.note).flatMap(({ shapes }) => shapes);
  }

  element(shape) {
    const known = this.cache.get(shape.id);
    if (known?.shape === shape) return known.element;
    const element = shapeElement(shape, this.width, this.height);
    this.cache.set(shape.id, { shape, element });
    return element;
  }

  /** Lays down what the presented frame shows; the elements of marks are made once, when they are first seen. */
  show() {
    const frame = this.player.presentedFrame;
    const shapes = this.shapesAt(frame);
    if (!this.shown || this.shown.length !== shapes.length || shapes.some((shape, index) => shape !== this.shown[index])) {
      this.shown = shapes;
      this.kept.replaceChildren(...shapes.map((shape) => this.element(shape)));
    }
    const [from, to] = this.span ?? [this.frame, this.frame];
    const seen = this.frame === undefined || (frame >= from && frame <= to);
    this.drafted.setAttribute("visibility", seen && !this.editing ? "visible" : "hidden");
  }

  compose({ context, width, height, frame }) {
    const [from, to] = this.span ?? [this.frame, this.frame];
    const draft = frame >= from && frame <= to ? this.drawn : [];
    paintShapes(context, [...this.shapesAt(frame), ...(this.editing?.drawing.shapes ?? []), ...draft], width, height);
  }

  paint() {
    const shapes = this.drawing.shapes.map((shape) => (shape.id === this.current?.id ? this.current : shape));
    if (this.current && !this.drawing.find(this.current.id)) shapes.push(this.current);
    const place = this.editing ? this.edited : this.drafted;
    place.replaceChildren(...shapes.map((shape) => this.element(shape)));
    for (const node of place.children) node.toggleAttribute("data-faded", this.faded.has(node.dataset.shape));
    this.paintTools();
  }

  /** The frame round the selected mark with its handles, and the cross of the keyboard; all of one size on the screen. */
  paintTools() {
    if (!this.svg || !this.active) {
      this.tools?.replaceChildren();
      return;
    }
    const px = 1 / this.scale;
    this.tools.replaceChildren(...this.selectionParts(px), ...this.crossParts(px));
  }

  selectionParts(px) {
    const shape = this.current ?? this.selectedShape;
    if (!this.selected || !shape) return [];
    const { left, top, right, bottom } = boundsOf(shape, this.width, this.height);
    const pad = 6 * px + (shape.kind === "text" ? 0 : (shape.stroke * this.height) / 2);
    const box = {
      x: left * this.width - pad, y: top * this.height - pad, width: (right - left) * this.width + 2 * pad, height: (bottom - top) * this.height + 2 * pad,
    };
    const size = HANDLE_PX * px;
    const handles = handlesOf(shape, this.width, this.height).map(({ name, x, y }) => svg("rect", {
      class: "draw-handle", "data-handle": name, x: x * this.width - size / 2, y: y * this.height - size / 2, width: size, height: size, "stroke-width": 1.5 * px,
    }));
    return [svg("rect", { class: "draw-frame draw-frame--rim", ...box, "stroke-width": 3 * px }), svg("rect", { class: "draw-frame", ...box, "stroke-width": px }), ...handles];
  }

  crossParts(px) {
    if (!this.crossShown) return [];
    const [x, y] = [this.cross[0] * this.width, this.cross[1] * this.height];
    const d = `M${x - 14 * px} ${y}H${x + 14 * px}M${x} ${y - 14 * px}V${y + 14 * px}`;
    return [svg("path", { class: "draw-cross draw-cross--rim", d, "stroke-width": 4 * px }), svg("path", { class: "draw-cross", d, "stroke-width": 1.5 * px })];
  }

  draftChanged() {
    this.prune();
    this.paint();
    this.dispatchEvent(new CustomEvent("shapeschange", { bubbles: true, detail: this.drawn }));
  }

  prune() {
    if (this.selected && !this.drawing.find(this.selected)) this.select(null);
  }

  preview(shape) {
    this.current = shape;
    this.paint();
  }

  fade(ids) {
    this.faded = ids;
    this.paint();
  }

  select(id) {
    if (this.selected === id) return;
    this.selected = id;
    this.paintTools();
    this.dispatchEvent(new CustomEvent("markselect", { bubbles: true, detail: this.selectedShape }));
  }

  hit(place) { return topmost(this.drawing.shapes, place, REACH_PX, this); }

  handleAt([x, y], reach) {
    const far = (handle) => Math.hypot((handle.x - x) * this.width, (handle.y - y) * this.height) * this.scale;
    const [nearest] = handlesOf(this.selectedShape, this.width, this.height).sort((a, b) => far(a) - far(b));
    return nearest && far(nearest) <= reach ? nearest.name : null;
  }

  /** Fractions of the picture for a place on the screen. */
  placeOf(clientX, clientY) {
    const box = this.svg.getBoundingClientRect();
    return within((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  }

  moveCross(dx, dy) {
    this.cross = within(this.cross[0] + dx, this.cross[1] + dy);
    this.crossShown = true;
    this.paintTools();
  }

  hideCross() {
    this.crossShown = false;
    this.paintTools();
  }

  /** Opens the field for the words of a text mark, new or there already; empty words take a mark away. */
  askWords(shape) {
    const { drawing } = this;
    openTextField(this, shape, (words) => {
      const known = drawing.find(shape.id);
      if (words === null) return;
      if (known && words === "") drawing.remove([shape.id]);
      else if (known) drawing.change({ ...known, text: words });
      else if (words !== "") drawing.add({ ...shape, text: words });
    });
  }

  tell(words) { this.player.say(words); }

  refuse() {
    this.dispatchEvent(new CustomEvent("drawrefused", { bubbles: true }));
  }

  /** Begins drawing once the frame on the screen is confirmed; gives that frame, or null when it could not be confirmed. */
  async start() {
    await this.player.pause();
    if (this.drawn.length > 0 && this.frame !== undefined && this.frame !== this.player.frame) await this.player.seek(this.frame);
    if (!this.player.settled) return null;
    this.frame = this.player.presentedFrame;
    this.setActive(true);
    return this.frame;
  }

  /** Opens the marks of a note that exists, on a frame of it; gives that frame, or null when it could not be confirmed. */
  async edit({ id, frame_in: from, frame_out: to, shapes }) {
    await this.player.pause();
    if (this.player.frame < from || this.player.frame > to) await this.player.seek(from);
    if (!this.player.settled) return null;
    this.leave();
    const drawing = new Drawing(shapes);
    drawing.addEventListener("edit", ({ detail }) => {
      this.prune();
      this.paint();
      this.dispatchEvent(new CustomEvent("markedit", { bubbles: true, detail: { note: id, edits: detail, shapes: drawing.shapes } }));
    });
    this.editing = { note: id, drawing, frame: this.player.presentedFrame };
    this.shown = null;
    this.setActive(true);
    this.use("select");
    this.show();
    this.paint();
    return this.editing.frame;
  }

  leave() {
    this.querySelector(".draw-text")?.blur();
    this.pointer.cancel();
    this.crossShown = false;
    this.select(null);
    this.setActive(false);
    if (this.editing) {
      this.editing = null;
      this.edited.replaceChildren();
      this.shown = null;
    }
    if (this.drawn.length === 0) this.frame = undefined;
    this.show();
    this.paint();
  }

  setActive(active) {
    if (this.active === active) return;
    this.active = active;
    this.toggleAttribute("data-active", active);
    this.player.toggleAttribute("data-drawing", active);
    if (active) {
      this.tabIndex = 0;
      this.setAttribute("role", "application");
      this.setAttribute("aria-label", "Drawing. Arrow keys move a cross, Enter sets a point, Tab walks the marks, Escape leaves.");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) this.removeAttribute(name);
    }
    this.dispatchEvent(new CustomEvent("drawmode", { bubbles: true, detail: active }));
  }

  onMove(frame) {
    if (this.active && frame !== (this.editing?.frame ?? this.frame)) this.leave();
    this.show();
  }

  undo() { if (!this.pointer.cancel()) this.drawing.undo(); }
  redo() { this.drawing.redo(); }
  eraseSelected() { if (this.selected) this.drawing.remove([this.selected]); }

  /** Takes a kept draft up again on its frame. */
  restore(shapes, frame) {
    this.frame = frame;
    this.draft.reset(shapes);
    this.show();
  }

  clear() {
    this.draft.reset();
    if (!this.active) this.frame = undefined;
  }

  setColour(colour) {
    this.colour = colour;
    const shape = this.selectedShape;
    if (shape) this.drawing.change({ ...shape, colour }, "colour");
  }

  setStroke(stroke) {
    this.stroke = stroke;
    const shape = this.selectedShape;
    if (shape) this.drawing.change({ ...shape, stroke: shape.kind === "text" ? stroke * LETTERS : stroke }, "stroke");
  }

  use(tool) {
    if (!TOOLS.has(tool)) return;
    this.pointer.cancel();
    this.tool = tool;
    if (tool !== "select") this.select(null);
    this.dataset.tool = tool;
  }
}

customElements.define("annotation-layer", AnnotationLayer);
