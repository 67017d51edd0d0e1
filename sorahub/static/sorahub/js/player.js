// <frame-player>: upgrades the server-rendered player (templates/components/player.html) to frame-exact transport.
// Properties: frame (target), presentedFrame, settled, range, mode, rate. Methods: play(), pause(), step(d), seek(n) → promise
// of the presented frame, setRange(from, to), setMarkers(list), timecode(frame), act(action).
// Events: frame (presented), framechange (target), readout (the readouts are being written: what says the frame too is written now), rangechange, zoomchange, timecodechange (the way of counting), notepick,
// stillcompose (paint on detail.context), action (a key or button that others answer).
import { dressButtons, keepInView, rename } from "./buttons.js";
import { recall, remember } from "./choices.js";
import { Guides } from "./guides.js";
import { Playhead } from "./playhead.js";
import { actionFor, keymap, showHelp } from "./keys.js";
import { canDrop, parseFrame, spoken, toTimecode } from "./timecode.js";
import { neighbour, placeMarkers, putLegend, sortNotes } from "./markers.js";
import { RangeBand } from "./range.js";
import { Scrubber } from "./scrub.js";
import { Sound } from "./sound.js";
import { saveStill } from "./still.js";
import { Viewport } from "./viewport.js";

const TROUBLES = {
  stalled: "The picture is taking long. The network may be slow.",
  network: "The connection broke while the clip was loading.",
  unplayable: "This browser cannot play the clip, or the clip is not ready yet.",
  lost: "The frame could not be shown.",
  blocked: "The browser blocked playing with sound. Press play once more.",
  unsupported: "This browser does not tell which frame it shows. Use a current Chrome, Edge, Safari or Firefox to review.",
};
const SHUTTLE = [1, 2, 4, 8];
const SPEEDS = { speed1: 1, speed2: 2, speed3: 3, speed4: 4, speed5: 0.5, speed6: 0.25, speed7: 0.1 };
/** What a held key repeats; everything else acts once for a press. */
const REPEATED = new Set(["back", "next", "back10", "next10", "previousNote", "nextNote", "louder", "softer", "zoomIn", "zoomOut", "panLeft", "panRight", "panUp", "panDown"]);
const THUMB = 16;
const PATIENCE_MS = 60;

