// Plays a project's shots in order: two videos take turns, so that the next shot is loaded and stands at its first used frame
// before this one ends. Cards stand for shots without a take. A pause, a step and a jump show exactly the frame that is named:
// the target is kept apart from what the browser says it presents, and the latest wish wins.
import { pieceAt, sourceFrame } from "./cutting.js";
import { actionFor, showHelp } from "./keys.js";
import { spoken, toTimecode } from "./timecode.js";

const PATIENCE_MS = 8000;
const SLOW_MS = 3000;
const SLOW = "The next shot is still loading.";
const LATE = "The picture is taking long. The network may be slow.";
const BROKEN = "This take cannot be played here. Its shot’s page says more.";

/** One of the two videos: which file it holds, and the time of the picture that the browser last presented of it. */
class Slot {
  constructor(video) {
    this.video = video;
    this.src = "";
    this.media = NaN;
    const look = (_now, { mediaTime }) => {
      this.media = mediaTime;
      this.heard?.();
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    video.addEventListener("seeked", () => this.heard?.());
  }

  load(src) {
    if (this.src === src && !this.video.error) return;
    this.src = src;
    this.media = NaN;
    this.video.src = src;
  }

  ready() {
    const { video } = this;
    if (video.readyState >= 2) return Promise.resolve(true);
    return new Promise((done) => {
      const stop = new AbortController();
      const end = (well) => { stop.abort(); done(well); };
      video.addEventListener("loadeddata", () => end(true), { signal: stop.signal });
      video.addEventListener("error", () => end(false), { signal: stop.signal });
      setTimeout(() => end(video.readyState >= 2), PATIENCE_MS);
    });
  }

  /** Whether the browser presents the picture whose middle is at this time; `half` of a frame's length, in seconds. */
  shows(seconds, half) {
    return !this.video.seeking && Math.abs(this.media + half - seconds) < half * 0.9;
  }

  /** Shows that picture; true when the browser has presented it, false when it was left for another. `slow` hears that it takes long. */
  seek(seconds, half, slow) {
    this.leave?.();
    if (this.shows(seconds, half)) return Promise.resolve(true);
    return new Promise((done) => {
      const end = (well) => {
        clearInterval(timer);
        this.heard = this.leave = null;
        done(well);
      };
      this.leave = () => end(false);
      this.heard = () => { if (this.shows(seconds, half)) end(true); };
      const { video } = this;
      // The same time again would present nothing anew.
      const ask = () => { video.currentTime = video.currentTime === seconds ? seconds + half / 8 : seconds; };
      const timer = setInterval(() => {
        this.heard?.();
        if (!this.leave) return;
        slow();
        if (!video.seeking && !document.hidden) ask();
      }, SLOW_MS);
      ask();
    });
  }
}

class AnimaticPlayer extends HTMLElement {
  connectedCallback() {
    if (this.pieces) return;
    const { rate, frames, pieces } = JSON.parse(document.getElementById(this.dataset.story).textContent);
    Object.assign(this, { rate, frames, pieces, target: 0, presented: -1, playing: false, wish: 0, muted: false });
    this.slots = [...this.querySelectorAll("video")].map((video) => new Slot(video));
    this.find = (name) => this.querySelector(`[data-part="${name}"]`);
    this.shots = [...this.querySelectorAll("[data-shot-start]")];
    for (const shot of this.shots) shot.parentElement.style.flexGrow = shot.dataset.length;
    this.addEventListener("click", (event) => this.click(event));
    this.find("seek").addEventListener("input", (event) => { this.pause(); this.show(Number(event.target.value)); });
    document.addEventListener("keydown", (event) => this.key(event));
    this.toggleAttribute("data-ready", true);
    this.show(0);
  }

  get piece() { return this.pieces[pieceAt(this.target, this.pieces)]; }

  /** Whether the picture is that of the frame that is named. */
  get settled() { return !this.playing && this.presented === this.target; }

  seconds(piece, frame) {
    return piece.firstNum / piece.firstDen + ((frame + 0.5) * piece.den) / piece.num;
  }

  slotFor(piece, other = null) {
    return this.slots.find((slot) => slot.src === piece.src && slot !== other) ?? this.slots.find((slot) => slot !== other && slot !== this.shown) ?? this.slots[0];
  }

  /** A new wish: what was on its way for an older one is left. */
  wishes() {
    for (const slot of this.slots) slot.leave?.();
    return this.wish += 1;
  }

