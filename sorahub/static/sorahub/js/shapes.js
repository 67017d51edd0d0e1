// What a drawn mark looks like: one outline, laid over the picture as SVG and onto a canvas for a still.
// A shape: {id, kind, schema: 1, points: [[x, y, pressure?]…], stroke, colour, text?}; x, y from 0 to 1 of the picture,
// stroke as a fraction of its height. Every mark has a dark rim, so that it is seen on any picture.
import { arrowPath, boxPath, ellipsePath, linePath, penOutline } from "./stroke.js";

const SVG = "http://www.w3.org/2000/svg";
const FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
const RIM = "rgb(0 0 0 / 0.6)";
const RIM_WIDTH = 0.0022; // of the height, on either side
const SEE_THROUGH = 0.35;
export const BASELINE = 0.8; // of the letters' height, below the point where a text stands

/** The colours that are offered, by what is stored; people see and hear their names. */
export const COLOURS = {
  "#ff5a4f": "red", "#ff9d3c": "orange", "#ffd23f": "yellow", "#5fd38a": "green", "#4fb3ff": "blue", "#ffffff": "white",
};

/** The colour to paint with for a stored one: #rrggbb, or one of CSS's names. */
export const inkOf = (colour) => (/^(#[0-9a-f]{6}|[a-z]+)$/i.test(colour) ? colour : "#ff5a4f");

const PATHS = {
  pen: ({ points, stroke }, width, height) => penOutline(points, stroke, width, height),
  arrow: ({ points, stroke }, width, height) => arrowPath(points, stroke, width, height),
  line: ({ points }, width, height) => linePath(points, width, height),
  box: ({ points }, width, height) => boxPath(points, width, height),
  highlight: ({ points }, width, height) => boxPath(points, width, height),
  ellipse: ({ points }, width, height) => ellipsePath(points, width, height),
};

/** How a shape is laid down in a picture of width × height: path data or words, and what is filled and stroked how widely. */
export function lookOf(shape, width, height) {
  const ink = inkOf(shape.colour);
  const rim = 2 * Math.max(RIM_WIDTH * height, 0.75);
  if (shape.kind === "text") {
    const size = shape.stroke * height;
    return { ink, rim, size, text: shape.text ?? "", x: shape.points[0][0] * width, y: shape.points[0][1] * height + BASELINE * size };
  }
  const path = (PATHS[shape.kind] ?? PATHS.line)(shape, width, height);
  if (shape.kind === "pen") return { ink, rim, path, fill: 1, line: 0 };
  if (shape.kind === "highlight") return { ink, rim: 0, path, fill: SEE_THROUGH, line: Math.max(0.0015 * height, 1) };
  return { ink, rim, path, fill: 0, line: shape.stroke * height };
}

function svg(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

const ROUND = { "stroke-linecap": "round", "stroke-linejoin": "round" };

/** The SVG element of a shape for a picture of width × height pixels. */
export function shapeElement(shape, width, height) {
  const look = lookOf(shape, width, height);
  const group = svg("g", { "data-shape": shape.id, "data-kind": shape.kind });
  if (shape.kind === "text") {
    const words = svg("text", {
      x: look.x, y: look.y, fill: look.ink, stroke: RIM, "stroke-width": look.size * 0.14, "paint-order": "stroke",
      "font-size": look.size, "font-family": FONT, "font-weight": 600, ...ROUND,
    });
    words.textContent = look.text;
    group.append(words);
    return group;
  }
  if (look.rim > 0) group.append(svg("path", { d: look.path, fill: "none", stroke: RIM, "stroke-width": look.line + look.rim, ...ROUND }));
  group.append(svg("path", {
    d: look.path, fill: look.fill > 0 ? look.ink : "none", "fill-opacity": look.fill, "data-ink": "",
    stroke: look.line > 0 ? look.ink : "none", "stroke-width": look.line, ...ROUND,
  }));
  return group;
}

function paintText(context, look) {
  context.font = `600 ${look.size}px ${FONT}`;
  context.textBaseline = "alphabetic";
  context.strokeStyle = RIM;
  context.lineWidth = look.size * 0.14;
  context.strokeText(look.text, look.x, look.y);
  context.fillStyle = look.ink;
  context.fillText(look.text, look.x, look.y);
}

function paintPath(context, look) {
  const path = new Path2D(look.path);
  if (look.rim > 0) {
    context.strokeStyle = RIM;
    context.lineWidth = look.line + look.rim;
    context.stroke(path);
  }
  if (look.fill > 0) {
    context.fillStyle = look.ink;
    context.globalAlpha = look.fill;
    context.fill(path);
    context.globalAlpha = 1;
  }
  if (look.line > 0) {
    context.strokeStyle = look.ink;
    context.lineWidth = look.line;
    context.stroke(path);
  }
}

/** Lays shapes onto a canvas that holds the picture, width × height pixels large, just as they lie over the player's. */
export function paintShapes(context, shapes, width, height) {
  context.save();
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const shape of shapes) {
    const look = lookOf(shape, width, height);
    if (shape.kind === "text") paintText(context, look);
    else paintPath(context, look);
  }
  context.restore();
}

let ruler = null;

/** The width of a text mark as a fraction of the picture's width. */
export function textWidth({ text = "", stroke }, width, height) {
  ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `600 100px ${FONT}`;
  return (ruler.measureText(text).width / 100) * stroke * (height / width);
}
