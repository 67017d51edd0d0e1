// Where marks are, and how they move and grow. Pure: a shape and numbers in, a new shape out; the given one is never changed.
// Places are fractions of the picture; `reach` and distances are pixels of a width × height picture.
import { textWidth } from "./shapes.js";
import { thin } from "./stroke.js";

const inside = (value) => Math.min(1, Math.max(0, Math.round(value * 1e5) / 1e5));
const CORNERED = new Set(["box", "ellipse", "highlight", "pen"]);
const LEAST_SIZE = 0.004;

/** The rectangle round a mark, without the width of its line: {left, top, right, bottom}. */
export function boundsOf(shape, width, height) {
  const [first] = shape.points;
  if (shape.kind === "text") {
    return { left: first[0], top: first[1], right: first[0] + textWidth(shape, width, height), bottom: first[1] + shape.stroke };
  }
  const bounds = { left: first[0], top: first[1], right: first[0], bottom: first[1] };
  for (const [x, y] of shape.points) {
    bounds.left = Math.min(bounds.left, x);
    bounds.right = Math.max(bounds.right, x);
    bounds.top = Math.min(bounds.top, y);
    bounds.bottom = Math.max(bounds.bottom, y);
  }
  return bounds;
}

const placed = (shape, place) => ({ ...shape, points: shape.points.map((point) => [...place(point).map(inside), ...point.slice(2)]) });

/** The mark moved by dx, dy; stopped by the picture's edge as a whole, so that it keeps its form. */
export function moved(shape, dx, dy, width, height) {
  const { left, top, right, bottom } = boundsOf(shape, width, height);
  const within = (by, low, high) => Math.min(Math.max(by, -low), Math.max(1 - high, 0));
  const [x, y] = [within(dx, left, right), within(dy, top, bottom)];
  return placed(shape, (point) => [point[0] + x, point[1] + y]);
}

/** The places at which a mark can be taken to resize it: [{name, x, y}]. */
export function handlesOf(shape, width, height) {
  if (shape.kind === "arrow" || shape.kind === "line") {
    return shape.points.slice(0, 2).map(([x, y], index) => ({ name: index === 0 ? "start" : "end", x, y }));
  }
  const { left, top, right, bottom } = boundsOf(shape, width, height);
  if (shape.kind === "text") return [{ name: "se", x: Math.min(1, right), y: Math.min(1, bottom) }];
  const [middle, centre] = [(top + bottom) / 2, (left + right) / 2];
  return [
    ["nw", left, top], ["n", centre, top], ["ne", right, top], ["e", right, middle],
    ["se", right, bottom], ["s", centre, bottom], ["sw", left, bottom], ["w", left, middle],
  ].map(([name, x, y]) => ({ name, x, y }));
}

/** The mark after one of its handles was put at x, y. */
export function resized(shape, handle, x, y, width, height) {
  if (handle === "start" || handle === "end") {
    const at = handle === "start" ? 0 : 1;
    return { ...shape, points: shape.points.map((point, index) => (index === at ? [inside(x), inside(y)] : point)) };
  }
  const old = boundsOf(shape, width, height);
  if (shape.kind === "text") return { ...shape, stroke: Math.min(0.5, Math.max(0.012, Math.round((y - old.top) * 1e5) / 1e5)) };
  if (!CORNERED.has(shape.kind)) return shape;
  const now = { ...old };
  if (handle.includes("w")) now.left = Math.min(inside(x), old.right - LEAST_SIZE);
  if (handle.includes("e")) now.right = Math.max(inside(x), old.left + LEAST_SIZE);
  if (handle.includes("n")) now.top = Math.min(inside(y), old.bottom - LEAST_SIZE);
  if (handle.includes("s")) now.bottom = Math.max(inside(y), old.top + LEAST_SIZE);
  const onto = (value, from, to, low, high) => (to - from < 1e-6 ? low : low + ((value - from) / (to - from)) * (high - low));
  const grown = placed(shape, (point) => [
    onto(point[0], old.left, old.right, now.left, now.right),
    onto(point[1], old.top, old.bottom, now.top, now.bottom),
  ]);
  return shape.kind === "pen" ? { ...grown, points: thin(grown.points) } : grown;
}

function toSegment(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}

function toPolyline(x, y, pixels) {
  if (pixels.length === 1) return toSegment(x, y, pixels[0], pixels[0]);
  let least = Infinity;
  for (let index = 1; index < pixels.length; index += 1) least = Math.min(least, toSegment(x, y, pixels[index - 1], pixels[index]));
  return least;
}

function toEllipse(x, y, { left, top, right, bottom }) {
  const [rx, ry] = [(right - left) / 2 || 1, (bottom - top) / 2 || 1];
  const [dx, dy] = [x - (left + right) / 2, y - (top + bottom) / 2];
  const far = Math.hypot(dx / rx, dy / ry);
  return far === 0 ? Math.min(rx, ry) : Math.abs(Math.hypot(dx, dy) * (1 - 1 / far));
}

/** Whether the place x, y (fractions) lies on the mark, or no further than `reach` pixels from its line. */
export function touches(shape, x, y, reach, width, height) {
  const [px, py] = [x * width, y * height];
  const near = reach + (shape.kind === "text" ? 0 : (shape.stroke * height) / 2);
  const fractions = boundsOf(shape, width, height);
  const box = { left: fractions.left * width, right: fractions.right * width, top: fractions.top * height, bottom: fractions.bottom * height };
  if (px < box.left - near || px > box.right + near || py < box.top - near || py > box.bottom + near) return false;
  if (shape.kind === "text" || shape.kind === "highlight") return true;
  if (shape.kind === "ellipse") return toEllipse(px, py, box) <= near;
  if (shape.kind === "box") {
    const corners = [[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom], [box.left, box.top]];
    return toPolyline(px, py, corners) <= near;
  }
  return toPolyline(px, py, shape.points.map((point) => [point[0] * width, point[1] * height])) <= near;
}

/** Whether two points are far enough apart to be a mark: a click with arrow or box is none. */
export const isDrag = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]) >= LEAST_SIZE;

/** A place kept inside the picture and rounded to what is stored. */
export const within = (x, y) => [inside(x), inside(y)];