export class FramePlayer extends HTMLElement {
  connectedCallback() {
    if (this.head) return;
    this.video = this.querySelector("video");
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));
    if (!Playhead.supported) {
      this.showTrouble("unsupported");
      return;
    }
    this.rate = { num: this.number("rateNum"), den: this.number("rateDen", 1), drop: false };
    this.rate.drop = canDrop(this.rate) && recall("drop", this.hasAttribute("data-drop-frame"));
    this.head = new Playhead(this.video, {
      num: this.rate.num, den: this.rate.den, count: this.number("frameCount"),
      firstNum: this.number("firstFrameTimeNum", 0), firstDen: this.number("firstFrameTimeDen", 1),
    });
    this.stop = new AbortController();
    this.video.controls = false;
    this.video.removeAttribute("controls");
    this.connectHead();
    this.connectParts(this.stop.signal);
    this.connectControls({ signal: this.stop.signal });
    this.connectStage({ signal: this.stop.signal });
    dressButtons(this);
    this.dataset.ready = "";
    this.paint(0);
    this.start();
  }

  disconnectedCallback() {
    this.stop?.abort();
    clearTimeout(this.patience);
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
      this.paintWithPicture();
      this.tell("framechange", detail);
    });
    on("presented", ({ detail }) => {
      this.paint(this.mode === "playing" ? detail : this.frame);
      this.tell("frame", detail);
    });
    on("settled", () => this.speak());
    on("mode", ({ detail }) => this.showMode(detail));
    on("trouble", ({ detail }) => this.showTrouble(detail));
    on("well", () => { if (!this.parts.state.hidden) this.parts.state.hidden = true; });
  }

  connectParts(signal) {
    const { bar, lane, drop, legend } = this.parts;
    this.viewport = new Viewport(this, signal);
    this.viewport.addEventListener("change", () => this.showZoom());
    this.guides = new Guides(this, signal);
    this.sound = new Sound(this, signal);
    this.scrubber = new Scrubber(this, [bar, lane].filter(Boolean), signal);
    this.band = new RangeBand(this, signal);
    if (drop) {
      drop.closest("label").hidden = !canDrop(this.rate);
      drop.checked = this.rate.drop;
      drop.addEventListener("change", () => this.countDropping(drop.checked), { signal });
    }
    if (legend) putLegend(legend);
    const menu = this.querySelector(".player__menu");
    if (menu) keepInView(menu, signal);
    keymap.addEventListener("change", () => dressButtons(this), { signal });
  }

  connectControls(options) {
    const { seek, timecode, frame, speed, retry } = this.parts;
    seek.addEventListener("input", () => this.seek(Number(seek.value)), options);
    for (const field of [timecode, frame]) {
      field.addEventListener("change", () => this.goTo(field), options);
      field.addEventListener("focus", () => field.select(), options);
      field.addEventListener("input", () => { this.typed = field; }, options);
      field.addEventListener("keydown", (event) => {
        if (event.key === "Enter") { event.preventDefault(); this.goTo(field); }
        if (event.key === "Escape") this.giveUp(field);
      }, options);
    }
    speed?.addEventListener("change", () => this.setSpeed(Number(speed.value)), options);
    this.parts["frame-reference"]?.addEventListener("click", ({ currentTarget: link }) => {
      link.search = new URLSearchParams({ frame: this.frame }).toString();
    }, options);
    retry?.addEventListener("click", () => { this.parts.state.hidden = true; this.head.retry(); }, options);
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button && this.contains(button)) this.act(button.dataset.action);
    }, options);
    document.addEventListener("keydown", (event) => this.onKey(event), options);
    document.addEventListener("keyup", (event) => this.onKeyUp(event), options);
    // A key that is let go in another window is let go.
    window.addEventListener("blur", () => {
      this.pauseKey = this.panKey = null;
      this.removeAttribute("data-panning");
    }, options);
  }

  onKey(event) {
    const action = actionFor(event, this);
    if (!action) return;
    if (action !== "leave") event.preventDefault();
    if (event.repeat && !REPEATED.has(action)) return;
    if (action === "toggle" && this.hasAttribute("data-drawing")) {
      // While drawing, a held key moves the picture; let go without having moved it, it plays.
      this.panKey = event.code;
      this.setAttribute("data-panning", "");
      return;
    }
    if (action === "pause") this.pauseKey = event.code;
    if (this.pauseKey && (action === "reverse" || action === "forward")) this.step(action === "forward" ? 1 : -1);
    else this.act(action);
  }

  onKeyUp(event) {
    if (event.code === this.pauseKey) this.pauseKey = null;
    if (event.code !== this.panKey) return;
    this.panKey = null;
    this.removeAttribute("data-panning");
    if (!this.viewport.dragged) this.act("toggle");
    this.viewport.dragged = false;
  }

  connectStage(options) {
    const { stage } = this.parts;
    this.video.addEventListener("click", () => { if (!this.hasAttribute("data-drawing")) this.act("toggle"); }, options);
    this.resize = new ResizeObserver(() => this.lay());
    this.resize.observe(stage);
    if (this.parts.bar) this.resize.observe(this.parts.bar);
    this.video.addEventListener("loadedmetadata", () => this.lay(), options);
    document.addEventListener("fullscreenchange", () => this.placePicture(), options);
  }

  /** After anything changed its size. */
  lay() {
    this.placePicture();
    this.viewport.resize();
    this.barWidth = this.parts.bar?.clientWidth ?? 0;
    this.paint(this.frame);
    this.placeNotes();
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
      mute: () => this.sound.toggleMute(),
      louder: () => this.sound.setVolume(this.video.volume + 0.1),
      softer: () => this.sound.setVolume(this.video.volume - 0.1),
      zoomIn: () => this.viewport.zoomIn(),
      zoomOut: () => this.viewport.zoomOut(),
      fit: () => this.viewport.fit(),
      fill: () => this.viewport.fill(),
      pixels: () => this.viewport.pixels(),
      panLeft: () => this.viewport.look(-1, 0),
      panRight: () => this.viewport.look(1, 0),
      panUp: () => this.viewport.look(0, -1),
      panDown: () => this.viewport.look(0, 1),
      guides: () => this.guides.toggle(),
      still: () => this.saveStill(),
      fullscreen: () => this.toggleFullscreen(),
      help: () => showHelp(),
    };
    acts[action]?.();
    if (action in SPEEDS) this.setSpeed(SPEEDS[action]);
    this.tell("action", action);
  }

  /** J and L: each press doubles the speed up to eight times. */
  shuttle(direction) {
    const gear = this.direction === direction && this.mode !== "paused" ? Math.min(this.gear + 1, SHUTTLE.length - 1) : 0;
    this.direction = direction;
    this.gear = gear;
    this.say(`${direction < 0 ? "Backwards " : ""}${SHUTTLE[gear]} times`);
    if (direction > 0) this.head.play(SHUTTLE[gear]);
    else this.head.reverse(SHUTTLE[gear]);
  }

  setSpeed(speed) {
    this.head.speed = speed;
    this.video.playbackRate = speed;
    if (this.parts.speed) this.parts.speed.value = String(speed);
  }

  setRange(from, to) {
    this.head.range = from === null ? null : [this.head.clamp(from), this.head.clamp(to)];
    this.band.show();
    this.toggleAttribute("data-ranged", this.range !== null);
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

  toggleFullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.requestFullscreen) this.requestFullscreen();
    else this.video.webkitEnterFullscreen?.();
  }

  async saveStill() {
    const name = await saveStill(this, { drawings: this.parts["still-drawings"]?.checked ?? false });
    this.say(name ? `Saved ${name}` : "The frame is not on the screen yet. Try again in a moment.");
  }

  countDropping(drop) {
    this.rate.drop = drop && canDrop(this.rate);
    remember("drop", this.rate.drop);
    this.paint(this.frame, true);
    this.placeNotes();
    this.tell("timecodechange", this.rate);
  }

  press(action, on) {
    this.querySelector(`[data-action="${action}"]`)?.setAttribute("aria-pressed", String(on));
  }

  /** What stood in the field stands there again, at once: a field that is left with other words in it says that it has changed. */
  giveUp(field) {
    this.typed = null;
    this.paintNow({ frame: this.frame, evenIfTyping: true });
    field.blur();
  }

  goTo(field) {
    this.typed = null;
    const frame = parseFrame(field.value, this.rate, this.frame);
    field.setAttribute("aria-invalid", String(frame === null));
    if (frame === null) {
      this.say("Type a frame number or a timecode.");
      return;
    }
    this.seek(frame);
    this.paint(this.frame, true);
  }

  /** Readouts of a frame that was asked for are written together with its picture, so that the browser does not paint the page
   * once for them and once for the picture; a picture that takes its time is not waited for. */
  paintWithPicture() {
    this.patience ??= setTimeout(() => this.paint(this.frame), PATIENCE_MS);
  }

  /** Asks for the readouts of a frame; they are written once for each frame of the screen, however often it is asked. */
  paint(frame, evenIfTyping = false) {
    clearTimeout(this.patience);
    this.patience = null;
    this.wish = { frame, evenIfTyping: evenIfTyping || Boolean(this.wish?.evenIfTyping) };
    this.painting ??= requestAnimationFrame(() => {
      const wish = this.wish;
      this.painting = this.wish = null;
      if (this.head) this.paintNow(wish);
    });
  }

  paintNow({ frame, evenIfTyping }) {
    const { seek, timecode, frame: number, played, needle } = this.parts;
    const along = frame / Math.max(1, this.head.last);
    seek.value = frame;
    const put = (field, value) => {
      if (field === this.typed) return; // somebody is in the middle of it
      if (evenIfTyping || document.activeElement !== field || this.mode !== "playing") field.value = value;
    };
    put(timecode, this.timecode(frame));
    put(number, frame + 1);
    if (played) played.style.transform = `scaleX(${along})`;
    if (needle) needle.style.transform = `translateX(${THUMB / 2 + along * Math.max(0, this.barWidth - THUMB)}px)`;
    this.tell("readout", frame);
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
    if (toggle) rename(toggle, mode === "paused" ? "Play" : "Pause");
  }

  showZoom() {
    const { viewport } = this;
    if (this.parts.zoom) this.parts.zoom.textContent = `${Math.round(viewport.ratio * 100)} %`;
    for (const way of ["fit", "fill", "pixels"]) this.press(way, viewport.way === way);
    this.tell("zoomchange", { scale: viewport.scale, x: viewport.x, y: viewport.y });
  }

  showTrouble(code) {
    const { state } = this.parts;
    if (!state) return;
    state.hidden = false;
    state.querySelector("[data-part='words']").textContent = TROUBLES[code];
    if (this.parts.retry) this.parts.retry.hidden = code === "unsupported" || code === "blocked";
  }

  /** Replaces the markers on the timeline: [{id, frame_in, frame_out, state, label, category}]. */
  setMarkers(markers) {
    this.notes = sortNotes([...markers]);
    this.placeNotes();
  }

  /** Markers are laid once for each frame of the screen, however often notes come and sizes change. */
  placeNotes() {
    this.placing ??= requestAnimationFrame(() => {
      this.placing = null;
      placeMarkers(this);
    });
  }
}

customElements.define("frame-player", FramePlayer);
