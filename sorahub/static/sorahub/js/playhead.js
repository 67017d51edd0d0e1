// Frame-exact position on a <video>. Two numbers are kept apart: `target`, the frame that was asked for, and
// `presented`, the frame that the browser said it shows (mediaTime of requestVideoFrameCallback, never currentTime).
// Events: target, presented, settled, mode, trouble (detail: code), well.
import { Looping } from "./looping.js";

const DOUBT_MS = 400; // after a seek: how long to wait for the presented frame before asking again
const STALL_MS = 3000;
const MAX_DOUBTS = 5;

export class Playhead extends EventTarget {
  /** rate and first frame time are fractions: num/den frames per second, firstNum/firstDen seconds. */
  constructor(video, { num, den, count, firstNum = 0, firstDen = 1 }) {
    super();
    Object.assign(this, { video, num, den, count });
    this.first = firstNum / firstDen;
    this.target = 0;
    this.presented = null;
    this.mode = "paused";
    this.range = null;
    this.loop = false;
    this.speed = 1;
    this.asked = null;
    this.confirmed = false;
    this.looping = new Looping(this);
    this.unsure = false; // after playing: pictures of it may still come, so that only the end of the seek tells
    this.doubts = 0;
    this.waiters = [];
    this.stop = new AbortController();
    this.listen();
    this.watch();
    if (video.readyState < 1) this.worry();
    else this.chase();
  }

  static supported = typeof HTMLVideoElement !== "undefined"
    && "requestVideoFrameCallback" in HTMLVideoElement.prototype;

  get last() { return this.count - 1; }
  get settled() { return this.mode === "paused" && this.confirmed && this.presented === this.target && !this.underWay; }

  /** Whether the picture of the last seek is still to come. The browser says that a seek has ended some time after it has shown its picture. */
  get underWay() { return this.video.seeking && (this.unsure || !this.confirmed); }

  /** What playing stays inside of: the looped range, or the whole clip. */
  get bounds() { return this.range && this.loop ? this.range : [0, this.last]; }

