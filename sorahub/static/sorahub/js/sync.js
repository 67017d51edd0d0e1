// Several Playheads on one timeline. The timeline counts frames of the first take; each take has its own frame for it:
// the same number where rates are equal, else the nearest by exact time, moved by the take's offset (in its own frames).
// Events: target (timeline frame), timeline (its ends moved), mode, settled, apart, trouble and well (detail: index, code).
import { Playhead } from "./playhead.js";

const FAR_S = 0.3; // how far a take may run ahead or behind before it jumps
const NEAR_S = 0.008; // closer than this it is left alone
const MOST_NUDGE = 0.08;

/** value · num / den to the nearest whole number, halves up. Whole numbers only, so nothing is rounded twice. */
export const nearest = (value, num, den) => Math.floor((2 * value * num + den) / (2 * den));

export class SyncGroup extends EventTarget {
  /** tracks: {video, num, den, count, firstNum, firstDen} in their order; the first one's rate is the timeline's. */
  constructor(tracks) {
    super();
    this.heads = tracks.map(({ video, ...facts }) => new Playhead(video, facts));
    this.offsets = tracks.map(() => 0);
    this.target = 0;
    this.stamp = 0;
    this.mode = "paused";
    this.speed = 1;
    this.loop = false;
    this.audible = 0;
    this.heads.forEach((head, index) => {
      head.addEventListener("trouble", ({ detail }) => this.emit("trouble", { index, code: detail }));
      head.addEventListener("well", () => this.emit("well", { index }));
    });
    this.hear(0);
  }

