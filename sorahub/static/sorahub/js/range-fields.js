// The frames of the note being written: a chip that names them and, when it is pressed, two fields to change them by number or timecode.
import { parseFrame } from "./timecode.js";

export class RangeFields {
  /** `set` is asked to take {frame_in, frame_out}; it answers with words when it refuses. */
  constructor({ chip, box, from, to, problem }, player, set) {
    Object.assign(this, { chip, box, from, to, problem, player, set });
    chip.addEventListener("click", () => this.toggle());
    for (const field of [from, to]) {
      field.addEventListener("change", () => this.take());
      field.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        if (event.key === "Enter" && !this.take()) return;
        this.toggle(false);
        chip.focus();
      });
    }
  }

  toggle(open = this.box.hidden) {
    this.box.hidden = !open;
    this.chip.setAttribute("aria-expanded", String(open));
    if (open) this.from.focus();
  }

  show({ frame_in: from, frame_out: to }) {
    const words = from === to ? `Frame ${from + 1}` : `Frames ${from + 1} to ${to + 1}`;
    const label = `${words} · ${this.player.timecode(from)}`;
    if (this.chip.lastElementChild.textContent !== label) this.chip.lastElementChild.textContent = label;
    if (document.activeElement !== this.from) this.from.value = from + 1;
    if (document.activeElement !== this.to) this.to.value = to + 1;
  }

  take() {
    const { rate, frameCount } = this.player;
    const [from, to] = [this.from, this.to].map((field) => parseFrame(field.value, rate));
    const outside = (frame) => frame === null || !Number.isInteger(frame) || frame < 0 || frame >= frameCount;
    const words = outside(from) || outside(to) ? `Frames run from 1 to ${frameCount}.`
      : to < from ? "The last frame comes before the first." : this.set({ frame_in: from, frame_out: to });
    this.problem.textContent = words || "";
    for (const field of [this.from, this.to]) field.setAttribute("aria-invalid", String(Boolean(words)));
    return !words;
  }
}
