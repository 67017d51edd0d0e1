// What a tool does from its first point to its last. A gesture is {to(place, pressures), end(), cancel(), arms}: the pointer that is
// dragged, two clicks one after the other, and the arrow keys with Enter all drive the same ones.
// `end` gives whether something came of it; `arms` says that a mere click leaves it open for a second one.
import { uuid } from "./ids.js";
import { isDrag, moved, resized, touches, within } from "./geometry.js";
import { thin } from "./stroke.js";

export const LETTERS = 5; // a text's letters are this many line widths high
export const NAMES = { pen: "Pen", arrow: "Arrow", line: "Line", box: "Box", ellipse: "Ellipse", text: "Text", highlight: "Highlight" };
const FIRST_TAKE = 14; // px round a handle that belong to it

const fresh = (layer, kind, points) => ({ id: uuid(), kind, schema: 1, points, stroke: layer.stroke, colour: layer.colour });

function penGesture(layer, start) {
  let shape = fresh(layer, "pen", [start]);
  return {
    arms: false,
    to(...places) {
      shape = { ...shape, points: thin([...shape.points, ...places]) };
      layer.preview(shape);
    },
    end() {
      layer.preview(null);
      layer.drawing.add(shape);
      return true;
    },
    cancel: () => layer.preview(null),
  };
}

function cornerGesture(layer, start) {
  const from = start.slice(0, 2);
  let shape = fresh(layer, layer.tool, [from, from]);
  return {
    arms: true,
    to(...places) {
      shape = { ...shape, points: [from, places.at(-1).slice(0, 2)] };
      layer.preview(shape);
    },
    end() {
      layer.preview(null);
      if (!isDrag(shape.points)) return false;
      layer.drawing.add(shape);
      return true;
    },
    cancel: () => layer.preview(null),
  };
}

function eraseGesture(layer, start) {
  const doomed = new Set();
  const over = (place) => {
    const hit = layer.hit(place);
    if (hit) doomed.add(hit.id);
    layer.fade(doomed);
  };
  over(start);
  return {
    arms: false,
    to: (...places) => places.forEach(over),
    end() {
      layer.fade(new Set());
      layer.drawing.remove([...doomed]);
      return doomed.size > 0;
    },
    cancel: () => layer.fade(new Set()),
  };
}

function changeGesture(layer, original, change) {
  let shape = original;
  return {
    arms: true,
    to(...places) {
      shape = change(places.at(-1));
      layer.preview(shape);
    },
    end() {
      layer.preview(null);
      layer.drawing.change(shape);
      return shape !== original;
    },
    cancel: () => layer.preview(null),
  };
}

function selectGesture(layer, start) {
  const { width, height } = layer;
  const selected = layer.selectedShape;
  const handle = selected && layer.handleAt(start, FIRST_TAKE);
  if (handle) return changeGesture(layer, selected, ([x, y]) => resized(selected, handle, x, y, width, height));
  const hit = layer.hit(start);
  layer.select(hit?.id ?? null);
  if (!hit) return null;
  const gesture = changeGesture(layer, hit, ([x, y]) => moved(hit, x - start[0], y - start[1], width, height));
  // The first click selects; a click on what is selected already takes it up, and the next one lays it down.
  return { ...gesture, arms: selected?.id === hit.id };
}

function textGesture(layer, start) {
  const hit = layer.hit(start);
  if (hit?.kind === "text") layer.askWords(hit);
  else layer.askWords({ ...fresh(layer, "text", [start.slice(0, 2)]), stroke: layer.stroke * LETTERS, text: "" });
  return null;
}

const GESTURES = { pen: penGesture, eraser: eraseGesture, select: selectGesture, text: textGesture };

/** The gesture that the layer's tool begins at a place, or null when there is nothing to continue. */
export const gestureAt = (layer, start) => (GESTURES[layer.tool] ?? cornerGesture)(layer, start);

/** The topmost mark at a place, no further than `reach` pixels of the screen away. */
export function topmost(shapes, [x, y], reach, { width, height, scale }) {
  return shapes.findLast((shape) => touches(shape, x, y, reach / scale, width, height)) ?? null;
}

export { within };
