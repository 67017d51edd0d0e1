// The way back at the end of a looped range. A script is told of a picture when it is on the screen, or later; by then the next one
// may be on its way. So the last picture's time is worked out ahead, and where telling takes longer than a picture lasts, the clip
// stops before the end, goes to the last frame by itself and leaps from there: the frame past the range is not shown.

const CHOSEN_MS = 17; // a picture is chosen about one turn of the screen before it is seen
const HEARD_MS = 12; // from the script's word to the one who chooses, and what the moment above is off by
const MOST_LATE_MS = 250;
const FORGOTTEN = 0.9; // of a delay, with each picture
const SOON_MS = 1_000;

export class Looping {
  /** `head` is a Playhead: its range, loop, mode and video. */
  constructor(head) {
    Object.assign(this, { head, late: 0, holding: false });
  }

  get on() {
    const { mode, loop, range } = this.head;
    return mode === "playing" && loop && range !== null;
  }

  /** Hears of each picture while the clip plays, with the moment at which it is seen. */
  follow(frame, seenAt) {
    this.late = Math.min(MOST_LATE_MS, Math.max(performance.now() - seenAt, this.late * FORGOTTEN));
    clearTimeout(this.timer);
    if (!this.on) return;
    const [, last] = this.head.range;
    if (this.holding) {
      if (frame === last) this.leap();
      return;
    }
    if (this.head.video.seeking) return;
    if (frame >= last) this.leap();
    else this.plan(frame, seenAt);
  }

  /** Sets the moment of the leap: when the last picture has been chosen and the next one has not. */
  plan(frame, seenAt) {
    const { den, num, range, video } = this.head;
    const each = (den * 1000) / (num * video.playbackRate);
    const chosen = seenAt - CHOSEN_MS + (range[1] - frame) * each;
    const guard = HEARD_MS + this.late;
    const exact = guard > each / 2;
    const wait = chosen + each - guard - performance.now();
    if (wait > SOON_MS) return;
    this.timer = setTimeout(() => {
      if (!this.on || video.seeking) return;
      if (exact) this.hold();
      else this.leap();
    }, Math.max(0, wait));
  }

  /** Back to the first frame of the range, playing on. */
  leap() {
    const { head } = this;
    this.cancel();
    head.video.currentTime = head.timeOf(head.range[0]);
    if (!head.video.paused) return;
    head.video.play().catch(({ name }) => {
      if (name === "NotAllowedError" && this.on) head.land();
    });
  }

  /** Stops, and shows the last frame of the range. */
  hold() {
    const { video, range } = this.head;
    this.holding = true;
    video.pause();
    video.currentTime = this.head.timeOf(range[1]);
  }

  /** A seek has ended while the clip plays. */
  seeked() {
    if (this.holding && this.on) this.leap();
  }

  cancel() {
    clearTimeout(this.timer);
    this.holding = false;
  }
}
