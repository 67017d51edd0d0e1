// Geometry of drawn marks. Points are [x, y, pressure?] with x and y from 0 to 1 of the picture; `stroke` is a fraction of
// the picture's height. Everything here is pure: numbers in, numbers or path data out.

const round = (value) => Math.round(value * 100) / 100;
const LEAST = 0.0015; // points closer than this (of the height) add nothing

const APART = 0.0016; // a little more than LEAST, so that nothing that is stored is dropped again
const MOST_POINTS = 4000;

/** The points of a stroke as they are stored: evenly far apart however slowly it was drawn, and never too many. */
export function thin(points, apart = APART) {
  const kept = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= apart) kept.push(point);
  }
  const end = points.at(-1);
  if (end !== kept.at(-1)) kept.push(end);
  return kept.length > MOST_POINTS ? thin(points, apart * 2) : kept;
}

/** Drops points that are too close together and steadies the rest with a three-point mean; the ends stay. */
export function smooth(points) {
  const kept = points.filter((point, index) => {
    if (index === 0 || index === points.length - 1) return true;
    const [x, y] = points[index - 1];
    return Math.hypot(point[0] - x, point[1] - y) >= LEAST;
  });
  return kept.map((point, index) => {
    if (index === 0 || index === kept.length - 1) return point;
    const [before, after] = [kept[index - 1], kept[index + 1]];
    const mean = (axis) => (before[axis] + 2 * point[axis] + after[axis]) / 4;
    return [mean(0), mean(1), point[2]];
  });
}

/** Unit normals of a polyline in pixels. */
function normals(points) {
  return points.map((_, index) => {
    const [ax, ay] = points[Math.max(0, index - 1)];
    const [bx, by] = points[Math.min(points.length - 1, index + 1)];
    const length = Math.hypot(bx - ax, by - ay) || 1;
    return [-(by - ay) / length, (bx - ax) / length];
  });
}

/** Path through points with quadratic curves from midpoint to midpoint. */
function curve(points, start) {
  const parts = [`${start}${round(points[0][0])} ${round(points[0][1])}`];
  for (let index = 1; index < points.length - 1; index += 1) {
    const [x, y] = points[index];
    const [nx, ny] = points[index + 1];
    parts.push(`Q${round(x)} ${round(y)} ${round((x + nx) / 2)} ${round((y + ny) / 2)}`);
  }
  const [x, y] = points.at(-1);
  parts.push(`L${round(x)} ${round(y)}`);
  return parts.join("");
}

/** The outline of a pen stroke as path data in pixels of a width × height picture; wider where it was pressed harder. */
export function penOutline(points, stroke, width, height) {
  const pixels = smooth(points).map(([x, y, pressure = 0.5]) => [x * width, y * height, pressure]);
  const radius = ([, , pressure]) => (stroke * height * (0.4 + 1.2 * pressure)) / 2;
  if (pixels.length < 2 || pixels.every(([x, y]) => Math.hypot(x - pixels[0][0], y - pixels[0][1]) < 0.5)) {
    const [x, y] = pixels[0];
    const r = round(radius(pixels[0]));
    return `M${round(x - r)} ${round(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  }
  const sides = normals(pixels);
  const side = (sign) => pixels.map((point, index) => [
    point[0] + sign * sides[index][0] * radius(point),
    point[1] + sign * sides[index][1] * radius(point),
  ]);
  const left = side(1);
  const right = side(-1).reverse();
  const cap = (to, r) => `A${round(r)} ${round(r)} 0 0 0 ${round(to[0])} ${round(to[1])}`;
  const back = curve(right, "L");
  return `${curve(left, "M")}${cap(right[0], radius(pixels.at(-1)))}${back}${cap(left[0], radius(pixels[0]))}Z`;
}

/** An arrow from the first point to the last: its shaft and its head, in pixels. */
export function arrowPath([from, to], stroke, width, height) {
  const [ax, ay, bx, by] = [from[0] * width, from[1] * height, to[0] * width, to[1] * height];
  const angle = Math.atan2(by - ay, bx - ax);
  const size = Math.max(stroke * height * 4.5, 8);
  const wing = (turn) => `${round(bx - size * Math.cos(angle + turn))} ${round(by - size * Math.sin(angle + turn))}`;
  return `M${round(ax)} ${round(ay)}L${round(bx)} ${round(by)}M${wing(0.5)}L${round(bx)} ${round(by)}L${wing(-0.5)}`;
}

/** A straight line from the first point to the last, in pixels. */
export function linePath([from, to], width, height) {
  return `M${round(from[0] * width)} ${round(from[1] * height)}L${round(to[0] * width)} ${round(to[1] * height)}`;
}

/** The rectangle that two corners span, as path data. */
export function boxPath(points, width, height) {
  const box = boxOf(points, width, height);
  return `M${box.x} ${box.y}h${box.width}v${box.height}h${-box.width}Z`;
}

/** The ellipse inside the rectangle that two corners span, as path data. */
export function ellipsePath(points, width, height) {
  const box = boxOf(points, width, height);
  const [rx, ry] = [box.width / 2, box.height / 2];
  return `M${box.x} ${box.y + ry}a${rx} ${ry} 0 1 0 ${box.width} 0a${rx} ${ry} 0 1 0 ${-box.width} 0Z`;
}

/** The rectangle that two corners span, in pixels: {x, y, width, height}. */
export function boxOf([a, b], width, height) {
  const [x, y] = [Math.min(a[0], b[0]) * width, Math.min(a[1], b[1]) * height];
  return { x: round(x), y: round(y), width: round(Math.abs(a[0] - b[0]) * width), height: round(Math.abs(a[1] - b[1]) * height) };
}