  emit(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  /** The timeline runs from the first frame of any take to the last frame of any. */
  get begin() { return Math.min(...this.heads.map((_, index) => this.timelineOf(index, 0))); }
  get end() { return Math.max(...this.heads.map((head, index) => this.timelineOf(index, head.last))); }
  get count() { return this.end - this.begin + 1; }

  /** A take's own frame at a place of the timeline; below 0 or past its last frame where it does not reach. */
  own(index, at = this.target) {
    const [first, head] = [this.heads[0], this.heads[index]];
    return nearest(at, head.num * first.den, head.den * first.num) + this.offsets[index];
  }

  timelineOf(index, frame) {
    const [first, head] = [this.heads[0], this.heads[index]];
    return nearest(frame - this.offsets[index], first.num * head.den, first.den * head.num);
  }

  wanted(index, at = this.target) { return this.heads[index].clamp(this.own(index, at)); }
  clamp(at) { return Math.min(this.end, Math.max(this.begin, Math.trunc(at))); }

  /** Whether every picture was confirmed to be the one that belongs to the target. */
  get inSync() {
    return this.mode === "paused" && !this.chasing
      && this.heads.every((head, index) => head.settled && head.presented === this.wanted(index));
  }

  /** Goes to a place of the timeline; the promise tells whether all pictures arrived there. The latest wish wins. */
  seek(at) {
    if (this.mode !== "shuttling") this.setMode("paused");
    this.target = this.clamp(at);
    this.stamp += 1;
    this.emit("target", this.target);
    return this.chase();
  }

  /** Takes go on together: the next place is asked for only when every picture has arrived at the last one. */
  chase() {
    this.chasing ??= this.follow().finally(() => {
      this.chasing = null;
      if (this.stamp !== this.arrived) this.chase();
      else if (this.mode !== "playing") this.emit(this.inSync ? "settled" : "apart");
    });
    return this.chasing.then(() => this.inSync);
  }

  async follow() {
    let stamp;
    do {
      stamp = this.stamp;
      const frames = this.heads.map((_, index) => this.wanted(index));
      await Promise.all(this.heads.map((head, index) => head.seek(frames[index])));
    } while (stamp !== this.stamp);
    this.arrived = stamp;
  }

  step(frames) {
    this.endShuttle();
    return this.seek(this.target + frames);
  }

  /** Moves a take against the others by whole frames of its own; the timeline stands where it stood. */
  setOffset(index, frames) {
    this.offsets[index] = Math.trunc(frames);
    this.emit("timeline");
    return this.seek(this.target);
  }

  /** Lets one take be heard, or none (-1). */
  hear(index) {
    this.audible = index;
    this.heads.forEach((head, each) => { head.video.muted = each !== index; });
  }

  setMode(mode) {
    if (mode === this.mode) return;
    this.mode = mode;
    this.emit("mode", mode);
  }

  async play(speed = this.speed) {
    this.endShuttle();
    const arrived = this.target >= this.end ? this.seek(this.begin) : this.chase();
    const { stamp } = this;
    await arrived;
    if (stamp !== this.stamp || this.mode === "playing") return;
    this.pace = speed;
    this.clock = this.target + 0.5;
    this.now = performance.now();
    this.started = new Set();
    this.setMode("playing");
    this.turn();
  }

  turn() {
    if (this.mode !== "playing") return;
    this.readClock();
    this.heads.forEach((head, index) => this.keepPace(head, index));
    const at = this.clamp(Math.floor(this.clock));
    if (at !== this.target) {
      this.target = at;
      this.emit("target", at);
    }
    if (this.clock >= this.end + 1 || (at === this.end && this.leader() === -1)) this.finish();
    else requestAnimationFrame(() => this.turn());
  }

  /** The clock is the take that is heard, else the first that plays, so that sound is never bent; alone in a gap, the wall's. */
  readClock() {
    const now = performance.now();
    const lead = this.leader();
    if (lead === -1) this.clock += ((now - this.now) / 1000) * this.pace * (this.heads[0].num / this.heads[0].den);
    else this.clock = this.clockOf(lead);
    this.now = now;
  }

  leader() {
    const plays = (index) => this.heads[index]?.mode === "playing" && !this.heads[index].video.ended;
    return plays(this.audible) ? this.audible : this.heads.findIndex((_, index) => plays(index));
  }

  clockOf(index) {
    const [first, head] = [this.heads[0], this.heads[index]];
    const seconds = head.video.currentTime - head.first - (this.offsets[index] * head.den) / head.num;
    return (seconds * first.num) / first.den;
  }

  /** Starts a take when the timeline reaches it, and nudges one that runs ahead or behind. */
  keepPace(head, index) {
    const [first] = this.heads;
    const due = (this.clock * first.den) / first.num + (this.offsets[index] * head.den) / head.num;
    const frame = (due * head.num) / head.den;
    if (head.mode !== "playing") {
      if (this.started.has(index) || frame < 0 || frame >= head.last) return;
      this.started.add(index);
      head.play(this.pace);
      return;
    }
    if (index === this.leader()) {
      head.video.playbackRate = this.pace;
      return;
    }
    const ahead = head.video.currentTime - head.first - due;
    if (Math.abs(ahead) > FAR_S) {
      if (!head.video.seeking) head.video.currentTime -= ahead;
      return;
    }
    const nudge = Math.abs(ahead) < NEAR_S ? 0 : Math.min(MOST_NUDGE, Math.max(-MOST_NUDGE, ahead * 2));
    const rate = this.pace * (1 - nudge);
    if (Math.abs(head.video.playbackRate - rate) > 0.002) head.video.playbackRate = rate;
  }

  async finish() {
    const again = this.loop;
    const arrived = await this.seek(again ? this.begin : this.end);
    if (again && arrived) this.play(this.pace);
  }

  /** Stands still on what the leading take shows, every other take on its frame for it. */
  pause() {
    this.endShuttle();
    if (this.mode !== "playing") return this.seek(this.target);
    const lead = this.leader();
    const shown = lead === -1 ? null : this.heads[lead].presented;
    return this.seek(shown === null ? Math.floor(this.clock) : this.timelineOf(lead, shown));
  }

  /** Backwards by stepping: no browser plays backwards. */
  async reverse(speed) {
    await this.pause();
    this.setMode("shuttling");
    const [first] = this.heads;
    const [began, from] = [performance.now(), this.target];
    const turn = () => {
      if (this.mode !== "shuttling") return;
      const gone = Math.floor((((performance.now() - began) / 1000) * speed * first.num) / first.den);
      if (this.clamp(from - gone) !== this.target) this.seek(from - gone);
      if (this.target === this.begin) this.endShuttle();
      else requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  }

  endShuttle() {
    if (this.mode !== "shuttling") return;
    this.setMode("paused");
    this.chase();
  }

  retry() {
    for (const head of this.heads) if (!head.settled) head.retry();
    return this.chase();
  }

  destroy() {
    this.mode = "gone";
    for (const head of this.heads) head.destroy();
  }
}
