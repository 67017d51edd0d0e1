// Volume, mute and the picture of the sound. What a person set is found again on the next clip.
import { recall, remember } from "./choices.js";

const SVG = "http://www.w3.org/2000/svg";
const HIGHEST = 128;

/** The outline of peaks [low, high, low, high…] as one path, `step` wide each, beginning at `start`. */
export function waveformPath(peaks, step, start = 0) {
  const count = Math.floor(peaks.length / 2);
  if (count === 0) return "";
  const round = (value) => Math.round(value * 100) / 100;
  // A hair of height, so that silence is a line.
  const point = (index, value) => `${round(start + index * step)} ${round(HIGHEST - value)}`;
  const upper = Array.from({ length: count }, (_, index) => point(index + 0.5, Math.max(1, peaks[2 * index + 1])));
  const lower = Array.from({ length: count }, (_, index) => point(index + 0.5, Math.min(-1, peaks[2 * index])));
  return `M${upper.join("L")}L${lower.reverse().join("L")}Z`;
}

export class Sound {
  constructor(player, signal) {
    Object.assign(this, { player, video: player.video, signal });
    this.video.preservesPitch = true;
    this.video.volume = Math.min(1, Math.max(0, recall("volume", 1)));
    this.video.muted = recall("muted", false);
    const { volume } = player.parts;
    volume?.addEventListener("input", () => this.setVolume(Number(volume.value) / 100), { signal });
    this.silent = player.hasAttribute("data-silent");
    this.paint();
    if (!this.silent) this.drawLane();
    else if (player.parts.lane) player.parts["lane-words"].textContent = "No sound";
  }

  setVolume(volume) {
    this.video.volume = Math.min(1, Math.max(0, volume));
    this.video.muted = false;
    this.keep();
  }

  toggleMute() {
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 0.5;
    this.keep();
  }

  keep() {
    remember("volume", this.video.volume);
    remember("muted", this.video.muted);
    this.paint();
  }

  paint() {
    const { player, video, silent } = this;
    const { volume } = player.parts;
    const percent = video.muted ? 0 : Math.round(video.volume * 100);
    player.press("mute", video.muted);
    player.dataset.sound = silent ? "none" : percent === 0 ? "off" : "on";
    const button = player.querySelector('[data-action="mute"]');
    if (button) button.disabled = silent;
    if (!volume) return;
    volume.value = percent;
    volume.disabled = silent;
    volume.setAttribute("aria-valuetext", silent ? "no sound" : `${percent} percent`);
  }

  async drawLane() {
    const { lane } = this.player.parts;
    const { waveform } = this.player.dataset;
    if (!lane || !waveform) return;
    try {
      const answer = await fetch(waveform, { credentials: "same-origin", signal: this.signal });
      if (answer.ok) this.putLane(await answer.json());
    } catch {
      // The lane stays empty; the sound itself is not touched by this.
    }
  }

  /** Peaks lie on the picture's time; the lane is as wide as the way of the seek bar's thumb, first frame to last. */
  putLane({ per_second: perSecond, peaks }) {
    const { rate, head, parts } = this.player;
    const svg = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", `0 0 ${Math.max(1, head.last)} ${2 * HIGHEST}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", waveformPath(peaks, rate.num / rate.den / perSecond, -0.5));
    svg.append(path);
    parts.lane.prepend(svg);
  }
}
