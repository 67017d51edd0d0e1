// The range between "in" and "out": a band over the lane, with a handle at each end for pointers and arrow keys.
import { onBar } from "./markers.js";

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };

export class RangeBand {
  /** Reads and writes player.range through player.setRange(from, to). */
  constructor(player, signal) {
    this.player = player;
    this.handles = [player.parts["handle-in"], player.parts["handle-out"]];
    this.handles.forEach((handle, end) => {
      if (!handle) return;
      const on = (name, act) => handle.addEventListener(name, act, { signal });
      on("keydown", (event) => this.onKey(event, end));
      on("pointerdown", (event) => this.press(event, handle));
      on("pointermove", (event) => this.drag(event, handle, end));
      on("lostpointercapture", () => { this.held = null; });
    });
  }

  press(event, handle) {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    this.held = handle;
  }

  drag(event, handle, end) {
    if (this.held !== handle) return;
    event.stopPropagation();
    this.put(end, this.player.scrubber.frameAt(event.clientX));
  }

  onKey(event, end) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { range, head } = this.player;
    const step = (STEPS[event.key] ?? 0) * (event.shiftKey ? 10 : 1);
    const place = step ? range[end] + step : { Home: 0, End: head.last }[event.key];
    if (place === undefined) return;
    event.preventDefault();
    this.put(end, place);
  }

  /** Moves one end; it stops at the other. The picture goes along. */
  put(end, frame) {
    const range = [...this.player.range];
    const place = this.player.head.clamp(frame);
    range[end] = end === 0 ? Math.min(place, range[1]) : Math.max(place, range[0]);
    if (range[end] === this.player.range[end]) return;
    this.player.setRange(...range);
    this.player.seek(range[end]);
  }

  show() {
    const { range, frameCount, parts } = this.player;
    if (parts.range) parts.range.hidden = range === null;
    this.handles.forEach((handle, end) => {
      if (!handle) return;
      handle.hidden = range === null;
      if (range) this.place(handle, range[end], end);
    });
    if (!range || !parts.range) return;
    parts.range.style.insetInlineStart = onBar(range[0], frameCount);
    parts.range.style.insetInlineEnd = `calc(100% - ${onBar(range[1], frameCount)})`;
  }

  place(handle, frame, end) {
    const { frameCount } = this.player;
    handle.style.insetInlineStart = onBar(frame, frameCount);
    handle.setAttribute("aria-valuemin", "1");
    handle.setAttribute("aria-valuemax", String(frameCount));
    handle.setAttribute("aria-valuenow", String(frame + 1));
    handle.setAttribute("aria-valuetext", `frame ${frame + 1}`);
    handle.title = `Range ${end === 0 ? "begins" : "ends"} at frame ${frame + 1}. Drag it, or use the arrow keys.`;
  }
}
