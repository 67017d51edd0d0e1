// Two takes in turns: B is seen while it is held, or the two alternate by themselves one to eight times a second.
// It runs by itself only when asked to, or where nobody asked for less motion.

export class Flicker {
  constructor(stage, { hold, auto, pace, pacesaid, flash }) {
    Object.assign(this, { stage, auto, pace, pacesaid, flash });
    auto.addEventListener("click", () => (this.timer ? this.stop() : this.run()));
    pace.addEventListener("input", () => this.setPace());
    hold.addEventListener("pointerdown", () => this.peek(true));
    for (const name of ["pointerup", "pointercancel", "pointerleave", "blur"]) hold.addEventListener(name, () => this.peek(false));
    hold.addEventListener("keydown", (event) => { if ([" ", "Enter"].includes(event.key)) this.peek(true); });
    hold.addEventListener("keyup", () => this.peek(false));
  }

  /** Called when the way to look changes. */
  entered(on) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (on && !still) this.run();
    else this.stop();
  }

  /** Shows the other take while `on`. */
  peek(on) {
    if (on) this.stop();
    this.stage.toggleAttribute("data-peek", on);
  }

  setPace() {
    this.pacesaid.textContent = `${this.pace.value} a second`;
    this.flash.hidden = Number(this.pace.value) <= 3;
    if (this.timer) this.run();
  }

  run() {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.stage.toggleAttribute("data-peek"), 1000 / Number(this.pace.value));
    this.auto.setAttribute("aria-pressed", "true");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.auto.setAttribute("aria-pressed", "false");
    this.stage.removeAttribute("data-peek");
  }
}