  seek(slot, piece, source) {
    return slot.seek(this.seconds(piece, source), piece.den / piece.num / 2, () => this.trouble(LATE));
  }

  /** Shows one frame of the story and stays there; resolves with the frame that is presented. */
  async show(frame) {
    const wish = this.wishes();
    this.target = Math.max(0, Math.min(this.frames - 1, frame));
    this.paint();
    const { piece } = this;
    if (!piece.src) {
      this.reveal(null, piece);
    } else {
      const slot = this.slotFor(piece);
      slot.waits = null;
      slot.load(piece.src);
      while (!(await slot.ready())) {
        if (wish !== this.wish) return this.presented;
        this.trouble(slot.video.error ? BROKEN : LATE);
        if (slot.video.error) return this.presented;
      }
      if (wish !== this.wish) return this.presented;
      const source = sourceFrame(this.target - piece.start, piece, this.rate);
      const well = await this.seek(slot, piece, source);
      if (wish !== this.wish || !well) return this.presented;
      this.reveal(slot, piece);
    }
    this.presented = this.target;
    this.prepare();
    this.dispatchEvent(new CustomEvent("frame", { detail: { frame: this.presented } }));
    return this.presented;
  }

  /** Loads the next take into the video that is not shown, and puts it at its first used frame. */
  async prepare() {
    const next = this.pieces.slice(pieceAt(this.target, this.pieces) + 1).find((piece) => piece.src);
    if (!next) return;
    const slot = this.slots.find((each) => each !== this.shown) ?? this.slots[0];
    if (slot.waits === next) return;
    slot.waits = next;
    slot.load(next.src);
    if (await slot.ready() && slot.waits === next && slot !== this.shown) slot.video.currentTime = this.seconds(next, next.first);
  }

  reveal(slot, piece) {
    this.shown = slot;
    if (slot) slot.waits = null;
    for (const each of this.slots) each.video.toggleAttribute("data-shown", each === slot);
    const card = this.find("card");
    card.hidden = Boolean(slot);
    if (!slot) {
      this.find("card-code").textContent = piece.code;
      this.find("card-title").textContent = piece.title;
      this.find("card-why").textContent = piece.why;
      this.find("card-length").textContent = `${piece.length} frames · ${toTimecode(piece.length, this.rate)}`;
      const picture = this.find("card-picture");
      picture.hidden = !piece.picture;
      if (piece.picture && picture.getAttribute("src") !== piece.picture) picture.src = piece.picture;
    }
    this.find("trouble").hidden = true;
  }

  trouble(words) {
    this.find("trouble").textContent = words;
    this.find("trouble").hidden = false;
  }

  async play() {
    if (this.playing) return;
    if (this.target >= this.frames - 1) await this.show(0);
    this.playing = true;
    this.toggleAttribute("data-playing", true);
    this.paintPlay();
    await this.begin(this.wishes());
  }

  /** Begins to play the piece at the target. */
  async begin(wish) {
    const { piece } = this;
    const within = this.target - piece.start;
    this.hold = { from: within, at: performance.now() };
    if (piece.src && within < piece.moving) {
      const slot = this.slotFor(piece);
      slot.waits = null;
      slot.load(piece.src);
      const well = await slot.ready();
      if (wish !== this.wish) return;
      if (!well) this.trouble(BROKEN);
      const { video } = slot;
      const at = this.seconds(piece, sourceFrame(within, piece, this.rate));
      if (Math.abs(video.currentTime - at) > piece.den / piece.num / 2) {
        video.currentTime = at;
        await new Promise((done) => { video.addEventListener("seeked", done, { once: true }); setTimeout(done, PATIENCE_MS); });
        if (wish !== this.wish) return;
      }
      this.reveal(slot, piece);
      video.muted = this.muted;
      this.hold = null;
      await video.play().catch(() => { video.muted = true; return video.play().catch(() => this.pause()); });
      if (wish !== this.wish) { video.pause(); return; }
    } else if (piece.src) {
      if (!(await this.shownStill(piece, wish))) return;
      this.hold = { from: within, at: performance.now() };
    } else {
      this.reveal(null, piece);
    }
    this.prepare();
    requestAnimationFrame(() => this.tick(wish, piece));
  }

  /** A held frame: the video stands at the last used one. Whether it does; not where something else was wished for meanwhile. */
  async shownStill(piece, wish) {
    const slot = this.slotFor(piece);
    slot.load(piece.src);
    await slot.ready();
    if (wish !== this.wish || !(await this.seek(slot, piece, piece.first + piece.count - 1))) return false;
    this.reveal(slot, piece);
    return true;
  }