  timeOf(frame) { return this.first + ((frame + 0.5) * this.den) / this.num; }
  frameAt(mediaTime) { return this.clamp(Math.round(((mediaTime - this.first) * this.num) / this.den)); }
  clamp(frame) { return Math.min(this.last, Math.max(0, Math.trunc(frame))); }
  emit(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  listen() {
    const on = (name, act) => this.video.addEventListener(name, act, { signal: this.stop.signal });
    on("loadedmetadata", () => this.chase());
    on("seeked", () => this.onSeeked());
    on("playing", () => { this.calm(); this.emit("well"); });
    on("waiting", () => this.worry());
    on("seeking", () => this.worry());
    on("loadstart", () => this.worry());
    on("pause", () => { if (this.mode === "playing" && !this.video.ended && !this.looping.holding) this.land(); });
    on("ended", () => this.onEnded());
    on("error", () => this.trouble(this.video.error?.code === 2 ? "network" : "unplayable"));
  }

  watch() {
    this.callback = this.video.requestVideoFrameCallback((now, { mediaTime, expectedDisplayTime }) => {
      this.onPresented(this.frameAt(mediaTime), expectedDisplayTime);
      if (!this.stop.signal.aborted) this.watch();
    });
  }

  onPresented(frame, seenAt) {
    this.presented = frame;
    this.calm();
    if (this.mode === "playing") this.follow(frame, seenAt);
    else if (frame === this.target && this.asked === this.target) this.confirmed = true;
    this.emit("presented", frame);
    this.emit("well");
    if (this.mode !== "playing") this.review();
  }

  /** While playing the target follows the picture. */
  follow(frame, seenAt) {
    this.target = frame;
    this.looping.follow(frame, seenAt);
  }

  onSeeked() {
    if (this.mode === "playing") {
      this.looping.seeked();
      return;
    }
    this.unsure = false;
    if (this.asked !== this.target) this.chase();
    else this.review();
  }

  onEnded() {
    if (this.loop) {
      this.video.currentTime = this.timeOf(this.range ? this.range[0] : 0);
      this.video.play();
      return;
    }
    this.setMode("paused");
    this.seek(this.last);
  }

  /** Looks whether the asked frame is shown; if it is not after a while, asks again a few times. */
  review() {
    clearTimeout(this.doubt);
    if (this.settled) {
      this.doubts = 0;
      this.calm(); // where the picture was right already, no frame is presented that would say so
      this.emit("well");
      this.emit("settled", this.presented);
      this.answer();
    } else if (this.asked !== null && !this.underWay && this.mode !== "playing") {
      this.doubt = setTimeout(() => this.ask(), DOUBT_MS);
    }
  }

  answer() {
    for (const resolve of this.waiters.splice(0)) resolve(this.presented);
  }

  ask() {
    // A hidden page is shown no frames; it is asked again when somebody looks.
    if (document.hidden) {
      this.review();
      return;
    }
    // The seek ended and no other frame was presented since: the picture was right already.
    if (this.presented === this.target && this.asked === this.target) {
      this.confirmed = true;
      this.review();
      return;
    }
    this.doubts += 1;
    if (this.doubts > MAX_DOUBTS) {
      this.trouble("lost");
      return;
    }
    this.asked = null;
    this.chase();
  }

  /** Sets out for the target unless a seek is under way; the latest wish wins, nothing queues. */
  chase() {
    if (this.video.readyState < 1 || this.underWay || this.mode === "playing") return;
    if (this.asked === this.target && this.presented === this.target && this.confirmed) {
      this.review();
      return;
    }
    this.asked = this.target;
    this.confirmed = false;
    clearTimeout(this.doubt);
    this.video.currentTime = this.timeOf(this.target);
  }

  /** Goes to a frame (from 0). The promise gives the frame presented in the end: another one if a later
   * seek overtook this one or the frame could not be shown. */
  seek(frame) {
    if (this.mode === "playing") {
      this.unsure = true;
      this.setMode("paused");
      this.video.pause();
    }
    const wished = this.clamp(frame);
    if (wished !== this.target) this.doubts = 0;
    this.target = wished;
    this.emit("target", this.target);
    const done = new Promise((resolve) => this.waiters.push(resolve));
    this.chase();
    return done;
  }

  step(frames) {
    this.endShuttle();
    return this.seek(this.target + frames);
  }

  setMode(mode) {
    if (mode === this.mode) return;
    if (mode !== "playing") this.looping.cancel();
    this.mode = mode;
    this.emit("mode", mode);
  }

  async play(rate = this.speed) {
    this.endShuttle();
    const [from, to] = this.bounds;
    if (from === to) {
      await this.seek(from);
      return;
    }
    if (this.target >= to || this.target < from) await this.seek(from);
    this.video.playbackRate = rate;
    this.setMode("playing");
    try {
      await this.video.play();
    } catch (error) {
      if (this.looping.holding) return; // a loop so short that its end came first
      this.setMode("paused");
      if (error.name === "NotAllowedError") this.trouble("blocked");
    }
  }

  pause() {
    this.endShuttle();
    if (this.mode !== "playing") return this.settled ? Promise.resolve(this.presented) : this.seek(this.target);
    const landed = new Promise((resolve) => this.waiters.push(resolve));
    if (this.looping.holding) this.land();
    else this.video.pause();
    return landed;
  }

  /** After playing: stands in the middle of the frame that is on the screen. */
  land() {
    this.unsure = true;
    this.setMode("paused");
    this.video.playbackRate = this.speed;
    this.target = this.presented ?? this.target;
    this.asked = null;
    this.emit("target", this.target);
    this.chase();
  }

  /** Plays backwards by stepping, because no browser plays backwards. Speed is a multiple of the clip's own rate. */
  async reverse(speed) {
    await this.pause();
    this.setMode("shuttling");
    const began = performance.now();
    const from = this.target;
    const turn = () => {
      if (this.mode !== "shuttling") return;
      const gone = Math.floor((((performance.now() - began) / 1000) * speed * this.num) / this.den);
      const wanted = this.backFrom(from, gone);
      if (wanted !== this.target) this.seek(wanted);
      if (wanted === 0 && !this.loop) this.endShuttle();
      else this.turning = requestAnimationFrame(turn);
    };
    this.turning = requestAnimationFrame(turn);
  }

  /** So many frames before `from`; a loop goes on at its end. */
  backFrom(from, gone) {
    const [first, last] = this.bounds;
    if (!this.loop || from < first) return this.clamp(from - gone);
    const length = last - first + 1;
    return last - ((((last - from + gone) % length) + length) % length);
  }

  endShuttle() {
    cancelAnimationFrame(this.turning);
    if (this.mode !== "shuttling") return;
    this.setMode("paused");
    this.review();
  }

  worry() {
    this.stalling ??= setTimeout(() => this.emit("trouble", "stalled"), STALL_MS);
  }

  calm() {
    clearTimeout(this.stalling);
    this.stalling = null;
  }

  trouble(code) {
    this.calm();
    this.endShuttle();
    if (this.mode === "playing") this.setMode("paused");
    this.emit("trouble", code);
    this.answer();
  }

  /** Loads the video anew and returns to the target. */
  retry() {
    this.doubts = 0;
    this.asked = null;
    this.confirmed = false;
    this.video.load();
  }

  destroy() {
    this.stop.abort();
    this.calm();
    clearTimeout(this.doubt);
    this.looping.cancel();
    cancelAnimationFrame(this.turning);
    this.video.cancelVideoFrameCallback?.(this.callback);
  }
}
