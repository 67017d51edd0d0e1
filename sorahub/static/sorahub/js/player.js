// <frame-player>: upgrades the server-rendered player (templates/components/player.html) to frame-exact transport.
// Properties: frame (target), presentedFrame, settled, range, mode. Methods: play(), pause(), step(d), seek(n) → promise of the presented frame.
// Events: frame (presented), framechange (target), rangechange, action (a key or button that others answer).
import { Playhead } from "./playhead.js";
import { actionFor, showHelp } from "./keys.js";
import { parseFrame, spoken, toTimecode } from "./timecode.js";
import { neighbour, onBar, placeMarkers } from "./markers.js";

const TROUBLES = {
  stalled: "The picture is taking long. The network may be slow.",
  network: "The connection broke while the clip was loading.",
  unplayable: "This browser cannot play the clip, or the clip is not ready yet.",
  lost: "The frame could not be shown.",
  blocked: "The browser blocked playing with sound. Press play once more.",
  unsupported: "This browser does not tell which frame it shows. Use a current Chrome, Edge, Safari or Firefox to review.",
};
const SHUTTLE = [1, 2, 4];

export class FramePlayer extends HTMLElement {
  connectedCallback() {
    if (this.head) return;
    this.video = this.querySelector("video");
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));
    if (!Playhead.supported) {
      this.showTrouble("unsupported");
      return;
    }
    this.rate = { num: this.number("rateNum"), den: this.number("rateDen", 1), drop: this.hasAttribute("data-drop-frame") };
    this.head = new Playhead(this.video, {
      num: this.rate.num, den: this.rate.den, count: this.number("frameCount"),
      firstNum: this.number("firstFrameTimeNum", 0), firstDen: this.number("firstFrameTimeDen", 1),
    });
    this.stop = new AbortController();
    this.video.controls = false;
    this.video.removeAttribute("controls");
    this.connectHead();
    this.connectControls();
    this.connectStage();
    this.dataset.ready = "";
    this.paint(0);
    this.start();
  }

  disconnectedCallback() {
    this.stop?.abort();
    this.head?.destroy();
    this.resize?.disconnect();
    this.head = null;
  }

  number(name, fallback = NaN) {
    const value = Number.parseInt(this.dataset[name] ?? "", 10);
    return Number.isNaN(value) ? fallback : value;
  }

  get frame() { return this.head?.target ?? 0; }
  get presentedFrame() { return this.head?.presented ?? null; }
  get frameCount() { return this.head.count; }
  get settled() { return this.head?.settled ?? false; }
  get mode() { return this.head?.mode ?? "paused"; }
  get range() { return this.head?.range ?? null; }
  play() { return this.head.play(); }
  pause() { return this.head.pause(); }
  step(frames) { return this.head.step(frames); }
  seek(frame) { return this.head.seek(frame); }
  timecode(frame) { return toTimecode(frame, this.rate); }

  /** Begins at the frame of the address (#f121 counts from 1, ?frame=120 from 0) or of data-initial-frame. */
  start() {
    const hash = /^#f(\d+)$/.exec(location.hash);
    const query = new URLSearchParams(location.search).get("frame");
    const wished = hash ? Number(hash[1]) - 1 : Number.parseInt(query ?? this.dataset.initialFrame ?? "0", 10);
    this.seek(Number.isNaN(wished) ? 0 : wished);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  connectHead() {
    const on = (name, act) => this.head.addEventListener(name, act, { signal: this.stop.signal });
    on("target", ({ detail }) => {
      this.paint(detail);
      this.tell("framechange", detail);
    });
    on("presented", ({ detail }) => {
      if (this.mode === "playing") this.paint(detail);
      this.tell("frame", detail);
    });
    on("settled", () => this.speak());
    on("mode", ({ detail }) => this.showMode(detail));
    on("trouble", ({ detail }) => this.showTrouble(detail));
    on("well", () => { if (!this.parts.state.hidden) this.parts.state.hidden = true; });
  }

  connectControls() {
    const options = { signal: this.stop.signal };
    const { seek, timecode, frame, speed, retry } = this.parts;
    seek.addEventListener("input", () => this.seek(Number(seek.value)), options);
    for (const field of [timecode, frame]) {
      field.addEventListener("change", () => this.goTo(field), options);
      field.addEventListener("focus", () => field.select(), options);
      field.addEventListener("keydown", (event) => {
        if (event.key === "Enter") { event.preventDefault(); this.goTo(field); }
        if (event.key === "Escape") { this.paint(this.frame, true); field.blur(); }
      }, options);
    }
    speed?.addEventListener("change", () => {
      this.head.speed = Number(speed.value);
      this.video.playbackRate = this.head.speed;
    }, options);
    retry?.addEventListener("click", () => { this.parts.state.hidden = true; this.head.retry(); }, options);
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button && this.contains(button)) this.act(button.dataset.action);
    }, options);
    document.addEventListener("keydown", (event) => {
      const action = actionFor(event, this);
      if (!action) return;
      if (action !== "leave") event.preventDefault();
      this.act(action);
    }, options);
  }

  connectStage() {
    const { stage } = this.parts;
    this.video.addEventListener("click", () => { if (!this.hasAttribute("data-drawing")) this.act("toggle"); }, { signal: this.stop.signal });
    this.resize = new ResizeObserver(() => { this.placePicture(); placeMarkers(this); });
    this.resize.observe(stage);
    this.video.addEventListener("loadedmetadata", () => this.placePicture(), { signal: this.stop.signal });
    document.addEventListener("fullscreenchange", () => this.placePicture(), { signal: this.stop.signal });
  }

  /** Lays [data-over-picture] exactly over the picture inside the letterboxed stage. */
  placePicture() {
    const { clientWidth: width, clientHeight: height } = this.video;
    const aspect = this.video.videoWidth / this.video.videoHeight;
    if (!aspect || !height) return;
    const [w, h] = width / height > aspect ? [height * aspect, height] : [width, width / aspect];
    const place = { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h };
    for (const layer of this.querySelectorAll("[data-over-picture]")) {
      for (const [name, value] of Object.entries(place)) layer.style[name] = `${value}px`;
    }
  }

  act(action) {
    const acts = {
      toggle: () => (this.mode === "paused" ? this.play() : this.pause()),
      pause: () => this.pause(),
      reverse: () => this.shuttle(-1),
      forward: () => this.shuttle(1),
      back: () => this.step(-1),
      next: () => this.step(1),
      back10: () => this.step(-10),
      next10: () => this.step(10),
      first: () => this.step(-this.frameCount),
      last: () => this.step(this.frameCount),
      in: () => this.setRange(this.frame, Math.max(this.frame, this.range?.[1] ?? this.head.last)),
      out: () => this.setRange(Math.min(this.frame, this.range?.[0] ?? 0), this.frame),
      clear: () => this.setRange(null),
      previousNote: () => this.toNote(-1),
      nextNote: () => this.toNote(1),
      loop: () => this.toggleLoop(),
      mute: () => this.toggleMute(),
      fullscreen: () => this.toggleFullscreen(),
      help: () => showHelp(),
    };
    acts[action]?.();
    this.tell("action", action);
  }

  /** J and L: each press doubles the speed up to four times. */
  shuttle(direction) {
    const gear = this.direction === direction && this.mode !== "paused" ? Math.min(this.gear + 1, SHUTTLE.length - 1) : 0;
    this.direction = direction;
    this.gear = gear;
    if (direction > 0) this.head.play(SHUTTLE[gear]);
    else this.head.reverse(SHUTTLE[gear]);
  }

  setRange(from, to) {
    this.head.range = from === null ? null : [this.head.clamp(from), this.head.clamp(to)];
    const { range } = this.parts;
    if (range) {
      range.hidden = this.range === null;
      if (this.range) {
        range.style.insetInlineStart = onBar(this.range[0], this.frameCount);
        range.style.insetInlineEnd = `calc(100% - ${onBar(this.range[1], this.frameCount)})`;
      }
    }
    this.tell("rangechange", this.range);
    this.say(this.range ? `Range from frame ${this.range[0] + 1} to ${this.range[1] + 1}` : "Range cleared");
  }

  toNote(direction) {
    const note = neighbour(this, direction);
    if (!note) return;
    this.seek(note.frame_in);
    this.tell("notepick", note.id);
  }

  toggleLoop() {
    this.head.loop = !this.head.loop;
    this.press("loop", this.head.loop);
  }

  toggleMute() {
    this.video.muted = !this.video.muted;
    this.press("mute", this.video.muted);
  }

  toggleFullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.requestFullscreen?.();
  }

  press(action, on) {
    this.querySelector(`[data-action="${action}"]`)?.setAttribute("aria-pressed", String(on));
  }

  goTo(field) {
    const frame = parseFrame(field.value, this.rate);
    field.setAttribute("aria-invalid", String(frame === null));
    if (frame !== null) this.seek(frame);
    else this.say("Type a frame number or a timecode.");
  }

  paint(frame, evenIfTyping = false) {
    const { seek, timecode, frame: number } = this.parts;
    seek.value = frame;
    const put = (field, value) => {
      if (evenIfTyping || document.activeElement !== field || this.mode !== "playing") field.value = value;
    };
    put(timecode, this.timecode(frame));
    put(number, frame + 1);
    this.style.setProperty("--played", `${(frame / Math.max(1, this.head.last)) * 100}%`);
  }

  /** On seek and pause only: a screen reader does not want 24 messages a second. */
  speak() {
    this.parts.seek.setAttribute("aria-valuetext", spoken(this.frame, this.frameCount, this.rate));
  }

  say(words) {
    if (this.parts.live) this.parts.live.textContent = words;
  }

  showMode(mode) {
    this.dataset.mode = mode;
    const toggle = this.querySelector('[data-action="toggle"]');
    toggle?.setAttribute("aria-label", mode === "paused" ? "Play" : "Pause");
    if (toggle) toggle.title = mode === "paused" ? "Play (Space)" : "Pause (Space)";
  }

  showTrouble(code) {
    const { state } = this.parts;
    if (!state) return;
    state.hidden = false;
    state.querySelector("[data-part='words']").textContent = TROUBLES[code];
    if (this.parts.retry) this.parts.retry.hidden = code === "unsupported" || code === "blocked";
  }

  /** Replaces the markers on the timeline: [{id, frame_in, frame_out, state, label}]. */
  setMarkers(markers) {
    this.notes = markers;
    placeMarkers(this);
  }
}

customElements.define("frame-player", FramePlayer);