  tick(wish, piece) {
    if (wish !== this.wish || !this.playing) return;
    const perSecond = this.rate.num / this.rate.den;
    let within;
    if (this.hold) {
      within = this.hold.from + Math.floor(((performance.now() - this.hold.at) / 1000) * perSecond);
    } else {
      const { video } = this.shown;
      const begun = piece.firstNum / piece.firstDen + (piece.first * piece.den) / piece.num;
      within = Math.floor((video.currentTime - begun) * perSecond + 1e-6);
      if (within >= piece.moving || video.ended) {
        within = Math.max(within, piece.moving);
        video.pause();
        this.hold = { from: within, at: performance.now() };
      }
      if (video.readyState < 2) this.trouble(SLOW);
      else this.find("trouble").hidden = true;
    }
    const next = piece.start + piece.length;
    if (within < piece.length) {
      this.target = piece.start + Math.max(0, within);
      this.presented = this.target;
      this.paint();
      requestAnimationFrame(() => this.tick(wish, piece));
    } else if (next < this.frames) {
      for (const slot of this.slots) slot.video.pause();
      this.target = next;
      this.paint();
      this.dispatchEvent(new CustomEvent("shot", { detail: { frame: next } }));
      this.begin(wish);
    } else {
      this.target = this.frames - 1;
      this.pause();
    }
  }

  halt() {
    this.playing = false;
    this.toggleAttribute("data-playing", false);
    for (const slot of this.slots) slot.video.pause();
    this.paintPlay();
  }

  /** Stops, and shows exactly the frame at which it stopped. */
  pause() {
    if (!this.playing) return this.presented;
    this.halt();
    return this.show(this.target);
  }

  step(by) {
    this.halt();
    return this.show(this.target + by);
  }

  /** To the beginning of the next or the previous shot; back from within a shot: to its own beginning. */
  shot(by) {
    const starts = this.shots.map((each) => Number(each.dataset.shotStart));
    const here = starts.findLastIndex((start) => start <= this.target);
    const place = by < 0 && this.target > starts[here] ? here : here + by;
    return this.go(starts[Math.max(0, Math.min(starts.length - 1, place))]);
  }

  async go(frame) {
    const { playing } = this;
    this.halt();
    await this.show(frame);
    if (playing) await this.play();
  }

  act(name) {
    const acts = {
      toggle: () => (this.playing ? this.pause() : this.play()),
      pause: () => this.pause(),
      back: () => this.step(-1),
      next: () => this.step(1),
      back10: () => this.step(-10),
      next10: () => this.step(10),
      first: () => this.go(0),
      last: () => this.go(this.frames - 1),
      previousNote: () => this.shot(-1),
      nextNote: () => this.shot(1),
      mute: () => this.mute(),
      fullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen?.()),
      help: showHelp,
    };
    acts[name]?.();
    return name in acts;
  }

  mute() {
    this.muted = !this.muted;
    for (const slot of this.slots) slot.video.muted = this.muted;
    this.querySelector("[data-action='mute']").setAttribute("aria-pressed", String(this.muted));
  }

  click(event) {
    const button = event.target.closest("button");
    if (button?.dataset.action) this.act(button.dataset.action);
    else if (button?.dataset.shotStart) this.go(Number(button.dataset.shotStart));
    else if (event.target.closest("[data-part='stage']")) this.act("toggle");
  }

  key(event) {
    const action = actionFor(event, this);
    if (action && this.act(action)) event.preventDefault();
  }

  paint() {
    const { piece, target } = this;
    const seek = this.find("seek");
    seek.value = target;
    if (!this.playing) seek.setAttribute("aria-valuetext", `${piece.code}, ${spoken(target, this.frames, this.rate)}`);
    this.find("timecode").textContent = toTimecode(target, this.rate);
    this.find("place").textContent = `${piece.code}${piece.take ? ` · take ${piece.take}` : ""} · frame ${target - piece.start + 1} of ${piece.length}`;
    for (const shot of this.shots) {
      const start = Number(shot.dataset.shotStart);
      const here = start <= target && target < start + Number(shot.dataset.length);
      if (here) shot.setAttribute("aria-current", "true");
      else shot.removeAttribute("aria-current");
    }
  }

  paintPlay() {
    this.querySelector("[data-action='toggle']").setAttribute("aria-label", this.playing ? "Pause" : "Play");
  }
}

customElements.define("animatic-player", AnimaticPlayer);
