// Pointers over the drawing layer: mouse, finger and pen. One pointer draws at a time; while a pen is down or was just lifted
// the hand that rests on the glass is not taken for a finger.
import { gestureAt } from "./gestures.js";

const CLICK_PX = 4;
const PALM_MS = 500;

export class Pointer {
  constructor(layer, options) {
    this.layer = layer;
    this.id = null;
    this.armed = null;
    this.penUntil = 0;
    for (const [name, act] of [["pointerdown", "down"], ["pointermove", "move"], ["pointerup", "up"], ["pointercancel", "lost"]]) {
      layer.svg.addEventListener(name, (event) => this[act](event), options);
    }
    // Else the press would take the focus from the field of a text that it has just opened.
    layer.svg.addEventListener("mousedown", (event) => { if (layer.active) event.preventDefault(); }, options);
    layer.svg.addEventListener("dblclick", (event) => this.again(event), options);
  }

  place(event) {
    const place = this.layer.placeOf(event.clientX, event.clientY);
    // A mouse has no pressure and reports a half.
    if (event.pointerType === "pen") place.push(Math.round(event.pressure * 1000) / 1000);
    return place;
  }

  isPalm(event) {
    return event.pointerType === "touch" && performance.now() < this.penUntil;
  }

  down(event) {
    const { layer } = this;
    if (!layer.active || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.isPalm(event)) return;
    if (event.pointerType === "pen") this.penUntil = Infinity;
    if (this.id !== null) {
      if (event.pointerType !== "pen" || this.type === "pen") return;
      this.cancel(); // the hand touched first: what it drew is no mark
    }
    if (!layer.player.settled) {
      layer.refuse();
      return;
    }
    this.begin(event);
  }

  begin(event) {
    const { layer } = this;
    layer.hideCross();
    layer.focus({ preventScroll: true });
    const place = this.place(event);
    const second = this.armed;
    this.armed = null;
    if (second) second.to(place);
    this.gesture = second ?? gestureAt(layer, place);
    if (!this.gesture) return;
    Object.assign(this, { id: event.pointerId, type: event.pointerType, from: [event.clientX, event.clientY], dragged: second !== null });
    layer.svg.setPointerCapture(event.pointerId);
    if (layer.tool === "pen" && !second) this.gesture.to();
  }

  move(event) {
    if (this.armed && this.id === null) {
      this.armed.to(this.place(event));
      return;
    }
    if (event.pointerId !== this.id) return;
    const steps = event.getCoalescedEvents?.() ?? [];
    if (Math.hypot(event.clientX - this.from[0], event.clientY - this.from[1]) > CLICK_PX) this.dragged = true;
    if (this.dragged || this.layer.tool === "pen") this.gesture.to(...(steps.length > 0 ? steps : [event]).map((step) => this.place(step)));
  }

  up(event) {
    if (event.pointerType === "pen") this.penUntil = performance.now() + PALM_MS;
    if (event.pointerId !== this.id) return;
    const { gesture, dragged } = this;
    this.id = null;
    this.gesture = null;
    if (!dragged && gesture.arms) {
      this.armed = gesture;
      this.layer.tell("Now the other end: click it, or go there with the arrow keys and press Enter.");
    } else {
      gesture.end();
    }
  }

  lost(event) {
    if (event.pointerType === "pen") this.penUntil = performance.now() + PALM_MS;
    if (event.pointerId === this.id) this.cancel();
  }

  /** A double click with the select tool opens the words of a text. */
  again(event) {
    const { layer } = this;
    const hit = layer.active && layer.tool === "select" ? layer.hit(this.place(event)) : null;
    if (hit?.kind !== "text") return;
    this.cancel();
    layer.askWords(hit);
  }

  /** Gives up what was begun; says whether there was anything. */
  cancel() {
    const begun = this.gesture ?? this.armed;
    this.id = null;
    this.gesture = null;
    this.armed = null;
    begun?.cancel();
    return Boolean(begun);
  }
}
