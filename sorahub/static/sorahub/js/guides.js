// Guides over the picture: safe areas, thirds, the centre, and what other formats would crop away. Remembered.
import { recall, remember } from "./choices.js";

const SVG = "http://www.w3.org/2000/svg";
const SAFE = { action: 0.93, title: 0.9 }; // SMPTE ST 2046-1
const CROPS = { "9:16": 9 / 16, "4:5": 4 / 5, "1:1": 1 };

const box = (x, y, width, height) => `M${x} ${y}h${width}v${height}h${-width}Z`;

function safeArea(share, width, height) {
  return box((width * (1 - share)) / 2, (height * (1 - share)) / 2, width * share, height * share);
}

function thirds(width, height) {
  return [1, 2].map((n) => `M${(width * n) / 3} 0V${height}M0 ${(height * n) / 3}H${width}`).join("");
}

function cross(width, height) {
  const arm = height / 20;
  return `M${width / 2 - arm} ${height / 2}h${2 * arm}M${width / 2} ${height / 2 - arm}v${2 * arm}`;
}

/** The part of a width × height picture that a format keeps: {x, y, width, height}; never larger than the picture. */
export function cropOf(name, width, height) {
  const aspect = CROPS[name];
  const [w, h] = width / height > aspect ? [height * aspect, height] : [width, width / aspect];
  return { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h };
}

/** SVG path data of each guide that is on: [{kind, d}]. */
export function guidePaths({ lines, crop }, width, height) {
  const make = { action: () => safeArea(SAFE.action, width, height), title: () => safeArea(SAFE.title, width, height), thirds: () => thirds(width, height), cross: () => cross(width, height) };
  const paths = lines.filter((name) => name in make).map((name) => ({ kind: name, d: make[name]() }));
  if (!(crop in CROPS)) return paths;
  const kept = cropOf(crop, width, height);
  const inner = box(kept.x, kept.y, kept.width, kept.height);
  return [{ kind: "mask", d: box(0, 0, width, height) + inner }, { kind: "crop", d: inner }, ...paths];
}

export class Guides {
  constructor(player, signal) {
    Object.assign(this, { player, layer: player.parts.guides });
    this.lines = recall("guides", []);
    this.crop = recall("crop", "");
    this.on = recall("guidesOn", true);
    const choices = player.querySelectorAll("[name='player-guide']");
    for (const choice of choices) {
      choice.checked = this.lines.includes(choice.value);
      choice.addEventListener("change", () => this.set({ lines: [...choices].filter((one) => one.checked).map((one) => one.value) }), { signal });
    }
    const { crop } = player.parts;
    if (crop) crop.value = this.crop in CROPS ? this.crop : "";
    crop?.addEventListener("change", () => this.set({ crop: crop.value }), { signal });
    player.video.addEventListener("loadedmetadata", () => this.draw(), { signal });
    this.draw();
  }

  set({ lines = this.lines, crop = this.crop }) {
    Object.assign(this, { lines, crop, on: true });
    this.keep();
  }

  /** The key: all of them away and back; with none chosen the safe areas come. */
  toggle() {
    if (this.lines.length === 0 && !this.crop) {
      this.lines = ["action", "title"];
      for (const choice of this.player.querySelectorAll("[name='player-guide']")) choice.checked = this.lines.includes(choice.value);
      this.on = true;
    } else {
      this.on = !this.on;
    }
    this.keep();
  }

  keep() {
    remember("guides", this.lines);
    remember("crop", this.crop);
    remember("guidesOn", this.on);
    this.draw();
  }

  draw() {
    const { videoWidth: width, videoHeight: height } = this.player.video;
    this.player.press("guides", this.on && (this.lines.length > 0 || this.crop !== ""));
    if (!this.layer || !width) return;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("preserveAspectRatio", "none");
    for (const { kind, d } of this.on ? guidePaths(this, width, height) : []) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", d);
      path.setAttribute("class", `guide guide--${kind}`);
      svg.append(path);
    }
    this.layer.replaceChildren(svg);
  }
}
