// Drawing without a pointer: arrow keys move a cross, Enter sets a point; Tab walks the marks; a marked one is moved by arrows,
// made larger and smaller with Ctrl, taken away by Delete. Keys reach this only while the drawing layer has the focus; Enter and
// Delete stand in the table of keys (keys.js) and may be others.
import { boundsOf, handlesOf, moved, resized } from "./geometry.js";
import { NAMES, gestureAt } from "./gestures.js";
import { keymap } from "./keys.js";
import { COLOURS } from "./shapes.js";

const STEP = 0.005; // of the height
const BIG = 5; // times as far with Shift
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class DrawKeys {
  constructor(layer, pointer, options) {
    Object.assign(this, { layer, pointer });
    layer.addEventListener("keydown", (event) => this.press(event), options);
  }

  press(event) {
    const { layer } = this;
    if (!layer.active || event.target !== layer || event.defaultPrevented) return;
    const taken = this.taken(event);
    if (!taken) return;
    event.preventDefault();
    event.stopPropagation();
  }

  taken(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const action = keymap.find(event, "drawing")?.action;
    if (action === "setPoint") return this.set();
    if (action === "takeAway") return this.remove();
    if (altKey) return false;
    if (WAYS[key]) return this.arrow(WAYS[key], shiftKey ? BIG : 1, ctrlKey || metaKey);
    if (ctrlKey || metaKey) return false;
    if (key === "Tab") return this.walk(shiftKey ? -1 : 1);
    if (key === "Escape") return this.giveUp();
    return false;
  }

  arrow([dx, dy], times, resizing) {
    const { layer } = this;
    const { width, height } = layer;
    const [x, y] = [dx * STEP * times * (height / width), dy * STEP * times];
    const shape = layer.selectedShape;
    if (shape && !this.pointer.armed) {
      layer.drawing.change(resizing ? this.grown(shape, x, y) : moved(shape, x, y, width, height), resizing ? "grow" : "nudge");
      return true;
    }
    layer.moveCross(x, y);
    this.pointer.armed?.to(layer.cross);
    return true;
  }

  grown(shape, x, y) {
    const { width, height } = this.layer;
    const handle = handlesOf(shape, width, height).find(({ name }) => name === "end" || name === "se");
    return resized(shape, handle.name, handle.x + x, handle.y + y, width, height);
  }

  walk(by) {
    const { layer } = this;
    const { shapes } = layer.drawing;
    if (shapes.length === 0) return false;
    const at = shapes.findIndex(({ id }) => id === layer.selected);
    const next = at < 0 ? (by > 0 ? 0 : shapes.length - 1) : at + by;
    layer.select(shapes[next]?.id ?? null);
    const shape = shapes[next];
    if (!shape) return false; // past the last mark Tab goes on to the next control
    const { left, top } = boundsOf(shape, layer.width, layer.height);
    const place = `${Math.round(left * 100)} % from the left, ${Math.round(top * 100)} % from the top`;
    layer.tell(`${NAMES[shape.kind] ?? "Mark"} ${next + 1} of ${shapes.length}, ${COLOURS[shape.colour] ?? shape.colour}, ${place}`);
    return true;
  }

  set() {
    const { layer, pointer } = this;
    if (layer.selectedShape && !pointer.armed) {
      if (layer.selectedShape.kind === "text") layer.askWords(layer.selectedShape);
      else layer.tell("Arrow keys move the mark, with Ctrl they change its size. Delete takes it away.");
      return true;
    }
    if (!layer.player.settled) {
      layer.refuse();
      return true;
    }
    layer.moveCross(0, 0);
    if (pointer.armed) {
      const { armed } = pointer;
      pointer.armed = null;
      armed.to(layer.cross);
      layer.tell(armed.end() ? "Mark set." : "Too small to be a mark.");
      return true;
    }
    const gesture = gestureAt(layer, layer.cross);
    if (layer.tool === "eraser") layer.tell(gesture.end() ? "Mark taken away." : "No mark here.");
    else if (layer.tool !== "select" && gesture) {
      pointer.armed = gesture;
      gesture.to(layer.cross);
      layer.tell(layer.tool === "pen" ? "Pen down. Arrow keys draw, Enter lifts it." : "First point set. Arrow keys go to the other, Enter sets it.");
    }
    return true;
  }

  remove() {
    const { layer } = this;
    if (!layer.selected) return false;
    const { shapes } = layer.drawing;
    const at = shapes.findIndex(({ id }) => id === layer.selected);
    layer.drawing.remove([layer.selected]);
    layer.select(layer.drawing.shapes[Math.min(at, layer.drawing.size - 1)]?.id ?? null);
    layer.tell("Mark taken away.");
    return true;
  }

  giveUp() {
    const { layer } = this;
    if (this.pointer.cancel()) return true;
    if (layer.selected) {
      layer.select(null);
      return true;
    }
    return false; // the player's own Escape leaves drawing
  }
}
